import type { Rng } from '../random/index.ts'
import * as Draw from './draws.ts'

/**
 * Orders on their way to the exchanges: what they will move the price by, second by second, and since when traders know of
 * each. No outcome is among it: it is a part of the variance, and the rest is news to everybody.
 */
export type Flow = {
  rng: Rng.Rng
  /** Standard normal by second, and how many seconds before its own it is known; in rings by second. */
  moves: Float64Array
  leads: Float64Array
  lead_s: number
  /** First second that is not drawn yet. */
  next: number
}

/** Seconds that are drawn ahead, and so known ahead at most. */
export const AHEAD_S = 1_024

/**
 * @param lead_s mean time of knowing
 * @param second the first
 */
export function create(rng: Rng.Rng, lead_s: number, second: number): Flow {
  const column = () => new Float64Array(AHEAD_S)
  const flow: Flow = { rng, moves: column(), leads: column(), lead_s, next: second }
  turn(flow, second)
  return flow
}

/** It is `second` now. */
export function turn(flow: Flow, second: number): void {
  const { rng, moves, leads, lead_s } = flow
  for (; flow.next < second + AHEAD_S; flow.next++) {
    moves[flow.next % AHEAD_S] = Draw.normal(rng)
    leads[flow.next % AHEAD_S] = Draw.exponential(rng, lead_s)
  }
}

/** What the flow moves the price by in one second, as a standard score; from the second it is now to what is drawn. HOT. */
export function at({ moves }: Flow, second: number): number {
  return moves[second % AHEAD_S]!
}

/** Whether that is known `ahead` seconds before. */
export function known({ leads }: Flow, second: number, ahead: number): boolean {
  return leads[second % AHEAD_S]! >= ahead
}
