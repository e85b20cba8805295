import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { binanceRaw } from './binance-raw.ts'
import { byReason, rowsOf, writeLines } from './text-fixtures.ts'

/** Local time of the first made-up frame, µs. */
const START_US = 1_723_161_254_000_000

function line(at_ms: number, frame: unknown): string {
  return `${START_US + at_ms * 1_000}999 ${JSON.stringify(frame)}`
}

function quote(at_ms: number, u: number, b: string, a: string, s = 'BTCUSDT'): string {
  return line(at_ms, { stream: 'btcusdt@bookTicker', data: { u, s, b, B: '1.5', a, A: '2' } })
}

function trade(at_ms: number, t: number, p: string, q: string, m: boolean, T_ms = at_ms): string {
  const T = START_US / 1_000 + T_ms
  const data = { e: 'trade', E: T + 1, s: 'BTCUSDT', t, p, q, T, m, M: true }
  return line(at_ms, { stream: 'btcusdt@trade', data })
}

function depth(at_ms: number, U: number, u: number): string {
  const data = { e: 'depthUpdate', E: START_US / 1_000 + at_ms, s: 'BTCUSDT', U, u, b: [], a: [] }
  return line(at_ms, { stream: 'btcusdt@depth@100ms', data })
}

async function imported(lines: readonly string[], how: 'plain' | 'gzip' = 'plain') {
  return inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'frames'), lines, how)
    const dir = join(folder, 'out')
    const report = await binanceRaw.run([file], {}, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    return { report, rows: await rowsOf(dir), dataset: await openDataset(dir) }
  })
}

test('a quote stands at its local time without a venue time; a trade has the time of its match, and the taker’s side', async () => {
  const { rows, dataset } = await imported([
    quote(0, 7, '61837.63000000', '61837.64000001'),
    trade(1, 1, '61837.63000000', '0.02', true, 1_200),
    trade(2, 2, '61837.64000000', '0.00000001', false, 1_100),
  ])
  const base = { feed: Feed.BINANCE, instrument: 0, flags: Flag.LAST }
  const exch = (ms: number) => START_US + ms * 1_000
  expect(rows).toEqual([
    {
      ...base,
      kind: Kind.QUOTE,
      local_us: START_US,
      exch_us: 0,
      side: 0,
      price: 61837_63000000,
      size: 61837_64000001,
    },
    {
      ...base,
      kind: Kind.PRINT,
      local_us: START_US + 1_000,
      exch_us: exch(1_200),
      side: Side.SELL,
      price: 61837_63000000,
      size: 2_000_000,
    },
    {
      ...base,
      kind: Kind.PRINT,
      local_us: START_US + 2_000,
      exch_us: exch(1_100),
      side: Side.BUY,
      price: 61837_64000000,
      size: 1,
    },
  ])
  expect(dataset.instruments).toEqual({
    markets: [],
    instruments: [{ kind: 'series', name: 'binance', asset: 'btc', venue: 'binance', unit: 'usd_e8' }],
  })
  expect(dataset.manifest).toMatchObject({
    carries: { book: 'none', trades: false },
    licence: 'unknown',
    reference_profile: { settlement: null, fast: ['binance'] },
  })
})

test('nanoseconds are cut off, never rounded up into the future', async () => {
  const { rows } = await imported([quote(0, 1, '1', '2')])
  expect(rows[0]!.local_us).toBe(START_US)
})

