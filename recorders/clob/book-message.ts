import { isTickSize, MICRO, ONE } from '../../core/units/index.ts'
import { exact } from '../import/exact.ts'
import { createLevels, type Levels } from './market-book.ts'

/** A `book` message of the CLOB market channel, read. One object is filled again for each message. */
export type BookMessage = {
  condition_id: string
  token_id: string
  /** The venue's own stamp in µs. */
  exch_us: number
  /** Tick size in 1e-4 where the message states one, else 0. */
  tick: number
  bids: Levels
  asks: Levels
}

/** An empty message to be filled. */
export function createBookMessage(): BookMessage {
  return { condition_id: '', token_id: '', exch_us: 0, tick: 0, bids: createLevels(), asks: createLevels() }
}

/**
 * Read a message's text. Checked by hand, not by a schema: a recording has tens of millions of levels.
 *
 * @param into filled on success; half-filled and of no use after a refusal
 * @returns why the message is refused, in words without values; undefined when it is good
 */
export function readBookMessage(text: string, into: BookMessage): string | undefined {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  if (typeof raw !== 'object' || raw === null) return 'not a JSON object'
  if ((raw as Record<string, unknown>).event_type !== 'book') return 'an event type other than book'
  return readBook(raw as Record<string, unknown>, into)
}

/** The same of a message that is parsed already, or of an answer to `/book`, which has no event type. */
export function readBook(raw: Readonly<Record<string, unknown>>, into: BookMessage): string | undefined {
  const { market, asset_id, timestamp, tick_size, bids, asks } = raw
  if (!isConditionId(market)) return 'no condition id'
  if (!isTokenId(asset_id)) return 'no token id'
  if (!isMillis(timestamp)) return 'no timestamp in milliseconds'
  const tick = isUnstated(tick_size) ? 0 : readTick(tick_size)
  if (Number.isNaN(tick)) return 'a tick size that is none'
  into.condition_id = market
  into.token_id = asset_id
  into.exch_us = Number(timestamp) * 1_000
  into.tick = tick
  return readLevels(bids, into.bids) ?? readLevels(asks, into.asks)
}

/** A market's condition id, as the venue's sockets send it. */
export function isConditionId(value: unknown): value is string {
  return typeof value === 'string' && CONDITION_ID.test(value)
}
const CONDITION_ID = /^0x[0-9a-f]{64}$/

/** A token's id: a decimal number of 256 bits. */
export function isTokenId(value: unknown): value is string {
  return typeof value === 'string' && TOKEN_ID.test(value)
}
const TOKEN_ID = /^\d{1,78}$/

/** The venue's stamp: ms since the epoch, in text. */
export function isMillis(value: unknown): value is string {
  return typeof value === 'string' && MILLIS.test(value)
}
const MILLIS = /^\d{13}$/

/** Optional decimals may be left out, or empty. */
export function isUnstated(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** A tick size in 1e-4; NaN for what is none. Zero, which no market has, stands for unstated. */
export function readTick(value: unknown): number {
  const tick = exact(value, 4)
  return tick === 0 || isTickSize(tick) ? tick : Number.NaN
}

/** A price in 1e-4, strictly inside (0, 1); NaN for what is none. */
export function readPrice(value: unknown): number {
  const price = exact(value, 4)
  return price > 0 && price < ONE ? price : Number.NaN
}

/** The best price of a side in 1e-4, where 0 is no bid and 1 no ask; NaN for what is none. */
export function readBest(value: unknown): number {
  const price = exact(value, 4)
  return price >= 0 && price <= ONE ? price : Number.NaN
}

/** A size in micro-shares; NaN for what is none, and for what no level holds. */
export function readSize(value: unknown): number {
  const size = exact(value, 6)
  return size >= 0 && size < MAX_SIZE ? size : Number.NaN
}

/**
 * Read one side of a book: a list of `{price, size}` as decimal texts, in any order.
 *
 * @param into filled on success, by rising price
 * @returns why the side is refused, if it is
 */
export function readLevels(raw: unknown, into: Levels): string | undefined {
  into.length = 0
  if (!Array.isArray(raw)) return 'no levels'
  for (const level of raw as unknown[]) {
    if (typeof level !== 'object' || level === null) return 'a level that is none'
    const { price, size } = level as Record<string, unknown>
    const tick = exact(price, 4)
    const micros = exact(size, 6)
    if (Number.isNaN(tick)) return 'a price that is not a decimal of 1e-4'
    if (Number.isNaN(micros) || micros < 0) return 'a size that is not a decimal of 1e-6'
    if (tick <= 0 || tick >= ONE) return 'a price outside (0, 1)'
    if (micros >= MAX_SIZE) return 'a size too large'
    if (into.length === MAX_LEVELS) return 'too many levels'
    if (micros === 0) continue
    into.prices[into.length] = tick
    into.sizes[into.length] = micros
    into.length++
  }
  return sort(into)
}

const MAX_LEVELS = ONE - 1
/** A thousand million shares: far above any level, far below what sums of levels could lose bits at. */
const MAX_SIZE = 1e9 * MICRO

/** Put levels in rising price; the venue sends bids so already, asks the other way round. */
function sort(levels: Levels): string | undefined {
  const { prices, sizes, length } = levels
  if (length > 1 && prices[0]! > prices[length - 1]!) {
    prices.subarray(0, length).reverse()
    sizes.subarray(0, length).reverse()
  }
  for (let i = 1; i < length; i++) {
    for (let j = i; j > 0 && prices[j - 1]! > prices[j]!; j--) {
      const price = prices[j]!
      const size = sizes[j]!
      prices[j] = prices[j - 1]!
      sizes[j] = sizes[j - 1]!
      prices[j - 1] = price
      sizes[j - 1] = size
    }
    if (prices[i] === prices[i - 1]) return 'a price twice on one side'
  }
  return undefined
}
