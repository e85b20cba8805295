import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'
import { OrderStatus } from './records.ts'

/** Write an order that is done (or still open when the run ends) to the orders table. */
export function writeOrder(m: Machine, slot: number): void {
  const { orders } = m.state
  const row = tableRow(m, m.records.orders)
  const { columns } = m.records.orders
  columns.order[row] = orders.number[slot]!
  columns.decision[row] = orders.decision[slot]!
  columns.market[row] = orders.market[slot]!
  columns.outcome[row] = orders.outcome[slot]!
  columns.side[row] = orders.side[slot]!
  columns.level[row] = orders.level[slot]!
  columns.price[row] = orders.price[slot]!
  columns.size[row] = orders.size[slot]!
  columns.filled[row] = orders.filled[slot]!
  columns.tif[row] = orders.tif[slot]!
  columns.post_only[row] = orders.post_only[slot]!
  columns.intended_us[row] = orders.intended_us[slot]!
  columns.accepted_us[row] = orders.accepted_us[slot]!
  columns.done_us[row] = orders.done_us[slot]!
  columns.status[row] = orders.done_us[slot] === 0 ? OrderStatus.OPEN_AT_END : orders.status[slot]!
  columns.reason[row] = orders.reason[slot]!
}
