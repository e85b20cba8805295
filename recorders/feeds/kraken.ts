import { z } from 'zod'
import { Feed as Code } from '../../core/events/index.ts'
import { readEach, takeEach } from './entries.ts'
import type { Example, Feed, LinePlan, Out, Reader, Scope } from './feed.ts'
import { type KrakenFrame, readKrakenFrame } from './kraken-frame.ts'
import { assetsBy, symbolsOf } from './symbols.ts'
import { addPrints, addQuote, createVenue, type Print, venueState } from './venue-series.ts'

const LINE = 'kraken/0'
/** Heartbeats come every second where nothing else does; a market this quiet is odd. */
const SILENCE_MS = 30_000
const PING_MS = 30_000
const PONG_MS = 10_000
/** Characters that are kept of why a request was refused. */
const REFUSED_MAX = 200

/**
 * Kraken, version 2: best prices whenever they change, and trades, of `BTC/USD` and the like (`XBT` is version 1's name).
 *
 * Prices are JSON numbers, read from their text. A symbol that is not listed is refused on its own, the others go on.
 */
export const kraken: Feed = {
  name: 'kraken',
  code: Code.KRAKEN,
  describe: 'Kraken: best bid and ask, and trades, against USD',
  endpoints: { stream: 'wss://ws.kraken.com' },
  lines,
  examples: examples(),
  read,
}

function lines({ assets }: Scope): readonly LinePlan[] {
  const keys = symbolsOf('kraken', assets)
  if (keys.length === 0) return []
  return [
    {
      line: LINE,
      endpoint: 'stream',
      path: '/v2',
      keys,
      hello: (symbols) => ask('subscribe', symbols),
      resubscribe: (added, removed) => [...ask('subscribe', added), ...ask('unsubscribe', removed)],
      keepalive: {
        kind: 'text',
        every_ms: PING_MS,
        text: '{"method":"ping"}',
        pong: (text) => text.includes('"method":"pong"'),
        timeout_ms: PONG_MS,
      },
      idle: (text) => !/"channel":"(?:ticker|trade)"/.test(text),
      restless: true,
      silence_ms: SILENCE_MS,
      life_ms: 0,
    },
  ]
}

function ask(method: string, symbol: readonly string[]): string[] {
  if (symbol.length === 0) return []
  const snapshot = method === 'subscribe' ? { snapshot: true } : {}
  return [
    // Without bbo the best prices come at trades alone. Quotes first: behind a fresh one the trades of the past, with
    // which the other channel begins, move no reference price.
    JSON.stringify({ method, params: { channel: 'ticker', symbol, event_trigger: 'bbo', ...snapshot } }),
    JSON.stringify({ method, params: { channel: 'trade', symbol, ...snapshot } }),
  ]
}

const NOT_ASKED = 'a symbol that was not asked for'

const state = z.object({ venue: z.unknown(), lines: z.record(z.string(), z.string()) })

function read(out: Out, from?: unknown): Reader {
  const past = from === undefined ? undefined : state.parse(from)
  const venue = createVenue('kraken', assetsBy('kraken'), past?.venue)
  const lineOf: Record<string, string> = { ...past?.lines }
  const unknown = (field: string) => out.unknown(field)
  return {
    frame(text, connection, at) {
      const frame = readKrakenFrame(text, unknown)
      if (typeof frame === 'string') return frame
      const line = lineOf[connection] ?? LINE
      if (frame.kind === 'refused') out.health('refused', line, frame.reason.slice(0, REFUSED_MAX))
      if (frame.kind === 'status' && frame.system !== 'online')
        out.health('status', line, `the engine: ${frame.system.slice(0, REFUSED_MAX)}`)
      let refused = frame.kind === 'status' ? frame.refused : undefined
      if (frame.kind === 'quotes') {
        const others = takeEach(frame.quotes, 'data', ({ symbol, bid, ask, exch_us }) => {
          const series = venue.series.get(symbol)
          if (series === undefined) return NOT_ASKED
          addQuote(out, venue, series, bid, ask, 0, exch_us, at.wall_us)
          return undefined
        })
        refused = frame.refused ?? others
      }
      if (frame.kind === 'prints') {
        const prints = readEach(frame.prints, 'data', ({ symbol, ...print }): Print | string => {
          const series = venue.series.get(symbol)
          return series === undefined ? NOT_ASKED : { series, ...print }
        })
        addPrints(out, venue, prints.good, frame.snapshot, line)
        refused = frame.refused ?? prints.refused
      }
      out.end()
      return refused
    },
    opened(connection, line) {
      lineOf[connection] = line
    },
    closed(connection) {
      delete lineOf[connection]
    },
    identity(text) {
      const frame = readKrakenFrame(text)
      return typeof frame === 'string' ? null : identityOf(frame)
    },
    state: () => ({ venue: venueState(venue), lines: { ...lineOf } }),
  }
}

