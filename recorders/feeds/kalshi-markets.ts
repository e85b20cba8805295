import type { Market } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { kalshiMarket, kalshiTokens } from '../kalshi/index.ts'
import type { Out } from './feed.ts'
import { createShown, type Shown } from './kalshi-book.ts'

/** What is known of a market beside its book. */
export type Known = {
  ticker: string
  end_us: Micros
  /** Trades told, by their ids, the newest last. */
  trades: string[]
  /** The strike as last told. */
  strike: string
  /** The row of `user_positions` as last told. */
  position: string
}

/** The markets as plain data. */
export type MarketsState = { shown: Shown[]; known: Known[] }

/** The markets that a reader has met, by ticker. */
export type Markets = {
  /** Instrument of a market’s Up, which its ticker is enough to list; −1 for a ticker that names none. */
  up(ticker: string, now_us: Micros): number
  /** List a market, or what is new of it; returns the instrument of Up. */
  list(market: Market, metadata: Readonly<Record<string, unknown>>, now_us: Micros): number
  known(ticker: string, now_us: Micros): Known
  shown(ticker: string, now_us: Micros): Shown
  /** Every book that the tape shows, with the instrument of its Up. */
  eachShown(take: (shown: Shown, token: number) => void): void
  state(): MarketsState
}

/** What is known of a market is forgotten so long after its end. */
const FORGET_US: Micros = 2 * 3_600 * 1_000_000

/**
 * Markets of a reader.
 *
 * @param forgotten takes the ticker of a market that ended long ago
 */
export function createMarkets(
  out: Out,
  { shown: shown_list, known: known_list }: MarketsState,
  forgotten: (ticker: string) => void,
): Markets {
  const shown = new Map(shown_list.map((one) => [one.ticker, one]))
  const known = new Map(known_list.map((one) => [one.ticker, one]))
  const tokenOf = (ticker: string) => out.token(kalshiTokens(ticker).up)

  function list(market: Market, metadata: Readonly<Record<string, unknown>>, now_us: Micros): number {
    const tokens = kalshiTokens(market.slug)
    out.list({ market, tokens, version: 'v1' }, 0, metadata)
    out.end()
    for (const { ticker, end_us } of [...known.values()]) {
      if (end_us >= now_us - FORGET_US) continue
      known.delete(ticker)
      shown.delete(ticker)
      forgotten(ticker)
    }
    return out.token(tokens.up)
  }

  function knownOf(ticker: string, now_us: Micros): Known {
    const found = known.get(ticker)
    if (found !== undefined) return found
    const end_us = kalshiMarket(ticker, now_us)?.end_us ?? now_us
    const one = { ticker, end_us, trades: [], strike: '', position: '' }
    known.set(ticker, one)
    return one
  }

  return {
    up(ticker, now_us) {
      const token = tokenOf(ticker)
      if (token >= 0) return token
      const market = kalshiMarket(ticker, now_us)
      return market === undefined ? -1 : list(market, { ticker }, now_us)
    },
    list,
    known: knownOf,
    shown(ticker, now_us) {
      const found = shown.get(ticker)
      if (found !== undefined) return found
      knownOf(ticker, now_us)
      const one = createShown(ticker)
      shown.set(ticker, one)
      return one
    },
    eachShown(take) {
      for (const one of shown.values()) {
        const token = tokenOf(one.ticker)
        if (token >= 0) take(one, token)
      }
    },
    state: () => ({ shown: [...shown.values()], known: [...known.values()] }),
  }
}
