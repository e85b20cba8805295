import { constants, generateKeyPairSync, verify } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../../core/book/index.ts'
import { Flag, Kind } from '../../core/events/index.ts'
import { formatDecimal, ONE } from '../../core/units/index.ts'
import { createCellReader } from '../import/csv-cells.ts'
import { kalshiMarket, kalshiTokens } from '../kalshi/index.ts'
import type { Listing, Reader, Scope } from './feed.ts'
import { createTaken, play, RECEIVED_US, receipt, type Taken } from './fixtures.ts'
import { kalshi } from './kalshi.ts'
import { KalshiKeyError, kalshiHeaders } from './kalshi-signature.ts'

const TICKER = 'KXBTC15M-26NOV202015-15'
const OTHER = 'KXETH15M-26NOV202015-15'
const market = (ticker: string, index = 0): Listing => ({
  index,
  market: kalshiMarket(ticker, RECEIVED_US)!,
  tokens: kalshiTokens(ticker),
  version: 'v1',
})
const SCOPE: Scope = {
  assets: ['btc'],
  series: ['5m', '15m'],
  markets: [market(TICKER)],
  wallets: [],
  credentials: new Set(),
}
const WITH_KEY: Scope = { ...SCOPE, credentials: new Set(['kalshi']) }

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const SECRETS = { key_id: 'k-1', private_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }

function isSigned(headers: Readonly<Record<string, string>>, text: string): boolean {
  const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return verify('sha256', Buffer.from(text), key, Buffer.from(headers['KALSHI-ACCESS-SIGNATURE']!, 'base64'))
}

describe('the handshake', () => {
  test('is signed over time, method and path, which the public key confirms, and over nothing else', () => {
    const [plan] = kalshi.lines(WITH_KEY)
    for (const private_key of [SECRETS.private_key, SECRETS.private_key.replaceAll('\n', '\\n')]) {
      const headers = plan!.headers!({ ...SECRETS, private_key }, 1_795_219_200_123.9)
      expect(headers).toMatchObject({
        'KALSHI-ACCESS-KEY': 'k-1',
        'KALSHI-ACCESS-TIMESTAMP': '1795219200123',
      })
      expect(isSigned(headers, '1795219200123GET/trade-api/ws/v2')).toBe(true)
      expect(isSigned(headers, '1795219200124GET/trade-api/ws/v2')).toBe(false)
      expect(isSigned(headers, '1795219200123POST/trade-api/ws/v2')).toBe(false)
    }
    const asked = kalshiHeaders(SECRETS, 5, 'GET', '/trade-api/v2/portfolio/positions?limit=1000')
    expect(isSigned(asked, '5GET/trade-api/v2/portfolio/positions')).toBe(true)
  })

  test('without a key that can sign is refused by field, and the key is not repeated', () => {
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const bad = {
      key_id: 'k-1',
      private_key: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----',
    }
    for (const [secrets, field] of [
      [{}, 'key_id'],
      [{ key_id: 'k-1' }, 'private_key'],
      [bad, 'private_key'],
      [{ ...bad, private_key: String(curve.export({ type: 'pkcs8', format: 'pem' })) }, 'private_key'],
    ] as const) {
      const call = () => kalshiHeaders(secrets, 0, 'GET', '/')
      expect(call).toThrow(KalshiKeyError)
      expect(call).toThrow(expect.objectContaining({ code: 'kalshi.key', field }))
      expect(call).not.toThrow(/c2VjcmV0/)
    }
  })

  test('is there with a key alone, for markets of this venue alone', () => {
    expect(kalshi.lines(SCOPE)).toEqual([])
    const clob = { ...market(OTHER, 1), tokens: { up: '71', down: '72' } }
    const [plan, ...more] = kalshi.lines({ ...WITH_KEY, markets: [...SCOPE.markets, clob] })
    expect(more).toEqual([])
    expect(plan!.keys).toEqual([TICKER])
    expect(JSON.parse(plan!.hello(plan!.keys, SECRETS)[0]!)).toEqual({
      id: 1,
      cmd: 'subscribe',
      params: { channels: ['orderbook_delta', 'trade'], market_tickers: [TICKER] },
    })
    expect(plan!.resubscribe([OTHER], [], SECRETS)).toBeNull()
  })
})

