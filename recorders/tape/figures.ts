import type { Instruments, Resolution } from '../../core/events/index.ts'
import { canonicalJson } from './content-hash.ts'
import { TapeError } from './errors.ts'
import { summariseGaps } from './gaps.ts'
import type { Gap, Manifest } from './manifest.ts'
import { countWindows, subjects, type Tally } from './tally.ts'

/** The figures of a manifest, made again from what they count. A figure that nobody checks is a figure that lies one day. */

/** What the side tables give. */
export type SideFigures = {
  instruments: Instruments
  resolutions: readonly Resolution[]
  gaps: readonly Gap[]
}

/**
 * Figures that the side tables give: of markets, windows and gaps, series and assets.
 *
 * @throws TapeError `tape.counts`, naming the figure
 */
export function checkSideFigures(manifest: Manifest, side: SideFigures, file: string): void {
  const { instruments, resolutions, gaps } = side
  const { counts, windows } = manifest
  const rows = Object.values(counts.kinds).reduce((sum, n) => sum + n, 0)
  same(file, 'counts.markets', counts.markets, instruments.markets.length)
  same(file, 'counts.instruments', counts.instruments, instruments.instruments.length)
  same(file, 'counts.kinds', rows, counts.rows)
  const found = subjects(instruments)
  same(file, 'series', manifest.series, found.series)
  same(file, 'assets', manifest.assets, found.assets)
  same(file, 'gaps', manifest.gaps, summariseGaps(gaps))
  same(file, 'windows.total', windows.total, instruments.markets.length)
  const { total, ...classes } = windows
  same(
    file,
    'windows',
    Object.values(classes).reduce((sum, n) => sum + n, 0),
    total,
  )
  // An importer may know the class of a window that the table of outcomes does not have; none that it has may be missing.
  const told = countWindows(total, resolutions)
  for (const name of ['recorded', 'settlement', 'inferred_from_book'] as const)
    if (windows[name] < told[name]) same(file, `windows.${name}`, windows[name], told[name])
}

/** Figures that the rows give. */
export type RowFigures = Pick<Manifest, 'time_range'> & {
  counts: Pick<Manifest['counts'], 'rows' | 'messages' | 'kinds'>
}

/** Figures of all rows that a tally took. */
export function rowFigures(tally: Tally, instruments: Instruments): RowFigures {
  const { counts, time_range } = tally.figures(instruments)
  return { time_range, counts: { rows: counts.rows, messages: counts.messages, kinds: counts.kinds } }
}

/**
 * Figures that the rows give, against a manifest's.
 *
 * @throws TapeError `tape.counts`, naming the figure
 */
export function checkRowFigures(manifest: Manifest, found: RowFigures, file: string): void {
  const { counts, time_range } = manifest
  same(file, 'counts.rows', counts.rows, found.counts.rows)
  same(file, 'counts.messages', counts.messages, found.counts.messages)
  same(file, 'counts.kinds', counts.kinds, found.counts.kinds)
  same(file, 'time_range', time_range, found.time_range)
}

function same(file: string, field: string, recorded: unknown, found: unknown): void {
  const [a, b] = [canonicalJson(recorded), canonicalJson(found)]
  if (a === b) return
  throw new TapeError(
    'tape.counts',
    `${file}: ${field} says ${a}, found ${b}`,
    { file, field },
    'restore the manifest from its source, or import the dataset again',
  )
}
