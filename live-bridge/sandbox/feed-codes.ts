import { Feed } from '../../core/events/index.ts'
import type { FeedName } from '../../recorders/journal/record.ts'

/** Codes of rows by the feed that they came from. */
export const FEED_CODES: Readonly<Record<FeedName, number>> = {
  binance: Feed.BINANCE,
  coinbase: Feed.COINBASE,
  kraken: Feed.KRAKEN,
  rtds: Feed.RTDS,
  polybolt: Feed.POLYBOLT,
  clob_market: Feed.CLOB_MARKET,
  clob_user: Feed.CLOB_USER,
  gamma: Feed.GAMMA,
  kalshi: Feed.KALSHI,
  wallets: Feed.WALLETS,
}

const NAMES = new Map(Object.entries(FEED_CODES).map(([name, code]) => [code, name as FeedName]))
const WORDS = new Map<number, string>(Object.entries(Feed).map(([name, code]) => [code, name.toLowerCase()]))

/** The feed of a code; undefined for one that no venue here speaks for. */
export function feedOf(code: number): FeedName | undefined {
  return NAMES.get(code)
}

/** A code in a word, whichever it is. */
export function feedWord(code: number): string {
  return WORDS.get(code) ?? String(code)
}
