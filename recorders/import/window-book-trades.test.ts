import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, verifyDataset } from '../tape/index.ts'
import { replayBooks } from './fixtures.ts'
import { rowsOf, writeLines } from './text-fixtures.ts'
import { windowBookTrades } from './window-book-trades.ts'

/** Start of the made-up windows, unix seconds. */
const START_S = 1_765_450_800

const stamps = (at_ms: number, lag_ms: number) => ({
  local_timestamp: String(START_S * 1_000 + at_ms),
  timestamp: String(START_S * 1_000 + at_ms - lag_ms),
})

function trade(at_ms: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    price: '0.57',
    size: '1.929823',
    side: 'buy',
    ...stamps(at_ms, 120),
    asset_price: 90303.655,
    ...more,
  }
}

type Level = [string, string]
function book(at_ms: number, bids: Level[], asks: Level[], more: Record<string, unknown> = {}) {
  const side = (levels: Level[]) => levels.map(([price, size]) => ({ price, size }))
  return { bids: side(bids), asks: side(asks), ...stamps(at_ms, 120), asset_price: 90303.655, ...more }
}

/** Files by path below the folder, each an array of rows; texts are written as they are. */
type Files = Readonly<Record<string, readonly unknown[] | string>>

async function imported(files: Files) {
  return inFolder(async (folder) => {
    const names: string[] = []
    for (const [path, rows] of Object.entries(files)) {
      const file = join(folder, path)
      await mkdir(dirname(file), { recursive: true })
      const text = typeof rows === 'string' ? rows : JSON.stringify(rows, null, 4)
      names.push(await writeLines(file, [text], path.endsWith('.gz') ? 'gzip' : 'plain'))
    }
    const dir = join(folder, 'out')
    const report = await windowBookTrades.run(names, {}, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
    const dataset = await openDataset(dir)
    const books = []
    for await (const { book, rows } of replayBooks(
      readColumns(dataset, { cache: false }),
      dataset.instruments,
    ))
      books.push({ bids: new Map(book.bids), asks: new Map(book.asks), kinds: rows.map(({ kind }) => kind) })
    return { report, told, rows: await rowsOf(dir), dataset, books }
  })
}

const us = (at_ms: number) => (START_S * 1_000 + at_ms) * 1_000
const UP = `15m/btc/trades/${START_S}up.json.gz`
const DOWN = `15m/btc/trades/${START_S}down.json.gz`

test('a trade stands at its reception, with the venue’s time, in the terms of the token of its file', async () => {
  const { rows, dataset } = await imported({
    [UP]: [trade(60_000, { side: 'sell', price: '0.5', size: '10' })],
    [DOWN]: [trade(59_000)],
  })
  const base = { kind: Kind.TRADE, feed: Feed.CLOB_MARKET, flags: Flag.LAST }
  expect(rows.filter(({ kind }) => kind === Kind.TRADE)).toEqual([
    {
      ...base,
      local_us: us(59_000),
      exch_us: us(58_880),
      instrument: 2,
      side: Side.BUY,
      price: 5_700,
      size: 1_929_823,
    },
    {
      ...base,
      local_us: us(60_000),
      exch_us: us(59_880),
      instrument: 1,
      side: Side.SELL,
      price: 5_000,
      size: 10e6,
    },
  ])
  expect(dataset.instruments.markets).toHaveLength(1)
  expect(dataset.instruments.markets[0]).toMatchObject({ slug: `btc-updown-15m-${START_S}`, start_us: us(0) })
  expect(dataset.manifest.carries).toEqual({ book: 'none', trades: true })
})

test('the books of both tokens are one book: a mirrored one changes nothing', async () => {
  const { books, told, dataset } = await imported({
    [`1h/btc/orderbooks/${START_S}up.json.gz`]: [
      book(
        1_000,
        [
          ['0.4', '20'],
          ['0.45', '10'],
        ],
        [
          ['0.6', '5'],
          ['0.5', '7'],
        ],
      ),
      book(2_000, [['0.45', '11']], [['0.5', '7']]),
    ],
    [`1h/btc/orderbooks/${START_S}down.json`]: [
      book(
        1_001,
        [
          ['0.4', '5'],
          ['0.5', '7'],
        ],
        [
          ['0.6', '20'],
          ['0.55', '10'],
        ],
        { timestamp: stamps(1_000, 120).timestamp },
      ),
    ],
  })
  expect(books.map(({ kinds }) => kinds)).toEqual([
    [Kind.LEVEL, Kind.LEVEL, Kind.LEVEL, Kind.LEVEL],
    [Kind.ALIVE],
    [Kind.LEVEL, Kind.LEVEL, Kind.LEVEL],
  ])
  expect(books[1]).toMatchObject({
    bids: new Map([
      [4_000, 5e6],
      [5_000, 7e6],
    ]),
    asks: new Map([
      [6_000, 20e6],
      [5_500, 10e6],
    ]),
  })
  expect(books[2]).toMatchObject({ bids: new Map([[4_500, 11e6]]), asks: new Map([[5_000, 7e6]]) })
  expect(told['Down is the complement of Up']).toBe('1 of 1')
  expect(dataset.instruments.markets[0]!.slug).toBe('bitcoin-up-or-down-december-11-2025-6am-et')
  expect(dataset.manifest.carries).toEqual({ book: 'full', trades: false })
})

test('the price of the asset is a value where it changes, over all files, floats to the nearest 1e-8', async () => {
  const { rows, told } = await imported({
    [UP]: [trade(1_000), trade(3_000, { asset_price: 90301.42499999999 })],
    [DOWN]: [trade(2_000), trade(4_000, { asset_price: 90301.42499999999 })],
  })
  const values = rows.filter(({ kind }) => kind === Kind.ORACLE)
  expect(values.map(({ local_us, exch_us, price }) => [local_us, exch_us, price])).toEqual([
    [us(1_000), 0, 90303_65500000],
    [us(3_000), 0, 90301_42500000],
  ])
  expect(rows[0]!.kind).toBe(Kind.ORACLE)
  expect(told['the price of the asset']).toBe('2 values on 4 rows')
})

test('rows of one moment: books before trades, Up before Down, whatever the order of the files', async () => {
  const files: [string, unknown[]][] = [
    [`1h/btc/trades/${START_S}down.json`, [trade(1_000)]],
    [`1h/btc/trades/${START_S}up.json`, [trade(1_000)]],
    [`1h/btc/orderbooks/${START_S}up.json`, [book(1_000, [['0.4', '1']], [['0.6', '1']])]],
  ]
  const one = await imported(Object.fromEntries(files))
  const other = await imported(Object.fromEntries(files.reverse()))
  expect(one.rows.slice(1).map(({ kind, instrument }) => [kind, instrument])).toEqual([
    [Kind.LEVEL, 1],
    [Kind.LEVEL, 1],
    [Kind.TRADE, 1],
    [Kind.TRADE, 2],
  ])
  expect(other.report.dataset_hash).toBe(one.report.dataset_hash)
})

test('trades that are the same to the ms are one, as live, and are counted; another size or ms is another trade', async () => {
  const later = trade(1_500, { timestamp: stamps(1_000, 120).timestamp })
  const { rows, report } = await imported({
    [UP]: [trade(1_000), trade(1_000), trade(1_000, { size: '2' }), trade(1_001), later],
    [DOWN]: [trade(1_000)],
  })
  expect(rows.filter(({ kind }) => kind === Kind.TRADE)).toHaveLength(4)
  expect(report.refused).toEqual([
    {
      reason: 'trade: stated twice: time, side, price and size',
      count: 2,
      first: `${START_S}up.json.gz row 1`,
    },
  ])
})

test('what follows the end of a file is a gap to the end of its window; books, where there are any, prove the feed', async () => {
  const { report, dataset } = await imported({
    [`1h/btc/orderbooks/${START_S}up.json`]: [book(1_000, [], []), book(4_000, [['0.4', '1']], [])],
    // Trades alone after that: the book is not known any more.
    [`1h/btc/trades/${START_S}up.json`]: [trade(8_000)],
  })
  expect(dataset.gaps).toEqual([
    { market: 0, feed: 'clob_market', from_us: us(4_000), to_us: us(3_600_000), reason: 'silence' },
  ])
  expect(report.gaps.markets).toEqual({ count: 1, seconds: 3_596 })
})

test('a level off the grid of a cent makes the tick finer from that book on, marked inferred', async () => {
  const { rows, told } = await imported({
    [`1h/btc/orderbooks/${START_S}up.json`]: [
      book(1_000, [['0.96', '1']], [['0.97', '1']]),
      book(2_000, [['0.961', '1']], [['0.97', '1']]),
      book(3_000, [['0.96', '1']], [['0.97', '1']]),
    ],
  })
  const ticks = rows.filter(({ kind }) => kind === Kind.TICK_SIZE)
  expect(ticks).toMatchObject([{ local_us: us(2_000), price: 10, flags: Flag.INFERRED }])
  expect(told['tick size']).toBe('finer in 1 of 1 windows')
})

test('the last mids class a window, in the terms of Up', async () => {
  const end = 900_000
  const bookAt = (at_ms: number) => book(at_ms, [['0.03', '1']], [['0.04', '1']])
  const { report } = await imported({
    [`15m/btc/orderbooks/${START_S}down.json`]: [bookAt(1_000), bookAt(end - 5_000)],
  })
  expect(report.windows).toMatchObject({ total: 1, inferred_from_book: 1 })
  const early = await imported({ [`15m/btc/orderbooks/${START_S}down.json`]: [bookAt(1_000)] })
  expect(early.report.windows).toMatchObject({ unresolved: 1 })
})

test('each bad row is refused with its reason, of trades and of books', async () => {
  const level: Level[] = [['0.4', '1']]
  const trades: [unknown, string][] = [
    [
      trade(2_000, { local_timestamp: 'soon' }),
      'trade: a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100',
    ],
    [trade(2_000, { timestamp: '1765450851' }), 'trade: a time in another unit than the others: seconds'],
    [trade(2_000, { asset_price: '90303' }), 'trade: an asset_price that is no number above 0'],
    [trade(2_000, { price: '0.57001' }), 'trade: a price that is not a decimal of 1e-4 inside (0, 1)'],
    [trade(2_000, { price: 0.57 }), 'trade: a price that is not a decimal of 1e-4 inside (0, 1)'],
    [trade(2_000, { size: '0' }), 'trade: a size that is not a decimal of 1e-6 above 0'],
    [trade(2_000, { side: 'BUY' }), 'trade: a side other than buy and sell'],
  ]
  const books: [unknown, string][] = [
    [book(2_000, [['0.6', '1']], [['0.6', '1']]), 'book: a bid at or above the ask'],
    [book(2_000, [['0', '1']], level), 'book: a price outside (0, 1)'],
    [{ ...book(2_000, level, []), asks: null }, 'book: no levels'],
  ]
  const { report } = await imported({
    [UP]: [trade(1_000), ...trades.map(([row]) => row)],
    [`15m/btc/orderbooks/${START_S}up.json`]: [book(1_000, level, []), ...books.map(([row]) => row)],
  })
  for (const [some, file] of [
    [trades, `${START_S}up.json.gz`],
    [books, `${START_S}up.json`],
  ] as const) {
    const reasons = some.map(([, reason]) => reason)
    for (const reason of new Set(reasons)) {
      const count = reasons.filter((other) => other === reason).length
      const first = `${file} row ${reasons.indexOf(reason) + 1}`
      expect(report.refused, reason).toContainEqual({ reason, count, first })
    }
  }
  expect(report.refused.reduce((sum, { count }) => sum + count, 0)).toBe(trades.length + books.length)
  expect(report.rows_read).toBe(trades.length + books.length + 2)
})

test('a path that does not say what it is of is refused, and so is a file that is cut off', async () => {
  for (const path of [
    'trades.json',
    `15m/btc/fills/${START_S}up.json`,
    `15m/btc/trades/${START_S + 1}up.json`,
  ])
    await expect(imported({ [path]: [trade(1_000)] }), path).rejects.toMatchObject({ code: 'import.name' })
  await expect(imported({ [UP]: '[{"price":"0.5"}' })).rejects.toMatchObject({ code: 'import.json', row: 1 })
})