/** Trades alone: quotes have no number, and snapshots are each connection's own. */
function identityOf(frame: KrakenFrame): string[] | null {
  if (frame.kind !== 'prints' || frame.snapshot || frame.prints.length === 0) return null
  return frame.prints.map(({ symbol, id }) => `${symbol} trade ${id}`)
}

function examples(): Example[] {
  const source = 'composed from Kraken’s documents'
  return [
    {
      title: 'Best prices: JSON numbers, taken as they are written',
      source,
      text: '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":105944.20,"bid_qty":2.5,"ask":105944.30,"ask_qty":3.2,"last":105899.40,"volume":163.28,"vwap":105904.4,"low":104711.0,"high":106613.1,"change":250.0,"change_pct":0.24,"timestamp":"2026-11-21T00:00:00.120000Z"}]}',
      becomes: ['QUOTE kraken-spot btc 105944.2 105944.3'],
    },
    {
      title: 'A trade; the side is the taker’s. A small number may come with an exponent',
      source,
      text: '{"channel":"trade","type":"update","data":[{"symbol":"DOGE/USD","side":"sell","price":0.1234567,"qty":2.5e-7,"ord_type":"limit","trade_id":10218208,"timestamp":"2026-11-21T00:00:00.120000Z"}]}',
      becomes: ['PRINT kraken-spot doge sell 0.1234567 0.00000025'],
    },
    {
      title: 'Trades from before the subscription are marked',
      source,
      text: '{"channel":"trade","type":"snapshot","data":[{"symbol":"BTC/USD","side":"buy","price":105944.20,"qty":0.00027625,"ord_type":"market","trade_id":7,"timestamp":"2026-11-20T23:59:59.000001Z"}]}',
      becomes: ['PRINT kraken-spot btc buy 105944.2 0.00027625 snapshot'],
    },
    {
      title: 'Best prices that are crossed are refused',
      source,
      text: '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":105944.3,"ask":105944.2}]}',
      becomes: ['REFUSED a bid at or above the ask'],
    },
    {
      title: 'A symbol that is not listed: the others go on',
      source,
      text: '{"error":"Currency pair not supported HYPE/USD","method":"subscribe","success":false,"symbol":"HYPE/USD","time_in":"2026-11-21T00:00:00.120000Z","time_out":"2026-11-21T00:00:00.120100Z"}',
      becomes: [`HEALTH refused ${LINE}`],
    },
    {
      title: 'A subscription that stands',
      source,
      text: '{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,"time_in":"2026-11-21T00:00:00.120000Z","time_out":"2026-11-21T00:00:00.120100Z"}',
      becomes: [],
    },
    {
      title: 'The engine’s state, said to begin with and when it changes',
      source,
      text: '{"channel":"status","type":"update","data":[{"version":"2.0.4","system":"online","api_version":"v2","connection_id":13834774380200032777}]}',
      becomes: [],
    },
    {
      title: 'The engine goes down for maintenance',
      source,
      text: '{"channel":"status","type":"update","data":[{"version":"2.0.4","system":"maintenance","api_version":"v2","connection_id":13834774380200032777}]}',
      becomes: [`HEALTH status ${LINE}`],
    },
    {
      title: 'A heartbeat, where nothing else is said',
      source,
      text: '{"channel":"heartbeat"}',
      becomes: [],
    },
    {
      title: 'The answer to a ping',
      source,
      text: '{"method":"pong","time_in":"2026-11-21T00:00:00.120000Z","time_out":"2026-11-21T00:00:00.120100Z"}',
      becomes: [],
    },
  ]
}
