import { z } from 'zod'
import { Feed as Code } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { type CoinbaseFrame, readCoinbaseFrame } from './coinbase-frame.ts'
import { readEach, takeEach } from './entries.ts'
import type { Example, Feed, LinePlan, Out, Reader, Refusal, Scope } from './feed.ts'
import { follow } from './sequence.ts'
import { assetsBy, symbolsOf } from './symbols.ts'
import { addPrints, addQuote, createVenue, missUpTo, type Print, venueState } from './venue-series.ts'

const LINE = 'coinbase/0'
/** A heartbeat comes every second; a market this quiet is odd. */
const SILENCE_MS = 30_000
/** Characters that are kept of why a request was refused. */
const REFUSED_MAX = 200

/**
 * Coinbase Advanced: trades, and best prices at each of them, of `BTC-USD` and the like.
 *
 * Channels close after 60 to 90 s without a word, so heartbeats are asked for too. Frames of a connection are counted
 * through all channels: a number that is left out is a frame that was lost, and a new connection is wished for.
 * The `side` of a trade is the maker's. The older Exchange feed says the same in other words: role `exchange`.
 */
export const coinbase: Feed = {
  name: 'coinbase',
  code: Code.COINBASE,
  describe: 'Coinbase: trades, and best bid and ask at each trade, against USD',
  endpoints: {
    advanced: 'wss://advanced-trade-ws.coinbase.com',
    exchange: 'wss://ws-feed.exchange.coinbase.com',
  },
  lines,
  examples: examples(),
  read,
}

function lines({ assets, roles }: Scope): readonly LinePlan[] {
  const keys = symbolsOf('coinbase', assets)
  if (keys.length === 0) return []
  const exchange = roles?.coinbase === 'exchange'
  const ask = exchange ? askExchange : askAdvanced
  return [
    {
      line: LINE,
      endpoint: exchange ? 'exchange' : 'advanced',
      path: '',
      keys,
      hello: (products) => [...ask('subscribe', products), ...(exchange ? [] : [HEARTBEATS])],
      resubscribe: (added, removed) => [...ask('subscribe', added), ...ask('unsubscribe', removed)],
      keepalive: { kind: 'none' },
      idle: (text) => /"(?:channel|type)":"(?:heartbeats?|subscriptions)"/.test(text),
      restless: true,
      silence_ms: SILENCE_MS,
      life_ms: 0,
    },
  ]
}

const NOT_ASKED = 'a product that was not asked for'
const HEARTBEATS = '{"type":"subscribe","channel":"heartbeats"}'

/**
 * One channel a frame; at most 8 frames a second are allowed. Quotes first: behind a fresh one the trades of the past, with
 * which the other channel begins, move no reference price.
 */
function askAdvanced(type: string, product_ids: readonly string[]): string[] {
  if (product_ids.length === 0) return []
  return ['ticker', 'market_trades'].map((channel) => JSON.stringify({ type, channel, product_ids }))
}

function askExchange(type: string, product_ids: readonly string[]): string[] {
  if (product_ids.length === 0) return []
  return [JSON.stringify({ type, product_ids, channels: ['matches', 'ticker', 'heartbeat'] })]
}

const state = z.object({
  venue: z.unknown(),
  connections: z.record(z.string(), z.object({ line: z.string(), sequence: z.int() })),
})

function read(out: Out, from?: unknown): Reader {
  const past = from === undefined ? undefined : state.parse(from)
  const venue = createVenue('coinbase', assetsBy('coinbase'), past?.venue)
  /** Line of each connection, and the number of its last frame; −1 before the first. */
  const connections: z.infer<typeof state>['connections'] = { ...past?.connections }
  const unknown = (field: string) => out.unknown(field)

  /** Whether a frame is late; what is left out before it is told. */
  function isLate(connection: number, sequence: number): boolean {
    connections[connection] ??= { line: LINE, sequence: -1 }
    const one = connections[connection]
    const { last, missed, late } = follow(one.sequence < 0 ? undefined : one.sequence, sequence)
    one.sequence = last
    if (missed > 0) {
      out.health('missed', one.line, 'frames left out', missed)
      out.wish({ wish: 'reconnect', feed: 'coinbase', line: one.line, reason: 'frames left out' })
    }
    return late
  }

  function take(frame: CoinbaseFrame, line: string, now_us: Micros): Refusal | undefined {
    if (frame.kind === 'beat') {
      for (const { product, trade } of frame.last) {
        const series = venue.series.get(product)
        if (series !== undefined) missUpTo(out, series, trade, line)
      }
      return undefined
    }
    if (frame.kind === 'refused') {
      out.health('refused', line, frame.reason.slice(0, REFUSED_MAX))
      return undefined
    }
    const prints = readEach(frame.prints, 'trades', ({ product, ...print }): Print | string => {
      const series = venue.series.get(product)
      return series === undefined ? NOT_ASKED : { series, ...print }
    })
    addPrints(out, venue, prints.good, frame.snapshot, line, frame.counted)
    const quotes = takeEach(frame.quotes, 'tickers', ({ product, bid, ask, exch_us }) => {
      const series = venue.series.get(product)
      if (series === undefined) return NOT_ASKED
      addQuote(out, venue, series, bid, ask, 0, exch_us, now_us)
      return undefined
    })
    out.end()
    return frame.refused ?? prints.refused ?? quotes
  }

  return {
    frame(text, connection, at) {
      const read = readCoinbaseFrame(text, unknown)
      if (typeof read === 'string') return read
      if (read.sequence !== null && isLate(connection, read.sequence)) return undefined
      if (typeof read.frame === 'string') return read.frame
      return take(read.frame, connections[connection]?.line ?? LINE, at.wall_us)
    },
    opened(connection, line) {
      connections[connection] = { line, sequence: -1 }
    },
    closed(connection) {
      delete connections[connection]
    },
    identity(text) {
      const read = readCoinbaseFrame(text)
      if (typeof read === 'string' || typeof read.frame === 'string') return null
      const { frame } = read
      // Quotes come at trades and are thrown together as each connection likes; snapshots are each one's own.
      if (frame.kind !== 'data' || frame.snapshot || frame.prints.length === 0) return null
      return frame.prints.map(({ product, id }) => `${product} trade ${id}`)
    },
    state: () => ({ venue: venueState(venue), connections: structuredClone(connections) }),
  }
}

