import * as Book from '../../../core/book/module.ts'
import { formatDecimal, formatIso, type Micros, ONE, type Tick } from '../../../core/units/index.ts'
import { kalshiPriceFields } from '../../../recorders/kalshi/index.ts'
import type { MarketState } from '../market-state.ts'
import { decimalText } from './full-price.ts'

/** Kalshi's objects (protocol.md §11.1): prices in dollars with four digits, counts with two. */

export const dollars = (price: Tick) => Number(formatDecimal(price, 4)).toFixed(4)

/** At least two digits behind the point, more where the tape has more. */
export function count(size: number): string {
  const text = formatDecimal(size, 6)
  const point = text.indexOf('.')
  return point < 0 ? `${text}.00` : text.padEnd(point + 3, '0')
}

/** Bids for one outcome, ascending: those for No are the asks of Yes. */
export function bidsOf(book: Book.Book | null, outcome: 'yes' | 'no'): [string, string][] {
  if (book === null) return []
  const side = outcome === 'yes' ? Book.BID : Book.ASK
  const levels = Book.levels(book, side).map(([price, size]): [string, string] => [
    dollars(outcome === 'yes' ? price : ONE - price),
    count(size),
  ])
  return levels.reverse()
}

/** `open` until its end, then `closed`, and `finalized` when it is known what it pays. */
export function statusOf({ market, payout }: MarketState, now_us: Micros): 'open' | 'closed' | 'finalized' {
  if (payout !== null) return 'finalized'
  return now_us < market.end_us ? 'open' : 'closed'
}

/** A market as a list shows it. */
export function marketObject(state: MarketState, now_us: Micros): Record<string, unknown> {
  const { market, strike, payout, book, resolved_us } = state
  const touch = (price: Tick) => (price < 0 ? '0.0000' : dollars(price))
  return {
    ticker: market.slug,
    event_ticker: market.slug.replace(/-\d+$/, ''),
    market_type: 'binary',
    title: `${market.asset.toUpperCase()} price up in next 15 mins?`,
    yes_sub_title: 'Price up',
    no_sub_title: 'Price down',
    open_time: formatIso(market.created_us ?? market.start_us),
    close_time: formatIso(market.end_us),
    status: statusOf(state, now_us),
    result: payout === ONE ? 'yes' : payout === 0 ? 'no' : '',
    strike_type: 'greater_or_equal',
    ...(strike !== null && { floor_strike: Number(decimalText(strike)) }),
    ...(resolved_us !== null && { settlement_ts: formatIso(resolved_us) }),
    ...kalshiPriceFields(market),
    yes_bid_dollars: touch(book?.best_bid ?? -1),
    yes_ask_dollars: touch(book?.best_ask ?? -1),
    volume_fp: count(state.volume),
  }
}
