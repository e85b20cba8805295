import { type Micros, ONE, parseDecimal, type Tick } from '../../core/units/index.ts'
import { exact } from '../import/exact.ts'
import type { SideRow } from '../normalise/normaliser.ts'
import type { MakerOrder, UserOrder, UserTrade } from './clob-user-wire.ts'
import { readEach } from './entries.ts'
import type { Refusal } from './feed.ts'
import { looseStamp } from './loose-stamp.ts'
import { plainDecimal } from './lossless.ts'
import { OWN } from './redact.ts'

/** An own order's part in a trade, in its own terms. */
export type OwnPart = {
  role: 'maker' | 'taker'
  order_id: string
  token_id: string
  outcome: string
  side: 'buy' | 'sell'
  price: Tick
  price_text: string
  size: number
  fee_rate_bps: number | null
}

/** What a row of `user_orders` or `user_trades` says, but for the token’s index. */
export type Unplaced = Record<string, string | number | null>

/** How far a trade has come: later ones never give way to earlier ones; of the last, the first to come stays. */
const RANKS: Readonly<Record<string, number>> = {
  MATCHED: 1,
  MATCHED_NOT_BROADCASTED: 1,
  MINED: 2,
  RETRYING: 2,
  CONFIRMED: 3,
  FAILED: 3,
}

/** Rank of a status; 0 for an unknown one. */
export function rankOf(status: string): number {
  return Object.hasOwn(RANKS, status) ? RANKS[status]! : 0
}

/** A trade's status without the prefix that it has in some messages. */
export function tradeStatus({ status }: UserTrade): string {
  return (status ?? '').toUpperCase().replace(/^TRADE_STATUS_/, '')
}

/** When a trade was last changed. */
export function tradeStamp(trade: UserTrade): Micros | null {
  return looseStamp(trade.last_update) ?? looseStamp(trade.timestamp)
}

/** A row of `user_orders`, or why the event is refused. */
export function orderRow(order: UserOrder): Unplaced | string {
  const price = decimal(order.price, 4)
  if (price === null || !(price >= 0 && price <= ONE)) return 'order.price: no decimal of 1e-4 inside [0, 1]'
  const original = decimal(order.original_size, 6)
  const matched = decimal(order.size_matched, 6)
  if (!amount(original)) return 'order.original_size: no amount'
  if (!amount(matched)) return 'order.size_matched: no amount'
  const order_type = (order.order_type ?? '').toUpperCase()
  const in_usdc = order.side === 'BUY' && (order_type === 'FOK' || order_type === 'FAK')
  return {
    exch_us: looseStamp(order.timestamp),
    order_id: order.id,
    type: order.type,
    ...orderStatus(order.status ?? ''),
    token_id: order.asset_id,
    condition_id: order.market ?? '',
    outcome: order.outcome ?? '',
    side: sideOf(order.side),
    order_type,
    price,
    original_shares: in_usdc ? null : original,
    original_usdc: in_usdc ? original : null,
    matched,
    created_us: looseStamp(order.created_at),
    expires_us: looseStamp(order.expiration),
    trades: JSON.stringify(order.associate_trades ?? []),
  }
}

/** Status of an order, and what the venue says behind `CANCELED_`. */
function orderStatus(sent: string): { status: string; reason: string } {
  const match = /^(?:ORDER_STATUS_)?([A-Za-z]+)(?:_(.*))?$/s.exec(sent)
  if (match === null) return { status: sent, reason: '' }
  return { status: match[1]!.toUpperCase().replace('CANCELLED', 'CANCELED'), reason: match[2] ?? '' }
}

/**
 * The own parts of a trade. As taker it is what the message itself is about. As maker these are the own entries of
 * `maker_orders`, whose token and side can be others than the taker's.
 *
 * @param entries those of `maker_orders` that are good
 * @param addresses own addresses in lower case: entries of recordings whose owner is not marked are told by them
 * @returns none where no entry can be told to be the own one; and why one of them, or the trade, is refused
 */
