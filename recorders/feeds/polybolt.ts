import { z } from 'zod'
import { Feed as Code } from '../../core/events/index.ts'
import type { Example, Feed, LinePlan, Out, Reader, Scope, Secrets } from './feed.ts'
import {
  assetOf,
  POLYBOLT_CHANNELS,
  type PolyboltChannel,
  polyboltSeries,
  readPolyboltFrame,
  TWAP_WINDOWS_S,
} from './polybolt-frame.ts'
import { createRelayDelay, measure } from './relay-delay.ts'
import { follow } from './sequence.ts'
import { symbolsOf } from './symbols.ts'
import { addSnapshot, addValue, createValues, restateValues, seriesOf, valuesState } from './value-series.ts'

const LINE = 'polybolt/0'
/** Values come once a second. */
const SILENCE_MS = 15_000

/** What to do about a refusal, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  auth_required: 'credentials are needed: configure key, secret and passphrase of the CLOB',
  auth_invalid: 'the credentials are wrong: derive them again for this wallet',
  auth_unavailable: 'the server cannot check credentials now: it is tried again',
  auth_attempts: 'too many attempts with wrong credentials: mend them before the next start',
  auth_expired: 'the credentials have ended: derive them again',
  bad_op: 'the protocol has changed: update the program',
  bad_channel: 'the channel is gone: update the program',
  bad_filter: 'the symbol or its window is not carried: leave the asset out',
  sub_limit: 'more than 64 subscriptions: record fewer assets',
  rate_limited: 'too many requests: it is tried again later',
}

/**
 * PolyBolt, the venue's new relay of prices: Pyth's spot, and Chainlink's means over 30 and 60 s, once a second.
 *
 * It wants CLOB credentials in the first frame. The server pings every 25 s, which every WebSocket answers of itself, and
 * closes after two it got no answer to. Close codes: 4001 credentials, 4002 slow or no pong, 4003 the server is emptied
 * (back after a random 0 to 10 s), 4008 a rule was broken; 1006 wants 1 to 30 s. Limits: 64 subscriptions, 20 frames a
 * second, of 64 KB, 8 attempts at credentials.
 */
export const polybolt: Feed = {
  name: 'polybolt',
  code: Code.POLYBOLT,
  told_secrets: true,
  describe:
    'PolyBolt, prices that Polymarket relays: Pyth spot, Chainlink means over 30 and 60 s; with CLOB credentials',
  endpoints: { stream: 'wss://ws-live-v2.polymarket.com' },
  lines,
  examples: examples(),
  read,
}

function lines({ assets, credentials }: Scope): readonly LinePlan[] {
  if (!credentials.has('polybolt')) return []
  const keys = [
    ...symbolsOf('pyth', assets).map((symbol) => `price.crypto:${symbol}`),
    ...TWAP_WINDOWS_S.flatMap((window_s) =>
      symbolsOf('polybolt_twap', assets).map((symbol) => `price.crypto.twap:${symbol}:${window_s}`),
    ),
  ]
  if (keys.length === 0) return []
  return [
    {
      line: LINE,
      endpoint: 'stream',
      path: '/ws',
      keys,
      hello: (wanted, secrets) => [authenticate(secrets), ...ask('subscribe', wanted)],
      resubscribe: (added, removed) => [...ask('subscribe', added), ...ask('unsubscribe', removed)],
      keepalive: { kind: 'none' },
      idle: (text) => text.includes('"op"'),
      restless: true,
      silence_ms: SILENCE_MS,
      life_ms: 0,
    },
  ]
}

function authenticate({ api_key = '', secret = '', passphrase = '' }: Secrets): string {
  return JSON.stringify({ op: 'auth', rid: 'auth', auth: { apiKey: api_key, secret, passphrase } })
}

/** One frame a channel and window, so that a symbol that one does not carry voids no other. */
function ask(op: string, keys: readonly string[]): string[] {
  const frames = new Map<string, { channel: string; filter: { symbol: string; window_seconds?: number } }[]>()
  for (const key of keys) {
    const [channel, symbol, window_s] = key.split(':') as [string, string, string?]
    const group = window_s === undefined ? channel : `${channel}:${window_s}`
    const filter = window_s === undefined ? { symbol } : { symbol, window_seconds: Number(window_s) }
    frames.set(group, [...(frames.get(group) ?? []), { channel, filter }])
  }
  return [...frames].map(([rid, subscriptions]) => JSON.stringify({ op, rid, subscriptions }))
}

const connection = z.object({
  line: z.string(),
  keys: z.array(z.string()),
  /** Number of the last message by channel. */
  seq: z.partialRecord(z.enum(POLYBOLT_CHANNELS), z.int()),
})
const state = z.object({
  values: z.unknown(),
  delay: z.unknown(),
  connections: z.record(z.string(), connection),
})

