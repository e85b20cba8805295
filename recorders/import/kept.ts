import { shortened } from '../printable.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import type { Refusals } from './refusals.ts'

/** One part of a recording: its own rows, or a file that was given beside them. */
export type Part = {
  /** What it is, in words: `the recording`, `the bars of --klines`. */
  what: string
  /** Rows of it, and how many of them made anything: a row of the tape, a bar that a window needs. */
  rows: number
  taken: number
  refusals: Refusals
}

/** Reasons that a message lists. */
const REASONS_MAX = 8

/**
 * An import that keeps next to nothing, or a file that was asked for and is of no use, is no success: less than half of
 * the rows are good, or nothing at all came of them.
 *
 * @param accept whoever imports knows, and wants what there is (`--accept-refused`)
 * @returns the same facts for the manifest, where they are accepted
 * @throws TapeError `import.kept`, with counts and the first places of each reason
 */
export function assertKept(parts: readonly Part[], accept: boolean): Inference[] {
  const [recording] = parts
  return parts.flatMap((part) => {
    const { rows, taken, refusals } = part
    const nothing = taken === 0
    if (!nothing && refusals.faults * 2 <= rows) return []
    // Of nothing no dataset can be made.
    if (!accept || (nothing && part === recording)) throw notKept(part, part === recording)
    return [
      {
        what: `${part.what}: most of it is refused, and that was accepted`,
        how: `--accept-refused; refused: ${reasonsOf(part)}`,
        agreement: `${taken} of ${rows} rows taken`,
      },
    ]
  })
}

function notKept(part: Part, recording: boolean): TapeError {
  const { what, rows, taken } = part
  const reasons = reasonsOf(part)
  return new TapeError(
    'import.kept',
    `${what}: ${taken} of ${rows} rows taken${reasons === '' ? '' : `; refused: ${reasons}`}`,
    {},
    taken === 0 && recording
      ? 'give files of this kind, as they were made'
      : 'give files of this kind, as they were made; or add --accept-refused if this little is what you want',
  )
}

function reasonsOf({ refusals }: Part): string {
  const all = refusals.list()
  const some = all
    .slice(0, REASONS_MAX)
    .map(({ reason, count, first }) => `${count} ${reason} (first ${shortened(first, 120)})`)
  return [
    ...some,
    ...(all.length > REASONS_MAX ? [`and ${all.length - REASONS_MAX} more reasons`] : []),
  ].join('; ')
}
