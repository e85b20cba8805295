import type { Micros } from '../../core/units/index.ts'
import type { Gap } from '../tape/index.ts'
import type { Line } from './lines.ts'

/** Intervals that the rows do not cover: those that are over, and runs of refused frames that may go on. */
export type Ledger = {
  /** Finished since the last drain. */
  finished: Gap[]
  /** By feed: refused frames that follow one another closely. */
  readonly refused: Map<string, Refusal>
  /** Feeds that the recorder was not there for and has not heard of since, and when it was there again. */
  readonly starting: Map<string, Micros>
}
type Refusal = { from_us: Micros; to_us: Micros; reason: string }

/** As plain data. */
export type LedgerState = {
  finished: Gap[]
  refused: [feed: string, run: Refusal][]
  starting: [feed: string, since_us: Micros][]
}

/** An empty ledger, or as a state says. */
export function createLedger(state?: LedgerState): Ledger {
  const from = structuredClone(state)
  return {
    finished: from?.finished ?? [],
    refused: new Map(from?.refused),
    starting: new Map(from?.starting),
  }
}

/** As plain data. */
export function ledgerState({ finished, refused, starting }: Ledger): LedgerState {
  return { finished, refused: [...refused], starting: [...starting] }
}

/** Add a gap that is over. */
export function addGap(
  ledger: Ledger,
  feed: string,
  market: number | null,
  from_us: Micros,
  to_us: Micros,
  reason: string,
): void {
  ledger.finished.push({ market, feed, from_us, to_us: Math.max(from_us, to_us), reason })
}

/** A frame of a feed was refused: what it would have said is missing from the tape until … nobody knows; the moment is noted. */
export function refuseAt(ledger: Ledger, feed: string, at_us: Micros, reason: string, run_us: Micros): void {
  const run = ledger.refused.get(feed)
  if (run !== undefined && at_us - run.to_us <= run_us) run.to_us = at_us
  else {
    if (run !== undefined) endRun(ledger, feed, run)
    ledger.refused.set(feed, { from_us: at_us, to_us: at_us, reason })
  }
}

/** Runs whose last frame is older than `run_us` are over. */
export function endRuns(ledger: Ledger, now_us: Micros, run_us: Micros): void {
  for (const [feed, run] of ledger.refused) {
    if (now_us - run.to_us <= run_us) continue
    endRun(ledger, feed, run)
    ledger.refused.delete(feed)
  }
}

/** Gaps that are still open, as if they ended now. */
export function openGaps(ledger: Ledger, lines: readonly Line[], now_us: Micros): Gap[] {
  const gaps = [...ledger.refused].map(([feed, run]) => refusalGap(feed, run))
  for (const { feed, down } of lines) {
    if (down === null) continue
    for (const market of gapMarkets(down.markets)) {
      const to_us = Math.max(down.since_us, now_us)
      gaps.push({ market, feed, from_us: down.since_us, to_us, reason: down.reason })
    }
  }
  return gaps
}

/** The markets of a gap in what a line carries; null for the feed, also where it carries no markets. */
export function gapMarkets(markets: readonly number[] | null): readonly (number | null)[] {
  return markets === null || markets.length === 0 ? [null] : markets
}

function endRun(ledger: Ledger, feed: string, run: Refusal): void {
  ledger.finished.push(refusalGap(feed, run))
}

function refusalGap(feed: string, { from_us, to_us, reason }: Refusal): Gap {
  return { market: null, feed, from_us, to_us, reason: `refused: ${reason}` }
}