test.each(kalshi.examples)('example: $title', (example) => {
  expect(play(kalshi, example)).toEqual(example.becomes)
})

type Change = { side: 'yes' | 'no'; price: number; cents: number }

/** A venue with one market: its bids, and what it says of them. */
function createVenue() {
  const bids = { yes: new Map<number, number>(), no: new Map<number, number>() }
  let seq = 0
  const levels = (side: 'yes' | 'no') =>
    [...bids[side]]
      .sort(([a], [b]) => a - b)
      .map(([price, cents]) => [formatDecimal(price, 4), formatDecimal(cents, 2)])
  return {
    bids,
    snapshot: () =>
      JSON.stringify({
        type: 'orderbook_snapshot',
        sid: 2,
        seq: ++seq,
        msg: { market_ticker: TICKER, yes_dollars_fp: levels('yes'), no_dollars_fp: levels('no') },
      }),
    change({ side, price, cents }: Change) {
      const before = bids[side].get(price) ?? 0
      const after = Math.max(0, before + cents)
      if (after === 0) bids[side].delete(price)
      else bids[side].set(price, after)
      const msg = {
        market_ticker: TICKER,
        price_dollars: formatDecimal(price, 4),
        delta_fp: formatDecimal(after - before, 2),
        side,
        ts_ms: 1_795_219_200_500,
      }
      return JSON.stringify({ type: 'orderbook_delta', sid: 2, seq: ++seq, msg })
    },
    /** The market’s book in terms of Up. */
    book: () =>
      Book.snapshot(
        Book.restore({
          bids: [...bids.yes].map(([price, cents]) => [price, cents * 10_000]),
          asks: [...bids.no].map(([price, cents]) => [ONE - price, cents * 10_000]),
        }),
      ),
  }
}

/** What whoever applies the rows holds. */
function applied({ rows }: Taken): ReturnType<typeof Book.snapshot> {
  const book = Book.create()
  for (const { kind, side, price, size, instrument } of rows) {
    expect(instrument).toBe(0)
    if (kind === Kind.BOOK_RESET) Book.clear(book)
    else if (kind === Kind.LEVEL) Book.set(book, side as 1 | 2, price, size)
  }
  return Book.snapshot(book)
}

const change = fc.record({
  side: fc.constantFrom('yes', 'no'),
  price: fc.integer({ min: 1, max: 999 }).map((n) => n * 10),
  cents: fc.integer({ min: -50_000, max: 50_000 }),
}) as fc.Arbitrary<Change>
const changes = fc.array(change, { maxLength: 40 })

function opened(leads = true) {
  const taken = createTaken([market(TICKER)])
  const reader = kalshi.read(taken.out)
  reader.opened!(1, 'kalshi/0', [TICKER], leads)
  return { taken, reader, venue: createVenue(), say: (text: string) => reader.frame(text, 1, receipt()) }
}
const resumed = (taken: Taken, reader: Reader) =>
  kalshi.read(taken.out, JSON.parse(JSON.stringify(reader.state())))

