import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDecimal } from '../../core/units/index.ts'
import { importClobL2 } from '../../recorders/import/clob-l2.ts'
import { type BookSide, replayBooks } from '../../recorders/import/fixtures.ts'
import { openRecording } from '../../recorders/import/receive-order.ts'
import { importShipped, recordedFiles, SHIPPED } from '../../recorders/import/shipped.ts'
import { marketOfSlug } from '../../recorders/import/slug.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import {
  createSilenceMeter,
  openDataset,
  readColumns,
  summariseGaps,
  verifyDataset,
} from '../../recorders/tape/index.ts'

const absent = !existsSync(SHIPPED.recording)
const real = absent ? test.skip : test
if (absent) console.warn(`skipped: tests on the public recording, which is not at ${SHIPPED.recording}`)

test('the shipped dataset is whole, and says what it is', async () => {
  const { manifest, instruments } = await openDataset(SHIPPED.dir)
  await verifyDataset(SHIPPED.dir)
  expect(manifest.licence).toBe('CC BY 4.0')
  expect(manifest.attribution).toContain('CronosVirus00')
  expect(manifest.source).toContain('BTCUSDT perpetual')
  expect(manifest.assignment).toBe('assigned')
  expect(manifest.windows).toMatchObject({ total: 33, settlement: 33 })
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  expect(bytes).toBeLessThan(10e6)
  for (const { start_us } of instruments.markets) {
    expect(start_us).toBeGreaterThanOrEqual(SHIPPED.from_us)
    expect(start_us).toBeLessThan(SHIPPED.to_us)
  }
  expect(SHIPPED.from_us - manifest.time_range.from_us).toBeGreaterThanOrEqual(30 * 60 * 1e6)
})

real(
  'importing the recording again gives the shipped dataset: 66 of 66 windows say Down',
  async () => {
    await inFolder(async (folder) => {
      const { manifest } = await openDataset(SHIPPED.dir)
      const report = await importShipped(SHIPPED.recording, join(folder, 'again'))
      expect(report.dataset_hash).toBe(manifest.dataset_hash)
      expect(report.refused).toEqual([])
      expect(report.inferred).toEqual(manifest.inferred)
      expect(report.inferred[0]).toMatchObject({
        what: 'the recorded token is down',
        agreement: '66 of 66',
      })
    })
  },
  600_000,
)

real(
  'the shipped tape replays to every book of the raw messages',
  async () => {
    const dataset = await openDataset(SHIPPED.dir)
    const groups = replayBooks(readColumns(dataset, { cache: false }), dataset.instruments)
    const files = (await recordedFiles(SHIPPED.recording, SHIPPED.day)).filter((name) => /T1[2-5]/.test(name))
    const recording = await openRecording(files)
    let messages = 0
    try {
      for await (const rows of recording.read()) {
        for (const { recv_s, slug, raw } of rows) {
          const start_us = marketOfSlug(slug!)!.start_us
          if (start_us < SHIPPED.from_us || start_us >= SHIPPED.to_us) continue
          const { value: found } = await groups.next()
          const { bids, asks, asset_id, timestamp } = JSON.parse(raw!) as RawBook
          if (found === undefined || !same(found.book.bids, bids) || !same(found.book.asks, asks)) {
            expect.fail(`message ${messages} of ${slug} at ${recv_s} and the tape have different books`)
          }
          const { local_us, exch_us, token_id } = found
          expect([local_us, exch_us, token_id]).toEqual([
            Math.round(recv_s * 1e6),
            Number(timestamp) * 1e3,
            asset_id,
          ])
          messages++
        }
      }
    } finally {
      recording.close()
    }
    expect((await groups.next()).done).toBe(true)
    expect(messages).toBe(dataset.manifest.counts.messages - dataset.manifest.counts.kinds.ORACLE!)
  },
  600_000,
)

real(
  '15 April has 75 silences over five seconds, 10,443 s together',
  async () => {
    const recording = await openRecording(await recordedFiles(SHIPPED.recording, SHIPPED.day))
    const meter = createSilenceMeter('clob_market')
    for await (const rows of recording.read()) {
      for (const { recv_s } of rows) meter.message(0, Math.round(recv_s * 1e6))
    }
    recording.close()
    const { count, seconds } = summariseGaps(meter.finish([]))
    expect(count).toBe(75)
    expect(Math.round(seconds)).toBe(10_443)
  },
  600_000,
)

real(
  '13 April has no reference: unassigned, for books only',
  async () => {
    await inFolder(async (folder) => {
      const files = (await recordedFiles(SHIPPED.recording, '2026-04-13')).filter((name) =>
        /T1[34]/.test(name),
      )
      const report = await importClobL2(files, { out: join(folder, 'out') })
      expect(report.inferred[0]).toMatchObject({ agreement: '0 of 0' })
      const { manifest } = await openDataset(join(folder, 'out'))
      expect(manifest.assignment).toBe('unassigned')
      expect(manifest.reference_profile.settlement).toBeNull()
    })
  },
  600_000,
)

type RawBook = Record<'bids' | 'asks', { price: string; size: string }[]> & {
  asset_id: string
  timestamp: string
}

function same(found: BookSide, levels: RawBook['bids']): boolean {
  return (
    found.size === levels.length &&
    levels.every(({ price, size }) => found.get(parseDecimal(price, 4)) === parseDecimal(size, 6))
  )
}
