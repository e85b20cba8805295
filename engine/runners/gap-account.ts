import { type Micros, SECOND } from '../../core/units/index.ts'
import type { GapInterval } from './run-folder.ts'
import type { Tape } from './tape.ts'

/** A number of gaps, and how long they are together. */
export type GapSum = { count: number; seconds: number }

/** What the ledger of the data knows of silent markets, and what of it was no gap to the run. */
export type GapAccount = { known: GapSum; hidden: GapSum }

/**
 * Hold the gaps that a run saw against the ledger of its data: silences of single markets while they were open. The run's
 * `exchange.gap_s` may be longer than what the ledger was measured with; what it hides is said, never dropped.
 */
export function accountOf(tape: Tape, seen: readonly GapInterval[]): GapAccount {
  const known: GapSum = { count: 0, seconds: 0 }
  const hidden: GapSum = { count: 0, seconds: 0 }
  const by_market = Map.groupBy(seen, ({ market }) => market)
  for (const { market, from_us, to_us, reason } of tape.gaps) {
    const of = market === null ? undefined : tape.instruments.markets[market]
    if (market === null || of === undefined || reason.startsWith('refused')) continue
    const [start, end] = [Math.max(from_us, of.start_us), Math.min(to_us, of.end_us)]
    if (end <= start) continue
    add(known, end - start)
    const met = by_market.get(market)?.some((one) => one.start_us < end && one.end_us > start) ?? false
    if (!met) add(hidden, end - start)
  }
  return { known, hidden }
}

function add(sum: GapSum, us: Micros): void {
  sum.count++
  sum.seconds += us / SECOND
}
