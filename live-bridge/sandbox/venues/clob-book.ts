import { createHash } from 'node:crypto'
import * as Book from '../../../core/book/module.ts'
import type { Outcome } from '../../../core/events/index.ts'
import { formatDecimal, type Micros, MS, ONE, type Tick } from '../../../core/units/index.ts'
import { inToken, type MarketState } from '../market-state.ts'

/** How the venue writes a book: the texts of the summary that its hash is of (protocol.md §5.3). */

/** Prices as texts, by tick. */
export const PRICE_TEXT: readonly string[] = Array.from({ length: ONE + 1 }, (_, price) =>
  formatDecimal(price, 4),
)
export const sizeText = (size: number) => formatDecimal(size, 6)
/** Milliseconds since the epoch, as text. */
export const stampText = (us: Micros) => String(Math.floor(us / MS))

/** Whose last trade `last_trade_price` is: on the channel the token's own, in an answer the first outcome's. */
export type LastTrade = 'token' | 'up'

/**
 * The summary of a token's book as JSON, with the fields and in the order of which the venue takes the SHA-1.
 *
 * @param hash what stands in the field `hash`; without it that of the summary
 */
export function bookSummary(
  market: MarketState,
  outcome: Outcome,
  at_us: Micros,
  last: LastTrade,
  hash?: string,
): string {
  const { book, condition_id, tokens, tick, min_size, trade } = market
  const price = trade === null ? '' : PRICE_TEXT[last === 'up' ? trade.price : inToken(outcome, trade.price)]!
  const head = `{"market":"${condition_id}","asset_id":"${tokens[outcome].id}","timestamp":"${stampText(at_us)}","hash":"`
  const rest =
    `","bids":${levels(book, outcome, Book.BID)},"asks":${levels(book, outcome, Book.ASK)}` +
    `,"min_order_size":"${sizeText(min_size)}","tick_size":"${PRICE_TEXT[tick]}","neg_risk":false,"last_trade_price":"${price}"}`
  return `${head}${hash ?? sha1(`${head}${rest}`)}${rest}`
}

/** Levels of a token's side, best last. */
function levels(book: Book.Book | null, outcome: Outcome, side: Book.BookSide): string {
  if (book === null) return '[]'
  const canonical = Book.canonicalSide(outcome === 'up' ? 0 : 1, side)
  let text = ''
  for (let p = Book.best(book, canonical); p >= 0; p = Book.next(book, canonical, p)) {
    const level = `{"price":"${PRICE_TEXT[inToken(outcome, p)]}","size":"${sizeText(Book.size(book, canonical, p))}"}`
    text = text === '' ? level : `${level},${text}`
  }
  return `[${text}]`
}

/**
 * What stands for a book in an entry of `price_change`: nobody can compute the venue's from the message, so that it need
 * only differ where the book does.
 */
export function changeHash(book: Book.Book, token_id: string, price: Tick, at_us: Micros): string {
  return sha1(`${token_id} ${price} ${at_us} ${book.hash_lo} ${book.hash_hi}`)
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
