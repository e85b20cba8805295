import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allocate, type Columns, Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import { SIDE_TABLES } from '../normalise/side-tables.ts'
import { HEAD, inFolder, tailOf } from '../tape/fixtures.ts'
import { createDataset, openDataset } from '../tape/index.ts'
import { type Catalog, openCatalog } from './catalog.ts'
import { INSTRUMENTS, randomTape, START } from './fixtures.ts'

const at = (seconds: number) => START + seconds * 1e6
const date = (seconds: number) => new Date(at(seconds) / 1e3)
const slug = (market: number) => INSTRUMENTS.markets[market]!.slug

const WALLET = '0xabc'
/** A trade as the feed stores it: of market 0 the Up token is `01`, the Down token `02`. */
function trade(token_id: string, side: 'buy' | 'sell', price: number, size: number, more: object = {}) {
  return {
    local_us: at(3),
    wallet: WALLET,
    source: 'trades',
    exch_us: at(1),
    type: 'TRADE',
    role: '',
    copy: 0,
    instrument: null,
    token_id,
    condition_id: '',
    outcome: token_id.endsWith('1') ? 'Up' : 'Down',
    side,
    price: price * ONE,
    price_text: String(price),
    size: size * 1e6,
    usdc: null,
    slug: '',
    transaction_hash: '0x1',
    ...more,
  }
}

const METADATA = { acceptingOrders: true, active: true, closed: false, enableOrderBook: true }
const SIDE = {
  feed_health: [
    {
      local_us: at(1),
      feed: 'clob_market',
      event: 'opened',
      line: 'clob_market/0',
      detail: '2 tokens',
      value: null,
    },
    { local_us: at(2), feed: 'gamma', event: 'silent', line: '', detail: '', value: 31_000_000 },
  ],
  clock_offsets: [{ local_us: at(1), feed: 'binance', offset_us: -1_500, rtt_us: 24_000, how: 'GET /time' }],
  quarantine: [
    {
      local_us: at(4),
      feed: 'rtds',
      line: 'rtds/0',
      connection: 3,
      frame: 12,
      request: '',
      reason: 'not JSON',
      bytes: 5,
      excerpt: 'PONG?',
    },
  ],
  market_metadata: [
    metadata(1, at(5), { ...METADATA, acceptingOrders: false }),
    metadata(1, at(9), { ...METADATA, events: [{ seriesSlug: 'btc-up-or-down-5m' }] }),
    metadata(2, at(6), { id: 'an event', markets: [{ ...METADATA, closed: 'true' }] }),
  ],
  wallet_activity: [
    trade('01', 'buy', 0.4, 100),
    // The same trade in the list of everything, and said again when its role was known.
    trade('01', 'buy', 0.4, 100, { source: 'activity' }),
    trade('01', 'buy', 0.4, 100, { role: 'taker', local_us: at(40) }),
    // Two fills that are equal in everything.
    trade('01', 'sell', 0.6, 25, { copy: 0, role: 'maker', transaction_hash: '0x2' }),
    trade('01', 'sell', 0.6, 25, { copy: 1, role: 'maker', transaction_hash: '0x2' }),
    trade('02', 'buy', 0.5, 10, { usdc: 5_010_000, transaction_hash: '0x3' }),
    // A market without an outcome, and one that nobody lists.
    trade('11', 'buy', 0.2, 50, { transaction_hash: '0x4' }),
    trade('99', 'buy', 0.1, 20, { slug: 'elsewhere', transaction_hash: '0x5' }),
    trade('01', 'sell', 0.9, 7, { type: 'REDEEM', transaction_hash: '0x6' }),
  ],
}

function metadata(market: number, local_us: number, object: object) {
  return {
    local_us,
    feed: 'gamma',
    market,
    slug: slug(market),
    condition_id: '',
    version: 'v1',
    exch_us: null,
    metadata: JSON.stringify(object),
  }
}

