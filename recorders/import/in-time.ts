import { basename } from 'node:path'
import type { Micros } from '../../core/units/index.ts'
import { type Inference, TapeError } from '../tape/index.ts'

/** Rows of a file in the order of time, however they stand in it. */
export type InTime<T> = {
  readonly rows: number
  /** The earliest time; NaN where no row has one. */
  readonly first_us: Micros
  /** The file lies the other way round: what stands first is the newest. */
  readonly turned: boolean
  /** Rows, some thousand at a time. */
  read(): AsyncGenerator<readonly T[]>
  /** The finding, for the manifest, where the file is not in order. */
  inferred(): Inference[]
}

/** What is known of the rows of a file. */
export type Rows<T> = {
  file: string
  /** What orders them, for the manifest and for whoever must sort a file. */
  by: string
  read(): AsyncGenerator<readonly T[]>
  /** Called once for every row, in the order of the file, before any is used. */
  look?(row: T): void
  /** Time of a row; NaN for one without, which is refused later. */
  timeOf(row: T): Micros
  /** Decides between rows of one time where a file has to be sorted; by default the order of the file. */
  tieOf?(row: T): number
  /** Characters of a row, about. */
  weightOf(row: T): number
  /**
   * `sort`: rows behind later ones are put in their places. `keep`: a few are left there, because their recorder was late
   * with them, and whoever reads the rows refuses them.
   */
  late: 'sort' | 'keep'
}

/** A file that has to be put in order is held: more than this, about, is not. */
const HELD_CHARACTERS_MAX = 192 * 1024 * 1024
/** What may stand behind later rows in a file that as a whole is in order: one in twenty, and one in a short file. */
const LATE_SHARE = 0.05
export const fewOf = (rows: number) => Math.max(rows * LATE_SHARE, rows >= 3 ? 1 : 0)
const BATCH_ROWS = 1_024

/**
 * Look at all rows of a file: if they do not rise in time they are read from the end, or sorted, so that a list with the
 * newest first makes the dataset that the same list the other way round makes.
 *
 * @throws TapeError `import.order` for a file out of order that is too large to be held
 */
export async function arrange<T>(source: Rows<T>): Promise<InTime<T>> {
  const { file, by, read, timeOf } = source
  const seen = { rows: 0, timed: 0, characters: 0, late: 0, up: 0, down: 0 }
  let first_us = Number.NaN
  let greatest = Number.NEGATIVE_INFINITY
  let before = Number.NaN
  for await (const rows of read()) {
    for (const row of rows) {
      seen.rows++
      seen.characters += source.weightOf(row)
      source.look?.(row)
      const us = timeOf(row)
      if (Number.isNaN(us)) continue
      seen.timed++
      if (us < greatest) seen.late++
      else greatest = us
      if (us > before) seen.up++
      else if (us < before) seen.down++
      before = us
      if (!(us >= first_us)) first_us = us
    }
  }
  const few = seen.late <= fewOf(seen.timed)
  const fits = seen.characters <= HELD_CHARACTERS_MAX
  if (seen.late > 0 && !few && !fits) throw disorder(file, by, 'it is too large to be sorted here')
  const asItIs = seen.late === 0 || (few && (source.late === 'keep' || !fits))
  const turned = !asItIs && seen.down > seen.up
  // Reversed, what rose is late: a few such rows are again their reader's.
  const sorted = !asItIs && !(turned && source.late === 'keep' && seen.up <= fewOf(seen.up + seen.down))
  return {
    rows: seen.rows,
    first_us,
    turned,
    read: asItIs ? read : () => held(source, turned, sorted),
    inferred: () => (asItIs ? [] : [told(file, by, turned, sorted, seen)]),
  }
}

/**
 * Events that are read as they come must rise in time, but for a few that their recorder was late with.
 *
 * @param late how many stood behind later ones
 * @throws TapeError `import.order`
 */
export function assertRising(file: string, by: string, late: number, rows: number): void {
  if (late > fewOf(rows)) throw disorder(file, by, `${late} of ${rows} stand behind later ones`)
}

async function* held<T>(source: Rows<T>, turned: boolean, sorted: boolean): AsyncGenerator<readonly T[]> {
  const all: T[] = []
  for await (const rows of source.read()) for (const row of rows) all.push(row)
  if (turned) all.reverse()
  const ordered = sorted ? sort(all, source) : all
  for (let i = 0; i < ordered.length; i += BATCH_ROWS) yield ordered.slice(i, i + BATCH_ROWS)
}

/** Rows by time, then by what decides between equal ones, then in their order; those without a time last. */
function sort<T>(all: readonly T[], { timeOf, tieOf = () => 0 }: Rows<T>): T[] {
  const keyed = all.map((row) => {
    const us = timeOf(row)
    return { row, us: Number.isNaN(us) ? Number.POSITIVE_INFINITY : us, tie: tieOf(row) }
  })
  keyed.sort((a, b) => (a.us === b.us ? a.tie - b.tie || 0 : a.us - b.us))
  return keyed.map(({ row }) => row)
}

function told(
  file: string,
  by: string,
  turned: boolean,
  sorted: boolean,
  { late, timed }: { late: number; timed: number },
): Inference {
  const how = sorted ? `sorted by ${by}, equal times in the order ` : 'read from the end, '
  return {
    what: `rows of ${basename(file)} do not rise in time`,
    how: `${how}${turned ? 'the other way round than the file has them: its newest stand first' : 'of the file'}; rows that stand behind later ones`,
    agreement: `${late} of ${timed}`,
  }
}

function disorder(file: string, by: string, what: string): TapeError {
  return new TapeError(
    'import.order',
    `${file}: its rows do not rise in time: ${what}`,
    { file, field: by },
    `sort it by ${by}, or cut it in pieces`,
  )
}
