import { type Columns, Kind, type Resolution } from '../../../core/events/index.ts'
import { Rng } from '../../../core/random/index.ts'
import { MICRO, ONE, SECOND } from '../../../core/units/index.ts'

/** Another future: what comes after a decision as it did not come. */

/** Longest delay of everything that comes. */
const DELAY_US = 2 * SECOND
/** How far references move at most, and at least, in parts. */
const MOVE = { most: 0.02, least: 0.001 }
/** Largest size of a level or trade, in shares. */
const SIZE_MAX = 10_000

/**
 * Turn rows into a future that did not happen: everything comes later, references are elsewhere, books and trades are
 * mirrored with other sizes, outcomes are flipped. Order, kinds, instruments and messages stay.
 *
 * @param rows changed in place
 */
export function perturb(rows: Columns, rng: Rng.Rng): void {
  const delay_us = 1 + Rng.below(rng, DELAY_US)
  const sign = Rng.below(rng, 2) === 0 ? -1 : 1
  const factor = 1 + sign * (MOVE.least + (MOVE.most - MOVE.least) * Rng.uniform(rng))
  for (let i = 0; i < rows.length; i++) {
    rows.local_us[i] = rows.local_us[i]! + delay_us
    if (rows.exch_us[i]! > 0) rows.exch_us[i] = rows.exch_us[i]! + delay_us
    const kind = rows.kind[i]!
    if (kind === Kind.QUOTE) {
      rows.price[i] = Math.round(rows.price[i]! * factor)
      rows.size[i] = Math.round(rows.size[i]! * factor)
    } else if (kind === Kind.PRINT || kind === Kind.ORACLE || kind === Kind.STRIKE) {
      rows.price[i] = Math.round(rows.price[i]! * factor)
    } else if (kind === Kind.LEVEL || kind === Kind.TRADE) {
      rows.price[i] = ONE - rows.price[i]!
      rows.side[i] = rows.side[i] === 1 ? 2 : 1
      rows.size[i] = (1 + Rng.below(rng, SIZE_MAX)) * MICRO
    } else if (kind === Kind.RESOLVED) rows.price[i] = flipped(rows.price[i]!)
  }
}

/** Outcomes as they did not come. */
export function flip(resolutions: readonly Resolution[]): Resolution[] {
  return resolutions.map((one) => ({ ...one, up_payout: flipped(one.up_payout) }))
}

function flipped(up_payout: number): number {
  return up_payout * 2 === ONE ? ONE : ONE - up_payout
}
