import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { kalshiTrades } from './kalshi-trades.ts'
import { byReason, rowsOf, writeLines } from './text-fixtures.ts'

const HEADER = 'ticker,trade_id,ts,yes_price,count,taker_side,raw_json'
const FIRST = 'KXBTC15M-26APR271445-45'
const SECOND = 'KXBTC15M-26APR271500-00'
/** Start of the first market, ms. */
const START_MS = Date.parse('2026-04-27T18:30:00Z')

type Trade = {
  ticker?: string
  id: string
  at_ms: number
  yes?: string
  no?: string
  count?: string
  taker?: string
}

/** A line as a recorder writes it: floats in the cells, the venue's own decimals in the object. */
function line({
  ticker = FIRST,
  id,
  at_ms,
  yes = '0.5000',
  no,
  count = '3.00',
  taker = 'yes',
}: Trade): string {
  const raw = {
    count_fp: count,
    created_time: new Date(START_MS + at_ms).toISOString(),
    no_price_dollars: no ?? (1 - Number(yes)).toFixed(4),
    taker_side: taker,
    ticker,
    trade_id: id,
    yes_price_dollars: yes,
  }
  const cells = [ticker, id, Math.floor((START_MS + at_ms) / 1_000), Number(yes), Number(count), taker]
  return `${cells.join(',')},"${JSON.stringify(raw).replaceAll('"', '""')}"`
}

