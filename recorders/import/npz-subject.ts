import type { Market, Outcome } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { TapeError } from '../tape/index.ts'
import type { NpzFiles } from './npz-files.ts'
import { marketOfSlug } from './slug.ts'

/** What the events are of. */
export type NpzSubject = {
  market: Market
  outcome: Outcome
  token_ids: Record<Outcome, string>
  /** Our own file: its times are shifted, and `ival` has the flags of rows. */
  ours: boolean
  shift_us: Micros
}

/**
 * What event files are of: as they say themselves, or as the options do.
 *
 * @throws TapeError `import.market`, `import.outcome`
 */
export function subjectOf(
  { about }: NpzFiles,
  options: Readonly<Record<string, string | undefined>>,
  file: string,
): NpzSubject {
  const { outcome = 'up' } = options
  if (about !== undefined) {
    if (options.market !== undefined && options.market !== about.market.slug)
      throw new TapeError(
        'import.market',
        `${file}: is of ${about.market.slug}, not of ${options.market}`,
        { file, field: 'market' },
        'leave out --market',
      )
    const { market, token_ids, local_shift_us } = about
    return { market, outcome: about.outcome, token_ids, ours: true, shift_us: local_shift_us }
  }
  if (outcome !== 'up' && outcome !== 'down')
    throw new TapeError(
      'import.outcome',
      `"${outcome}" is no outcome`,
      { field: 'outcome' },
      'give up or down',
    )
  const market = marketOfSlug(options.market ?? '')
  if (market === undefined)
    throw new TapeError(
      'import.market',
      options.market === undefined
        ? `${file}: does not say which market it is of`
        : `"${options.market}" names no up/down window`,
      { file, field: 'market' },
      'give its slug, such as --market btc-updown-5m-1776254400; or --series btc for the data of an exchange',
    )
  return { market, outcome, token_ids: { up: '', down: '' }, ours: false, shift_us: 0 }
}
