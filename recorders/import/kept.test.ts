import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset } from '../tape/index.ts'
import { BOOK, row } from './clob-fixtures.ts'
import { START_S, writeRecording } from './fixtures.ts'
import { findImporter } from './registry.ts'
import { JUNE_S, marketLine, PRICE_HEADER, priceLine, usd, writeLines } from './text-fixtures.ts'

const good = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => priceLine(from + i, usd(63_000 + i)))
const bad = (n: number) => Array.from({ length: n }, () => 'x,y')

/** Import prices, with metadata beside them where it is given. */
function prices(lines: readonly string[], accept_refused = false, markets?: readonly string[]) {
  return inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'BTCUSD-a.csv'), [PRICE_HEADER, ...lines])
    const options =
      markets === undefined
        ? ({} as Record<string, string>)
        : { markets: await writeLines(join(folder, 'm.jsonl'), markets) }
    const before = (await readdir(folder)).sort()
    const out = join(folder, 'out')
    const report = await findImporter('chainlink-1hz')
      .run([file], options, { out, accept_refused })
      .catch(async (thrown: unknown) => {
        expect((await readdir(folder)).sort()).toEqual(before)
        throw thrown
      })
    return { report, manifest: (await openDataset(out)).manifest }
  })
}

describe('an import that keeps less than half of its rows', () => {
  test('is an error with counts and the first place of each reason; half of them is not', async () => {
    await expect(prices([...good(4), ...bad(5), priceLine(9, 0n)])).rejects.toMatchObject({
      code: 'import.kept',
      message: expect.stringMatching(
        /^the prices: 4 of 10 rows taken; refused: 5 another number of cells than the header \(first BTCUSD-a\.csv row 4\); 1 a full_accuracy_value .* row 9\)$/,
      ),
      fix: expect.stringContaining('--accept-refused'),
    })
    expect((await prices([...good(5), ...bad(5)])).report.events).toBe(5)
  })

  test('is made where that is accepted, with the same facts in the manifest', async () => {
    const { manifest } = await prices([...good(1), ...bad(9)], true)
    expect(manifest.inferred.at(-1)).toMatchObject({
      what: 'the prices: most of it is refused, and that was accepted',
      how: expect.stringContaining('9 another number of cells'),
      agreement: '1 of 10 rows taken',
    })
    expect(manifest.refused).toMatchObject([{ count: 9 }])
  })

  test('of nothing no dataset is made, accepted or not', async () => {
    for (const accept of [false, true])
      await expect(prices(bad(3), accept)).rejects.toMatchObject({ code: 'import.kept' })
  })

  test('rows that are right and of no use here do not count: values stated twice', async () => {
    const twice = [...good(2), ...good(2), ...good(2), ...good(2), ...good(2)]
    expect((await prices(twice)).report).toMatchObject({ events: 2, refused: [{ count: 8 }] })
  })
})

describe('a file beside a recording', () => {
  test('of which nothing can be used is an error that names it; accepted, it is said', async () => {
    const other = [marketLine(0, { slug: `eth-updown-5m-${JUNE_S}` })]
    await expect(prices(good(3), false, other)).rejects.toMatchObject({
      code: 'import.kept',
      message: expect.stringMatching(/^the metadata of --markets: 0 of 1 rows taken; .*another asset/),
    })
    await expect(prices(good(3), false, [])).rejects.toMatchObject({ code: 'import.kept' })
    const { manifest } = await prices(good(3), true, other)
    expect(manifest.inferred.at(-1)!.what).toContain('--markets')
  })

  test('bars of another day, or of another asset, are an error', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      await writeRecording(file, [row(0, 0, 1, BOOK), row(0, 0, 2, BOOK)])
      const bars = (from_s: number) => [
        'open_time_ms,close',
        ...[0, 60, 120].map((s) => `${(from_s + s) * 1_000},70000`),
      ]
      const yesterday = await writeLines(join(folder, 'bars.csv'), bars(START_S - 86_400))
      const eth = await writeLines(join(folder, 'ETHUSDT-1m.csv'), bars(START_S))
      const run = (klines: string) =>
        findImporter('clob-l2').run([file], { klines }, { out: join(folder, 'out') })
      await expect(run(yesterday)).rejects.toMatchObject({
        code: 'import.kept',
        message: expect.stringContaining('the bars of --klines: 0 of 3 rows taken'),
      })
      await expect(run(eth)).rejects.toMatchObject({
        code: 'import.kept',
        message: expect.stringContaining('of eth, beside windows of btc'),
      })
    })
  })

  test('bars whose name says no asset are those of the windows', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      const recv_s = START_S + 1
      const { raw } = row(0, 0, 1, BOOK)
      await writeRecording(file, [{ recv_s, slug: `doge-updown-5m-${START_S}`, raw }])
      const lines = [-60, 0, 240, 300].map((s) => `${(START_S + s) * 1_000},0.17001`)
      const klines = await writeLines(join(folder, 'bars.csv'), ['open_time,close', ...lines])
      const out = join(folder, 'out')
      const report = await findImporter('clob-l2').run([file], { klines }, { out })
      expect(report.windows).toMatchObject({ total: 1, settlement: 1 })
      const { manifest, instruments } = await openDataset(out)
      expect(instruments.instruments[0]).toMatchObject({ kind: 'series', asset: 'doge' })
      expect(manifest.reference_profile.notes[0]).toContain('DOGEUSDT')
    })
  })
})