async function imported(...files: (readonly string[])[]) {
  return inFolder(async (folder) => {
    const names: string[] = []
    for (const [i, lines] of files.entries())
      names.push(await writeLines(join(folder, `${i}.csv`), [HEADER, ...lines]))
    const dir = join(folder, 'out')
    const report = await kalshiTrades.run(names, {}, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    return { report, rows: await rowsOf(dir), dataset: await openDataset(dir) }
  })
}

test('a taker of yes buys Up at the yes price, a taker of no buys Down at the no price', async () => {
  const { rows, dataset } = await imported([
    line({ id: 'a', at_ms: 1_769, yes: '0.4700', count: '10.00', taker: 'yes' }),
    line({ id: 'b', at_ms: 2_100, yes: '0.9990', count: '42.16', taker: 'no' }),
  ])
  const base = { feed: Feed.KALSHI, kind: Kind.TRADE, side: Side.BUY, flags: Flag.LAST }
  const us = (ms: number) => (START_MS + ms) * 1_000
  expect(rows).toEqual([
    { ...base, local_us: us(1_769), exch_us: us(1_769), instrument: 0, price: 4_700, size: 10e6 },
    { ...base, local_us: us(2_100), exch_us: us(2_100), instrument: 1, price: 10, size: 42_160_000 },
  ])
  expect(dataset.instruments.instruments).toEqual([
    { kind: 'token', market: 0, outcome: 'up', token_id: `${FIRST}:yes` },
    { kind: 'token', market: 0, outcome: 'down', token_id: `${FIRST}:no` },
  ])
  expect(dataset.manifest).toMatchObject({
    assignment: 'assigned',
    carries: { book: 'none', trades: true },
    licence: 'unknown',
    windows: { total: 1, recorded: 0, unresolved: 1 },
  })
})

test('within a second the newest stands first: the tape is in the order of time, equal times from below', async () => {
  const { rows } = await imported([
    line({ id: 'a', at_ms: 900, count: '1.00' }),
    line({ id: 'b', at_ms: 700, count: '2.00' }),
    line({ id: 'c', at_ms: 700, count: '3.00' }),
    line({ id: 'd', at_ms: 100, count: '4.00' }),
    line({ id: 'e', at_ms: 1_000, count: '5.00' }),
  ])
  expect(rows.map(({ size }) => size / 1e6)).toEqual([4, 3, 2, 1, 5])
})

test('files of markets that overlap are one tape in the order of time, each market with its own tokens', async () => {
  const { rows, report } = await imported(
    [line({ ticker: SECOND, id: 'x', at_ms: 1_500 }), line({ ticker: SECOND, id: 'y', at_ms: 3_500 })],
    [line({ id: 'a', at_ms: 500 }), line({ id: 'b', at_ms: 2_500 })],
  )
  expect(rows.map(({ instrument }) => instrument >> 1)).toEqual([0, 1, 0, 1])
  expect(report.windows.total).toBe(2)
})

test('each bad row is refused with its reason: wrong cells, sides, prices, counts, times, doubles', async () => {
  const good = { id: 'a', at_ms: 5_000 }
  const bad: [string, string][] = [
    ['x,y', 'another number of cells than the header'],
    [`${line(good)}x`, 'another number of cells than the header'],
    [line({ ...good, id: 'b' }).replace(/"\{.*\}"/, '"{"'), 'raw_json is no JSON object'],
    [line({ ...good, id: 'b' }).replace(`${FIRST},b`, `${FIRST},c`), 'cells that contradict raw_json'],
    [line({ ...good, id: 'b' }).replace(',0.5,', ',0.6,'), 'cells that contradict raw_json'],
    [line({ ...good, id: 'b' }).replace(',3,', ',4,'), 'cells that contradict raw_json'],
    [line({ ...good, id: 'b', taker: 'true' }), 'a taker_side other than yes and no'],
    [line({ ...good, id: 'b' }).replace(/2026-04-27T18/, '2026-04-27 at 18'), 'a created_time that is none'],
    [line({ ...good, id: 'b', ticker: 'KXBTCD-26SEP2207-T80099.99' }), 'no ticker of a 15-minute market'],
    [line({ ...good, id: 'b', at_ms: 900_000 }), 'a trade after the close of its market'],
    [
      line({ ...good, id: 'b', yes: '0.00001', no: '0.99999' }),
      'a price that is not a decimal of 1e-4 inside (0, 1)',
    ],
    [line({ ...good, id: 'b', yes: '1.0000' }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
    [line({ ...good, id: 'b', no: '0.4900' }), 'prices of yes and no that do not make one'],
    [line({ ...good, id: 'b', count: '0.00' }), 'a count that is not a decimal above 0'],
    [line({ ...good, id: 'b', count: '0.0000001' }), 'a count that is not a decimal above 0'],
    [line(good), 'a trade stated twice'],
  ]
  const { report, rows } = await imported([
    line(good),
    ...bad.map(([text]) => text),
    line({ id: 'z', at_ms: 6_000 }),
  ])
  const reasons = bad.map(([, reason]) => reason)
  expect(byReason(report.refused)).toEqual(
    byReason(
      [...new Set(reasons)].map((reason) => ({
        reason,
        count: reasons.filter((other) => other === reason).length,
        first: `0.csv row ${reasons.indexOf(reason) + 1}`,
      })),
    ),
  )
  expect(rows).toHaveLength(2)
  expect(report.rows_read).toBe(bad.length + 2)
})

test('a time without trades is told and is no gap; prices off the grid are told', async () => {
  const { report } = await imported([
    line({ id: 'a', at_ms: 0 }),
    line({ id: 'b', at_ms: 60_000, yes: '0.5010' }),
    line({ id: 'c', at_ms: 62_000, yes: '0.0500' }),
  ])
  expect(report.gaps).toMatchObject({ count: 0, markets: { count: 0 } })
  const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
  expect(told['a time without trades is no gap']).toBe('1 times, 60 s')
  expect(told['rules of the markets']).toContain('2 of 3 prices lie on it')
})

test('a column that is missing is named', async () => {
  await inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'a.csv'), [HEADER.replace('taker_side', 'side')])
    const run = kalshiTrades.run([file], {}, { out: join(folder, 'out') })
    await expect(run).rejects.toMatchObject({ code: 'import.column', file, field: 'taker_side' })
  })
})

test('an abort leaves nothing', async () => {
  await inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'a.csv'), [HEADER, line({ id: 'a', at_ms: 0 })])
    const out = join(folder, 'out')
    const stop = new AbortController()
    stop.abort()
    await expect(kalshiTrades.run([file], {}, { out, signal: stop.signal })).rejects.toThrow()
    await expect(openDataset(out)).rejects.toMatchObject({ code: 'tape.missing' })
  })
})
