import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book, type OutcomeIndex } from '../../core/book/index.ts'
import { type Columns, Flag, Kind } from '../../core/events/index.ts'
import { MICRO, MINUTE, ONE } from '../../core/units/index.ts'
import { inFolder, tailOf, writeDataset } from '../tape/fixtures.ts'
import { type Dataset, openDataset } from '../tape/index.ts'
import { type Catalog, openCatalog } from './catalog.ts'
import { INSTRUMENTS, randomTape, START } from './fixtures.ts'
import type { SqlRow } from './rows.ts'
import { DATASET_VIEWS, RUN_VIEWS } from './views/index.ts'

const GAPS = [
  { market: null, feed: 'clob_market', from_us: START + 1, to_us: START + 6_000_001, reason: 'silence' },
  { market: 1, feed: 'clob_market', from_us: START + 7, to_us: START + 8, reason: 'refused: torn' },
]
const RESOLUTIONS = [{ market: 1, up_payout: ONE, known_us: START + 700e6, class: 'recorded' as const }]
const tail = tailOf(INSTRUMENTS, { gaps: GAPS, resolutions: RESOLUTIONS })

type Form = { format?: 'parquet' | 'arrow'; segment_rows?: number; name?: string }

async function made(folder: string, columns: Columns, form: Form = {}): Promise<Dataset> {
  const { name = 'd', ...options } = form
  const dir = join(folder, name)
  await writeDataset(dir, columns, options, [columns.length], tail)
  return openDataset(dir)
}

async function withCatalog<T>(
  columns: Columns,
  form: Form,
  use: (catalog: Catalog) => Promise<T>,
): Promise<T> {
  return inFolder(async (folder) => {
    const catalog = await openCatalog([await made(folder, columns, form)])
    try {
      return await use(catalog)
    } finally {
      catalog.close()
    }
  })
}

const forms = fc.record({
  seed: fc.integer(),
  rows: fc.integer({ min: 1, max: 4_000 }),
  format: fc.constantFrom('parquet' as const, 'arrow' as const),
  segment_rows: fc.integer({ min: 300, max: 5_000 }),
})

test('a damaged tape file is named when the catalog is opened', async () => {
  await inFolder(async (folder) => {
    const dataset = await made(folder, randomTape(5_000, 1), {})
    const file = join(dataset.dir, 'tape-00000.parquet')
    const whole = await readFile(file)
    for (const spoil of [
      (bytes: Buffer) => bytes.subarray(0, -100),
      (bytes: Buffer) => bytes.fill(0xff, bytes.length - 700, bytes.length - 30),
    ]) {
      await writeFile(file, spoil(Buffer.from(whole)))
      await expect(openCatalog([dataset])).rejects.toMatchObject({ code: 'tape.parquet', file })
    }
  })
})

