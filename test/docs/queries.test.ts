import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Book, type BookSide, type OutcomeIndex } from '../../core/book/index.ts'
import { type Columns, Flag, Kind } from '../../core/events/index.ts'
import { QUERIES, queryText } from '../../docs/make/queries.ts'
import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import { type Catalog, openCatalog, type SqlRow } from '../../recorders/sql/index.ts'
import { type Dataset, openDataset, readColumns } from '../../recorders/tape/index.ts'
import { cli } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'

/**
 * The worked queries of docs/sql.md: each runs on the shipped dataset, and on a simulated one gives what is worked out here
 * from the rows of the tape, without SQL.
 */

const folder = temporary()
let shipped: Catalog
let simulated: Catalog
let tape: Tape

beforeAll(async () => {
  const words = ['simulate', '--seed', '5', '--windows', '3', '--out', join(folder, 'sim')]
  expect((await cli([...words, '--param', 'sim_outages.per_hour=12'])).code).toBe(0)
  const dataset = await openDataset(join(folder, 'sim'))
  tape = await readTape(dataset)
  simulated = await openCatalog([dataset])
  shipped = await openCatalog([await openDataset(SHIPPED)])
})
afterAll(() => {
  shipped?.close()
  simulated?.close()
})

const ask = (name: (typeof QUERIES)[number][0]) => simulated.query(queryText(name))

type Touch = { row: number; us: number; bid: number; ask: number; bid_size: number; ask_size: number }
type Level = { market: number; us: number }
type Trade = { market: number; us: number; side: number; price: number; size: number; value: number }
type Tape = {
  dataset: Dataset
  /** Changes of the touch by market, in ticks and micro-shares; −1: none. */
  touches: Touch[][]
  levels: Level[]
  trades: Trade[]
  quotes: { us: number; row: number; mid: number }[]
  oracle: { us: number; stamp: number; value: number }[]
  /** The book in the middle of each window, Up ticks to micro-shares. */
  middles: { bids: Map<number, number>; asks: Map<number, number> }[]
}

/** Everything that the expectations need, from one walk over the rows with a map for each side of each book. */
async function readTape(dataset: Dataset): Promise<Tape> {
  const { markets, instruments } = dataset.instruments
  const books = markets.map(() => ({ bids: new Map<number, number>(), asks: new Map<number, number>() }))
  const series = (name: string) =>
    instruments.findIndex((one) => one.kind === 'series' && one.name === name && one.asset === 'btc')
  const [binance, chainlink] = [series('binance-spot'), series('chainlink-spot')]
  const found: Tape = {
    dataset,
    touches: markets.map(() => []),
    levels: [],
    trades: [],
    quotes: [],
    oracle: [],
    middles: [],
  }
  const touched = new Set<number>()
  let row = 0
  for await (const columns of readColumns(dataset)) {
    for (let i = 0; i < columns.length; i++, row++) {
      const us = columns.local_us[i]!
      markets.forEach((market, m) => {
        if (found.middles[m] !== undefined || us <= (market.start_us + market.end_us) / 2) return
        found.middles[m] = { bids: new Map(books[m]!.bids), asks: new Map(books[m]!.asks) }
      })
      const one = instruments[columns.instrument[i]!]
      const kind = columns.kind[i]!
      if (one?.kind === 'token') {
        const outcome: OutcomeIndex = one.outcome === 'up' ? 0 : 1
        takeToken(found, books[one.market]!, columns, i, one.market, outcome)
        if (kind === Kind.LEVEL || kind === Kind.BOOK_RESET) touched.add(one.market)
      } else if (kind === Kind.QUOTE && columns.instrument[i] === binance) {
        found.quotes.push({
          us: columns.exch_us[i]! || us,
          row,
          mid: (columns.price[i]! + columns.size[i]!) / 2e8,
        })
      } else if (kind === Kind.ORACLE && columns.instrument[i] === chainlink) {
        const value = columns.price[i]! / 1e8 + columns.size[i]! / 1e18
        found.oracle.push({ us, stamp: columns.exch_us[i]!, value })
      }
      if ((columns.flags[i]! & Flag.LAST) === 0) continue
      for (const market of touched) noteTouch(found.touches[market]!, books[market]!, row, us)
      touched.clear()
    }
  }
  return found
}