/** Rows of a wallet's trades without a side table, as importers make them. */
function watched(): Columns {
  const columns = allocate(2)
  const rows = [
    [Side.BUY, 2_500, 8e6],
    [Side.SELL, 5_000, 3e6],
  ] as const
  rows.forEach(([side, price, size], i) => {
    columns.local_us[i] = at(i)
    columns.kind[i] = Kind.WALLET_TRADE
    columns.feed[i] = Feed.WALLETS
    columns.instrument[i] = 1
    columns.side[i] = side
    columns.price[i] = price
    columns.size[i] = size
    columns.flags[i] = Flag.LAST
  })
  columns.length = 2
  return columns
}

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

async function withSide<T>(use: (catalog: Catalog) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const columns = randomTape(20, 1)
    const dir = join(folder, 'd')
    const writer = await createDataset(dir, HEAD, {})
    await writer.append(columns)
    await writer.finish(
      tailOf(INSTRUMENTS, {
        resolutions: [{ market: 0, up_payout: ONE, known_us: at(330), class: 'recorded' }],
        attachments: Object.fromEntries(
          Object.entries(SIDE).map(([name, rows]) => [`side-${name}.jsonl`, lines(rows)]),
        ),
      }),
    )
    const plain = join(folder, 'plain')
    const other = await createDataset(plain, HEAD, {})
    await other.append(columns)
    await other.finish(tailOf(INSTRUMENTS))
    const catalog = await openCatalog([await openDataset(dir), await openDataset(plain)])
    await catalog.shut()
    try {
      return await use(catalog)
    } finally {
      catalog.close()
    }
  })
}

describe('side tables of recordings', () => {
  test('are there with all their columns, and empty where a dataset has none', async () => {
    await withSide(async (catalog) => {
      for (const [name, { columns }] of Object.entries(SIDE_TABLES)) {
        const found = await catalog.query(`DESCRIBE raw.side_${name}`)
        expect(found.map((row) => row.column_name)).toEqual([
          'dataset',
          'row',
          ...columns.map((column) => column.name),
        ])
        const [count] = await catalog.query(`SELECT count(*) AS n FROM raw.side_${name}`)
        expect(count!.n, name).toBe(SIDE[name as keyof typeof SIDE]?.length ?? 0)
      }
    })
  })

  test('of health, clocks and refused frames are views in natural units', async () => {
    await withSide(async (catalog) => {
      expect(await catalog.query('SELECT * FROM feed_health ORDER BY time')).toEqual([
        {
          dataset: 'd',
          time: date(1),
          feed: 'clob_market',
          line: 'clob_market/0',
          event: 'opened',
          detail: '2 tokens',
          value: null,
        },
        {
          dataset: 'd',
          time: date(2),
          feed: 'gamma',
          line: null,
          event: 'silent',
          detail: null,
          value: 31e6,
        },
      ])
      expect(await catalog.query('SELECT * FROM clock_offsets')).toEqual([
        {
          dataset: 'd',
          time: date(1),
          feed: 'binance',
          clock_offset: -1.5,
          round_trip: 24,
          how: 'GET /time',
        },
      ])
      expect(await catalog.query('SELECT * FROM quarantine')).toMatchObject([
        { connection: 3, frame: 12, request: null, reason: 'not JSON', bytes: 5, excerpt: 'PONG?' },
      ])
    })
  })
})

describe('markets', () => {
  test('are known by what chose them and by what their source said last', async () => {
    await withSide(async (catalog) => {
      const rows = await catalog.query("SELECT * FROM market_filters WHERE dataset = 'd' ORDER BY market")
      expect(rows).toHaveLength(INSTRUMENTS.markets.length)
      expect(rows[1]).toMatchObject({
        market: slug(1),
        policy: 'btc/5m',
        feed: 'gamma',
        venue_series: 'btc-up-or-down-5m',
        found_time: date(5),
        looked_time: date(9),
        changes: 2,
        accepting: true,
        closed: false,
        tick: 0.01,
      })
      // A market inside of its event, with a flag as text.
      expect(rows[2]).toMatchObject({ accepting: true, closed: true, changes: 1 })
      expect(rows[3]).toMatchObject({ feed: null, found_time: null, accepting: null })
    })
  })

  test('have a mapping for each token, from its id to its number', async () => {
    await withSide(async (catalog) => {
      const rows = await catalog.query(
        "SELECT * FROM market_mappings WHERE dataset = 'd' ORDER BY instrument",
      )
      expect(rows).toHaveLength(2 * INSTRUMENTS.markets.length)
      expect(rows[3]).toEqual({
        dataset: 'd',
        market: slug(1),
        outcome: 'down',
        token_id: '12',
        condition_id: '0x1',
        asset: 'btc',
        series: '5m',
        market_index: 1,
        instrument: 3,
        same_window: null,
      })
    })
  })

  test('have outcomes with the time that they took', async () => {
    await withSide(async (catalog) => {
      expect(await catalog.query('SELECT * FROM resolutions')).toEqual([
        {
          dataset: 'd',
          market: slug(0),
          class: 'recorded',
          up_payout: 1,
          outcome: 'up',
          known_time: date(330),
          delay: 30,
        },
      ])
    })
  })
})