describe('views', () => {
  test('have the columns, types and words that they declare', async () => {
    await withCatalog(randomTape(50, 1), {}, async (catalog) => {
      for (const view of DATASET_VIEWS) {
        const found = await catalog.query(`DESCRIBE ${view.name}`)
        expect(found.map((row) => [row.column_name, row.column_type])).toEqual(
          view.columns.map(({ name, type }) => [name, type]),
        )
      }
      const listed = await catalog.query('SELECT "view", "column", doc FROM views')
      expect(listed).toEqual(
        DATASET_VIEWS.flatMap((view) =>
          view.columns.map(({ name, unit, doc }) => ({
            view: view.name,
            column: name,
            doc: unit === '' ? doc : `${doc} [${unit}]`,
          })),
        ),
      )
    })
    for (const { doc, columns, name } of [...DATASET_VIEWS, ...RUN_VIEWS]) {
      expect(doc, name).toMatch(/\.$/)
      expect(new Set(columns.map((column) => column.name)).size, name).toBe(columns.length)
      for (const column of columns) expect(column.doc.length, `${name}.${column.name}`).toBeGreaterThan(2)
    }
  })

  test('show every row of the tape once, in its order and in natural units, whatever the form of the files', async () => {
    await fc.assert(
      fc.asyncProperty(forms, async ({ seed, rows, ...form }) => {
        const columns = randomTape(rows, seed)
        await withCatalog(columns, form, async (catalog) => {
          const found = await catalog.query(
            'SELECT *, epoch_us(time) AS time_us, epoch_us(exchange_time) AS exchange_us FROM events ORDER BY "row"',
          )
          expect(found).toHaveLength(rows)
          for (const [i, row] of found.entries()) expect(row).toMatchObject(eventOf(columns, i))
        })
      }),
      { numRuns: 12 },
    )
  })

  test('of one kind hold the rows of that kind', async () => {
    const columns = randomTape(3_000, 11)
    await withCatalog(columns, {}, async (catalog) => {
      const events = await catalog.query('SELECT * FROM events ORDER BY "row"')
      const of = (kind: string) => events.filter((row) => row.kind === kind)
      for (const [view, kind] of [
        ['book_changes', 'level'],
        ['trades', 'trade'],
      ] as const) {
        const rows = await catalog.query(`SELECT * FROM ${view} ORDER BY "row"`)
        const shared = [
          'dataset',
          'row',
          'time',
          'exchange_time',
          'market',
          'outcome',
          'side',
          'price',
          'size',
        ]
        expect(rows.map((row) => pick(row, shared))).toEqual(of(kind).map((row) => pick(row, shared)))
      }
      const trades = await catalog.query('SELECT price, size, value FROM trades')
      for (const { price, size, value } of trades) expect(value).toBeCloseTo(Number(price) * Number(size), 9)
      const oracle = await catalog.query('SELECT "row", series, value FROM oracle ORDER BY "row"')
      expect(oracle).toEqual(of('oracle').map(({ row, series, price }) => ({ row, series, value: price })))
    })
  })

  test('say of a level where it stands in the Up book', async () => {
    await withCatalog(randomTape(2_000, 3), {}, async (catalog) => {
      for (const row of await catalog.query(
        'SELECT outcome, side, price, up_side, up_price FROM book_changes',
      )) {
        const outcome: OutcomeIndex = row.outcome === 'down' ? 1 : 0
        const side = Book.canonicalSide(outcome, row.side === 'bid' ? Book.BID : Book.ASK)
        expect(row.up_side).toBe(side === Book.BID ? 'bid' : 'ask')
        expect(row.up_price).toBe(Book.canonicalPrice(outcome, Math.round(Number(row.price) * ONE)) / ONE)
      }
    })
  })

  test('of the touch equal a naive book, message by message', async () => {
    await fc.assert(
      fc.asyncProperty(forms, async ({ seed, rows, ...form }) => {
        const columns = randomTape(rows, seed)
        await withCatalog(columns, form, async (catalog) => {
          const found = await catalog.query(
            'SELECT "row", market, bid, bid_size, ask, ask_size, mid, spread FROM bbo ORDER BY "row", market',
          )
          expect(found).toEqual(naiveTouch(columns))
        })
      }),
      { numRuns: 12 },
    )
  })

  test('of the touch follow markets that were over before their first change: a sandbox has a clock of its own', async () => {
    const columns = randomTape(600, 9)
    for (let i = 0; i < columns.length; i++) columns.local_us[i]! += 86_400e6
    const expected = naiveTouch(columns)
    expect(expected.length).toBeGreaterThan(50)
    await withCatalog(columns, {}, async (catalog) => {
      const found = await catalog.query(
        'SELECT "row", market, bid, bid_size, ask, ask_size, mid, spread FROM bbo ORDER BY "row", market',
      )
      expect(found).toEqual(expected)
    })
  })

  test('of the side tables hold them', async () => {
    await withCatalog(randomTape(10, 1), {}, async (catalog) => {
      expect(await catalog.query('SELECT * FROM gaps ORDER BY start_time')).toEqual([
        {
          dataset: 'd',
          market: null,
          feed: 'clob_market',
          start_time: new Date(START / 1e3),
          end_time: new Date(START / 1e3 + 6_000),
          duration: 6,
          reason: 'silence',
        },
        expect.objectContaining({ market: INSTRUMENTS.markets[1]!.slug, duration: 1e-6 }),
      ])
      const [unknown, known] = await catalog.query('SELECT * FROM markets ORDER BY start_time')
      expect(unknown).toMatchObject({ tick: null, fee_rate: null, settlement_kind: null, resolution: null })
      expect(known).toEqual({
        dataset: 'd',
        market: INSTRUMENTS.markets[1]!.slug,
        asset: 'btc',
        series: '5m',
        start_time: new Date(START / 1e3 + 300_000),
        end_time: new Date(START / 1e3 + 600_000),
        created_time: new Date(START / 1e3 - 86_400_000),
        condition_id: '0x1',
        up_token: '11',
        down_token: '12',
        tick: 0.01,
        min_size: 5,
        fee_rate: 0.072,
        fee_exponent: 1,
        settlement_source: 'chainlink',
        settlement_kind: 'twap',
        settlement_lookback: 60,
        taker_hold: 250,
        up_payout: 1,
        resolved_time: new Date(START / 1e3 + 700_000),
        resolution: 'recorded',
      })
      expect(
        await catalog.query('SELECT kind, count(*) AS n FROM instruments GROUP BY kind ORDER BY kind'),
      ).toEqual([
        { kind: 'series', n: 1 },
        { kind: 'token', n: 12 },
      ])
    })
  })
})

