import type { Receipt } from '../journal/record.ts'
import { takeBook, tellView } from './book-rows.ts'
import { setLevel } from './market-book.ts'
import { marketOf, upOf } from './places.ts'
import { type Reading, toldOf } from './reading.ts'
import { remember, seenTrade, tellTrade } from './recent-trades.ts'
import type { Connected } from './state.ts'
import { createView, own } from './views.ts'

/** What a follower hears: its books change, and nothing else. */
export function listen({ out, event }: Reading, connected: Connected): void {
  const viewOf = (instrument: number) => {
    const market = marketOf(out, instrument)
    let view = connected.views.get(market)
    if (view === undefined) {
      view = createView(upOf(out, instrument))
      connected.views.set(market, view)
    }
    return view
  }
  if (event.type === 'price_change') {
    for (let i = 0; i < event.change_count; i++) {
      const { token_id, side, price, size } = event.changes[i]!
      const instrument = out.token(token_id)
      if (instrument < 0) continue
      const view = viewOf(instrument)
      const outcome = instrument - view.up
      if (!view.live[outcome as 0 | 1]) continue
      setLevel(view.book, outcome, side, price, size)
      if (event.exch_us > view.exch_us) view.exch_us = event.exch_us
    }
    return
  }
  const instrument = out.token(event.token_id)
  if (instrument < 0) return
  const outcome = instrument - upOf(out, instrument)
  if (event.type === 'book') takeBook(viewOf(instrument), outcome, event.book)
  else if (event.type === 'tick_size_change') viewOf(instrument).live[outcome as 0 | 1] = false
  else if (event.type === 'last_trade_price') {
    connected.trades.push(seenTrade(event, instrument))
    if (connected.trades.length > FOLLOWED_TRADES) connected.trades.shift()
  }
}

/** Trades that a follower remembers: what the leader misses between its freeze and the end of its lead. */
const FOLLOWED_TRADES = 1_000

/**
 * A follower leads: its books take the place of those told, and trades that were not told are.
 *
 * @param lost the line had been lost: books told are void, and come anew
 */
export function promote(
  reading: Reading,
  connection: number,
  line: string,
  at: Receipt,
  lost: boolean,
): void {
  const { out, clob } = reading
  const connected = clob.connections.get(connection)
  if (connected === undefined) return
  reading.now_us = at.wall_us
  reading.line = line
  let rows = 0
  let markets = 0
  for (const [market, view] of connected.views) {
    if (!view.live[0] && !view.live[1]) continue
    const told = clob.told.get(market) ?? toldOf(reading, view.up, connection)
    if (lost) own(told, connection)
    rows += tellView(out, told, view, connection)
    out.end()
    markets++
  }
  let trades = 0
  for (const trade of connected.trades) {
    if (!remember(clob.trades, trade)) continue
    tellTrade(out, trade)
    out.end()
    trades++
  }
  connected.views = new Map()
  connected.trades = []
  out.health('taken_over', line, `${markets} markets, ${trades} trades that the leader did not have`, rows)
}