describe('a book', () => {
  test('is after each increment exactly the venue’s, across any restart and any new socket', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 4 }), (rounds) => {
        const { taken, venue, ...first } = opened()
        let { reader } = first
        for (const [round, list] of rounds.entries()) {
          if (round > 0) reader = resumed(taken, reader)
          if (round > 1) reader.opened!(round, 'kalshi/0', [TICKER], true)
          if (round !== 1) reader.frame(venue.snapshot(), Math.max(round, 1), receipt())
          for (const one of list) {
            expect(reader.frame(venue.change(one), Math.max(round, 1), receipt())).toBeUndefined()
            expect(applied(taken)).toEqual(venue.book())
          }
        }
        expect(taken.wishes).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('of which a message is missing is void until the next snapshot, and that is told once', () => {
    const { taken, venue, say } = opened()
    say(venue.change({ side: 'yes', price: 4_700, cents: 100 }))
    expect(taken.rows).toEqual([])
    say(venue.snapshot())
    venue.change({ side: 'no', price: 5_200, cents: 300 })
    say(venue.change({ side: 'yes', price: 4_600, cents: 100 }))
    say(venue.change({ side: 'yes', price: 4_500, cents: 100 }))
    expect(taken.words.slice(1)).toEqual([
      'BOOK_RESET up',
      'HEALTH seq_gap kalshi/0 1',
      'WISH reconnect kalshi/0',
    ])
    say(venue.snapshot())
    expect(applied(taken)).toEqual(venue.book())
    expect(taken.words.slice(4)[0]).toBe('BOOK_RESET up snapshot')
  })

  test('from which more is taken than stood there is void too', () => {
    const { taken, venue, say } = opened()
    venue.change({ side: 'yes', price: 4_700, cents: 100 })
    say(venue.snapshot())
    const more = venue.change({ side: 'yes', price: 4_700, cents: -100 }).replace('"-1"', '"-1.01"')
    expect(say(more)).toBeUndefined()
    expect(taken.words.slice(1)).toEqual([
      'BOOK_RESET up',
      'HEALTH negative_level kalshi/0',
      'WISH reconnect kalshi/0',
    ])
  })

  test('a message that comes again changes nothing', () => {
    const { taken, venue, say } = opened()
    const sent = [venue.snapshot(), venue.change({ side: 'yes', price: 4_700, cents: 100 })]
    for (const text of [...sent, ...sent]) expect(say(text)).toBeUndefined()
    expect(taken.words).toEqual(['ALIVE up snapshot', 'LEVEL up bid 0.47 1'])
  })

  test('is taken over from a socket that followed without a row too many', () => {
    fc.assert(
      fc.property(changes, changes, (early, late) => {
        const { taken, reader, venue, say } = opened()
        const follow = (text: string) => reader.follow!(text, 2, receipt())
        say(venue.snapshot())
        reader.opened!(2, 'kalshi/0', [TICKER], false)
        follow(venue.snapshot())
        for (const one of early) {
          const text = venue.change(one)
          if (one.cents % 2 === 0) say(text.replace(/"seq":\d+,/, ''))
          follow(text)
        }
        const rows = taken.rows.length
        reader.promoted!(2, 'kalshi/0', receipt())
        expect(taken.rows.slice(rows).every(({ flags }) => (flags & Flag.SNAPSHOT) === 0)).toBe(true)
        reader.closed!(1, 'kalshi/0')
        expect(applied(taken)).toEqual(venue.book())
        for (const one of late) reader.frame(venue.change(one), 2, receipt())
        expect(applied(taken)).toEqual(venue.book())
      }),
      { numRuns: 60 },
    )
  })

  test('that a socket never told is void when that socket comes to lead', () => {
    const { taken, reader, venue, say } = opened()
    say(venue.snapshot())
    reader.opened!(2, 'kalshi/0', [TICKER], false)
    reader.follow!(venue.change({ side: 'yes', price: 4_700, cents: 100 }), 2, receipt())
    reader.promoted!(2, 'kalshi/0', receipt())
    expect(taken.words).toEqual(['ALIVE up snapshot', 'BOOK_RESET up'])
    reader.frame(venue.snapshot(), 2, receipt())
    expect(applied(taken)).toEqual(venue.book())
  })

  test('begins a tape again whole; one that is empty says that it is', () => {
    const { taken, reader, venue, say } = opened()
    say(venue.snapshot())
    reader.restate!(receipt())
    say(venue.change({ side: 'no', price: 5_200, cents: 250 }))
    const before = taken.words.length
    reader.restate!(receipt())
    expect(taken.words.slice(0, 2)).toEqual(['ALIVE up snapshot', 'ALIVE up snapshot'])
    expect(taken.words.slice(before)).toEqual(['LEVEL up ask 0.48 2.5 snapshot'])
  })

  test('that is polled is told by its differences, and not at all while a socket tells it', () => {
    const { taken, reader, venue, say } = opened()
    const about = { feed: 'kalshi', request: 'orderbook', status: 200, sent_us: 0 } as const
    const path = `/trade-api/v2/markets/${TICKER}/orderbook`
    const poll = (yes: string[][]) =>
      reader.answer!(
        JSON.stringify({ orderbook_fp: { yes_dollars: yes, no_dollars: null } }),
        { ...about, path },
        receipt(),
      )
    poll([['0.4700', '1.00']])
    poll([['0.4700', '1.00']])
    poll([['0.4600', '2.00']])
    expect(taken.words).toEqual([
      'LEVEL up bid 0.47 1 snapshot',
      'ALIVE up',
      'LEVEL up bid 0.47 0',
      'LEVEL up bid 0.46 2',
    ])
    say(venue.snapshot())
    const rows = taken.rows.length
    expect(poll([['0.9000', '1.00']])).toBeUndefined()
    expect(taken.rows).toHaveLength(rows)
  })
})

