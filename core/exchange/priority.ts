import { ONE, type Tick } from '../units/index.ts'
import type { ExchangeState, VenueMarket } from './state.ts'

/** Our resting orders of a market in price-time priority, a list a canonical side: best price first, then first come. */

/** The list that an order rests in, or would. */
export function listOf(venue: VenueMarket, side: number): number[] {
  return side === 1 ? venue.bids : venue.asks
}

/** Put an order behind those of its price. */
export function insert(state: ExchangeState, slot: number): void {
  const table = state.orders
  const side = table.book_side[slot]!
  const price = table.price[slot]!
  const list = listOf(state.markets[table.market[slot]!]!, side)
  let at = list.length
  while (at > 0 && better(price, table.price[list[at - 1]!]!, side)) at--
  list.splice(at, 0, slot)
}

/** Take an order off. */
export function remove(state: ExchangeState, slot: number): void {
  const table = state.orders
  const list = listOf(state.markets[table.market[slot]!]!, table.book_side[slot]!)
  list.splice(list.indexOf(slot), 1)
}

/** Our best canonical bid, −1 without one. */
export function bestBid(state: ExchangeState, venue: VenueMarket): Tick {
  return venue.bids.length === 0 ? -1 : state.orders.price[venue.bids[0]!]!
}

/** Our best canonical ask, {@link ONE} + 1 without one. */
export function bestAsk(state: ExchangeState, venue: VenueMarket): Tick {
  return venue.asks.length === 0 ? ONE + 1 : state.orders.price[venue.asks[0]!]!
}

function better(a: Tick, b: Tick, side: number): boolean {
  return side === 1 ? a > b : a < b
}
