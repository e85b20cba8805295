import type { Machine } from '../../core/machine/machine.ts'
import type { Table, TableName } from '../../core/machine/records.ts'
import { ResolutionCode } from '../../core/machine/records.ts'
import { Fair } from '../../core/probability/index.ts'
import { type Micros, ONE, SECOND } from '../../core/units/index.ts'
import { differenceOf, type Part } from '../luck/difference.ts'

/** How well `q_up` foretold outcomes against a causal naive model, as run.json keeps it. */
export type Foresight = {
  samples: number
  windows: number
  brier_model: number
  brier_naive: number
  /** Model less naive: above 0 the model was worse. */
  difference: number
  low: number | null
  high: number | null
  level: number
  /** The whole interval is above 0. */
  worse_than_naive: boolean
  /** The strategy decides by the model. */
  model_used: boolean
}

/** Keeps the samples as the tables of a run are drained. */
export type ForesightWatch = {
  observe(table: Table<TableName>): void
  foresight(machine: Machine): Foresight | null
}

/** One sample a window in this many seconds, as the report takes them. */
const SAMPLE_US: Micros = 30 * SECOND

type Sample = {
  market: number
  q_up: number
  s0: number
  s_t: number
  mean: number
  sigma: number
  seconds_left: number
}

/**
 * Watch a run: of each window the first decision in each 30 s at which both the model and the naive one say something.
 *
 * @param markets of the run, for when windows start and end
 */
export function watchForesight(markets: readonly { start_us: Micros; end_us: Micros }[]): ForesightWatch {
  const samples: Sample[] = []
  const next_us = markets.map(({ start_us }) => start_us)
  return {
    observe(table) {
      if (table.name !== 'decisions') return
      const c = (table as Table<'decisions'>).columns
      for (let row = 0; row < table.length; row++) {
        const market = c.market[row]!
        const time_us = c.time_us[row]!
        if (time_us < next_us[market]! || time_us >= markets[market]!.end_us) continue
        if (Number.isNaN(c.q_up[row]!) || Number.isNaN(c.sigma_naive[row]!)) continue
        const { start_us } = markets[market]!
        next_us[market] = start_us + (Math.floor((time_us - start_us) / SAMPLE_US) + 1) * SAMPLE_US
        samples.push({
          market,
          q_up: c.q_up[row]!,
          s0: c.s0[row]!,
          s_t: c.s_t[row]!,
          mean: c.mean[row]!,
          sigma: c.sigma_naive[row]!,
          seconds_left: c.seconds_left[row]!,
        })
      }
    },
    foresight: (machine) => score(samples, machine),
  }
}

function score(samples: readonly Sample[], m: Machine): Foresight | null {
  const { windows, ledger } = m.state
  const parts = new Map<number, Part>()
  let model = 0
  let naive = 0
  let count = 0
  for (const sample of samples) {
    const { market, q_up } = sample
    const payout = ledger.payout[market]!
    if (windows.class[market] === ResolutionCode.UNRESOLVED || (payout !== 0 && payout !== ONE)) continue
    const up = payout === ONE ? 1 : 0
    const other = naiveUp(sample, m)
    if (Number.isNaN(other)) continue
    const part = parts.get(market) ?? { n: 0, sum: 0 }
    parts.set(market, part)
    const own = (q_up - up) ** 2
    const against = (other - up) ** 2
    model += own
    naive += against
    part.n++
    part.sum += own - against
    count++
  }
  if (count === 0) return null
  const { mean, low, high, level } = differenceOf([...parts.values()])
  return {
    samples: count,
    windows: parts.size,
    brier_model: model / count,
    brier_naive: naive / count,
    difference: mean,
    low,
    high,
    level,
    worse_than_naive: low !== null && low > 0,
    model_used: m.strategy.needs_model,
  }
}

/** Φ(ln(S/K)/(σ√τ)) by the naive volatility, for a TWAP by the mean so far and the variance that is left. */
function naiveUp({ market, s0, s_t, mean, sigma, seconds_left }: Sample, m: Machine): number {
  const { kind, lookback_s } = m.settlements[market]!
  const input: Fair.Input = {
    settlement: kind === 'twap' ? 'twap' : 'spot',
    s0,
    st: s_t,
    sigma,
    tau: seconds_left,
    mu: 0,
    lookback: lookback_s,
    mean,
  }
  return Fair.clampProbability(Fair.up(input, Fair.createOutput()).q_up, m.config.probability.q_min)
}
