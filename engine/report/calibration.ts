import { Calibration as Probabilities } from '../../core/probability/index.ts'
import { ONE } from '../../core/units/index.ts'
import type { Calibration, Score } from './data.ts'
import { type Cluster, clusteredMean } from './statistics.ts'

/** Two forecasts of Up at one decision and what came: `up` is 1 or 0. */
export type Sample = { market: number; model: number; mid: number; up: number }

/** Bins of the reliability diagram. */
const BINS = 10
/** Standard score of its intervals: 95 %. */
const INTERVAL = 1.96
/** Log loss takes no forecast as closer to certain than the finest price. */
export const CERTAIN = 1 / ONE

/** Score the model and the market on the same samples. */
export function scoreSamples(samples: readonly Sample[]): Omit<Calibration, 'sample_s' | 'by_class'> {
  const up = samples.map((s) => s.up)
  const clusters = new Map<number, Cluster>()
  for (const s of samples) {
    const cluster = clusters.get(s.market) ?? { n: 0, sum: 0 }
    cluster.n += 1
    cluster.sum += (s.model - s.up) ** 2 - (s.mid - s.up) ** 2
    clusters.set(s.market, cluster)
  }
  const difference = clusteredMean([...clusters.values()])
  const model = measure(
    samples.map((s) => s.model),
    up,
  )
  return {
    samples: samples.length,
    windows: clusters.size,
    base_rate: model.measured.base_rate,
    brier_base: model.measured.brier_base,
    model: model.score,
    market: measure(
      samples.map((s) => s.mid),
      up,
    ).score,
    difference: difference.mean,
    difference_se: difference.se,
  }
}

function measure(forecast: number[], up: number[]): { score: Score; measured: Probabilities.Score } {
  const measured = Probabilities.score(forecast, up, CERTAIN)
  const bins = Probabilities.reliability(forecast, up, BINS, INTERVAL).filter((bin) => bin.count > 0)
  return { score: { brier: measured.brier, log_loss: measured.log_loss, bins }, measured }
}
