import { Rng } from '../../core/random/index.ts'
import type { Measure } from './measure.ts'
import { pathsOf, type Statistic, sampled } from './statistics.ts'

/** What other tapes of as many windows would have shown, in 95 % of all cases; NaN where a tape says nothing. */
export type Range = { low: number; high: number }

const DRAWS = 200
const LEVEL = 0.95
const SEED = 20_260_415
const STREAM = 31

/**
 * The mean over one or several tapes of each of {@link sampled}, and its range: windows of each drawn anew with replacement
 * (bootstrap, by percentiles).
 */
export function rangesOf(measures: readonly Measure[]): { statistic: Statistic; range: Range }[] {
  const paths = measures.map(pathsOf)
  const rng = Rng.create(SEED, STREAM)
  const draws = Array.from({ length: DRAWS }, () =>
    means(
      measures,
      paths.map((all) => all.map(() => all[Rng.below(rng, all.length)]!)),
    ),
  )
  return means(measures, paths).map((statistic, i) => {
    const values = draws.map((draw) => draw[i]!.value).filter((value) => !Number.isNaN(value))
    values.sort((a, b) => a - b)
    const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? Number.NaN
    return { statistic, range: { low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2) } }
  })
}

function means(measures: readonly Measure[], paths: readonly ReturnType<typeof pathsOf>[]): Statistic[] {
  const tapes = measures.map((measure, i) => sampled(measure, paths[i]!))
  return tapes[0]!.map((first, i) => ({
    ...first,
    value: tapes.reduce((sum, tape) => sum + tape[i]!.value, 0) / tapes.length,
  }))
}