describe('trades', () => {
  const raw = (trade_id: string, more: object = {}) => ({
    trade_id,
    ticker: TICKER,
    yes_price_dollars: '0.4700',
    no_price_dollars: '0.5300',
    count_fp: '1.00',
    taker_side: 'yes',
    created_time: '2026-11-21T00:00:00Z',
    ...more,
  })
  test('are told once, whether they were heard or asked for; bad ones are refused and spare the good ones', () => {
    const { taken, reader, say } = opened()
    const about = { feed: 'kalshi', request: 'trades', path: '', status: 200, sent_us: 0 } as const
    const answer = (...trades: object[]) =>
      reader.answer!(JSON.stringify({ trades, cursor: '' }), about, receipt())
    say(JSON.stringify({ type: 'trade', sid: 3, msg: { ...raw('a'), market_ticker: TICKER } }))
    answer(raw('c'), raw('b'), raw('a'))
    answer(raw('d'), raw('c'))
    expect(answer(raw('f', { no_price_dollars: '0.5400' }), raw('e'))).toEqual({
      reason: 'trade: prices of yes and no that do not make one',
      place: 'trades from the last 1 (1 of 2 are refused)',
    })
    expect(taken.rows.filter(({ kind }) => kind === Kind.TRADE)).toHaveLength(5)
    expect(answer(raw('g', { ticker: 'KXBTCD-26SEP2207-T80099.99' }))).toMatch(/15-minute/)
  })
})

describe('positions', () => {
  test('are told when they change', () => {
    const { taken, reader } = opened()
    const about = { feed: 'kalshi', request: 'positions', path: '', status: 200, sent_us: 0 } as const
    const hold = (position_fp: string) =>
      reader.answer!(
        JSON.stringify({
          market_positions: [
            {
              ticker: TICKER,
              position_fp,
              market_exposure_dollars: '4.7',
              last_updated_ts: '2026-11-21T00:00:00Z',
            },
          ],
        }),
        about,
        receipt(),
      )
    for (const held of ['10.00', '10.00', '-2.50']) hold(held)
    expect(taken.side.user_positions).toEqual([
      {
        feed: 'kalshi',
        exch_us: RECEIVED_US,
        market: 0,
        slug: TICKER,
        up_shares: 10e6,
        exposure: 4_700_000,
        realised: null,
        fees: null,
      },
      expect.objectContaining({ up_shares: -2_500_000 }),
    ])
    expect(hold('many')).toMatch(/position_fp/)
  })
})

