import type { Match, Score } from './match.ts'
import type { Measured } from './measured.ts'

/** Head and rows of a table whose cells are text. */
export type Text = { head: string[]; rows: string[][] }

/**
 * Below this share of the time on the clock a run had its processor to itself too little: the comparison then goes by
 * the processor's time.
 */
export const UNDISTURBED = 0.97

/** Matches over the same events, as they were played: what stands in one table. */
export function byEvents(matches: readonly Match[]): Match[][] {
  return [...new Set(matches.map(({ events }) => events))].map((events) =>
    matches.filter((match) => match.events === events),
  )
}

/** Speeds and ratios: a row a case and side. */
export function speeds(matches: readonly Match[]): Text {
  return {
    head: ['case', 'side', 'events/s', 'seconds', 'least – most', 'of the processor', 'times ours', 'memory'],
    rows: matches.flatMap((match) =>
      match.scores.map((score, i) => [
        i === 0 ? match.case : '',
        score.side,
        millions(match.events / score.wall_s.median),
        score.wall_s.median.toFixed(3),
        `${score.wall_s.min.toFixed(3)} – ${score.wall_s.max.toFixed(3)}`,
        score.cpu_s.median.toFixed(3),
        i === 0 ? '' : `${ratio(score, match.scores[0]!).toFixed(2)} ×`,
        `${Math.round(score.peak_rss_kib / 1024)} MiB`,
      ]),
    ),
  }
}

/** What each side came to: trades, position, cash and calls of the strategy. */
export function outcomes(matches: readonly Match[]): Text {
  return {
    head: ['case', 'side', 'trades', 'position', 'cash', 'calls of the strategy'],
    rows: matches.flatMap((match) =>
      match.scores.map(({ side, outcome }, i) => [
        i === 0 ? match.case : '',
        side,
        String(outcome.trades),
        String(outcome.position),
        outcome.cash.toFixed(2),
        String(outcome.calls),
      ]),
    ),
  }
}

/** What is not in the times of the first table. */
export function preparations(measured: Measured): Text {
  const sides = new Map<string, { match: Match; score: Score }>()
  for (const match of measured.matches) {
    for (const score of match.scores) {
      const key = `${score.side} ${match.events}`
      const known = sides.get(key)
      if (known === undefined || known.score.load_s > score.load_s) sides.set(key, { match, score })
    }
  }
  return {
    head: ['side', 'events', 'version', 'into memory', 'compiling'],
    rows: [...sides.values()].map(({ match, score }) => [
      score.side,
      millions(match.events),
      `${score.version}, ${score.runtime}`,
      `${score.load_s.toFixed(2)} s`,
      score.compile_s === 0 ? '' : `${score.compile_s.toFixed(2)} s`,
    ]),
  }
}

/** A sentence a fact about the circumstances. */
export function circumstances(measured: Measured): string[] {
  const { machine, at, load_before, conversion, absent, runs, matches } = measured
  const pinned = machine.pinned_to === null ? 'not pinned' : `pinned to processor ${machine.pinned_to}`
  const scores = matches.flatMap((match) => match.scores)
  const disturbed = scores.filter((score) => share(score) < UNDISTURBED).length
  return [
    `${at}, ${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB; ${pinned}; ${runs} runs after a warm-up.`,
    `Load before the start, over 1, 5 and 15 minutes: ${load_before.join(', ')}.`,
    disturbed > 0
      ? `Other programs had a share of the processor in ${disturbed} of ${scores.length} rows: times on the clock say little there, and ratios with them are of processor time.`
      : 'The processor was free: ratios are of times on the clock.',
    ...(conversion === null
      ? []
      : [
          `The event file of ${millions(conversion.events)} rows became hftbacktest’s npz in ${conversion.convert_s.toFixed(2)} s.`,
        ]),
    ...absent.map(({ side, why }) => `${side} did not play: ${why}.`),
  ]
}

/** Every other side in a line: the least and the most that it takes of Lockstep's time, over all its cases. */
export function summary(matches: readonly Match[]): string[] {
  const ratios = new Map<string, number[]>()
  for (const { scores } of matches) {
    for (const score of scores.slice(1)) {
      ratios.set(score.side, [...(ratios.get(score.side) ?? []), ratio(score, scores[0]!)])
    }
  }
  return [...ratios].map(([side, all]) => {
    const least = Math.min(...all).toFixed(2)
    const most = Math.max(...all).toFixed(2)
    return `${side}: ${least} to ${most} times as long as Lockstep, over ${all.length} cases.`
  })
}

/** How many times as long as Lockstep; by the clock, or by the processor where one of the two was disturbed. */
export function ratio(score: Score, ours: Score): number {
  const free = share(score) >= UNDISTURBED && share(ours) >= UNDISTURBED
  return free ? score.wall_s.median / ours.wall_s.median : score.cpu_s.median / ours.cpu_s.median
}

/** Processor time as a share of time on the clock. */
export function share({ cpu_s, wall_s }: Score): number {
  return cpu_s.median / wall_s.median
}

function millions(n: number): string {
  return `${(n / 1e6).toFixed(n < 1e6 ? 2 : 1)} M`
}
