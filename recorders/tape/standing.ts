import { type Columns, Flag, type Instruments, Kind, Side } from '../../core/events/index.ts'
import { MINUTE, type Micros, ONE } from '../../core/units/index.ts'

/**
 * How things stand at a moment of a tape: books, tick sizes, strikes, feeds that are down. Said again at the head of a cut
 * tape, so that it can be read on its own.
 */
export type Standing = {
  /** Take a row that lies before the moment. */
  take(columns: Columns, row: number): void
  /** Say it all again, each thing a group of rows flagged SNAPSHOT, through `add`; markets that are over are left out. */
  restate(at_us: Micros, add: Restated): void
}

/** Takes a row that says something again. */
export type Restated = (
  kind: number,
  feed: number,
  instrument: number,
  side: number,
  price: number,
  size: number,
  exch_us: Micros,
  flags: number,
) => void

/** How long after a window's end its book may still matter. */
export const AFTER_US = 10 * MINUTE

/** A book in the terms of one token, and what else was last said of its market. */
type Market = {
  bids: Map<number, number>
  asks: Map<number, number>
  feed: number
  said: Map<number, Said>
}
type Said = { instrument: number; feed: number; price: number; size: number; exch_us: Micros }

/** Kinds of which the last row of a market holds until the next one. */
const LASTING: readonly number[] = [Kind.TICK_SIZE, Kind.STRIKE]

export function createStanding({ markets, instruments }: Instruments): Standing {
  const open = new Map<number, Market>()
  const down = new Map<string, Said>()
  const market_of = instruments.map((one) => (one.kind === 'token' ? one.market : -1))
  const is_down_token = instruments.map((one) => one.kind === 'token' && one.outcome === 'down')
  /** The token in whose terms a market's book is said: Up where there is one. */
  const token_of = new Map<number, number>()
  instruments.forEach((one, index) => {
    if (one.kind === 'token' && (one.outcome === 'up' || !token_of.has(one.market)))
      token_of.set(one.market, index)
  })

  function opened(market: number, feed: number): Market {
    const found = open.get(market) ?? { bids: new Map(), asks: new Map(), feed, said: new Map() }
    open.set(market, found)
    return found
  }

  function setLevel(market: Market, columns: Columns, row: number): void {
    const price = columns.price[row]!
    const size = columns.size[row]!
    const mirrored = is_down_token[columns.instrument[row]!]!
    const side = (columns.side[row] === Side.BID) !== mirrored ? market.bids : market.asks
    const up = mirrored ? ONE - price : price
    if (size === 0) side.delete(up)
    else side.set(up, size)
  }

  return {
    take(columns, row) {
      const kind = columns.kind[row]!
      const feed = columns.feed[row]!
      const instrument = columns.instrument[row]!
      const said = (): Said => ({
        instrument,
        feed,
        price: columns.price[row]!,
        size: columns.size[row]!,
        exch_us: columns.exch_us[row]!,
      })
      if (kind === Kind.FEED_DOWN) down.set(`${feed} ${instrument}`, said())
      else if (kind === Kind.FEED_UP) down.delete(`${feed} ${instrument}`)
      const index = market_of[instrument] ?? -1
      if (index < 0) return
      if (LASTING.includes(kind)) opened(index, feed).said.set(kind, said())
      if (kind === Kind.ALIVE) opened(index, feed)
      if (kind === Kind.BOOK_RESET) {
        const market = opened(index, feed)
        market.bids.clear()
        market.asks.clear()
      }
      if (kind !== Kind.LEVEL) return
      const market = opened(index, feed)
      market.feed = feed
      setLevel(market, columns, row)
    },
    restate(at_us, add) {
      for (const index of [...open.keys()].sort((a, b) => a - b)) {
        const market = open.get(index)!
        if (markets[index]!.end_us + AFTER_US < at_us) continue
        for (const kind of LASTING) {
          const one = market.said.get(kind)
          if (one === undefined) continue
          add(
            kind,
            one.feed,
            one.instrument,
            Side.NONE,
            one.price,
            one.size,
            one.exch_us,
            Flag.SNAPSHOT | Flag.LAST,
          )
        }
        restateBook(market, token_of.get(index)!, is_down_token[token_of.get(index)!]!, add)
      }
      for (const { instrument, feed, price, size, exch_us } of down.values())
        add(Kind.FEED_DOWN, feed, instrument, Side.NONE, price, size, exch_us, Flag.SNAPSHOT | Flag.LAST)
    },
  }
}

/** One group: bids from the lowest, then asks; a book without levels is one ALIVE row. */
function restateBook({ bids, asks, feed }: Market, token: number, mirrored: boolean, add: Restated): void {
  const rows: [side: number, price: number, size: number][] = []
  for (const [side, levels] of [
    [Side.BID, bids],
    [Side.ASK, asks],
  ] as const) {
    for (const price of [...levels.keys()].sort((a, b) => a - b)) {
      const size = levels.get(price)!
      if (mirrored) rows.push([side === Side.BID ? Side.ASK : Side.BID, ONE - price, size])
      else rows.push([side, price, size])
    }
  }
  if (rows.length === 0) add(Kind.ALIVE, feed, token, Side.NONE, 0, 0, 0, Flag.SNAPSHOT | Flag.LAST)
  rows.forEach(([side, price, size], i) => {
    const flags = Flag.SNAPSHOT | (i === rows.length - 1 ? Flag.LAST : 0)
    add(Kind.LEVEL, feed, token, side, price, size, 0, flags)
  })
}
