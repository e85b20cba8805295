import { ASK, BID } from '../../book/module.ts'
import { cancel, type Desk, submit } from './desk.ts'
import { Status } from './orders.ts'

/**
 * The oracle's market maker: one quote a side at the touch, cancelled when the touch leaves it, none that would take
 * the known position to its limit. It does nothing while it sees only one side of the book. HOT.
 *
 * @param size of each quote
 * @param max_position no bid at or above it, no offer at or below its negative
 */
export function quote(desk: Desk, size: number, max_position: number): void {
  const { book, orders } = desk
  const bid = book.best_bid
  const ask = book.best_ask
  if (bid < 0 || ask < 0) return
  let has_bid = false
  let has_ask = false
  for (let i = 0; i < orders.live_count; i++) {
    const slot = orders.live[i]!
    const buy = orders.side[slot] === BID
    if (orders.price[slot] === (buy ? bid : ask)) {
      if (buy) has_bid = true
      else has_ask = true
    } else if (orders.status[slot] === Status.RESTING && orders.cancelling[slot] === 0) cancel(desk, slot)
  }
  if (!has_bid && desk.position < max_position) submit(desk, BID, bid, size)
  if (!has_ask && desk.position > -max_position) submit(desk, ASK, ask, size)
}
