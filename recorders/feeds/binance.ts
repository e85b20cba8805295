import { z } from 'zod'
import { Feed as Code } from '../../core/events/index.ts'
import { DAY, MS } from '../../core/units/index.ts'
import { type BinanceFrame, readBinanceFrame } from './binance-frame.ts'
import type { Example, Feed, LinePlan, Out, Reader, Scope } from './feed.ts'
import { assetsBy, symbolsOf } from './symbols.ts'
import { addPrint, addQuote, createVenue, venueState } from './venue-series.ts'

const LINE = 'binance/0'
/** A busy market is never as quiet. */
const SILENCE_MS = 15_000
/** Characters that are kept of why a request was refused. */
const REFUSED_MAX = 200

/**
 * Binance spot: best prices and trades of `btcusdt` and the like; USDT is taken for USD.
 *
 * The streams stand in the address, so nothing is sent. The server pings every 20 s and wants a pong within 60 s, which
 * every WebSocket answers of itself; it closes after 24 h, and says so ahead of maintenance.
 */
export const binance: Feed = {
  name: 'binance',
  code: Code.BINANCE,
  describe: 'Binance spot: best bid and ask, and trades, against USDT',
  endpoints: {
    stream: 'wss://stream.binance.com:9443',
    /** Market data alone, for where the other is not served. */
    data_only: 'wss://data-stream.binance.vision',
  },
  lines,
  examples: examples(),
  read,
}

function lines({ assets, roles }: Scope): readonly LinePlan[] {
  const keys = symbolsOf('binance', assets).flatMap((symbol) => {
    const stream = symbol.toLowerCase()
    return [`${stream}@trade`, `${stream}@bookTicker`]
  })
  if (keys.length === 0) return []
  return [
    {
      line: LINE,
      endpoint: roles?.binance === 'data_only' ? 'data_only' : 'stream',
      path: `/stream?streams=${keys.join('/')}&timeUnit=MICROSECOND`,
      keys,
      hello: () => [],
      resubscribe: (added, removed) => [...request('SUBSCRIBE', added), ...request('UNSUBSCRIBE', removed)],
      keepalive: { kind: 'none' },
      idle: (text) => !text.includes('"stream"'),
      restless: true,
      silence_ms: SILENCE_MS,
      life_ms: DAY / MS,
    },
  ]
}

function request(method: string, params: readonly string[]): string[] {
  return params.length === 0 ? [] : [JSON.stringify({ method, params, id: 1 })]
}

const state = z.object({ venue: z.unknown(), lines: z.record(z.string(), z.string()) })

function read(out: Out, from?: unknown): Reader {
  const past = from === undefined ? undefined : state.parse(from)
  const venue = createVenue('binance', assetsBy('binance'), past?.venue)
  const lineOf: Record<string, string> = { ...past?.lines }
  const unknown = (field: string) => out.unknown(field)
  return {
    frame(text, connection, at) {
      const frame = readBinanceFrame(text, unknown)
      if (typeof frame === 'string') return frame
      const line = lineOf[connection] ?? LINE
      if (frame.kind === 'shutdown') {
        out.health('shutdown', line, 'the server goes down for maintenance')
        out.wish({ wish: 'reconnect', feed: 'binance', line, reason: 'the server goes down' })
        return undefined
      }
      if (frame.kind === 'answer') {
        if (frame.error !== '') out.health('refused', line, frame.error.slice(0, REFUSED_MAX))
        return undefined
      }
      if (frame.kind === 'depth') return 'depth, which was not asked for'
      const series = venue.series.get(frame.symbol)
      if (series === undefined) return 'a symbol that was not asked for'
      if (frame.kind === 'quote')
        addQuote(out, venue, series, frame.bid, frame.ask, frame.update, 0, at.wall_us)
      else addPrint(out, venue, { ...frame, series, id: frame.trade }, 0, line)
      out.end()
      return undefined
    },
    opened(connection, line) {
      lineOf[connection] = line
    },
    closed(connection) {
      delete lineOf[connection]
    },
    identity(text) {
      const frame = readBinanceFrame(text)
      return typeof frame === 'string' ? null : identityOf(frame)
    },
    state: () => ({ venue: venueState(venue), lines: { ...lineOf } }),
  }
}

function identityOf(frame: BinanceFrame): string[] | null {
  if (frame.kind === 'quote') return [`${frame.symbol} quote ${frame.update}`]
  return frame.kind === 'print' ? [`${frame.symbol} trade ${frame.trade}`] : null
}

function examples(): Example[] {
  const recorded = 'recorded 2024-08-08, data/binance-raw-ws (MIT)'
  const documented = 'composed from Binance’s documents'
  return [
    {
      title: 'A quote: no time of the venue, `u` counts changes of the book',
      source: recorded,
      text: '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
      becomes: ['QUOTE binance-spot btc 61837.63 61837.64'],
    },
    {
      title: 'A trade; `m` true says that the buyer was the maker: the taker sold',
      source: recorded,
      text: '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}',
      becomes: ['PRINT binance-spot btc sell 61837.63 0.02'],
    },
    {
      title: 'A trade whose times are in µs, as the recorder asks for them',
      source: documented,
      text: '{"stream":"ethusdt@trade","data":{"e":"trade","E":1795219200123456,"s":"ETHUSDT","t":7,"p":"2497.38","q":"0.5","T":1795219200123001,"m":false,"M":true}}',
      becomes: ['PRINT binance-spot eth buy 2497.38 0.5'],
    },
    {
      title: 'A quote that is crossed is refused',
      source: documented,
      text: '{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT","b":"61837.65","B":"1","a":"61837.64","A":"1"}}',
      becomes: ['REFUSED a bid at or above the ask'],
    },
    {
      title: 'The answer to a change of subscription',
      source: documented,
      text: '{"result":null,"id":1}',
      becomes: [],
    },
    {
      title: 'A request that is refused',
      source: documented,
      text: '{"error":{"code":2,"msg":"Invalid request: unknown variant"},"id":1}',
      becomes: [`HEALTH refused ${LINE}`],
    },
    {
      title: 'Ahead of maintenance: a new connection is wished for',
      source: documented,
      text: '{"e":"serverShutdown","E":1795219200123}',
      becomes: [`HEALTH shutdown ${LINE}`, `WISH reconnect ${LINE}`],
    },
  ]
}
