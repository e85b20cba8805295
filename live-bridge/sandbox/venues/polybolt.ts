import { type Columns, Feed, Kind } from '../../../core/events/index.ts'
import { type Micros, MS } from '../../../core/units/index.ts'
import { SYMBOLS } from '../../../recorders/feeds/symbols.ts'
import type { Connection } from '../connection.ts'
import { type SeriesState, stampOf } from '../world.ts'
import { decimalText, type FullPrice } from './full-price.ts'
import { readRequest, type Stand, type Venue } from './venue.ts'

/** A client: whether it has said who it is, what it listens to, and the number of each channel's last message. */
type Client = {
  authed: boolean
  attempts: number
  keys: Set<string>
  sequence: Record<string, number>
  /** Second of the wall clock and subscription frames in it. */
  second: number
  frames: number
}

const CHANNELS = ['price.crypto', 'price.crypto.twap']
const SUBSCRIPTIONS_MAX = 64
const FRAMES_A_SECOND = 20
const FRAME_MAX = 65_536
const ATTEMPTS_MAX = 8
const PING_MS = 25_000
/** Close codes: credentials, a slow client, a broken rule. */
const AUTH = 4001
const SLOW = 4002
const BROKEN = 4008

/** PolyBolt, the newer relay of prices (protocol.md §7.2): Pyth's spot and Chainlink's means, with credentials. */
export function polybolt(stand: Stand): Venue {
  const { world, outlet, hub, credentials } = stand
  const clients = new Map<Connection, Client>()
  /** The tape has rows of this relay; until it has, the other's means are told here too. */
  let own = false

  const refuse = (connection: Connection, code: string, about: Record<string, unknown>) =>
    outlet.answer(connection, JSON.stringify({ op: 'error', ...about, code }))
  const message = (connection: Connection, text: string) => {
    const client = clients.get(connection)!
    if (text.length > FRAME_MAX) {
      connection.socket.close(BROKEN, 'frame too large')
      return
    }
    const request = readRequest(text)
    const rid = typeof request?.rid === 'string' ? { rid: request.rid } : {}
    switch (request?.op) {
      case 'ping':
        outlet.answer(connection, JSON.stringify({ op: 'pong', ...rid }))
        return
      case 'auth':
        authenticate(connection, client, request.auth as Record<string, unknown> | null, rid)
        return
      case 'subscribe':
      case 'unsubscribe':
        if (tooMany(client)) refuse(connection, 'rate_limited', rid)
        else if (!client.authed) refuse(connection, 'auth_required', rid)
        else change(connection, client, request.op === 'subscribe', request.subscriptions, rid)
        return
      default:
        refuse(connection, 'bad_op', rid)
    }
  }
  const authenticate = (
    connection: Connection,
    client: Client,
    given: Record<string, unknown> | null,
    rid: Record<string, unknown>,
  ) => {
    const { apiKey, secret, passphrase } = credentials.clob
    client.attempts++
    if (client.attempts > ATTEMPTS_MAX) {
      refuse(connection, 'auth_attempts', rid)
      connection.socket.close(AUTH, 'auth')
    } else if (given?.apiKey === apiKey && given.secret === secret && given.passphrase === passphrase) {
      client.authed = true
      outlet.answer(connection, JSON.stringify({ op: 'authed', ...rid }))
    } else refuse(connection, 'auth_invalid', rid)
  }
  /** Wall clock: a limit on what clients do. */
  const tooMany = (client: Client) => {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== client.second) {
      client.second = second
      client.frames = 0
    }
    return ++client.frames > FRAMES_A_SECOND
  }
  const change = (
    connection: Connection,
    client: Client,
    add: boolean,
    asked: unknown,
    rid: Record<string, unknown>,
  ) => {
    if (!Array.isArray(asked)) return refuse(connection, 'bad_op', rid)
    for (const one of asked as { channel?: unknown; filter?: Record<string, unknown> | null }[]) {
      const channel = String(one?.channel)
      const about = { channel, ...rid }
      if (!CHANNELS.includes(channel)) return refuse(connection, 'bad_channel', about)
      const key = keyOf(channel, one.filter)
      if (key === undefined) return refuse(connection, 'bad_filter', about)
      if (!add) {
        client.keys.delete(key)
        continue
      }
      if (client.keys.size >= SUBSCRIPTIONS_MAX) return refuse(connection, 'sub_limit', about)
      client.keys.add(key)
      outlet.answer(connection, JSON.stringify({ op: 'subscribed', channel, ...rid }))
      snapshot(connection, client, channel, key)
    }
    if (add) hub.listens(connection)
    return undefined
  }
  const envelope = (client: Client, channel: string, at_us: Micros, payload: object, snap: boolean) => {
    const seq = (client.sequence[channel] ?? 0) + 1
    client.sequence[channel] = seq
    return JSON.stringify({ v: 1, channel, seq, ts: ms(at_us), ...(snap && { snapshot: true }), payload })
  }
  const snapshot = (connection: Connection, client: Client, channel: string, key: string) => {
    const series = world.series.find((one) => one !== undefined && keyOfSeries(one) === key)
    if (series === undefined) return
    const data = series.values.map((value) => ({ ...stated(value), timestamp: ms(value.at_us) }))
    const payload = { ...subject(series), data }
    outlet.data(connection, () => envelope(client, channel, stand.now_us(), payload, true))
  }
  const tellValue = (series: SeriesState, columns: Columns, i: number) => {
    const key = keyOfSeries(series)
    if (key === undefined) return
    const channel = key.slice(0, key.indexOf(' '))
    const value = { whole: columns.price[i]!, rest: columns.size[i]! }
    const payload = { ...stated(value), ...subject(series), timestamp: ms(stampOf(columns, i)) }
    for (const [connection, client] of clients)
      if (client.keys.has(key))
        outlet.data(connection, () => envelope(client, channel, columns.local_us[i]!, payload, false))
  }
  return {
    feed: 'polybolt',
    endpoints: { stream: { scheme: 'ws', path: '/polybolt' } },
    routes(app) {
      stand.socket(app, '/polybolt/ws', 'polybolt', () => ({
        slow_code: SLOW,
        ping_ms: PING_MS,
        opened: (connection) =>
          clients.set(connection, {
            authed: false,
            attempts: 0,
            keys: new Set(),
            sequence: {},
            second: 0,
            frames: 0,
          }),
        message,
        closed: (connection) => clients.delete(connection),
      }))
    },
    take(columns, from, to) {
      for (let i = from; i < to; i++) {
        if (columns.kind[i] !== Kind.ORACLE) continue
        const feed = columns.feed[i]
        if (feed === Feed.POLYBOLT) own = true
        else if (feed !== Feed.RTDS || own) continue
        const series = world.series[columns.instrument[i]!]
        if (series !== undefined) tellValue(series, columns, i)
      }
    },
  }
}