export function ownParts(
  trade: UserTrade,
  entries: readonly MakerOrder[],
  addresses: readonly string[],
): { good: OwnPart[]; refused: Refusal | undefined } {
  const marked = entries.filter(({ owner }) => owner === OWN)
  const stated = (trade.trader_side ?? '').toUpperCase()
  const maker = stated === 'MAKER' || (stated !== 'TAKER' && trade.owner !== OWN && marked.length > 0)
  if (!maker) {
    const { price, size, fee_rate_bps } = trade
    const { asset_id, outcome, side, taker_order_id } = trade
    const own = { asset_id, outcome, side, order_id: taker_order_id ?? '', price, size, fee_rate_bps }
    const part = partOf('taker', own)
    return typeof part === 'string' ? { good: [], refused: part } : { good: [part], refused: undefined }
  }
  const known = entries.filter(({ maker_address: one }) => addresses.includes((one ?? '').toLowerCase()))
  // The channel tells own trades alone, so that an only entry is the own one.
  const mine =
    marked.length > 0 ? marked : known.length > 0 ? known : trade.maker_orders?.length === 1 ? entries : []
  return readEach(mine, 'own maker_orders', (entry): OwnPart | string => {
    const side = entry.side ?? oppositeOf(trade, entry)
    return partOf('maker', { ...entry, side, size: entry.matched_amount })
  })
}

/** The side that an entry without one must have had: of one token the taker's opposite, of the other one the same. */
function oppositeOf(trade: UserTrade, entry: MakerOrder): 'BUY' | 'SELL' {
  const same = entry.asset_id === trade.asset_id
  return same === (trade.side === 'BUY') ? 'SELL' : 'BUY'
}

type Stated = {
  order_id: string
  asset_id: string
  outcome?: string | null | undefined
  side: 'BUY' | 'SELL'
  price: string
  size: string
  fee_rate_bps?: string | null | undefined
}

function partOf(role: OwnPart['role'], { order_id, asset_id, side, price, size, ...rest }: Stated) {
  const tick = nearestTick(price)
  if (!(tick >= 0 && tick <= ONE)) return 'trade.price: no decimal inside [0, 1]'
  const micros = decimal(size, 6)
  if (micros === null || !(micros > 0)) return 'trade.size: no amount above 0'
  const bps = decimal(rest.fee_rate_bps, 0)
  return {
    role,
    order_id,
    token_id: asset_id,
    outcome: rest.outcome ?? '',
    side: sideOf(side),
    price: tick,
    price_text: price,
    size: micros,
    fee_rate_bps: Number.isNaN(bps) ? null : bps,
  } satisfies OwnPart
}

/** A row of `user_trades`. */
export function tradeRow(trade: UserTrade, part: OwnPart, status: string): Unplaced {
  return {
    exch_us: tradeStamp(trade),
    trade_id: trade.id,
    status,
    rank: rankOf(status),
    condition_id: trade.market ?? '',
    ...part,
    match_us: looseStamp(trade.match_time ?? trade.matchtime),
    transaction_hash: trade.transaction_hash ?? '',
  }
}

/** A row with the token's index: null where no market lists it. */
export function placed(row: Unplaced, instrument: number): SideRow {
  return { ...row, instrument: instrument < 0 ? null : instrument }
}

function sideOf(side: 'BUY' | 'SELL'): 'buy' | 'sell' {
  return side === 'BUY' ? 'buy' : 'sell'
}

/** null where nothing is stated, NaN where it is no decimal of so many digits. */
function decimal(text: string | null | undefined, digits: number): number | null {
  if (text === null || text === undefined || text === '') return null
  return exact(plainDecimal(text) ?? text, digits)
}

function amount(value: number | null): boolean {
  return value === null || value >= 0
}

/** A price that may be a mean, to the nearest tick; NaN for what is no decimal. */
function nearestTick(text: string): Tick {
  try {
    return Math.round(parseDecimal(plainDecimal(text) ?? text, 8, 'cut') / FINER) + 0
  } catch {
    return Number.NaN
  }
}
/** 1e-8 in a tick. */
const FINER = 10_000
