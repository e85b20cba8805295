import type { Instrument, Outcome } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import type { Inference, Manifest } from '../tape/index.ts'
import { type Assignment, assignSession } from './assignment.ts'
import type { PolledToken } from './polled-touch.ts'
import { classifyWindow, countWindows, type SettlementSeries, settle } from './windows.ts'

/** A window of hourly polls while it is read. */
export type HourlyWindow = PolledToken & {
  token_id: string
  /** What the recorder wrote of the end, as the last row says it. */
  outcome: Outcome | null
  /** What the last poll said of the recorded token in 1e-4, a decided book too; NaN before the first. */
  end_mid: number
}

/** What is concluded when every row was read. */
export type HourlyConclusions = {
  assignment: Manifest['assignment']
  instruments: Instrument[]
  windows: Manifest['windows']
  inferred: Inference[]
}

/** Decide which token was recorded, one answer for the whole file, and put each window in its class. */
export function concludeHourly(
  windows: readonly HourlyWindow[],
  series: SettlementSeries,
): HourlyConclusions {
  const found = assignSession(
    windows.map(({ market, end_mid }) => ({
      market,
      last_mid: Number.isNaN(end_mid) ? undefined : end_mid,
    })),
    () => series,
  )
  const outcome = found.recorded ?? 'up'
  const classes = windows.map(({ market, last_mid }) => {
    const mid = outcome === 'up' ? last_mid : ONE - last_mid
    const last_up_mid = Number.isNaN(mid) ? undefined : mid
    return classifyWindow(market, { settlement: series, last_up_mid }).class
  })
  return {
    assignment: found.recorded === null ? 'unassigned' : 'assigned',
    instruments: windows.map(({ index, token_id }) => ({ kind: 'token', market: index, outcome, token_id })),
    windows: countWindows(classes),
    inferred: [assignmentTold(found), outcomesTold(windows, series)],
  }
}

/** What polls say of the touch, and what they do not. */
export function touchTold(decided: number, polls: number): Inference[] {
  return [
    {
      what: 'the size of the touch',
      how: 'the smallest order that may rest, a lower bound; all level rows are marked inferred',
      agreement: 'not checkable: no size is recorded',
    },
    {
      what: 'a decided book has no touch',
      how: 'polls with bid and ask both 0 or both 1 empty the book',
      agreement: `${decided} of ${polls} polls`,
    },
  ]
}

function assignmentTold({ recorded, agree, total, exceptions }: Assignment): Inference {
  return {
    what:
      recorded === null
        ? 'the recorded token is unassigned, written as up'
        : `the recorded token is ${recorded}`,
    how:
      recorded === null
        ? 'too few windows with an end and a price, or too few that agree: use the books only'
        : 'one answer for the whole file: the last poll of each window, up to a minute before its end, against the move of Binance from hour to hour; windows that disagree keep the answer',
    agreement: `${agree} of ${total}`,
    ...(exceptions.length > 0 && { exceptions }),
  }
}

function outcomesTold(windows: readonly HourlyWindow[], series: SettlementSeries): Inference {
  const judged = windows.flatMap(({ market, outcome }) => {
    const payout = settle(market, series)
    return outcome === null || payout === null
      ? []
      : [{ slug: market.slug, agrees: (payout === ONE) === (outcome === 'up') }]
  })
  const exceptions = judged.filter(({ agrees }) => !agrees).map(({ slug }) => slug)
  return {
    what: 'outcomes',
    how: "the price at the end of the hour, which is that at which the next one begins, at or above that at its start is Up, as Binance's hourly candle settles these windows (class settlement). The recorder's own column of outcomes is no official one and stands on every row of a window from its first minute: it is compared here and used nowhere",
    agreement: `${judged.length - exceptions.length} of ${judged.length} as that column says`,
    ...(exceptions.length > 0 && { exceptions }),
  }
}
