import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SHIPPED } from '../../../recorders/import/shipped.ts'
import { inFolder } from '../../../recorders/tape/fixtures.ts'
import { sha256Of } from '../../../recorders/tape/index.ts'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

/** A market of the shipped dataset whose messages seem received before they were sent, and one that came late. */
const MARKET = 'btc-updown-5m-1776258000'

async function run(cwd: string, argv: readonly string[]) {
  const kept = capture({ cwd })
  const code = await runCli(['export', 'hftbacktest', SHIPPED.dir, ...argv], kept.io)
  return { code, out: kept.out(), err: kept.err() }
}

describe('engine export hftbacktest', () => {
  test('answers with one object: file, events, records, how far times were shifted, what is left out', async () => {
    await inFolder(async (folder) => {
      const { code, out, err } = await run(folder, ['--market', MARKET, '--out', 'w.npz', '--json'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const file = join(folder, 'w.npz')
      expect(JSON.parse(out)).toEqual({
        out: file,
        sha256: await sha256Of(file),
        market: MARKET,
        outcome: 'up',
        events: 33_759,
        records: 33_760,
        local_shift_us: 27_028,
        left_out: { TICK_SIZE: 2 },
      })
    })
  })

  test('the same market is the same file, to the byte', async () => {
    await inFolder(async (folder) => {
      const hashes: string[] = []
      for (const out of ['a.npz', 'b.npz']) {
        expect((await run(folder, ['--market', MARKET, '--out', out])).code).toBe(0)
        hashes.push(await sha256Of(join(folder, out)))
      }
      expect(hashes[0]).toBe(hashes[1])
    })
  })

  test('tells a person the same, and comes back as a dataset by engine import', async () => {
    await inFolder(async (folder) => {
      const { out } = await run(folder, ['--market', MARKET, '--outcome', 'down', '--out', 'w.npz'])
      for (const text of [
        'w.npz',
        `${MARKET}, down`,
        '33 759 in 33 760 records',
        '27 028 µs later',
        '2 TICK_SIZE',
      ])
        expect(out).toContain(text)
      const kept = capture({ cwd: folder })
      expect(await runCli(['import', 'hftbacktest', 'w.npz', '--out', 'back', '--json'], kept.io)).toBe(0)
      expect(JSON.parse(kept.out())).toMatchObject({ rows_read: 33_760, events: 33_759, refused: [] })
    })
  })

  test('a market that is not there, and a file that is, end with 1; a missing option and a wrong outcome with 2', async () => {
    await inFolder(async (folder) => {
      const unknown = await run(folder, ['--market', 'x', '--out', 'w.npz', '--json'])
      expect(unknown.code).toBe(1)
      expect(JSON.parse(unknown.err)).toMatchObject({ code: 'export.market', field: 'market' })
      expect((await run(folder, ['--market', MARKET])).code).toBe(2)
      expect((await run(folder, ['--market', MARKET, '--outcome', 'yes', '--out', 'w.npz'])).code).toBe(2)
      const there = await run(folder, ['--market', MARKET, '--out', '.', '--json'])
      expect(there.code).toBe(1)
      expect(JSON.parse(there.err)).toMatchObject({ code: 'export.exists' })
      expect(await readdir(folder)).toEqual([])
    })
  })
})
