import { DESIRED_MAX } from '../strategies/strategy.ts'

/** Why a live order is to be cancelled. Numbers go into traces: never reuse one. */
export const Why = {
  NONE: 0,
  /** The strategy stands aside: everything goes. */
  ALL: 1,
  /** Its price is above its present cap. */
  CAP: 2,
  /** The best bids of both outcomes cost more than the target. */
  TARGET: 3,
  /** A completing order asks for more than is unpaired. */
  COMPLETED: 4,
  /** Nothing is wanted at its place any more. */
  UNWANTED: 5,
  /** Something else is wanted at its place. */
  REPLACE: 6,
  /** It stands in the way of an order of the other outcome. */
  MAKE_WAY: 7,
} as const
export type Why = (typeof Why)[keyof typeof Why]

/** What stands at a place: nothing, an order that is kept, or one that leaves or is to leave. */
export const Place = { FREE: 0, KEPT: 1, GOING: 2 } as const

/** What to do in one market. One object is reused; its arrays hold `cancels` and `creates` entries. */
export type Plan = {
  cancels: number
  /** Order numbers, ascending within urgent and within other cancels, urgent ones first. */
  readonly cancel: Float64Array
  readonly why: Uint8Array
  creates: number
  /** Rows of the desired orders. */
  readonly create: Uint8Array
  /** Live orders that stay. */
  kept: number
  /** Desired orders that wait: for their place to be free, for another order to be gone, or for tokens. */
  waiting: number
  /** Why the first that was stopped by more than a busy place waits: a Gate, 0 none. */
  gate: number
}

/** A plan for at most `capacity` open orders. */
export function create(capacity: number): Plan {
  return {
    cancels: 0,
    cancel: new Float64Array(capacity),
    why: new Uint8Array(capacity),
    creates: 0,
    create: new Uint8Array(DESIRED_MAX),
    kept: 0,
    waiting: 0,
    gate: 0,
  }
}

/** Forget the last decision. */
export function reset(plan: Plan): void {
  plan.cancels = 0
  plan.creates = 0
  plan.kept = 0
  plan.waiting = 0
  plan.gate = 0
}

/** Add a cancel. */
export function addCancel(plan: Plan, number: number, why: Why): void {
  plan.cancel[plan.cancels] = number
  plan.why[plan.cancels] = why
  plan.cancels++
}

/** Whether a cancel protects us and goes before tidying up. */
export function isUrgent(why: number): boolean {
  return why <= Why.COMPLETED
}

/** Keep only `most` cancels, urgent ones first and each kind in its order. */
export function limitCancels(plan: Plan, most: number): void {
  if (plan.cancels <= most) return
  let placed = 0
  for (let i = 0; i < plan.cancels && placed < most; i++) {
    if (!isUrgent(plan.why[i]!)) continue
    swap(plan, i, placed)
    placed++
  }
  plan.cancels = most
}

/** Move entry `from` up to `to` and keep the order of those between. */
function swap(plan: Plan, from: number, to: number): void {
  const number = plan.cancel[from]!
  const why = plan.why[from]!
  plan.cancel.copyWithin(to + 1, to, from)
  plan.why.copyWithin(to + 1, to, from)
  plan.cancel[to] = number
  plan.why[to] = why
}