function takeToken(
  found: Tape,
  book: Tape['middles'][number],
  columns: Columns,
  i: number,
  market: number,
  outcome: OutcomeIndex,
): void {
  const us = columns.local_us[i]!
  const [price, size] = [columns.price[i]!, columns.size[i]!]
  if (columns.kind[i] === Kind.BOOK_RESET) {
    book.bids.clear()
    book.asks.clear()
  } else if (columns.kind[i] === Kind.LEVEL) {
    found.levels.push({ market, us })
    const bid = Book.canonicalSide(outcome, columns.side[i]! as BookSide) === Book.BID
    const side = bid ? book.bids : book.asks
    const tick = Book.canonicalPrice(outcome, price)
    if (size === 0) side.delete(tick)
    else side.set(tick, size)
  } else if (columns.kind[i] === Kind.TRADE) {
    const buysUp = (columns.side[i] === 1) === (outcome === 0)
    found.trades.push({
      market,
      us,
      side: buysUp ? 1 : -1,
      price: Book.canonicalPrice(outcome, price) / 1e4,
      size: size / 1e6,
      value: (price / 1e4) * (size / 1e6),
    })
  }
}

function noteTouch(touches: Touch[], { bids, asks }: Tape['middles'][number], row: number, us: number): void {
  const bid = bids.size === 0 ? -1 : Math.max(...bids.keys())
  const ask = asks.size === 0 ? -1 : Math.min(...asks.keys())
  const touch = { row, us, bid, ask, bid_size: bids.get(bid) ?? 0, ask_size: asks.get(ask) ?? 0 }
  const last = touches.at(-1) ?? { bid: -1, ask: -1, bid_size: 0, ask_size: 0 }
  const same = (['bid', 'ask', 'bid_size', 'ask_size'] as const).every((key) => touch[key] === last[key])
  if (!same) touches.push(touch)
}

/** The last of an ascending list that is not after a time. */
function lastAt<T>(list: readonly T[], us: number, timeOf: (one: T) => number): T | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (timeOf(list[middle]!) <= us) low = middle + 1
    else high = middle
  }
  return list[low - 1]
}

const touchAt = (market: number, us: number) => lastAt(tape.touches[market]!, us, (touch) => touch.us)
const valueAt = (us: number) => lastAt(tape.oracle, us, (one) => one.stamp)?.value
const midOf = (touch: Touch | undefined) =>
  touch === undefined || touch.bid < 0 || touch.ask < 0 ? null : (touch.bid + touch.ask) / 2e4
const markets = () => tape.dataset.instruments.markets
const outcomeOf = (market: number) =>
  tape.dataset.resolutions.find((one) => one.market === market)!.up_payout === 10_000 ? 'up' : 'down'
const mean = (list: readonly number[]) =>
  list.length === 0 ? null : list.reduce((sum, x) => sum + x, 0) / list.length

/** Rows as they should be: texts equal, numbers to nine digits. */
function expectRows(found: readonly SqlRow[], expected: readonly Record<string, unknown>[]): void {
  expect(found).toHaveLength(expected.length)
  for (const [i, row] of expected.entries()) {
    for (const [name, value] of Object.entries(row)) {
      const at = `row ${i}, ${name}`
      if (typeof value !== 'number') expect(found[i]![name], at).toEqual(value)
      else
        expect(Math.abs(Number(found[i]![name]) - value), `${at}: ${found[i]![name]} ${value}`).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(value)),
        )
    }
  }
}

describe('the worked queries', () => {
  test('are ten, and all there are', () => {
    const files = readdirSync(new URL('../../docs/queries/', import.meta.url)).sort()
    expect(files).toEqual(QUERIES.map(([name]) => `${name}.sql`).sort())
    expect(files).toHaveLength(10)
  })

  test.each(QUERIES.map(([name]) => name))('run on the shipped dataset: %s', async (name) => {
    const rows = await shipped.query(queryText(name))
    expect(rows.length).toBeGreaterThan(0)
    const notes = rows.map(({ note }) => note ?? null)
    if (name === 'oracle-lag')
      expect(new Set(notes)).toEqual(new Set(['no quotes of Binance beside values of Chainlink']))
    else if (name === 'trade-markouts')
      expect(new Set(notes)).toEqual(new Set(['the recording has no trade prints']))
    else expect(new Set(notes)).toEqual(new Set([null]))
  })
})

