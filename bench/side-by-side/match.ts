import { loadavg } from 'node:os'
import { DisagreementError, differences, differencesFromPublished } from './agreement.ts'
import type { Case, Outcome } from './cases.ts'
import { type Player, type Ready, start, type Turn } from './player.ts'
import { LOCKSTEP, type Setup, type Side } from './sides.ts'

/** Seconds of the runs after the warm-up. */
export type Times = { median: number; min: number; max: number; all: readonly number[] }

/** What a side came to in a case. */
export type Score = Pick<Ready, 'runtime' | 'version' | 'load_s' | 'compile_s'> & {
  side: string
  warm_up_s: number
  wall_s: Times
  /** Of the processor: what other programs take away does not count. */
  cpu_s: Times
  peak_rss_kib: number
  outcome: Omit<Outcome, 'book'>
}

/** A case, played: scores in the order of the sides, Lockstep's first. */
export type Match = { case: string; seed: number; events: number; load: readonly number[]; scores: Score[] }

export type MatchInput = {
  readonly game: Case
  readonly seed: number
  /** Events asked for: the stream's name. */
  readonly events: number
  /** Beside Lockstep. */
  readonly others: readonly Side[]
  readonly files: { events_file: string; npz: string }
  readonly runs: number
  /** Words before each command, see pinnedTo. */
  readonly pin: readonly string[]
}

/**
 * Play a case: a process a side; a warm-up each, then the runs, the sides in turn, so that what else the machine does
 * meets them alike. No two work at the same time.
 *
 * @throws DisagreementError when a side does not come to what it must, in any run
 */
export async function play(input: MatchInput): Promise<Match> {
  const { game, seed, events, others, files, runs, pin } = input
  const sides = [LOCKSTEP, ...others]
  const setup: Setup = { ...game.settings, ...files, book: 'vector' }
  const players: Player[] = []
  try {
    // One after the other: each reads its events alone.
    for (const side of sides) players.push(await start([...pin, ...side.command(setup)]))
    const turns: Turn[][] = sides.map(() => [])
    const load = loadavg()
    for (let round = 0; round <= runs; round++) {
      for (const [i, side] of sides.entries()) {
        turns[i]!.push(await players[i]!.play())
        judge(input, side, turns[i]!.at(-1)!, turns[0]![0]!)
      }
    }
    const scores: Score[] = []
    for (const [i, side] of sides.entries()) {
      const player = players[i]!
      scores.push(score(side, player.ready, turns[i]!, (await player.end()).peak_rss_kib))
    }
    return { case: game.name, seed, events, load: load.map((l) => Math.round(l * 100) / 100), scores }
  } finally {
    for (const player of players) player.kill()
  }
}

function judge({ game, seed, events }: MatchInput, side: Side, turn: Turn, ours: Turn): void {
  const lines = [
    ...differences(turn, ours, side.agrees),
    ...(side.agrees.includes('trades') ? differencesFromPublished(seed, events, game.name, turn) : []),
  ]
  if (lines.length > 0) throw new DisagreementError(side.title, game.name, lines)
}

function score(side: Side, ready: Ready, turns: readonly Turn[], peak_rss_kib: number): Score {
  const [warm_up, ...runs] = turns
  const { trades, position, cash, calls } = runs.at(-1)!
  const { runtime, version, load_s, compile_s } = ready
  return {
    side: side.title,
    runtime,
    version,
    load_s,
    compile_s,
    warm_up_s: warm_up!.wall_s,
    wall_s: timesOf(runs.map((turn) => turn.wall_s)),
    cpu_s: timesOf(runs.map((turn) => turn.cpu_s)),
    peak_rss_kib,
    outcome: { trades, position, cash: Math.round(cash * 1e4) / 1e4, calls },
  }
}

/** Median, least and most. */
export function timesOf(all: readonly number[]): Times {
  const sorted = all.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)!, all }
}
