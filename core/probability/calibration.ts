import { ln } from '../numerics/index.ts'
import type { Probability } from '../units/index.ts'

/**
 * How well probabilities foretold outcomes: reliability, Brier score, log loss (formulas.md §4). Pure functions over two
 * arrays of equal length: the probability stated for Up, and what one Up share paid (1, 0, or 0.5 for a split). Pairs
 * with a NaN in either are passed over, so that a model and the market's mid can be scored over the same rows.
 */

/** One bin of stated probabilities. */
export type Bin = {
  /** Bounds; the upper one belongs to the last bin only. */
  from: Probability
  to: Probability
  count: number
  /** Mean stated probability; NaN in an empty bin. */
  stated: number
  /** Share of outcomes that were Up; NaN in an empty bin. */
  observed: number
  /** Wilson interval of `observed` at the score given. */
  low: number
  high: number
}

/** Both scores, with what they are made of. */
export type Score = {
  count: number
  /** Mean of (q − outcome)²: 0 perfect, 0.25 a coin. */
  brier: number
  /** Mean of −ln of the probability given to what happened; ln 2 a coin. */
  log_loss: number
  /** Mean outcome, and the Brier score of stating it every time. */
  base_rate: number
  brier_base: number
}

type Numbers = ArrayLike<number>

/**
 * Reliability: outcomes by stated probability, in bins of equal width.
 *
 * @param bins number of bins, 1 or more
 * @param score standard score of the interval; 1.96 for 95 %
 */
export function reliability(q: Numbers, outcome: Numbers, bins: number, score: number): Bin[] {
  sameLength(q, outcome)
  const table: Bin[] = []
  for (let b = 0; b < bins; b++) {
    table.push({
      from: b / bins,
      to: (b + 1) / bins,
      count: 0,
      stated: 0,
      observed: 0,
      low: Number.NaN,
      high: Number.NaN,
    })
  }
  for (let i = 0; i < q.length; i++) {
    if (!counts(q[i]!, outcome[i]!)) continue
    const bin = table[Math.min(Math.floor(q[i]! * bins), bins - 1)]!
    bin.count++
    bin.stated += q[i]!
    bin.observed += outcome[i]!
  }
  for (const bin of table) {
    bin.stated /= bin.count
    bin.observed /= bin.count
    if (bin.count > 0) wilson(bin, score)
  }
  return table
}

/**
 * Brier score and log loss.
 *
 * @param q_min log loss takes q as at least this and at most 1 − q_min: a single sure miss must not be infinite
 * @returns count 0 and NaN scores when no pair counts
 */
export function score(q: Numbers, outcome: Numbers, q_min: Probability): Score {
  sameLength(q, outcome)
  let count = 0
  let brier = 0
  let loss = 0
  let sum = 0
  let squares = 0
  for (let i = 0; i < q.length; i++) {
    const p = q[i]!
    const o = outcome[i]!
    if (!counts(p, o)) continue
    count++
    brier += (p - o) * (p - o)
    const held = Math.min(Math.max(p, q_min), 1 - q_min)
    if (o > 0) loss -= o * ln(held)
    if (o < 1) loss -= (1 - o) * ln(1 - held)
    sum += o
    squares += o * o
  }
  const base = sum / count
  return {
    count,
    brier: brier / count,
    log_loss: loss / count,
    base_rate: base,
    brier_base: squares / count - base * base,
  }
}

/** Brier score alone. */
export function brier(q: Numbers, outcome: Numbers): number {
  return score(q, outcome, 0).brier
}

/** Log loss alone; see {@link score}. */
export function logLoss(q: Numbers, outcome: Numbers, q_min: Probability): number {
  return score(q, outcome, q_min).log_loss
}

function counts(q: number, outcome: number): boolean {
  return q >= 0 && q <= 1 && outcome >= 0 && outcome <= 1
}

function wilson(bin: Bin, z: number): void {
  const n = bin.count
  const p = bin.observed
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n)
  bin.low = Math.max(0, centre - half)
  bin.high = Math.min(1, centre + half)
}

function sameLength(q: Numbers, outcome: Numbers): void {
  if (q.length !== outcome.length) {
    throw new CalibrationError(
      'calibration.length',
      `${q.length} probabilities and ${outcome.length} outcomes: give one outcome for each probability`,
    )
  }
}

/** Arrays that cannot be scored. `code` is stable. */
export class CalibrationError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Calibration.CalibrationError'
    this.code = code
  }
}