describe('on a simulated dataset, worked out from its rows:', () => {
  test('spread by minute', async () => {
    const minutes = new Map<number, number[]>()
    markets().forEach(({ start_us, end_us }, market) => {
      for (const { us, bid, ask } of tape.touches[market]!) {
        if (us < start_us || us >= end_us || bid < 0 || ask < 0) continue
        const minute = Math.floor((us - start_us) / 60e6)
        minutes.set(minute, [...(minutes.get(minute) ?? []), (ask - bid) / 1e4])
      }
    })
    const expected = [...minutes].sort(([a], [b]) => a - b)
    expect(expected).toHaveLength(5)
    expectRows(
      await ask('spread-by-minute'),
      expected.map(([minute, spreads]) => {
        const sorted = [...spreads].sort((a, b) => a - b)
        const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!]
        return { minute, changes: spreads.length, spread: mean(spreads), median_spread: (low + high) / 2 }
      }),
    )
  })

  test('a window second by second', async () => {
    const { start_us } = markets()[0]!
    const strike = valueAt(start_us)!
    const expected = Array.from({ length: 300 }, (_, second) => {
      const us = start_us + second * 1e6
      const touch = touchAt(0, us)
      const price = lastAt(tape.oracle, us, (one) => one.us)!.value
      return {
        second,
        time: new Date(us / 1e3),
        bid: touch === undefined || touch.bid < 0 ? null : touch.bid / 1e4,
        mid: midOf(touch),
        price,
        from_strike: price - strike,
      }
    })
    expectRows(await ask('price-path'), expected)
  })

  test('the oracle’s lag', async () => {
    const latest = new Map(tape.quotes.map((quote) => [quote.us, quote]))
    const quotes = [...latest.values()].sort((a, b) => a.us - b.us)
    const rows = await ask('oracle-lag')
    expectRows(
      rows,
      Array.from({ length: 11 }, (_, lag) => {
        const differences = tape.oracle.flatMap(({ stamp, value }) => {
          const quote = lastAt(quotes, stamp - lag * 1e6, (one) => one.us)
          return quote === undefined ? [] : [value - quote.mid]
        })
        const middle = mean(differences)!
        const scatter = Math.sqrt(mean(differences.map((x) => (x - middle) ** 2))!)
        return {
          lag_seconds: lag,
          oracle_values: differences.length,
          mean_usd: middle,
          scatter_usd: scatter,
          note: null,
        }
      }),
    )
    // What the simulator does: the oracle follows at once, so that the scatter grows with the lag.
    expect(Number(rows[0]!.scatter_usd)).toBeLessThan(Number(rows[10]!.scatter_usd))
  })

  test('imbalance and outcome', async () => {
    const expected = [120, 60, 30, 10].flatMap((before) => {
      const seen = markets().flatMap(({ end_us }, market) => {
        const touch = touchAt(market, end_us - before * 1e6)
        if (touch === undefined || midOf(touch) === null) return []
        const imbalance = touch.bid_size / (touch.bid_size + touch.ask_size)
        return [{ heavy: imbalance > 0.5, up: outcomeOf(market) === 'up' ? 1 : 0 }]
      })
      if (seen.length === 0) return []
      const share = (heavy: boolean) => mean(seen.filter((one) => one.heavy === heavy).map(({ up }) => up))
      return [
        {
          seconds_before: before,
          windows: seen.length,
          bid_heavy: seen.filter(({ heavy }) => heavy).length,
          up_when_bid_heavy: share(true),
          up_when_ask_heavy: share(false),
        },
      ]
    })
    expect(expected.length).toBeGreaterThan(2)
    expectRows(await ask('imbalance-and-outcome'), expected)
  })

  test('depth around the touch', async () => {
    const books = tape.middles.filter(({ bids, asks }) => bids.size > 0 && asks.size > 0)
    expectRows(
      await ask('depth-within-ticks'),
      [0, 1, 2, 5, 10].map((within) => {
        const shares = (side: Map<number, number>, best: number) =>
          [...side].reduce(
            (sum, [tick, size]) => (Math.abs(tick - best) <= within * 100 ? sum + size : sum),
            0,
          ) / 1e6
        return {
          within_cents: within,
          windows: books.length,
          bid_shares: mean(books.map(({ bids }) => shares(bids, Math.max(...bids.keys())))),
          ask_shares: mean(books.map(({ asks }) => shares(asks, Math.min(...asks.keys())))),
        }
      }),
    )
  })

  test('trades against the mid afterwards', async () => {
    const expected = (['buy', 'sell'] as const).map((side) => {
      const own = tape.trades.filter((trade) => (trade.side === 1 ? 'buy' : 'sell') === side)
      const later = (seconds: number) =>
        mean(
          own.flatMap(({ market, us, price, side: sign }) => {
            const mid = midOf(touchAt(market, us + seconds * 1e6))
            return mid === null ? [] : [sign * (mid - price)]
          }),
        )
      const shares = own.reduce((sum, { size }) => sum + size, 0)
      return { side, trades: own.length, shares, markout_1s: later(1), markout_5s: later(5), note: null }
    })
    expect(expected[0]!.trades).toBeGreaterThan(1_000)
    expectRows(await ask('trade-markouts'), expected)
  })

  test('locked and crossed books', async () => {
    const expected = markets().map(({ slug }, market) => {
      const touches = tape.touches[market]!
      const locked = touches.filter(({ bid, ask }) => bid >= 0 && bid === ask)
      const crossed = touches.filter(({ bid, ask }) => bid >= 0 && ask >= 0 && bid > ask)
      const us = touches.reduce((sum, { us: since, bid, ask }, i) => {
        const until = touches[i + 1]?.us ?? since
        return bid >= 0 && ask >= 0 && bid >= ask ? sum + until - since : sum
      }, 0)
      return {
        market: slug,
        changes: touches.length,
        locked: locked.length,
        crossed: crossed.length,
        seconds: us / 1e6,
      }
    })
    expected.sort((a, b) => b.crossed + b.locked - a.crossed - a.locked || (a.market < b.market ? -1 : 1))
    expectRows(await ask('crossed-books'), expected)
  })

  test('the busiest markets', async () => {
    const expected = markets().map(({ slug, start_us, end_us }, market) => {
      const inside = <T extends { market: number; us: number }>(list: readonly T[]) =>
        list.filter((one) => one.market === market && one.us >= start_us && one.us < end_us)
      const trades = inside(tape.trades)
      return {
        market: slug,
        levels_per_minute: inside(tape.levels).length / 5,
        trades: trades.length,
        volume_usdc: trades.reduce((sum, { value }) => sum + value, 0),
      }
    })
    expected.sort((a, b) => b.levels_per_minute - a.levels_per_minute)
    expectRows(await ask('busiest-markets'), expected)
  })

  test('silences by hour', async () => {
    const hours = new Map<string, { hour: Date; feed: string; feed_gaps: number; feed_seconds: number }>()
    for (const { feed, from_us, to_us } of tape.dataset.gaps) {
      const hour = new Date(Math.floor(from_us / 3.6e9) * 3.6e6)
      const key = `${hour.toISOString()} ${feed}`
      const one = hours.get(key) ?? { hour, feed, feed_gaps: 0, feed_seconds: 0 }
      one.feed_gaps++
      one.feed_seconds += (to_us - from_us) / 1e6
      hours.set(key, one)
    }
    const expected = [...hours].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
    expect(expected.length).toBeGreaterThan(1)
    expectRows(
      await ask('gaps-by-hour'),
      expected.map((one) => ({ ...one, market_gaps: 0, market_seconds: 0 })),
    )
  })

  test('settlement against the book', async () => {
    const expected = markets().map(({ slug, start_us, end_us }, market) => {
      const touch = touchAt(market, end_us - 1e6)
      const one = (tick: number | undefined) => (tick === undefined || tick < 0 ? null : tick / 1e4)
      const mid = midOf(touch) ?? one(touch?.bid) ?? one(touch?.ask)
      const outcome = outcomeOf(market)
      return {
        market: slug,
        move_usd: valueAt(end_us)! - valueAt(start_us)!,
        outcome,
        known_by: 'recorded',
        last_mid: mid,
        book_agreed: mid === null ? null : mid >= 0.5 === (outcome === 'up'),
      }
    })
    expectRows(await ask('settlement-and-book'), expected)
  })
})
