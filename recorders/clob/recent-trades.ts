import { Kind } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { Out } from '../feeds/feed.ts'
import type { ClobEvent } from './clob-event.ts'
import { tradeIdentity } from './identity.ts'

/** A trade as a connection saw it. */
export type SeenTrade = {
  identity: string
  instrument: number
  side: number
  price: number
  size: number
  exch_us: Micros
}

/** The last trades of something, oldest first, and which they are. */
export type RecentTrades = { list: SeenTrade[]; identities: Set<string> }

/** How many are remembered: minutes of a busy market. */
const BOUND = 1_000

/** None, or those of a state. */
export function createRecentTrades(list: readonly SeenTrade[] = []): RecentTrades {
  return { list: [...list], identities: new Set(list.map(({ identity }) => identity)) }
}

/**
 * Remember a trade.
 *
 * @returns false when it is remembered already
 */
export function remember(recent: RecentTrades, trade: SeenTrade): boolean {
  if (recent.identities.has(trade.identity)) return false
  recent.identities.add(trade.identity)
  recent.list.push(trade)
  if (recent.list.length >= 2 * BOUND) {
    for (const { identity } of recent.list.splice(0, BOUND)) recent.identities.delete(identity)
  }
  return true
}

/** The row of a trade. */
export function tellTrade(out: Out, { instrument, side, price, size, exch_us }: SeenTrade): void {
  out.row(Kind.TRADE, instrument, side, price, size, exch_us, 0)
}

/** A trade as an event tells it. */
export function seenTrade(event: ClobEvent, instrument: number): SeenTrade {
  const { side, price, size, exch_us } = event
  return { identity: tradeIdentity(event), instrument, side, price, size, exch_us }
}
