import type { Market, Outcome } from '../../core/events/index.ts'
import { type Micros, ONE, SECOND } from '../../core/units/index.ts'
import type { Inference } from '../tape/manifest.ts'
import { type SettlementSeries, settle } from './windows.ts'

/**
 * Which outcome the recorded token is. A recorder that subscribes to one token of each market takes the same one
 * always, so the answer belongs to the capture session, never to a window: deciding it window by window from the final
 * move would be look-ahead and would make the reference right in every near-tie.
 */

/** One window of a session as the recording shows its end. */
export type WindowEnd = {
  market: Market
  /** Last mid of the recorded token in 1e-4, of a message from {@link END_COVERED_US} before the end on; undefined: none. */
  last_mid: number | undefined
}

/** A message from this long before the end of a window on covers its end. */
export const END_COVERED_US: Micros = 5 * SECOND
/** Receive times further apart belong to different capture sessions. */
export const SESSION_US: Micros = 6 * 3_600 * SECOND

const MIN_WINDOWS = 10
const MIN_AGREEMENT = 0.9

/** The decision on one session. */
export type Assignment = { recorded: Outcome | null; agree: number; total: number; exceptions: string[] }

/**
 * Decide from agreement with a reference: in windows whose end is covered, does the recorded token go up when the
 * reference rises (Up) or when it falls (Down)? At least ten windows, nine in ten of them agreeing; else null.
 */
export function assignSession(
  ends: readonly WindowEnd[],
  seriesOf: (market: Market) => SettlementSeries | undefined,
): Assignment {
  const votes: { slug: string; outcome: Outcome }[] = []
  for (const { market, last_mid } of ends) {
    const series = seriesOf(market)
    const payout = series === undefined ? null : settle(market, series)
    if (payout === null || payout === ONE / 2 || last_mid === undefined || last_mid === ONE / 2) continue
    votes.push({ slug: market.slug, outcome: last_mid > ONE / 2 === (payout === ONE) ? 'up' : 'down' })
  }
  const ups = votes.filter(({ outcome }) => outcome === 'up').length
  const leading: Outcome = ups * 2 > votes.length ? 'up' : 'down'
  const agree = leading === 'up' ? ups : votes.length - ups
  const decided = votes.length >= MIN_WINDOWS && agree >= MIN_AGREEMENT * votes.length
  return {
    recorded: decided ? leading : null,
    agree,
    total: votes.length,
    exceptions: votes.filter(({ outcome }) => outcome !== leading).map(({ slug }) => slug),
  }
}

/** The decision as the manifest tells it. */
export function assignmentInference(session: number, sessions: number, found: Assignment): Inference {
  const which = sessions > 1 ? ` in capture session ${session + 1} of ${sessions}` : ''
  if (found.recorded === null) {
    return {
      what: `the recorded token${which} is unassigned, written as up`,
      how: `fewer than ${MIN_WINDOWS} windows with a covered end and a reference, or less than ${MIN_AGREEMENT * 100} % of them agree: use the books only`,
      agreement: `${found.agree} of ${found.total}`,
    }
  }
  const exceptions = found.exceptions.length > 0 ? { exceptions: found.exceptions } : {}
  return {
    what: `the recorded token${which} is ${found.recorded}`,
    how: 'one answer for the whole session: last mid of the recorded token from 5 s before the end of its window on, against the move of the reference from start to end; windows that disagree keep the answer',
    agreement: `${found.agree} of ${found.total}`,
    ...exceptions,
  }
}
