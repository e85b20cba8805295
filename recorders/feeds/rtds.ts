import { z } from 'zod'
import { Feed as Code } from '../../core/events/index.ts'
import type { Example, Feed, LinePlan, Out, Reader, Scope } from './feed.ts'
import { createRelayDelay, measure } from './relay-delay.ts'
import { RTDS_TOPICS, type RtdsSeries, readRtdsFrame } from './rtds-frame.ts'
import { symbolsOf } from './symbols.ts'
import { addSnapshot, addValue, createValues, restateValues, seriesOf, valuesState } from './value-series.ts'

const LINE = 'rtds/0'
/** Values come once a second; a subscription that the server forgot never comes back, only a new socket helps. */
const SILENCE_MS = 15_000
const PING_MS = 5_000
/** Characters that are kept of why a request was refused. */
const REFUSED_MAX = 200

/**
 * RTDS, the venue's old relay of prices: Binance, Chainlink spot, and its means over 30 and 60 s, once a second.
 *
 * A filter with a space in it, or one bad topic in a list, leaves the whole subscription silent: filters are compact, and
 * each topic is asked for in a frame of its own. The server's answer to a ping is empty or absent.
 */
export const rtds: Feed = {
  name: 'rtds',
  code: Code.RTDS,
  describe:
    'RTDS, prices that Polymarket relays: Binance, Chainlink spot and means over 30 and 60 s; deprecated, its price topics were to end about 2026-10-23: polybolt takes its place',
  endpoints: { stream: 'wss://ws-live-data.polymarket.com' },
  lines,
  examples: examples(),
  read,
}

function lines({ assets }: Scope): readonly LinePlan[] {
  const keys = Object.keys(RTDS_TOPICS).flatMap((topic) => {
    const symbols =
      topic === 'crypto_prices'
        ? symbolsOf('binance', assets).map((symbol) => symbol.toLowerCase())
        : symbolsOf('chainlink', assets)
    return symbols.map((symbol) => `${topic}:${symbol}`)
  })
  if (keys.length === 0) return []
  return [
    {
      line: LINE,
      endpoint: 'stream',
      path: '',
      keys,
      hello: (wanted) => ask('subscribe', wanted),
      resubscribe: (added, removed) => [...ask('subscribe', added), ...ask('unsubscribe', removed)],
      keepalive: { kind: 'text', every_ms: PING_MS, text: 'PING', pong: isPong, timeout_ms: 0 },
      idle: (text) => !text.includes('"payload"'),
      restless: true,
      silence_ms: SILENCE_MS,
      life_ms: 0,
    },
  ]
}

function isPong(text: string): boolean {
  return text.trim() === '' || text.trim().toUpperCase() === 'PONG'
}

/** One frame a topic, with a filter for each of its symbols. */
function ask(action: string, keys: readonly string[]): string[] {
  return Object.keys(RTDS_TOPICS).flatMap((topic) => {
    const symbols = keys
      .filter((key) => key.startsWith(`${topic}:`))
      .map((key) => key.slice(topic.length + 1))
    if (symbols.length === 0) return []
    const type = topic === 'crypto_prices' ? 'update' : '*'
    const subscriptions = symbols.map((symbol) => ({ topic, type, filters: JSON.stringify({ symbol }) }))
    return [JSON.stringify({ action, subscriptions })]
  })
}

const state = z.object({
  values: z.unknown(),
  delay: z.unknown(),
  lines: z.record(z.string(), z.string()),
})