function read(out: Out, from?: unknown): Reader {
  const past = from === undefined ? undefined : state.parse(from)
  const values = createValues(past?.values)
  const delay = createRelayDelay(past?.delay)
  const connections: z.infer<typeof state>['connections'] = { ...past?.connections }
  const unknown = (field: string) => out.unknown(field)

  /** What is left out before a message is told. */
  function count(id: number, channel: PolyboltChannel, seq: number, dropped: number): void {
    connections[id] ??= { line: LINE, keys: [], seq: {} }
    const { line, seq: lasts } = connections[id]
    const { last, missed: leftOut } = follow(lasts[channel], seq)
    lasts[channel] = last
    // The server may count what it skipped, or leave its numbers out, or both.
    const missed = Math.max(dropped, leftOut)
    if (missed > 0) out.health('missed', line, `messages of ${channel}`, missed)
  }

  function opened(id: number, line: string, keys: readonly string[]): void {
    connections[id] = { line, keys: [...keys], seq: {} }
  }

  return {
    frame(text, id, at) {
      const frame = readPolyboltFrame(text, unknown)
      if (typeof frame === 'string') return frame
      const line = connections[id]?.line ?? LINE
      if (frame.kind === 'refused') {
        const advice = ADVICE[frame.code] ?? 'an unknown code: update the program'
        out.health('refused', line, [frame.code, frame.about, advice].filter(Boolean).join(', '))
      }
      if (frame.kind !== 'values') return undefined
      count(id, frame.channel, frame.seq, frame.dropped)
      const sole = soleKey(frame.channel, connections[id]?.keys ?? [])
      const asset = frame.asset ?? sole?.asset
      const name = frame.series ?? sole?.series
      if (asset === undefined || name === undefined) return 'values that do not say whose they are'
      const series = seriesOf(values, name, asset, name === 'pyth-spot' ? 'pyth' : 'chainlink')
      if (frame.snapshot) addSnapshot(out, series, frame.values)
      else {
        for (const value of frame.values) {
          addValue(out, series, value)
          measure(delay, out, name, line, value.stamp_us, frame.relay_us, at.wall_us)
        }
      }
      out.end()
      return frame.refused
    },
    opened,
    promoted: (id, line) => opened(id, line, connections[id]?.keys ?? []),
    subscribed(id, line, keys) {
      connections[id] = { line, keys: [...keys], seq: connections[id]?.seq ?? {} }
    },
    closed(id) {
      delete connections[id]
    },
    identity(text) {
      const frame = readPolyboltFrame(text)
      if (typeof frame === 'string' || frame.kind !== 'values' || frame.snapshot) return null
      const { series, asset } = frame
      if (series === null || asset === null) return null
      return frame.values.map(
        ({ full, stamp_us }) => `${series} ${asset} ${stamp_us} ${full.price} ${full.rest}`,
      )
    },
    restate: () => restateValues(out, values),
    state: () => ({
      values: valuesState(values),
      delay: structuredClone(delay),
      connections: structuredClone(connections),
    }),
  }
}

/** What a channel's values must be where a connection listens to one thing alone in it. */
function soleKey(
  channel: PolyboltChannel,
  keys: readonly string[],
): { asset: string; series: string } | undefined {
  const [only, ...others] = keys.map((key) => key.split(':')).filter(([name]) => name === channel)
  if (only === undefined || others.length > 0) return undefined
  const asset = assetOf(channel, only[1] ?? '')
  const series = polyboltSeries(channel, only[2])
  return asset === undefined || series === undefined || series === null ? undefined : { asset, series }
}

function examples(): Example[] {
  const source = 'composed after recorded frames'
  return [
    {
      title: 'Chainlink’s mean over 60 s, a plain decimal to 18 places',
      source,
      text: '{"v":1,"channel":"price.crypto.twap","seq":412,"ts":1795219200123,"payload":{"symbol":"btcusd","value":68900.57531747443,"full_accuracy_value":"68900.575317474428059648","timestamp":1795219199000,"source":"chainlink","window_seconds":60}}',
      becomes: ['ORACLE chainlink-twap-60 btc 68900.575317474428059648 at 1795219199000'],
    },
    {
      title: 'Pyth’s spot',
      source,
      text: '{"v":1,"channel":"price.crypto","seq":4,"ts":1795219200000,"payload":{"full_accuracy_value":"2497.38586148","symbol":"ethusd","timestamp":1795219200000,"value":2497.38586148}}',
      becomes: ['ORACLE pyth-spot eth 2497.38586148 at 1795219200000'],
    },
    {
      title: 'What a subscription is answered with: the last two minutes',
      source,
      text: '{"v":1,"channel":"price.crypto","seq":1,"ts":1795219200001,"snapshot":true,"payload":{"symbol":"btcusd","data":[{"timestamp":1795219198000,"value":68900.1,"full_accuracy_value":"68900.1"},{"timestamp":1795219199000,"value":68900.2,"full_accuracy_value":"68900.2"}]}}',
      becomes: [
        'ORACLE pyth-spot btc 68900.1 at 1795219198000 snapshot',
        'ORACLE pyth-spot btc 68900.2 at 1795219199000 snapshot',
      ],
    },
    {
      title: 'The server skipped messages because we were slow: they are counted as missed',
      source,
      text: '{"v":1,"channel":"price.crypto","seq":9,"ts":1795219200000,"dropped":3,"payload":{"full_accuracy_value":"2497.4","symbol":"ethusd","timestamp":1795219200000,"value":2497.4}}',
      becomes: [`HEALTH missed ${LINE} 3`, 'ORACLE pyth-spot eth 2497.4 at 1795219200000'],
    },
    {
      title: 'A refusal: health says what to do',
      source,
      text: '{"op":"error","channel":"price.crypto","rid":"price.crypto","code":"bad_filter"}',
      becomes: [`HEALTH refused ${LINE}`],
    },
    {
      title: 'A channel that was not asked for is refused',
      source,
      text: '{"v":1,"channel":"price.equity","seq":2,"ts":1795219200600,"payload":{"full_accuracy_value":"316.1","symbol":"aapl","timestamp":1795219200600,"value":316.1}}',
      becomes: ['REFUSED update.channel: Invalid option: expected one of "price.crypto"|"price.crypto.twap"'],
    },
    { title: 'Credentials were taken', source, text: '{"op":"authed","rid":"auth"}', becomes: [] },
  ]
}
