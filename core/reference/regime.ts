import type { Section, Values } from '../config/index.ts'
import { exp } from '../numerics/index.ts'
import type { Micros } from '../units/index.ts'
import { MS, SECOND } from '../units/index.ts'
import * as History from './history.ts'
import * as Reference from './reference.ts'

/** Toxicity regimes: when the reference is too old or moves too fast to quote as usual (formulas.md §5). */
export const settings = {
  fast_window_s: {
    type: 'number',
    default: 3,
    min: 0.1,
    max: 300,
    unit: 's',
    doc: 'FAST_MOVE: time over which the fast series is watched.',
  },
  fast_k: {
    type: 'number',
    default: 4,
    min: 0,
    max: 100,
    unit: '',
    doc: 'FAST_MOVE: multiple of the usual move, sigma times the root of the window.',
  },
  fast_move_bps: {
    type: 'number',
    default: 8,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'FAST_MOVE: least move that counts.',
  },
  fast_stale_ms: {
    type: 'number',
    default: 3_000,
    min: 1,
    max: 86_400_000,
    unit: 'ms',
    doc: 'STALE_BINANCE: age of the newest fast price.',
  },
  disagree_bps: {
    type: 'number',
    default: 10,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'ORACLE_DISAGREE: distance of the fast series from the settlement series.',
  },
  fast_move_scalar: {
    type: 'number',
    default: 0.25,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Order size under FAST_MOVE.',
  },
  stale_fast_scalar: {
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Order size under STALE_BINANCE.',
  },
} as const satisfies Section

/** Bits of a regime, worst first. Several may hold at once. */
export const NORMAL = 0
/** Settlement or spot series older than the profile allows: hard pause, cancel all. */
export const STALE_ORACLE = 1
/** The fast series moved more than usual: smaller and wider. */
export const FAST_MOVE = 2
/** No fast series speaks: smaller. */
export const STALE_BINANCE = 4
/** Fast and settlement series differ beyond their slow basis: a warning. */
export const ORACLE_DISAGREE = 8

/** Names of the bits, worst first, for people. */
export const NAMES = [
  [STALE_ORACLE, 'STALE_ORACLE'],
  [FAST_MOVE, 'FAST_MOVE'],
  [STALE_BINANCE, 'STALE_BINANCE'],
  [ORACLE_DISAGREE, 'ORACLE_DISAGREE'],
] as const

/** Regime of one asset. */
export type Regime = {
  bits: number
  window_us: Micros
  fast_stale_us: Micros
  /** Least log move, and `k·√W`, which times σ is the usual one. */
  move: number
  k_root: number
  disagree: number
  /** σ last told, and the price ratio beyond which a move is fast under it. */
  sigma: number
  ratio: number
}

/** No regime yet; the first {@link update} sets it. */
export function create(config: Values<typeof settings>): Regime {
  const move = config.fast_move_bps / 10_000
  return {
    bits: NORMAL,
    window_us: Math.round(config.fast_window_s * SECOND),
    fast_stale_us: config.fast_stale_ms * MS,
    move,
    k_root: config.fast_k * Math.sqrt(config.fast_window_s),
    disagree: config.disagree_bps / 10_000,
    sigma: Number.NaN,
    ratio: exp(move),
  }
}

/**
 * The regime as of `now_us`; call it after every reference event and when a timer set by {@link nextChange} is due.
 * Brings the reference up to `now_us` first ({@link Reference.refresh}): its quality may have changed. Hot path:
 * allocates nothing.
 *
 * @param sigma volatility per √s; NaN while it is not ready, then the least move alone decides on FAST_MOVE
 * @returns bits, 0 for {@link NORMAL}
 */
