import { createRecentTrades, type RecentTrades, type SeenTrade } from './recent-trades.ts'
import type { MarketView, Told } from './views.ts'

/** Everything that the reader of the market channel remembers. */
export type Clob = {
  /** By market. */
  told: Map<number, Told>
  /** The same by instrument, both tokens. */
  byInstrument: Told[]
  connections: Map<number, Connected>
  /** Trades that have rows. */
  trades: RecentTrades
  /** Books whose hash was not theirs since that was told last. */
  hashes: { count: number; told_us: number }
}

/** An open connection: while it follows, its own views and the trades that it saw. */
export type Connected = { line: string; views: Map<number, MarketView>; trades: SeenTrade[] }

type State = {
  told: Told[]
  connections: {
    id: number
    line: string
    views: [market: number, view: MarketView][]
    trades: SeenTrade[]
  }[]
  trades: SeenTrade[]
  hashes: { count: number; told_us: number }
}

/** Nothing remembered, or what a state says. */
export function createClob(state?: unknown): Clob {
  const from = structuredClone(state) as State | undefined
  const told = from?.told ?? []
  const byInstrument: Told[] = []
  for (const one of told) {
    byInstrument[one.up] = one
    byInstrument[one.up + 1] = one
  }
  return {
    told: new Map(told.map((one) => [one.market, one])),
    byInstrument,
    connections: new Map(
      (from?.connections ?? []).map(({ id, line, views, trades }) => [
        id,
        { line, views: new Map(views), trades },
      ]),
    ),
    trades: createRecentTrades(from?.trades),
    hashes: from?.hashes ?? { count: 0, told_us: 0 },
  }
}

/** Plain data, shared with what is remembered. */
export function clobState({ told, connections, trades, hashes }: Clob): State {
  return {
    told: [...told.values()],
    connections: [...connections].map(([id, one]) => ({
      id,
      line: one.line,
      views: [...one.views],
      trades: one.trades,
    })),
    trades: trades.list,
    hashes,
  }
}
