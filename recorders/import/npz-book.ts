import { Side } from '../../core/events/index.ts'
import { MICRO, type MicroShares, ONE, type Tick } from '../../core/units/index.ts'
import { Ev, KIND_MASK, type NpzEvent } from '../hftbacktest/index.ts'
import { nearest } from './exact.ts'

/** What an event of hftbacktest says, in exact units. */
export type BookEvent =
  | { kind: 'level'; snapshot: boolean; side: number; price: Tick; size: MicroShares }
  | { kind: 'trade'; side: number; price: Tick; size: MicroShares }
  /** The whole book is void. */
  | { kind: 'reset' }
  /** Levels of a side from its best to a price are gone. */
  | { kind: 'clear'; side: number; price: Tick }

/** Sizes of levels by tick, so that an event that clears a range can be told level by level. */
export type TickBook = { bids: Float64Array; asks: Float64Array }

/** An empty book. */
export function createTickBook(): TickBook {
  return { bids: new Float64Array(ONE + 1), asks: new Float64Array(ONE + 1) }
}

/** Kinds of events that speak of single orders. */
const ORDER_KINDS: readonly number[] = [10, 11, 12, 13]
const BBO = 5

/** Read what an event says; a text says why it is refused. */
export function readBookEvent({ ev, px, qty }: NpzEvent): BookEvent | string {
  const kind = ev & KIND_MASK
  const buy = (ev & Ev.BUY) !== 0
  const sell = (ev & Ev.SELL) !== 0
  if (kind === Ev.DEPTH_CLEAR && !buy && !sell) return { kind: 'reset' }
  if (ORDER_KINDS.includes(kind)) return 'an event of a single order: the tape holds levels'
  if (kind === BBO) return 'a best price without its level'
  const known =
    kind === Ev.DEPTH || kind === Ev.DEPTH_SNAPSHOT || kind === Ev.TRADE || kind === Ev.DEPTH_CLEAR
  if (!known) return 'an event of another kind'
  if (buy === sell) return 'an event of both sides, or of none'
  const side = buy ? Side.BID : Side.ASK
  const price = nearest(px, ONE)
  if (kind === Ev.DEPTH_CLEAR) {
    // Where a range ends outside of the scale, it goes to the end of the scale.
    const end = Number.isNaN(px) ? Number.NaN : Math.min(Math.max(px * ONE, 0), ONE)
    if (Number.isNaN(end)) return 'a price that is none'
    return { kind: 'clear', side, price: buy ? Math.ceil(end - NOISE) : Math.floor(end + NOISE) }
  }
  if (!(px > 0 && px < 1)) return 'a price outside (0, 1): not that of a share'
  if (Number.isNaN(price)) return 'a price finer than 1e-4'
  const size = nearest(qty, MICRO)
  if (!(size >= 0)) return 'a size that is not a number of 1e-6 from 0'
  if (kind !== Ev.TRADE) return { kind: 'level', snapshot: kind === Ev.DEPTH_SNAPSHOT, side, price, size }
  return size > 0 ? { kind: 'trade', side, price, size } : 'a trade of nothing'
}

const NOISE = 1e-6

/** Take a level into the book. */
export function setLevel({ bids, asks }: TickBook, side: number, price: Tick, size: MicroShares): void {
  const levels = side === Side.BID ? bids : asks
  levels[price] = size
}

/** The book is void. */
export function reset({ bids, asks }: TickBook): void {
  bids.fill(0)
  asks.fill(0)
}

/** Empty a side from its best to a price, told level by level, the best first. */
export function clearTo(
  { bids, asks }: TickBook,
  side: number,
  price: Tick,
  gone: (price: Tick) => void,
): void {
  const levels = side === Side.BID ? bids : asks
  const [from, step] = side === Side.BID ? [ONE, -1] : [0, 1]
  for (let at = from; side === Side.BID ? at >= price : at <= price; at += step) {
    if (levels[at] === 0) continue
    levels[at] = 0
    gone(at)
  }
}

/** Mid of the touch in 1e-4; NaN while a side is empty. */
export function midOfTicks({ bids, asks }: TickBook): number {
  let bid = ONE
  while (bid > 0 && bids[bid] === 0) bid--
  let ask = 0
  while (ask < ONE && asks[ask] === 0) ask++
  return bid === 0 || ask === ONE ? Number.NaN : (bid + ask) / 2
}
