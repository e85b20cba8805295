import type { RunFile } from './run-file.ts'

/** What a run took of displayed depth and printed volume, in words: for the summary of a run and its report alike. */

/** More than this is a known lie: so much cannot be taken from a market that does not notice. */
export const TAKEN_LIE = 0.2

/** One share of {@link takenWords}. */
export type TakenWord = {
  /** The share in percent. */
  value: string
  /** What it is a share of, and the window with the most of it. */
  of: string
  lie: boolean
}

/** The shares of a run, displayed depth first; none where there was nothing to take. */
export function takenWords({ taken }: Pick<RunFile, 'taken'>): TakenWord[] {
  const displayed = word(taken.share, 'the depth displayed at the levels it took from', {
    share: taken.worst_share,
    slug: taken.worst_window,
  })
  const printed = word(taken.printed_share, 'the volume printed in the windows it traded', {
    share: taken.worst_printed_share,
    slug: taken.worst_printed_window,
  })
  return [displayed, printed].filter((one) => one !== null)
}

function word(
  share: number | null,
  of: string,
  worst: { share: number | null; slug: string | null },
): TakenWord | null {
  if (share === null || share === 0) return null
  const most = worst.share === null ? '' : `, ${percentOf(worst.share)} in ${worst.slug}`
  return { value: percentOf(share), of: `of ${of}${most}`, lie: share > TAKEN_LIE }
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