describe('a market', () => {
  test('whose times contradict its ticker is refused; what changes all the time is not kept of it', () => {
    const { taken, reader } = opened()
    const about = { feed: 'kalshi', request: 'markets', path: '', status: 200, sent_us: 0 } as const
    const list = (more: object) =>
      reader.answer!(JSON.stringify({ markets: [{ ticker: OTHER, ...more }], cursor: '' }), about, receipt())
    expect(list({ close_time: '2026-11-21T01:30:00Z' })).toMatch(/close_time/)
    expect(
      list({ close_time: '2026-11-21T01:15:00Z', yes_bid_dollars: '0.1', status: 'active' }),
    ).toBeUndefined()
    expect(JSON.parse(String(taken.side.market_metadata![0]!.metadata))).toEqual({
      ticker: OTHER,
      close_time: '2026-11-21T01:15:00Z',
      status: 'active',
    })
    list({ result: 'yes', status: 'determined' })
    expect(taken.words).not.toContain('RESOLVED up 1')
    list({ result: 'no', status: 'finalized' })
    expect(taken.words.at(-1)).toBe('RESOLVED up 0')
  })
})

describe('the prices of a market', () => {
  const listed = (more: object) => {
    const { taken, reader } = opened()
    const about = { feed: 'kalshi', request: 'markets', path: '', status: 200, sent_us: 0 } as const
    reader.answer!(JSON.stringify({ markets: [{ ticker: OTHER, ...more }], cursor: '' }), about, receipt())
    const { tick, price_bands } = taken.out.instruments.markets.find(({ slug }) => slug === OTHER)!
    return { tick, price_bands, unknown: taken.unknown }
  }
  const usual = kalshiMarket(OTHER, RECEIVED_US)!.price_bands

  test('are those of its object', () => {
    expect(listed({ price_level_structure: 'linear_cent' })).toEqual({
      tick: 100,
      price_bands: undefined,
      unknown: {},
    })
    expect(listed({ price_level_structure: 'tapered_deci_cent' }).price_bands).toEqual(usual)
    const price_ranges = [{ start: '0.0000', end: '1.0000', step: '0.0010' }]
    expect(listed({ price_level_structure: 'new', price_ranges }).tick).toBe(10)
  })

  test('are the usual ones where it says nothing, and where it says what nobody knows that is counted', () => {
    expect(listed({})).toEqual({ tick: 10, price_bands: usual, unknown: {} })
    expect(listed({ price_level_structure: 'new' })).toEqual({
      tick: 10,
      price_bands: usual,
      unknown: { 'market.price_level_structure': 1 },
    })
  })
})

describe('trades that others recorded', () => {
  const folder = new URL('../../../shared/data/kalshi-btc15m-trades/', import.meta.url).pathname
  test('are all read, from their own objects, to the prices and counts that stand beside them', () => {
    if (!existsSync(folder)) {
      console.log(`skipped: ${folder} is not here`)
      return
    }
    for (const file of readdirSync(folder)) {
      const [header, ...lines] = gunzipSync(readFileSync(folder + file))
        .toString()
        .trim()
        .split('\n')
      const at = (name: string) => header!.trim().split(',').indexOf(name)
      const cells = lines.slice(0, 300).map((line) => createCellReader().take(line.trim()))
      const trades = `[${cells.map((one) => one[at('raw_json')]!).join(',')}]`
      const taken = createTaken()
      const about = { feed: 'kalshi', request: 'trades', path: '', status: 200, sent_us: 0 } as const
      const us = Number(cells[0]![at('ts')]) * 1e6
      const received = { wall_us: us, mono_us: us }
      expect(
        kalshi.read(taken.out).answer!(`{"trades":${trades},"cursor":""}`, about, received),
      ).toBeUndefined()
      const rows = taken.rows.filter(({ kind }) => kind === Kind.TRADE)
      const yes = rows.map(({ instrument, price, size }) => [instrument === 0 ? price : ONE - price, size])
      const stated = cells.map((one) => [one[at('yes_price')], one[at('count')]].map(Number))
      expect(yes.map(([price, size]) => [price! / 1e4, size! / 1e6])).toEqual(stated.reverse())
    }
  })
})
