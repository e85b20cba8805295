import { Chain, Mix } from '../hash/index.ts'
import type { Micros } from '../units/index.ts'
import * as Intents from './intents.ts'
import type { Machine } from './machine.ts'
import { tableRow } from './output.ts'
import { IntentKind } from './records.ts'

/** Write an intent of the order in `slot` (of the order table) to the ring, the intents table and the hash chain. */
export function ofOrder(m: Machine, kind: number, slot: number, decision: number, now: Micros): void {
  const { orders } = m.state
  const create = kind === IntentKind.CREATE
  const out = Intents.push(m.intents)
  m.intents.kind[out] = kind
  m.intents.order[out] = orders.number[slot]!
  m.intents.market[out] = orders.market[slot]!
  m.intents.outcome[out] = orders.outcome[slot]!
  m.intents.side[out] = orders.side[slot]!
  m.intents.price[out] = orders.price[slot]!
  m.intents.size[out] = orders.size[slot]!
  m.intents.amount[out] = orders.amount[slot]!
  m.intents.tif[out] = orders.tif[slot]!
  m.intents.post_only[out] = orders.post_only[slot]!
  m.intents.expire_us[out] = orders.expire_us[slot]!
  const row = begin(m, kind, decision, orders.market[slot]!, now)
  const { columns } = m.records.intents
  columns.gate[row] = 0
  columns.order[row] = orders.number[slot]!
  columns.outcome[row] = orders.outcome[slot]!
  columns.side[row] = orders.side[slot]!
  columns.level[row] = orders.level[slot]!
  columns.price[row] = orders.price[slot]!
  columns.size[row] = create ? orders.size[slot]! : Math.max(0, orders.size[slot]! - orders.filled[slot]!)
  columns.amount[row] = orders.amount[slot]!
  columns.tif[row] = orders.tif[slot]!
  columns.post_only[row] = orders.post_only[slot]!
  columns.expire_us[row] = orders.expire_us[slot]!
  columns.key_hi[row] = orders.key_hi[slot]!
  columns.key_lo[row] = orders.key_lo[slot]!
  absorb(m, row)
}

/** A merge or a redemption. */
export function operation(
  m: Machine,
  kind: number,
  market: number,
  outcome: number,
  size: number,
  price: number,
  now: Micros,
): void {
  const out = Intents.push(m.intents)
  m.intents.kind[out] = kind
  m.intents.order[out] = 0
  m.intents.market[out] = market
  m.intents.outcome[out] = outcome
  m.intents.price[out] = price
  m.intents.size[out] = size
  const row = begin(m, kind, -1, market, now)
  blank(m, row, outcome, 0, 0, price, size)
  absorb(m, row)
}

/** An order that a gate refused: written down, never sent. */
export function refused(
  m: Machine,
  gate: number,
  decision: number,
  market: number,
  outcome: number,
  side: number,
  level: number,
  price: number,
  size: number,
  now: Micros,
): void {
  const row = begin(m, IntentKind.CREATE, decision, market, now)
  blank(m, row, outcome, side, level, price, size)
  m.records.intents.columns.gate[row] = gate
  absorb(m, row)
}

function begin(m: Machine, kind: number, decision: number, market: number, now: Micros): number {
  const row = tableRow(m, m.records.intents)
  const { columns } = m.records.intents
  columns.intent[row] = m.state.counts.intents++
  columns.decision[row] = decision
  columns.time_us[row] = now
  columns.kind[row] = kind
  columns.market[row] = market
  return row
}

function blank(
  m: Machine,
  row: number,
  outcome: number,
  side: number,
  level: number,
  price: number,
  size: number,
): void {
  const { columns } = m.records.intents
  columns.gate[row] = 0
  columns.order[row] = 0
  columns.outcome[row] = outcome
  columns.side[row] = side
  columns.level[row] = level
  columns.price[row] = price
  columns.size[row] = size
  columns.amount[row] = 0
  columns.tif[row] = 0
  columns.post_only[row] = 0
  columns.expire_us[row] = 0
  columns.key_hi[row] = 0
  columns.key_lo[row] = 0
}

function absorb(m: Machine, row: number): void {
  const mix = m.state.chain.pending
  const { columns } = m.records.intents
  Mix.word(mix, Chain.Tag.INTENT)
  Mix.number(mix, columns.time_us[row]!)
  Mix.word(
    mix,
    (columns.kind[row]! << 24) |
      (columns.gate[row]! << 16) |
      (columns.outcome[row]! << 8) |
      columns.side[row]!,
  )
  Mix.word(mix, (columns.level[row]! << 16) | (columns.tif[row]! << 8) | columns.post_only[row]!)
  Mix.word(mix, columns.market[row]!)
  Mix.number(mix, columns.order[row]!)
  Mix.number(mix, columns.price[row]!)
  Mix.number(mix, columns.size[row]!)
  Mix.number(mix, columns.amount[row]!)
}
