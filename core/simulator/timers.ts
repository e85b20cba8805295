import type { Micros } from '../units/index.ts'

/** What is due at a known time: a handful of entries at any moment. */
export type Timers = Timer[]
export type Timer = {
  due_us: Micros
  kind: TimerKind
  market: number
  /** What the timer brings along: a strike (whole and rest), a payout. */
  a: number
  b: number
}

/** In the order in which they run at one time. */
export const TimerKind = { END: 0, CLOSE: 1, OPEN: 2, START: 3, RESOLVE: 4, STRIKE: 5 } as const
export type TimerKind = (typeof TimerKind)[keyof typeof TimerKind]

/** Set a timer. */
export function set(timers: Timers, due_us: Micros, kind: TimerKind, market: number, a = 0, b = 0): void {
  timers.push({ due_us, kind, market, a, b })
}

/** When the earliest is due; Infinity for none. */
export function next(timers: Timers): Micros {
  let due = Number.POSITIVE_INFINITY
  for (const timer of timers) if (timer.due_us < due) due = timer.due_us
  return due
}

/** Take out the earliest; at one time by kind, then by market. */
export function pop(timers: Timers): Timer {
  let at = 0
  for (let i = 1; i < timers.length; i++) if (before(timers[i]!, timers[at]!)) at = i
  return timers.splice(at, 1)[0]!
}

function before(a: Timer, b: Timer): boolean {
  if (a.due_us !== b.due_us) return a.due_us < b.due_us
  return a.kind !== b.kind ? a.kind < b.kind : a.market < b.market
}
