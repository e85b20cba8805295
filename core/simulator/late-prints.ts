import { Flag, Kind } from '../events/index.ts'
import type { Rng } from '../random/index.ts'
import { type Micros, MS } from '../units/index.ts'
import * as Draw from './draws.ts'
import { stampOf } from './venue.ts'
import * as Wire from './wire.ts'

/**
 * Prints that the venue tells some time after the books that they changed: the ordinary order on this venue. They wait here,
 * in the order of their trades, until they are sent.
 */
export type LatePrints = {
  rng: Rng.Rng
  /** Share of trades whose prints are late, and the median of how late they are. */
  share: number
  median_us: number
  /** Due times and what is printed, from `head` to `tail` in rings. */
  due_us: Float64Array
  instrument: Int32Array
  side: Uint8Array
  price: Uint16Array
  size: Float64Array
  head: number
  tail: number
}

/** Deviation of the logarithm of how late a print is. */
const SPREAD = 0.5
/** Prints that may wait at a time. */
const WAITING_MAX = 4_096

/** None waiting. */
export function create(rng: Rng.Rng, share: number, median_ms: number): LatePrints {
  return {
    rng,
    share,
    median_us: median_ms * MS,
    due_us: new Float64Array(WAITING_MAX),
    instrument: new Int32Array(WAITING_MAX),
    side: new Uint8Array(WAITING_MAX),
    price: new Uint16Array(WAITING_MAX),
    size: new Float64Array(WAITING_MAX),
    head: 0,
    tail: 0,
  }
}

/**
 * A trade's prints come when?
 *
 * @returns the time, not before those that wait; NaN: at once, before the books
 */
export function dueAt(late: LatePrints, prints: number, now: Micros): Micros {
  const { rng, share, median_us, head, tail } = late
  if (!Draw.chance(rng, share) || tail - head + prints > WAITING_MAX) return Number.NaN
  const due = Math.floor(now + Draw.lognormal(rng, median_us, SPREAD))
  return tail > head ? Math.max(due, late.due_us[(tail - 1) % WAITING_MAX]!) : due
}

/** Let a print wait. */
export function wait(
  late: LatePrints,
  due_us: Micros,
  instrument: number,
  side: number,
  price: number,
  size: number,
): void {
  const at = late.tail++ % WAITING_MAX
  late.due_us[at] = due_us
  late.instrument[at] = instrument
  late.side[at] = side
  late.price[at] = price
  late.size[at] = size
}

/** When the next is sent; Infinity for none. */
export function next({ due_us, head, tail }: LatePrints): Micros {
  return tail > head ? due_us[head % WAITING_MAX]! : Number.POSITIVE_INFINITY
}

/** Send those that are due until `until`. */
export function send(late: LatePrints, line: Wire.Line, until: Micros, now: Micros): void {
  for (; next(late) <= until; late.head++) {
    const at = late.head % WAITING_MAX
    const { instrument, side, price, size } = late
    const arrival = Wire.send(line, now)
    Wire.put(
      line,
      arrival,
      stampOf(now),
      Kind.TRADE,
      instrument[at]!,
      side[at]!,
      price[at]!,
      size[at]!,
      Flag.LAST,
    )
  }
}