test('each broken frame is refused with its reason, and the good ones around it stay', async () => {
  const bad: [string, string][] = [
    ['1723161254 {}', 'a time in another unit than the others: seconds'],
    [
      'soon {}',
      'a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100',
    ],
    ['{}', 'no local time'],
    [`${START_US}999 {`, 'not JSON'],
    [line(1, []), 'not a JSON object'],
    [line(1, { result: null, id: 1 }), 'an answer to a request, no market data'],
    [line(1, { stream: 'x', data: 3 }), 'no frame of a combined stream'],
    [line(1, { stream: 'btcusdt@trade', data: {} }), 'trade.e: expected "trade"'],
    [
      line(1, { stream: 'btcusdt@kline', data: { s: 'BTCUSDT' } }),
      'a stream other than bookTicker, trade and depth',
    ],
    [quote(1, 3, '1.000000001', '2'), 'a price that is not a decimal of 1e-8 above 0'],
    [quote(1, 3, '1e3', '2000'), 'a price that is not a decimal of 1e-8 above 0'],
    [quote(1, 3, '2', '2'), 'a bid at or above the ask'],
    [quote(1, 2, '1', '2'), 'a quote stated twice, or before the one ahead of it'],
    [quote(1, 3, '1', '2', 'ETHUSDT'), 'another symbol than the first'],
    [trade(1, 4, '1', '0', true), 'a size that is not a decimal of 1e-8 above 0'],
    [trade(1, 4, '1', '1', true).replace('"m":true', '"m":1'), 'trade.m: expected boolean, received number'],
    [trade(1, 4, '1', '1', true).replace('"t":4', '"t":"4"'), 'trade.t: expected number, received string'],
    [trade(1, 4, '1', '1', true, 1e13), 'no trade time in ms or µs'],
    [depth(1, 3, 4), 'depth of a reference venue: the tape holds its best prices'],
    [depth(1, 3, 2), 'no update ids'],
  ]
  const { report, rows } = await imported([
    quote(0, 2, '1', '2'),
    ...bad.map(([text]) => text),
    quote(2, 9, '1', '2'),
  ])
  const reasons = bad.map(([, reason]) => reason)
  expect(byReason(report.refused)).toEqual(
    byReason(
      [...new Set(reasons)].map((reason) => ({
        reason,
        count: reasons.filter((other) => other === reason).length,
        first: `frames row ${reasons.indexOf(reason) + 1}`,
      })),
    ),
  )
  expect(report).toMatchObject({ rows_read: bad.length + 2, events: 2 })
  expect(rows.map(({ local_us }) => local_us - START_US)).toEqual([0, 2_000])
})

test('a number left out in the trades or the depth updates is a gap, and so is silence', async () => {
  const { report, dataset } = await imported([
    depth(0, 1, 5),
    trade(0, 10, '1', '1', true),
    depth(100, 6, 8),
    trade(100, 11, '1', '1', true),
    trade(200, 13, '1', '1', true),
    depth(300, 10, 11),
    trade(6_000, 14, '1', '1', true),
  ])
  expect(
    dataset.gaps.map(({ from_us, to_us, reason }) => [from_us - START_US, to_us - START_US, reason]),
  ).toEqual([
    [100_000, 200_000, 'trades missing'],
    [100_000, 300_000, 'depth updates missing'],
    [300_000, 6_000_000, 'silence'],
  ])
  expect(report.gaps).toMatchObject({ count: 3, seconds: 0.1 + 0.2 + 5.7 })
  expect(report.inferred[0]!.agreement).toBe('2 left out in 4 trades and 3 depth updates')
})

test('how far the two clocks are apart is told, not corrected', async () => {
  const { report, rows } = await imported([
    trade(0, 1, '1', '1', true, 1_300),
    trade(10, 2, '1', '1', true, -40),
  ])
  expect(report.inferred[1]!.agreement).toBe('-1300 to 50 ms in 2 trades')
  expect(rows.map(({ local_us, exch_us }) => (local_us - exch_us) / 1_000)).toEqual([-1_300, 50])
})

test('files come in any order and may be gzipped; the licence beside them travels with the dataset', async () => {
  await inFolder(async (folder) => {
    const later = await writeLines(join(folder, 'a.gz'), [quote(10, 2, '3', '4')], 'gzip')
    const first = await writeLines(join(folder, 'b'), [quote(0, 1, '1', '2')])
    await writeFile(join(folder, 'LICENSE'), 'MIT License\n\nCopyright (c) 2022 somebody\n')
    const dir = join(folder, 'out')
    await binanceRaw.run([later, first], {}, { out: dir })
    expect((await rowsOf(dir)).map(({ price }) => price)).toEqual([1e8, 3e8])
    const { manifest } = await openDataset(dir)
    expect(manifest).toMatchObject({ licence: 'MIT', attribution: 'Copyright (c) 2022 somebody' })
    expect(manifest.files.map(({ path }) => path)).toContain('LICENSE')
  })
})

test('a recording without one good row is an error and leaves nothing', async () => {
  await expect(imported([depth(0, 1, 2)])).rejects.toMatchObject({ code: 'import.kept' })
})
