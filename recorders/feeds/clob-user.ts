import { ALL_INSTRUMENTS, Feed as Code, Kind, Side } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { userExamples } from './clob-user-examples.ts'
import { orderRow, ownParts, placed, rankOf, tradeRow, tradeStamp, tradeStatus } from './clob-user-rows.ts'
import { type UserOrder, type UserTrade, userMakerOrder, userOrder, userTrade } from './clob-user-wire.ts'
import { readEach, takeEach } from './entries.ts'
import type { Feed, LinePlan, Out, Reader, Refusal } from './feed.ts'
import { parseLossless } from './lossless.ts'
import { redact } from './redact.ts'
import { isObject, readWire } from './wire.ts'

/**
 * The CLOB’s private channel: what becomes of own orders and trades. Each event of an order is a row of `user_orders`; each own
 * part of a trade is a row of `user_trades`, and again when its status rises. Frames are recorded without credentials.
 *
 * Credentials go with the first frame; markets are not named, so that all are told. Wrong ones are answered with silence: the
 * stream is up (`USER_UP`) when it first answers a PING or tells something, and down when its last connection closes.
 *
 * As taker the own part is what the message says; as maker it is the own entry of `maker_orders`, whose token, side and price can
 * be others. Statuses come with a prefix (`TRADE_STATUS_`) or with a sentence behind them (`CANCELED_…`), times in seconds, ms
 * or as ISO text, fields as empty texts or null. The size of a FOK or FAK order to buy is in USDC. No fee is sent. The same
 * trade comes several times, and status can go back and forth between mined and retried; confirmed and failed are final.
 */
export const clobUser: Feed = {
  name: 'clob_user',
  code: Code.CLOB_USER,
  told_secrets: true,
  describe: 'Own orders and trades on the CLOB, of the account whose API credentials are configured',
  endpoints: { ws: 'wss://ws-subscriptions-clob.polymarket.com/ws/user' },
  lines: (scope) => (scope.credentials.has('clob_user') ? [line()] : []),
  drops_repeats: true,
  examples: userExamples,
  read: readUser,
}

const PONG = 'PONG'

/** One socket for all markets: without a list of them the channel tells everything, and needs no change of subscription. */
function line(): LinePlan {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return {
    line: 'clob_user/0',
    endpoint: 'ws',
    path: '',
    keys: ['*'],
    hello: (_keys, { api_key = '', secret = '', passphrase = '' }) => [
      JSON.stringify({ type: 'user', auth: { apiKey: api_key, secret, passphrase } }),
    ],
    resubscribe: () => [],
    keepalive: {
      kind: 'text',
      every_ms: 10_000,
      text: 'PING',
      pong: (text) => text === PONG,
      timeout_ms: 30_000,
    },
    scrub(bytes, secrets) {
      const text = decoder.decode(bytes)
      const clean = redact(text, secrets)
      return clean === text ? bytes : encoder.encode(clean)
    },
    // An account that does not trade hears nothing for days.
    silence_ms: 24 * 3_600_000,
    life_ms: 0,
  }
}

/** How far an own part of a trade has come. */
type Part = { id: string; rank: number; status: string; stamp_us: Micros }

type State = {
  /** Open connections. */
  connections: number[]
  /** What the tape was told of the stream; null before the first connection showed itself. */
  up: boolean | null
  /** Own addresses, learnt from own orders. */
  addresses: string[]
  /** The newest last. */
  parts: Part[]
}

/** Parts whose status is remembered; trades settle within minutes. */
const PARTS_MAX = 4_096
const ADDRESSES_MAX = 16