function examples(): Example[] {
  const source = 'composed from Coinbase’s documents'
  const advanced = (channel: string, sequence_num: number, event: unknown) =>
    JSON.stringify({
      channel,
      client_id: '',
      timestamp: '2026-11-21T00:00:00.123456789Z',
      sequence_num,
      events: [event],
    })
  const trade = (trade_id: string, side: string, price: string) => ({
    trade_id,
    product_id: 'BTC-USD',
    price,
    size: '0.0015',
    side,
    time: '2026-11-21T00:00:00.120000Z',
  })
  const ticker = {
    type: 'ticker',
    product_id: 'BTC-USD',
    price: '68900.50',
    best_bid: '68900.00',
    best_bid_quantity: '1.5',
    best_ask: '68901.00',
    best_ask_quantity: '0.5',
  }
  return [
    {
      title: 'A trade: the maker bought, so the taker sold',
      source,
      text: advanced('market_trades', 5, { type: 'update', trades: [trade('995098700', 'BUY', '68900.50')] }),
      becomes: ['PRINT coinbase-spot btc sell 68900.5 0.0015'],
    },
    {
      title: 'Trades of a snapshot, the newest first: added from the oldest, and marked',
      source,
      text: advanced('market_trades', 0, {
        type: 'snapshot',
        trades: [trade('995098699', 'SELL', '68900.51'), trade('995098698', 'SELL', '68900.50')],
      }),
      becomes: [
        'PRINT coinbase-spot btc buy 68900.5 0.0015 snapshot',
        'PRINT coinbase-spot btc buy 68900.51 0.0015 snapshot',
      ],
    },
    {
      title: 'Best prices, at each trade',
      source,
      text: advanced('ticker', 12, { type: 'update', tickers: [ticker] }),
      becomes: ['QUOTE coinbase-spot btc 68900 68901'],
    },
    {
      title: 'Best prices that are crossed are refused',
      source,
      text: advanced('ticker', 13, { type: 'update', tickers: [{ ...ticker, best_ask: '68899.99' }] }),
      becomes: ['REFUSED a bid at or above the ask'],
    },
    {
      title: 'A heartbeat: keeps the channels open, and counts on like every frame',
      source,
      text: advanced('heartbeats', 14, {
        current_time: '2026-11-21 00:00:00.1 +0000 UTC m=+91717.525857105',
        heartbeat_counter: 42,
      }),
      becomes: [],
    },
    {
      title: 'A subscription that is refused',
      source,
      text: '{"type":"error","message":"failed to subscribe","reason":"BTC-EURO is not a valid product"}',
      becomes: [`HEALTH refused ${LINE}`],
    },
    {
      title: 'A trade of the older Exchange feed: the side is the maker’s there too',
      source,
      text: '{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66","taker_order_id":"132fb6ae","time":"2026-11-21T00:00:00.120000Z","product_id":"BTC-USD","size":"5.23","price":"68900.50","side":"sell"}',
      becomes: ['PRINT coinbase-spot btc buy 68900.5 5.23'],
    },
    {
      title: 'Best prices of the older Exchange feed',
      source,
      text: '{"type":"ticker","sequence":51,"product_id":"BTC-USD","price":"68900.50","best_bid":"68900.00","best_bid_size":"1.5","best_ask":"68901.00","best_ask_size":"0.5","side":"buy","time":"2026-11-21T00:00:00.120000Z","trade_id":10,"last_size":"5.23"}',
      becomes: ['QUOTE coinbase-spot btc 68900 68901'],
    },
  ]
}
