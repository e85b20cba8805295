import { Rng } from '../../../core/random/index.ts'
import type { Micros } from '../../../core/units/index.ts'
import { rowsOf, type Trace } from './trace.ts'

/** A decision after which the future is taken away: its number, when, and how many rows of the tape it had seen. */
export type Sampled = { decision: number; time_us: Micros; event: number }

/** Decisions of one kind that are kept to choose from. */
const KEPT_MAX = 64
const STREAM = 23

/** Decisions of one window, for one reason, that acted or did not. */
type Stratum = { market: number; seen: number; kept: Sampled[] }

/**
 * Choose decisions by chance, spread over windows, over what made the machine decide, and over those that acted and those
 * that did not: a strategy that peeks does so where it acts. The last decision of the run is always among them.
 *
 * @param count how many, at least 1; fewer where the run has fewer
 * @returns in order of time
 */
export function sampleDecisions(trace: Trace, count: number, seed: number): Sampled[] {
  const rng = Rng.create(seed, STREAM)
  const strata = new Map<number, Stratum>()
  let last: Sampled | null = null
  for (const row of rowsOf(trace, 'decisions')) {
    const one = { decision: row.decision!, time_us: row.time_us!, event: row.event! }
    // Nothing was seen yet: there is no tape before it.
    if (one.event === 0) continue
    last = one
    const acted = row.creates! + row.cancels! > 0 ? 1 : 0
    const key = row.market! * 64 + row.trigger! * 2 + acted
    let stratum = strata.get(key)
    if (stratum === undefined) {
      stratum = { market: row.market!, seen: 0, kept: [] }
      strata.set(key, stratum)
    }
    keep(stratum, one, Math.min(count, KEPT_MAX), rng)
  }
  if (last === null) return []
  const chosen = new Map([[last.decision, last]])
  for (const one of inTurn([...strata.values()], rng)) {
    if (chosen.size >= count) break
    chosen.set(one.decision, one)
  }
  return [...chosen.values()].sort((a, b) => a.decision - b.decision)
}

/** A fair share of all that were seen (Vitter's algorithm R). */
function keep(stratum: Stratum, one: Sampled, most: number, rng: Rng.Rng): void {
  stratum.seen++
  if (stratum.kept.length < most) {
    stratum.kept.push(one)
    return
  }
  const at = Rng.below(rng, stratum.seen)
  if (at < most) stratum.kept[at] = one
}

/** One of each window in turn, and in each window one of each kind. */
function* inTurn(strata: readonly Stratum[], rng: Rng.Rng): Generator<Sampled> {
  const windows = new Map<number, Sampled[][]>()
  for (const { market, kept } of shuffled(strata, rng)) {
    windows.set(market, [...(windows.get(market) ?? []), shuffled(kept, rng)])
  }
  const lists = shuffled([...windows.values()].map(interleaved), rng)
  for (let turn = 0; lists.some((list) => list.length > turn); turn++) {
    for (const list of lists) yield* list.slice(turn, turn + 1)
  }
}

function interleaved(lists: readonly Sampled[][]): Sampled[] {
  const longest = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat()
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], rng: Rng.Rng): T[] {
  const list = [...items]
  for (let i = list.length - 1; i > 0; i--) {
    const j = Rng.below(rng, i + 1)
    const swapped = list[i]!
    list[i] = list[j]!
    list[j] = swapped
  }
  return list
}