function readUser(out: Out, state?: unknown): Reader {
  const s = (state as State | undefined) ?? { connections: [], up: null, addresses: [], parts: [] }
  const parts = new Map(s.parts.map((part) => [part.id, part]))

  function tell(up: boolean): void {
    if (s.up === up) return
    s.up = up
    row(up)
  }
  function row(up: boolean): void {
    out.row(up ? Kind.USER_UP : Kind.USER_DOWN, ALL_INSTRUMENTS, Side.NONE, 0, 0, 0, 0)
    out.end()
  }

  function takeOrder(order: UserOrder): string | undefined {
    const found = orderRow(order)
    if (typeof found === 'string') return found
    learn(order.maker_address)
    out.side('user_orders', placed(found, out.token(order.asset_id)))
    return undefined
  }

  /** Every order that the channel tells is an own one. */
  function learn(address: string | null | undefined): void {
    const own = (address ?? '').toLowerCase()
    if (own === '' || s.addresses.includes(own)) return
    s.addresses.push(own)
    if (s.addresses.length > ADDRESSES_MAX) s.addresses.shift()
  }

  function takeTrade(trade: UserTrade): Refusal | undefined {
    const entries = readEach(trade.maker_orders ?? [], 'maker_orders', (entry) =>
      readWire(userMakerOrder, entry as object, out.unknown),
    )
    const { good: own, refused } = ownParts(trade, entries.good, s.addresses)
    if (own.length === 0 && refused !== undefined) return refused
    if (own.length === 0)
      out.health('own_part_unknown', '', 'a trade as maker, in which no entry is the own one')
    const status = tradeStatus(trade)
    if (rankOf(status) === 0) out.unknown('trade.status')
    const stamp_us = tradeStamp(trade) ?? 0
    for (const part of own) {
      if (part.role === 'taker') learn(trade.maker_address)
      if (advance(`${trade.id}/${part.order_id}`, status, stamp_us))
        out.side('user_trades', placed(tradeRow(trade, part, status), out.token(part.token_id)))
    }
    return refused ?? entries.refused
  }

  /** Whether a status is news of a part: it comes later than what is known, and not out of turn. */
  function advance(id: string, status: string, stamp_us: Micros): boolean {
    const rank = rankOf(status)
    const known = parts.get(id)
    if (known === undefined) {
      const part = { id, rank, status, stamp_us }
      parts.set(id, part)
      s.parts.push(part)
      if (s.parts.length > PARTS_MAX) parts.delete(s.parts.shift()!.id)
      return true
    }
    if (rank < known.rank || status === known.status) return false
    if (rank === known.rank) {
      if (rank === rankOf('CONFIRMED')) {
        out.health('status_conflict', '', `${known.status} and then ${status}: the first one stands`)
        return false
      }
      // Mined and retried can take turns; which of the two is the newer their stamps tell.
      if (stamp_us < known.stamp_us) return false
    }
    Object.assign(known, { rank, status, stamp_us })
    return true
  }

  function takeEvent(event: unknown): Refusal | undefined {
    if (!isObject(event)) return 'an event that is no object'
    const kind = kindOf(event)
    if (kind === 'order') {
      const order = readWire(userOrder, event, out.unknown)
      return typeof order === 'string' ? order : takeOrder(order)
    }
    if (kind === 'trade') {
      const trade = readWire(userTrade, event, out.unknown)
      return typeof trade === 'string' ? trade : takeTrade(trade)
    }
    return 'an event that is neither an order’s nor a trade’s'
  }

  return {
    frame(text) {
      if (text === PONG) {
        tell(true)
        return undefined
      }
      const events = eventsOf(text)
      if (typeof events === 'string') return events
      return takeEach(events, 'events', (event) => {
        const refused = takeEvent(event)
        // With a place, it is of one entry alone: the event was taken.
        if (typeof refused !== 'string') tell(true)
        return refused
      })
    },
    opened(connection) {
      if (!s.connections.includes(connection)) s.connections.push(connection)
    },
    closed(connection) {
      s.connections = s.connections.filter((one) => one !== connection)
      if (s.connections.length === 0) tell(false)
    },
    identity(text) {
      if (text === PONG) return null
      const events = eventsOf(text)
      return typeof events === 'string' ? null : events.map((event) => JSON.stringify(event))
    },
    restate() {
      if (s.up !== null) row(s.up)
    },
    state: () => s,
  }
}

/** One event or a list of them. */
function eventsOf(text: string): readonly unknown[] | string {
  try {
    const raw = parseLossless(text)
    return Array.isArray(raw) ? raw : [raw]
  } catch {
    return 'not JSON'
  }
}

/** Messages name their kind, but for some recordings of older ones. */
function kindOf({ event_type, type, taker_order_id }: Record<string, unknown>): string {
  if (event_type === 'order' || event_type === 'trade') return event_type
  if (event_type !== undefined) return ''
  if (type === 'PLACEMENT' || type === 'UPDATE' || type === 'CANCELLATION') return 'order'
  return type === 'TRADE' || taker_order_id !== undefined ? 'trade' : ''
}
