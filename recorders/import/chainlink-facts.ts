import { Feed, Flag, type Instrument, Kind } from '../../core/events/index.ts'
import { MINUTE, type Micros } from '../../core/units/index.ts'
import type { Inference } from '../tape/index.ts'
import type { ListedMarket } from './chainlink-markets.ts'
import type { RowSink } from './row-sink.ts'

/** What metadata says, as rows of the tape at the times it became known. */
export type Facts = {
  /** Instruments of the markets, Up then Down, to stand behind the series. */
  instruments: Instrument[]
  /** Rows of all facts known at or before a time: a fact goes before a value received when it is known. */
  until(local_us: Micros, sink: RowSink): void
}

type Fact = {
  known_us: Micros
  exch_us: Micros
  kind: number
  instrument: number
  price: number
  size: number
  flags: number
}

/** `priceToBeat` is in the metadata about a minute after the start of its window (protocol.md §8.3). */
const STRIKE_AFTER_US: Micros = MINUTE

/**
 * Facts of the markets of a recording. What was known before the recording begins stands at its beginning, marked as a
 * snapshot.
 *
 * @param begin_us first row of the tape
 * @param first_instrument index of the first of {@link Facts.instruments}
 */
export function createFacts(
  listed: readonly ListedMarket[],
  begin_us: Micros,
  first_instrument: number,
): Facts {
  const facts: Fact[] = []
  const instruments: Instrument[] = []
  listed.forEach(({ market, token_ids, strike, outcome }, index) => {
    const instrument = first_instrument + instruments.length
    for (const side of ['up', 'down'] as const)
      instruments.push({ kind: 'token', market: index, outcome: side, token_id: token_ids[side] })
    const add = (
      known_us: Micros,
      exch_us: Micros,
      kind: number,
      price: number,
      size: number,
      flags: number,
    ) =>
      facts.push(
        known_us < begin_us
          ? { known_us: begin_us, exch_us, kind, instrument, price, size, flags: flags | Flag.SNAPSHOT }
          : { known_us, exch_us, kind, instrument, price, size, flags },
      )
    const { created_us } = market
    if (created_us !== null) add(created_us, created_us, Kind.MARKET, 0, 0, 0)
    if (strike !== null)
      add(strikeKnown(listed, index), 0, Kind.STRIKE, strike.price, strike.rest, Flag.INFERRED)
    if (outcome !== null) add(outcome.known_us, outcome.known_us, Kind.RESOLVED, outcome.up_payout, 0, 0)
  })
  facts.sort((a, b) => a.known_us - b.known_us || a.instrument - b.instrument || a.kind - b.kind)
  let next = 0
  return {
    instruments,
    until(local_us, sink) {
      for (; next < facts.length && facts[next]!.known_us <= local_us; next++) {
        const { known_us, exch_us, kind, instrument, price, size, flags } = facts[next]!
        sink.push(known_us, exch_us, kind, Feed.GAMMA, instrument, 0, price, size, flags | Flag.LAST)
      }
    },
  }
}

/** A strike is the final value of the window before: not known before that one is closed, where it is in the file. */
function strikeKnown(listed: readonly ListedMarket[], index: number): Micros {
  const { start_us, series } = listed[index]!.market
  const usual = start_us + STRIKE_AFTER_US
  for (let i = index - 1; i >= 0 && listed[i]!.market.end_us >= start_us; i--) {
    const { market, outcome } = listed[i]!
    if (market.series === series && market.end_us === start_us && outcome !== null)
      return Math.max(usual, outcome.known_us)
  }
  return usual
}

/** When the facts are taken to be known, and how far the series confirms them. */
export function factInferences(
  listed: readonly ListedMarket[],
  strikes: { equal: number; compared: number },
  outcomes: { agree: number; computable: number; disagree: string[] },
): Inference[] {
  const stated = listed.filter(({ strike }) => strike !== null).length
  return [
    {
      what: 'when a strike was known',
      how: 'the metadata carries no time for it: one minute after the start of its window, as the venue shows it, or when the window before was closed if that is later; of the strikes stated, those that are the value stamped at the start to the last digit',
      agreement: `${strikes.equal} of ${strikes.compared} equal; ${stated} of ${listed.length} stated`,
    },
    {
      what: 'when an outcome was known',
      how: 'closedTime of its market; of the outcomes, those that follow from the strike and the value stamped at the end',
      agreement: `${outcomes.agree} of ${outcomes.computable}`,
      ...(outcomes.disagree.length > 0 && { exceptions: outcomes.disagree }),
    },
    {
      what: 'how the windows settle',
      how: 'as the market object says, else by date (rules.json)',
      agreement: `${listed.filter(({ market }) => market.settlement !== null).length} of ${listed.length} say`,
    },
  ]
}
