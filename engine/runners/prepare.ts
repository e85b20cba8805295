import type { RunInput } from './execute.ts'
import { RunnerError } from './runner-error.ts'

/**
 * Refuse what cannot be run honestly, before the first row.
 *
 * @throws RunnerError `dataset.unassigned` where it is not known which token is Up; `dataset.gaps` under the strict policy;
 * `dataset.no_reference` and `dataset.no_depth` where the strategy or the fill model needs more than was recorded
 */
export function prepare(input: RunInput): RunInput {
  const { tape, strategy, config } = input
  for (const { dir, manifest } of tape.datasets) {
    if (manifest.assignment === 'unassigned') {
      throw new RunnerError(
        'dataset.unassigned',
        `${dir}: it is not known which token is Up, so that no strategy can be judged on it`,
        'import it again with a reference series, or use it for books only',
        { file: dir, field: 'assignment' },
      )
    }
    if (config.exchange.gaps === 'strict' && manifest.gaps.count + manifest.gaps.markets.count > 0) {
      throw new RunnerError(
        'dataset.gaps',
        `${dir} has ${manifest.gaps.count} gaps of the feed and ${manifest.gaps.markets.count} of single markets, and gaps are strict`,
        'use --gaps blackout, or cut a range without gaps',
        { file: dir, field: 'gaps' },
      )
    }
    if (config.exchange.fill !== 'bbo' && manifest.carries.book !== 'full') {
      throw new RunnerError(
        'dataset.no_depth',
        `${dir} carries ${manifest.carries.book === 'top' ? 'the touch alone' : 'no book'}, and ${config.exchange.fill} needs whole books`,
        'use --fill bbo, or another dataset',
        { file: dir, field: 'carries.book' },
      )
    }
  }
  if (strategy.needs_model && tape.profile.spot === null && tape.profile.fast.length === 0) {
    throw new RunnerError(
      'dataset.no_reference',
      `${strategy.name} needs the probability model, and the dataset has no reference series`,
      'use a dataset with a reference series, or a strategy without the model',
      { field: 'reference_profile.spot' },
    )
  }
  return input
}
