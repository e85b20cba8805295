import { defaults } from '../../core/config/index.ts'
import { Fair, Volatility } from '../../core/probability/index.ts'
import { MINUTE, type Micros, ONE, SECOND } from '../../core/units/index.ts'
import type { Measure } from './measure.ts'
import * as Samples from './samples.ts'
import type { Statistic } from './statistics.ts'
import type { WindowPath } from './window-path.ts'

/**
 * How much wiser the mid is than the model, and how sure. All tapes are looked at alike: the model knows one close of BTC a
 * minute, and is asked at the end of a minute, when that close is news to nobody.
 */

/** When model and mid are compared, by second of a window of five minutes. */
const LOOKS_S = [60, 120, 180, 240]
/** Seconds before the end: the last of these looks, and when the mid is held against it once more. */
const LAST_LEFT_S = 60
const LATE_LEFT_S = [45, 30, 15, 5]
const EARLY_S = [10, 30]
const DOUBT_LEFT_S = [60, 30, 10, 5, 2]
/** As recordings of minute bars have it; prices are seen for three half-lives before the model says anything. */
const MODEL = { half_life_s: 300, warmup_s: 900, max_dt_s: 600 }

export const WISDOM = 'What the mid knows'

/** The statistics over some windows of a tape. */
export function wisdom(measure: Measure, paths: readonly WindowPath[]): Statistic[] {
  const group = WISDOM
  const { all, last, late } = leads(measure, paths)
  const unit = 'Brier score'
  return [
    { group, name: 'better than the model', unit, value: Samples.mean(all) },
    { group, name: 'better than the model 60 s before the end', unit, value: Samples.mean(last) },
    { group, name: 'in the last minute, than the model before it', unit, value: Samples.mean(late) },
    ...EARLY_S.map((at) => {
      const squares = Samples.create()
      for (const path of paths) Samples.add(squares, (path.mid2[at]! / 2 / ONE - 0.5) ** 2)
      const value = 100 * Math.sqrt(Samples.mean(squares))
      return { group, name: `off 50 cents ${at} s after the start`, unit: 'cents', value }
    }),
    ...DOUBT_LEFT_S.map((left) => {
      const doubts = Samples.create()
      for (const path of paths) {
        const p = path.held2[path.length_s - left]! / 2 / ONE
        Samples.add(doubts, p * (1 - p))
      }
      return { group, name: `doubt left ${left} s before the end`, unit, value: Samples.mean(doubts) }
    }),
  ]
}

/** By how much squared errors of the model are above those of the mid: at all looks, at the last, and after it. */
function leads(
  measure: Measure,
  paths: readonly WindowPath[],
): Record<'all' | 'last' | 'late', Samples.Samples> {
  const found = { all: Samples.create(), last: Samples.create(), late: Samples.create() }
  for (const path of paths) {
    const payout = measure.payouts[path.market]
    if (payout === undefined) continue
    const error = (p: number) => (p - payout / ONE) ** 2
    for (const look of LOOKS_S) {
      const second = (look / 300) * path.length_s
      const q = modelAt(measure, path, second)
      const lead = error(q) - error(path.mid2[second]! / 2 / ONE)
      Samples.add(found.all, lead)
      if (path.length_s - second !== LAST_LEFT_S) continue
      Samples.add(found.last, lead)
      for (const left of LATE_LEFT_S)
        Samples.add(found.late, error(q) - error(path.held2[path.length_s - left]! / 2 / ONE))
    }
  }
  return found
}

/** What the model says at a whole minute of a window; NaN where it does not know enough. */
function modelAt(measure: Measure, path: WindowPath, second: number): number {
  const { start_us } = measure.recorder.instruments.markets[path.market]!
  const now = start_us + second * SECOND
  const input = Fair.createInput()
  input.s0 = measure.closes.get(start_us) ?? Number.NaN
  input.st = measure.closes.get(now) ?? Number.NaN
  input.sigma = measure.sigmas.get(now) ?? Number.NaN
  input.tau = path.length_s - second
  return Fair.up(input, Fair.createOutput()).q_up
}

/** Volatility by the closes up to each, where there were enough. */
export function sigmasOf(closes: ReadonlyMap<Micros, number>): Map<Micros, number> {
  const volatility = Volatility.create({ ...defaults(Volatility.settings), ...MODEL })
  const sigmas = new Map<Micros, number>()
  for (const [end, close] of closes) {
    Volatility.update(volatility, close, end)
    if (Volatility.ready(volatility) && end % MINUTE === 0) sigmas.set(end, volatility.sigma)
  }
  return sigmas
}
