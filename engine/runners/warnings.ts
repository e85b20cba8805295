import { Rules } from '../../core/rules/index.ts'
import { formatIso, parseIso } from '../../core/units/index.ts'
import { accountRows } from './account-rows.ts'
import type { Tape } from './tape.ts'

/** Markets that a warning names; `markets` of the dataset has all. */
const NAMED = 10

/** What makes a result mean less than it seems to, known before the run: a sentence each. */
export function warningsOf({ instruments, datasets }: Pick<Tape, 'instruments' | 'datasets'>): string[] {
  const { markets } = instruments
  return [...outside(markets, datasets), ...untraded(markets), ...account(datasets)]
}

/** Markets with a fee that cannot be computed are not decided on; the run goes on over the others. */
function untraded(markets: Tape['instruments']['markets']): string[] {
  const slugs = Rules.withoutFees(markets)
  if (slugs.length === 0) return []
  const named = slugs.slice(0, NAMED).join(', ')
  const more = slugs.length - NAMED
  return [
    `not traded, because their fee schedules cannot be computed: ${named}${more > 0 ? ` and ${more} more` : ''}`,
  ]
}

function account(datasets: Tape['datasets']): string[] {
  const rows = accountRows(datasets)
  return Object.keys(rows).map(
    (name) =>
      `${rows[name]} rows ${name} of the recorder’s own account are passed over: the run has an account of its own`,
  )
}

function outside(markets: Tape['instruments']['markets'], datasets: Tape['datasets']): string[] {
  if (markets.length === 0) return []
  const from_us = Math.min(...datasets.map(({ manifest }) => parseIso(manifest.time_range.from)))
  const to_us = Math.max(...datasets.map(({ manifest }) => parseIso(manifest.time_range.to)))
  if (markets.some(({ start_us, end_us }) => start_us <= to_us && end_us > from_us)) return []
  const named = markets.length === 1 ? 'the one window lies' : `all ${markets.length} windows lie`
  return [
    `${named} outside of the tape, which is of ${formatIso(from_us)} to ${formatIso(to_us)} (the first begins at ${formatIso(markets[0]!.start_us)}): nothing can be traded. A sandbox of another date or speed than the wall's makes such recordings; start it with --start now`,
  ]
}