function read(out: Out, from?: unknown): Reader {
  const past = from === undefined ? undefined : state.parse(from)
  const values = createValues(past?.values)
  const delay = createRelayDelay(past?.delay)
  const lineOf: Record<string, string> = { ...past?.lines }
  const unknown = (field: string) => out.unknown(field)
  return {
    frame(text, connection, at) {
      const frame = readRtdsFrame(text, unknown)
      if (typeof frame === 'string') return frame
      const line = lineOf[connection] ?? LINE
      if (frame.kind === 'refused') out.health('refused', line, frame.reason.slice(0, REFUSED_MAX))
      if (frame.kind !== 'values') return undefined
      const series = seriesOf(values, frame.series, frame.asset, venueOf(frame.series))
      if (frame.snapshot) addSnapshot(out, series, frame.values)
      else {
        for (const value of frame.values) {
          addValue(out, series, value)
          measure(delay, out, frame.series, line, value.stamp_us, frame.relay_us, at.wall_us)
        }
      }
      out.end()
      return frame.refused
    },
    opened(connection, line) {
      lineOf[connection] = line
    },
    closed(connection) {
      delete lineOf[connection]
    },
    identity(text) {
      const frame = readRtdsFrame(text)
      if (typeof frame === 'string' || frame.kind !== 'values' || frame.snapshot) return null
      return frame.values.map(
        ({ full, stamp_us }) => `${frame.series} ${frame.asset} ${stamp_us} ${full.price} ${full.rest}`,
      )
    },
    restate: () => restateValues(out, values),
    state: () => ({ values: valuesState(values), delay: structuredClone(delay), lines: { ...lineOf } }),
  }
}

function venueOf(series: RtdsSeries): string {
  return series === 'rtds-binance' ? 'binance' : 'chainlink'
}

function examples(): Example[] {
  const source = 'composed after recorded frames'
  return [
    {
      title:
        'Chainlink spot: the full value in whole 1e-18; the inner time is the source’s, the outer the relay’s',
      source,
      text: '{"connection_id":"aBcD=","payload":{"full_accuracy_value":"68900123456789012345678","symbol":"btc/usd","timestamp":1795219199000,"value":68900.12345678901},"timestamp":1795219200451,"topic":"crypto_prices_chainlink","type":"update"}',
      becomes: ['ORACLE chainlink-spot btc 68900.123456789012345678 at 1795219199000'],
    },
    {
      title: 'Its mean over 60 s, which settles windows',
      source,
      text: '{"payload":{"full_accuracy_value":"68900575317474428059648","symbol":"btc/usd","timestamp":1795219199000,"value":68900.57531747443,"window_s":60},"timestamp":1795219200495,"topic":"crypto_prices_twap_sixty","type":"update"}',
      becomes: ['ORACLE chainlink-twap-60 btc 68900.575317474428059648 at 1795219199000'],
    },
    {
      title: 'Binance: the full value is a plain decimal',
      source,
      text: '{"payload":{"full_accuracy_value":"68901.73000000","symbol":"btcusdt","timestamp":1795219199000,"value":68901.73},"timestamp":1795219200154,"topic":"crypto_prices","type":"update"}',
      becomes: ['ORACLE rtds-binance btc 68901.73 at 1795219199000'],
    },
    {
      title:
        'What a subscription is answered with: marked, the oldest first; without full values, so the number’s own text',
      source,
      text: '{"payload":{"data":[{"timestamp":1795219198000,"value":68901.1},{"timestamp":1795219197000,"value":68901.73}],"symbol":"btcusdt"},"timestamp":1795219200752,"topic":"crypto_prices","type":"subscribe"}',
      becomes: [
        'ORACLE rtds-binance btc 68901.73 at 1795219197000 snapshot',
        'ORACLE rtds-binance btc 68901.1 at 1795219198000 snapshot',
      ],
    },
    {
      title: 'Chainlink spot under Binance’s label: its symbol tells',
      source,
      text: '{"payload":{"data":[{"timestamp":1795219197000,"value":68900.20029609217}],"symbol":"btc/usd"},"timestamp":1795219200826,"topic":"crypto_prices","type":"subscribe"}',
      becomes: ['ORACLE chainlink-spot btc 68900.20029609217 at 1795219197000 snapshot'],
    },
    {
      title: 'A full value that is another number than the value is refused: a scale has changed',
      source,
      text: '{"payload":{"full_accuracy_value":"6890012345678901234567","symbol":"btc/usd","timestamp":1795219199000,"value":68900.12345678901},"timestamp":1795219200451,"topic":"crypto_prices_chainlink","type":"update"}',
      becomes: ['REFUSED a full value that is not the value: its scale has changed'],
    },
    {
      title: 'A topic that is gone',
      source,
      text: '{"body":{"message":"topic: crypto_prices_twap_ninety and type: update not found"},"statusCode":401}',
      becomes: [`HEALTH refused ${LINE}`],
    },
    { title: 'The answer to a ping, where there is one', source, text: 'PONG', becomes: [] },
  ]
}