export function update(state: Regime, reference: Reference.Reference, now_us: Micros, sigma: number): number {
  Reference.refresh(reference, now_us)
  if (sigma !== state.sigma && !(Number.isNaN(sigma) && Number.isNaN(state.sigma))) {
    state.sigma = sigma
    state.ratio = exp(Number.isNaN(sigma) ? state.move : Math.max(state.k_root * sigma, state.move))
  }
  let bits = NORMAL
  const stale_us = reference.stale_us
  const settlement_stale = reference.has_settlement && !(now_us - reference.settlement_us <= stale_us)
  if (settlement_stale || (reference.has_spot && !(now_us - reference.spot_us <= stale_us)))
    bits |= STALE_ORACLE
  if (reference.has_fast) {
    if (isMove(state, reference.fast.value, then(state, reference.fast, now_us))) bits |= FAST_MOVE
    if (!(now_us - reference.fast_us <= state.fast_stale_us)) bits |= STALE_BINANCE
    else if (!settlement_stale && Math.abs(reference.disagreement) > state.disagree) bits |= ORACLE_DISAGREE
  }
  state.bits = bits
  return bits
}

/**
 * When the regime or the reference's quality could next change with no event: a series' age passing its limit, or the
 * start of the FAST_MOVE window sliding over an earlier price. Changes nothing.
 *
 * @returns a time after `now_us`, Infinity for none
 */
export function nextChange(state: Regime, reference: Reference.Reference, now_us: Micros): Micros {
  let next = Reference.nextChange(reference, now_us)
  if (reference.has_settlement) next = sooner(next, reference.settlement_us + reference.stale_us + 1, now_us)
  if (reference.has_spot) next = sooner(next, reference.spot_us + reference.stale_us + 1, now_us)
  if (!reference.has_fast) return next
  next = sooner(next, reference.fast_us + state.fast_stale_us + 1, now_us)
  return Math.min(next, nextMove(state, reference.fast, now_us))
}

/**
 * Factor on order sizes: the product over the active regimes. STALE_ORACLE is a hard pause, so 0; ORACLE_DISAGREE only
 * warns, so 1.
 */
export function scalar(bits: number, config: Values<typeof settings>): number {
  if ((bits & STALE_ORACLE) !== 0) return 0
  let product = 1
  if ((bits & FAST_MOVE) !== 0) product *= config.fast_move_scalar
  if ((bits & STALE_BINANCE) !== 0) product *= config.stale_fast_scalar
  return product
}

/** Names of the active regimes, worst first; `NORMAL` for none. */
export function describe(bits: number): string {
  const names: string[] = []
  for (const [bit, name] of NAMES) if ((bits & bit) !== 0) names.push(name)
  return names.length === 0 ? 'NORMAL' : names.join('+')
}

/** The fast price one window ago; where its history is shorter, the first one known. */
function then(state: Regime, fast: History.History, now_us: Micros): number {
  const n = History.countUntil(fast, now_us - state.window_us)
  return fast.values[History.slot(fast, Math.max(n - 1, 0))]!
}

/** `|ln(now/then)|` above the threshold, as a comparison of ratios: no logarithm on the hot path. */
function isMove(state: Regime, now: number, before: number): boolean {
  return now > before * state.ratio || before > now * state.ratio
}

/**
 * The price now stands until an event; the one a window ago changes as the window slides. The first entry that would
 * make FAST_MOVE begin or end is the next change. Bounds of the ring tell at once that nothing can begin.
 */
function nextMove(state: Regime, fast: History.History, now_us: Micros): Micros {
  const now = fast.value
  const active = isMove(state, now, then(state, fast, now_us))
  if (!active && !isMove(state, now, fast.low) && !isMove(state, now, fast.high))
    return Number.POSITIVE_INFINITY
  for (let n = History.countUntil(fast, now_us - state.window_us); n < fast.count; n++) {
    const i = History.slot(fast, n)
    if (isMove(state, now, fast.values[i]!) !== active) return fast.times[i]! + state.window_us
  }
  return Number.POSITIVE_INFINITY
}

function sooner(next: Micros, at_us: Micros, now_us: Micros): Micros {
  return at_us > now_us && at_us < next ? at_us : next
}
