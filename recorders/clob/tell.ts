import { Kind } from '../../core/events/index.ts'
import { MS, ONE } from '../../core/units/index.ts'
import { marketOfSlug } from '../import/slug.ts'
import { bookHash } from './book-hash.ts'
import { tellBook, tellLevel, tellTick } from './book-rows.ts'
import type { Change } from './clob-event.ts'
import { agrees, askAgain, disagree, slugOf } from './integrity.ts'
import { marketOf, upOf } from './places.ts'
import { type Reading, toldOf } from './reading.ts'
import { remember, seenTrade, tellTrade } from './recent-trades.ts'
import type { Told } from './views.ts'

/** Rows of one event of a connection that leads. */
export function tell(reading: Reading, connection: number, raw: Record<string, unknown>): string | undefined {
  const { out, event } = reading
  const { type, exch_us } = event
  if (type === 'price_change') {
    tellChanges(reading, connection)
    return undefined
  }
  if (type === 'new_market') {
    if (marketOfSlug(event.slug) !== undefined) out.wish({ wish: 'look_up', slug: event.slug })
    return undefined
  }
  if (type === 'market_resolved') return tellResolved(reading)
  if (type === 'unknown') {
    out.unknown(`event_type ${String(raw.event_type).slice(0, 40)}`)
    return undefined
  }
  const instrument = out.token(event.token_id)
  if (instrument < 0) {
    out.unknown(UNLISTED)
    return undefined
  }
  const told = toldOf(reading, instrument, connection)
  const outcome = instrument - told.up
  if (type === 'book') return tellBookEvent(reading, told, outcome, raw)
  if (type === 'last_trade_price') {
    const trade = seenTrade(event, instrument)
    if (remember(reading.clob.trades, trade)) tellTrade(out, trade)
    else out.health('duplicate_trade', reading.line, slugOf(out, told))
    return undefined
  }
  if (type === 'tick_size_change') {
    told.view.live[outcome as 0 | 1] = false
    if (tellTick(out, told, instrument, event.tick, exch_us) === 0)
      out.row(Kind.ALIVE, instrument, 0, 0, 0, exch_us, 0)
    const { line, now_us, settings } = reading
    askAgain(out, told, outcome, 'tick_size_change', line, slugOf(out, told), now_us, settings)
    return undefined
  }
  out.row(Kind.ALIVE, instrument, 0, 0, 0, exch_us, 0)
  if (!told.view.live[outcome as 0 | 1]) return undefined
  if (agrees(told, outcome, event.best_bid, event.best_ask)) told.mismatch.count = 0
  else mistrust(reading, told, outcome, event)
  return undefined
}

/** A token that no listed market has: not malformed, and none of ours. Counted like an unknown field. */
const UNLISTED = 'a token that is not listed'

function tellBookEvent(
  reading: Reading,
  told: Told,
  outcome: number,
  raw: Record<string, unknown>,
): string | undefined {
  const { out, clob, event, line, now_us, settings } = reading
  const { condition_id } = out.instruments.markets[told.market]!
  if (condition_id !== null && condition_id !== event.condition_id)
    return "another condition id than the market's"
  tellBook(out, told, outcome, event.book)
  told.mismatch.count = 0
  if (typeof raw.hash !== 'string') return undefined
  const hash = bookHash(raw)
  if (hash === undefined || hash === raw.hash) return undefined
  const { hashes } = clob
  hashes.count++
  if (hashes.told_us !== 0 && now_us - hashes.told_us < settings.reseed_ms * MS) return undefined
  out.health('hash_mismatch', line, `${slugOf(out, told)}: ${hash}, stated ${raw.hash}`, hashes.count)
  hashes.told_us = now_us
  hashes.count = 0
  return undefined
}

/** HOT. */
function tellChanges(reading: Reading, connection: number): void {
  const { out, event } = reading
  const { changes, change_count, exch_us } = event
  let rows = 0
  let first: Told | undefined
  let alive = -1
  let checked_up: Change | undefined
  let checked_down: Change | undefined
  for (let i = 0; i < change_count; i++) {
    const change = changes[i]!
    const instrument = out.token(change.token_id)
    if (instrument < 0) {
      out.unknown(UNLISTED)
      continue
    }
    const told = toldOf(reading, instrument, connection)
    const outcome = instrument - told.up
    if (!told.view.live[outcome as 0 | 1]) continue
    if (first === undefined) {
      first = told
      alive = instrument
    }
    if (tellLevel(out, told, outcome, change.side, change.price, change.size, exch_us)) rows++
    if (told !== first) continue
    if (outcome === 0) checked_up = change
    else checked_down = change
  }
  if (first === undefined) return
  if (rows === 0) out.row(Kind.ALIVE, alive, 0, 0, 0, exch_us, 0)
  const up = checked_up === undefined || agrees(first, 0, checked_up.best_bid, checked_up.best_ask)
  const down = checked_down === undefined || agrees(first, 1, checked_down.best_bid, checked_down.best_ask)
  if (up && down) first.mismatch.count = 0
  else mistrust(reading, first, up ? 1 : 0, up ? checked_down! : checked_up!)
}

function mistrust(
  reading: Reading,
  told: Told,
  outcome: number,
  stated: { best_bid: number; best_ask: number },
): void {
  const { out, line, now_us, settings } = reading
  disagree(out, told, outcome, `${stated.best_bid} ${stated.best_ask}`, line, now_us, settings)
}

function tellResolved({ out, event }: Reading): string | undefined {
  const { winning_token_id } = event
  // Markets of every kind are announced: those that are not listed are none of ours. One without a winner is split, of
  // which the metadata tells.
  const instrument = out.token(winning_token_id)
  if (instrument < 0) return undefined
  const up = upOf(out, instrument)
  out.resolve(marketOf(out, instrument), instrument === up ? ONE : 0, event.exch_us)
  return undefined
}