const ms = (us: Micros) => Math.floor(us / MS)

/** Channel, symbol and window; undefined for a filter that names nothing that is carried. */
function keyOf(channel: string, filter: Record<string, unknown> | null | undefined): string | undefined {
  const symbol = filter?.symbol
  const twap = channel === 'price.crypto.twap'
  const known = SYMBOLS.some((one) => (twap ? one.polybolt_twap : one.pyth) === symbol)
  if (!known) return undefined
  if (!twap) return `${channel} ${symbol}`
  const window_s = filter?.window_seconds ?? 60
  return window_s === 30 || window_s === 60 ? `${channel} ${symbol} ${window_s}` : undefined
}

/** What a series is called here; undefined for one that is not carried. */
function keyOfSeries({ name, asset }: SeriesState): string | undefined {
  const found = SYMBOLS.find((one) => one.asset === asset)
  if (name === 'pyth-spot' && found?.pyth != null) return `price.crypto ${found.pyth}`
  const window_s = /^chainlink-twap-(\d+)$/.exec(name)?.[1]
  return window_s === undefined || found?.polybolt_twap == null
    ? undefined
    : `price.crypto.twap ${found.polybolt_twap} ${window_s}`
}

function subject({ name, asset }: SeriesState): Record<string, unknown> {
  const found = SYMBOLS.find((one) => one.asset === asset)
  if (name === 'pyth-spot') return { symbol: found?.pyth, source: 'pyth' }
  const window_seconds = Number(name.slice('chainlink-twap-'.length))
  return { symbol: found?.polybolt_twap, source: 'chainlink', window_seconds }
}

function stated(value: FullPrice): Record<string, unknown> {
  const text = decimalText(value)
  return { value: Number(text), full_accuracy_value: text }
}