describe('a catalog', () => {
  test('of several datasets says of each row which it is of, and keeps their names apart', async () => {
    await inFolder(async (folder) => {
      const one = await made(folder, randomTape(40, 1), { name: 'a/d' })
      const two = await made(folder, randomTape(70, 2), { name: 'b/d', format: 'arrow' })
      const catalog = await openCatalog([one, two])
      const counts =
        'SELECT dataset, count(*) AS n, max("row") AS last FROM events GROUP BY dataset ORDER BY dataset'
      expect(await catalog.query(counts)).toEqual([
        { dataset: 'd', n: 40, last: 39 },
        { dataset: 'd-2', n: 70, last: 69 },
      ])
      const touches = await catalog.query(
        'SELECT dataset, count(*) AS n FROM bbo GROUP BY dataset ORDER BY dataset',
      )
      expect(touches.map((row) => row.n)).toEqual([
        naiveTouch(randomTape(40, 1)).length,
        naiveTouch(randomTape(70, 2)).length,
      ])
      catalog.close()
    })
  })

  test('reads folders whose names are patterns or hold quotes', async () => {
    await inFolder(async (folder) => {
      const dataset = await made(folder, randomTape(30, 1), { name: "o'b[rac]k*et?" })
      const catalog = await openCatalog([dataset])
      expect(await catalog.query('SELECT count(*) AS n FROM events')).toEqual([{ n: 30 }])
      catalog.close()
    })
  })

  test('gives the touch to queries that join it or name it in capitals', async () => {
    const columns = randomTape(500, 4)
    await withCatalog(columns, {}, async (catalog) => {
      const [row] = await catalog.query(
        'SELECT count(*) AS n FROM book_changes c JOIN BBO b ON b."row" = c."row" AND b.market = c.market',
      )
      expect(row!.n).toBeGreaterThan(0)
    })
  })

  test('refuses what is no query in DuckDB’s words, and no dataset at all', async () => {
    await withCatalog(randomTape(10, 1), {}, async (catalog) => {
      await expect(catalog.query('SELECT nothing FROM events')).rejects.toMatchObject({
        code: 'sql.query',
        message: expect.stringContaining('nothing'),
        fix: expect.stringContaining('views'),
      })
    })
    await expect(openCatalog([])).rejects.toMatchObject({ code: 'sql.no_data' })
  })

  test('gives counts as numbers, and as bigint only what a number cannot hold', async () => {
    await withCatalog(randomTape(10, 1), {}, async (catalog) => {
      expect(
        await catalog.query(
          "SELECT count(*) AS n, 9007199254740993 AS big, 1.5::DECIMAL(4, 2) AS d, [1::BIGINT, NULL] AS list, {'a': 2::BIGINT} AS s FROM events",
        ),
      ).toEqual([{ n: 10, big: 9007199254740993n, d: 1.5, list: [1, null], s: { a: 2 } }])
    })
  })

  test('gives columns with one array each', async () => {
    await withCatalog(randomTape(10, 1), {}, async (catalog) => {
      const { row, kind } = await catalog.columns('SELECT "row", kind FROM events ORDER BY "row"')
      expect(row).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      expect(kind).toHaveLength(10)
    })
  })
})

