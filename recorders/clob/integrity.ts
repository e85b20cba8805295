import { Side } from '../../core/events/index.ts'
import { type Micros, MS, ONE } from '../../core/units/index.ts'
import type { Out } from '../feeds/feed.ts'
import { bestOf } from './market-book.ts'
import type { ClobSettings } from './settings.ts'
import type { Told } from './views.ts'

/**
 * Whether the touch that a message states is the book's own. HOT.
 *
 * @param best_bid in 1e-4 in the token's terms; 0 no bid, below 0 not stated
 * @param best_ask the same; 10000 no ask
 */
export function agrees(told: Told, outcome: number, best_bid: number, best_ask: number): boolean {
  const { book } = told.view
  const bid = bestOf(book, outcome, Side.BID)
  const ask = bestOf(book, outcome, Side.ASK)
  return (
    (best_bid < 0 || best_bid === (bid < 0 ? 0 : bid)) && (best_ask < 0 || best_ask === (ask < 0 ? ONE : ask))
  )
}

/**
 * A message's touch was not the book's (protocol.md §5.4). Transients around trades are borne; a difference that stays is
 * told, and the book is asked for again.
 *
 * @param stated what the message says, in words
 */
export function disagree(
  out: Out,
  told: Told,
  outcome: number,
  stated: string,
  line: string,
  now_us: Micros,
  settings: ClobSettings,
): void {
  const { mismatch } = told
  if (mismatch.count === 0) mismatch.since_us = now_us
  mismatch.count++
  const long = now_us - mismatch.since_us > settings.mismatch_ms * MS
  if (mismatch.count <= settings.mismatch_messages && !long) return
  const { book } = told.view
  const own = `${bestOf(book, outcome, Side.BID)} ${bestOf(book, outcome, Side.ASK)}`
  const detail = `${slugOf(out, told)}: ${own}, stated ${stated}`
  askAgain(out, told, outcome, 'mismatch', line, detail, now_us, settings)
}

/** Tell that a token's book is in doubt and ask for it, unless that was done a moment ago. */
export function askAgain(
  out: Out,
  told: Told,
  outcome: number,
  event: string,
  line: string,
  detail: string,
  now_us: Micros,
  settings: ClobSettings,
): void {
  const { mismatch } = told
  if (mismatch.asked_us !== 0 && now_us - mismatch.asked_us < settings.reseed_ms * MS) return
  mismatch.asked_us = now_us
  out.health(event, line, detail, mismatch.count)
  const token = out.instruments.instruments[told.up + outcome]
  if (token?.kind === 'token')
    out.wish({ wish: 'reseed', feed: 'clob_market', token_id: token.token_id, reason: event })
}

/** Name of a market, for words. */
export function slugOf(out: Out, told: Told): string {
  return out.instruments.markets[told.market]!.slug
}