describe('wallets', () => {
  test('have each trade once, with its role where any list says it', async () => {
    await withSide(async (catalog) => {
      const rows = await catalog.query(
        'SELECT market, outcome, side, role, price, size, value, delay FROM wallet_trades ORDER BY transaction, side',
      )
      const fill = {
        market: slug(0),
        outcome: 'up',
        side: 'sell',
        role: 'maker',
        price: 0.6,
        size: 25,
        value: 15,
        delay: 2,
      }
      expect(rows).toEqual([
        {
          market: slug(0),
          outcome: 'up',
          side: 'buy',
          role: 'taker',
          price: 0.4,
          size: 100,
          value: 40,
          delay: 2,
        },
        fill,
        fill,
        {
          market: slug(0),
          outcome: 'down',
          side: 'buy',
          role: null,
          price: 0.5,
          size: 10,
          value: 5.01,
          delay: 2,
        },
        {
          market: slug(1),
          outcome: 'up',
          side: 'buy',
          role: null,
          price: 0.2,
          size: 50,
          value: 10,
          delay: 2,
        },
        {
          market: 'elsewhere',
          outcome: 'down',
          side: 'buy',
          role: null,
          price: 0.1,
          size: 20,
          value: 2,
          delay: 2,
        },
      ])
    })
  })

  test('of an imported recording have no address, and are the trades of its rows', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      const writer = await createDataset(dir, HEAD, { format: 'arrow' })
      await writer.append(watched())
      await writer.finish(
        tailOf(INSTRUMENTS, {
          resolutions: [{ market: 0, up_payout: 0, known_us: at(330), class: 'recorded' }],
        }),
      )
      const catalog = await openCatalog([await openDataset(dir)])
      expect(
        await catalog.query(
          'SELECT wallet, market, outcome, side, price, size, value FROM wallet_trades ORDER BY time',
        ),
      ).toEqual([
        { wallet: null, market: slug(0), outcome: 'down', side: 'buy', price: 0.25, size: 8, value: 2 },
        { wallet: null, market: slug(0), outcome: 'down', side: 'sell', price: 0.5, size: 3, value: 1.5 },
      ])
      // 5 shares of Down are left, and pay 1 each.
      expect(await catalog.query('SELECT trades, realised FROM wallet_metrics')).toEqual([
        { trades: 2, realised: -2 + 1.5 + 5 },
      ])
      catalog.close()
    })
  })

  test('are worth what they sold, less what they bought, and the payout of what was left', async () => {
    await withSide(async (catalog) => {
      const [row, ...more] = await catalog.query('SELECT * FROM wallet_metrics')
      expect(more).toEqual([])
      expect(row).toMatchObject({
        wallet: WALLET,
        trades: 6,
        buys: 4,
        markets: 3,
        shares: 230,
        resolved_markets: 1,
        first_time: date(3),
        last_time: date(3),
      })
      expect(row!.volume).toBeCloseTo(87.01, 9)
      expect(row!.average_price).toBeCloseTo(87.01 / 230, 9)
      expect(row!.maker_share).toBeCloseTo(2 / 3, 9)
      // Up: −40 + 30 and 50 shares at 1; Down: −5.01 and 10 shares at 0. The other markets are not resolved.
      expect(row!.realised).toBeCloseTo(-40 + 30 + 50 - 5.01, 9)
    })
  })
})