/** What a row of the tape looks like in the view, said a second time. */
function eventOf(columns: Columns, i: number): SqlRow {
  const kind = columns.kind[i]!
  const one = INSTRUMENTS.instruments[columns.instrument[i]!]!
  const name = Object.entries(Kind)
    .find(([, code]) => code === kind)![0]
    .toLowerCase()
  const price = columns.price[i]!
  const size = columns.size[i]!
  const natural: Record<number, SqlRow> = {
    [Kind.LEVEL]: { price: price / ONE, size: size / MICRO, side: columns.side[i] === 1 ? 'bid' : 'ask' },
    [Kind.TRADE]: { price: price / ONE, size: size / MICRO, side: columns.side[i] === 1 ? 'buy' : 'sell' },
    [Kind.TICK_SIZE]: { price: price / ONE, size: null, side: null },
    [Kind.BOOK_RESET]: { price: null, size: null, side: null },
    [Kind.ALIVE]: { price: null, size: null, side: null },
    [Kind.ORACLE]: { price: price / 1e8 + size / 1e18, size: null, side: null },
    [Kind.QUOTE]: { price: price / 1e8, size: size / 1e8, side: null },
    [Kind.PRINT]: { price: price / 1e8, size: size / 1e8, side: columns.side[i] === 1 ? 'buy' : 'sell' },
  }
  return {
    row: i,
    seq: columns.seq[i]!,
    time_us: columns.local_us[i]!,
    exchange_us: columns.exch_us[i] === 0 ? null : columns.exch_us[i]!,
    kind: name,
    market: one.kind === 'token' ? INSTRUMENTS.markets[one.market]!.slug : null,
    outcome: one.kind === 'token' ? one.outcome : null,
    series: one.kind === 'series' ? one.name : null,
    last: (columns.flags[i]! & Flag.LAST) !== 0,
    snapshot: (columns.flags[i]! & Flag.SNAPSHOT) !== 0,
    ...natural[kind]!,
  }
}

/** Best prices from plain maps of levels in Up prices, looked at when a message is whole. */
function naiveTouch(columns: Columns): SqlRow[] {
  const books = INSTRUMENTS.markets.map(() => ({
    bids: new Map<number, number>(),
    asks: new Map<number, number>(),
  }))
  const shown = INSTRUMENTS.markets.map(() => '[null,null,null,null]')
  const rows: SqlRow[] = []
  // Followed until ten minutes after the end, but for markets whose first change is later: those for good.
  const until = new Map<number, number>()
  for (let i = 0; i < columns.length; i++) {
    const one = INSTRUMENTS.instruments[columns.instrument[i]!]!
    const now = columns.local_us[i]!
    const ofBook = columns.kind[i] === Kind.LEVEL || columns.kind[i] === Kind.BOOK_RESET
    if (one.kind === 'token' && ofBook && !until.has(one.market)) {
      const over = INSTRUMENTS.markets[one.market]!.end_us + 10 * MINUTE
      until.set(one.market, now > over ? Number.POSITIVE_INFINITY : over)
    }
    if (one.kind === 'token' && ofBook && now <= until.get(one.market)!) {
      const { bids, asks } = books[one.market]!
      const up = one.outcome === 'up'
      if (columns.kind[i] === Kind.BOOK_RESET) {
        bids.clear()
        asks.clear()
      } else if (columns.kind[i] === Kind.LEVEL) {
        const side = (columns.side[i] === 1) === up ? bids : asks
        const price = up ? columns.price[i]! : ONE - columns.price[i]!
        if (columns.size[i] === 0) side.delete(price)
        else side.set(price, columns.size[i]!)
      }
    }
    if ((columns.flags[i]! & Flag.LAST) === 0) continue
    books.forEach(({ bids, asks }, market) => {
      const bid = bids.size === 0 ? null : Math.max(...bids.keys())
      const ask = asks.size === 0 ? null : Math.min(...asks.keys())
      const touch = [bid, bid === null ? null : bids.get(bid)!, ask, ask === null ? null : asks.get(ask)!]
      if (JSON.stringify(touch) === shown[market]) return
      shown[market] = JSON.stringify(touch)
      const both = bid !== null && ask !== null
      rows.push({
        row: i,
        market: INSTRUMENTS.markets[market]!.slug,
        bid: bid === null ? null : bid / ONE,
        bid_size: touch[1] === null ? null : touch[1]! / MICRO,
        ask: ask === null ? null : ask / ONE,
        ask_size: touch[3] === null ? null : touch[3]! / MICRO,
        mid: both ? (bid + ask) / 2e4 : null,
        spread: both ? (ask - bid) / ONE : null,
      })
    })
  }
  return rows
}

function pick(row: SqlRow, names: readonly string[]): SqlRow {
  return Object.fromEntries(names.map((name) => [name, row[name]!]))
}
