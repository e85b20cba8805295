import fc from 'fast-check'
import { Book } from '../book/index.ts'
import { floorToGrid, gridOf, MICRO, ONE, type PriceGrid, SECOND, uniformGrid } from '../units/index.ts'
import type { View } from './strategy.ts'

/** A level as a test writes it: price in USDC, size in shares. */
export type TestLevel = readonly [price: number, shares: number]

/** A book of Up levels. */
export function bookOf(bids: readonly TestLevel[], asks: readonly TestLevel[]): Book {
  const book = Book.create()
  for (const [price, shares] of bids)
    Book.set(book, Book.BID, Math.round(price * ONE), Math.round(shares * MICRO))
  for (const [price, shares] of asks)
    Book.set(book, Book.ASK, Math.round(price * ONE), Math.round(shares * MICRO))
  return book
}

/**
 * A calm market in mid-window: tick 0.01, touch 0.50/0.52 of 100 shares, q_up 0.51, a slow probability, no inventory and
 * wide limits. Fields of `changes` replace its own; touch and mid follow the book unless given.
 */
export function viewOf(changes: Partial<View> = {}): View {
  const book = changes.book ?? bookOf([[0.5, 100]], [[0.52, 100]])
  const mid2 = Book.mid2(book)
  const end_us = 900 * SECOND
  const time_us = changes.time_us ?? end_us - (changes.seconds_left ?? 400) * SECOND
  return {
    decision: 0,
    market: 0,
    slug: 'btc-updown-15m-0',
    start_us: 0,
    end_us,
    seconds_left: (end_us - time_us) / SECOND,
    tick: 100,
    grid: uniformGrid(changes.tick ?? 100),
    min_size: 5 * MICRO,
    marketable_buy_min: MICRO,
    book,
    best_bid: book.best_bid,
    best_ask: book.best_ask,
    mid: mid2 < 0 ? Number.NaN : mid2 / 2,
    ready: true,
    s0: 1e13,
    s_t: 1e13,
    sigma: 1e-4,
    q_up: 0.51,
    z: 0,
    speed: 0,
    regime: 0,
    size_scalar: 1,
    up_shares: 0,
    down_shares: 0,
    unpaired: 0,
    unpaired_cost: 0,
    unpaired_since_us: 0,
    cash_available: 5000 * MICRO,
    headroom: { per_trade: 1e9, market: 1e10, global: 1e10, cash: 5e9 },
    fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
    fee_in_shares: false,
    buy_amount: 'usdc',
    ...changes,
    time_us,
  }
}

/** A grid of three bands: 0.001 below 0.10 and above 0.90, a cent between. */
export const TAPERED: PriceGrid = gridOf([
  { from: 0, step: 10 },
  { from: 1000, step: 100 },
  { from: 9000, step: 10 },
])
const GRIDS: readonly PriceGrid[] = [...[1000, 100, 50, 25, 10, 1].map(uniformGrid), TAPERED]

/** Any view that a machine could show: every grid, empty and lopsided books, extreme probabilities, short limits. */
export const anyView: fc.Arbitrary<View> = fc
  .record({
    grid: fc.constantFrom(...GRIDS),
    bids: fc.array(fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 1e9 })), {
      maxLength: 5,
    }),
    asks: fc.array(fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 1e9 })), {
      maxLength: 5,
    }),
    on_grid: fc.boolean(),
    q_up: fc.oneof(
      fc.double({ min: 0.005, max: 0.995, noNaN: true }),
      fc.constantFrom(0.005, 0.25, 0.5, 0.75, 0.995),
    ),
    speed: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.4, noNaN: true })),
    size_scalar: fc.constantFrom(1, 0.5, 0.25, 0.125),
    min_size: fc.constantFrom(5 * MICRO, MICRO, 15 * MICRO),
    unpaired: fc.oneof(fc.constant(0), fc.integer({ min: -150 * MICRO, max: 150 * MICRO })),
    unpaired_cost: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    waited_s: fc.integer({ min: 0, max: 120 }),
    seconds_left: fc.integer({ min: 0, max: 900 }),
    limits: fc.tuple(limit(), limit(), limit(), limit()),
    buy_amount: fc.constantFrom('usdc' as const, 'shares' as const, 'usdc_value_over_price' as const),
    exponent: fc.constantFrom(1, 2),
  })
  .map((v) => {
    const snap = (price: number) =>
      v.on_grid ? Math.min(v.grid.highest, Math.max(v.grid.lowest, floorToGrid(v.grid, price))) : price
    const book = Book.create()
    // A book outside a message's group never crosses itself.
    const best = Math.max(-1, ...v.bids.map(([p]) => snap(p)))
    for (const [p, size] of v.bids) Book.set(book, Book.BID, snap(p), size)
    for (const [p, size] of v.asks) if (snap(p) > best) Book.set(book, Book.ASK, snap(p), size)
    const time_us = (900 - v.seconds_left) * SECOND
    const [per_trade, market, global, cash] = v.limits
    return printable(
      viewOf({
        book,
        mid: Book.mid2(book) < 0 ? v.q_up * ONE : Book.mid2(book) / 2,
        tick: v.grid.lowest,
        grid: v.grid,
        q_up: v.q_up,
        speed: v.speed,
        size_scalar: v.size_scalar,
        min_size: v.min_size,
        unpaired: v.unpaired,
        up_shares: Math.max(0, v.unpaired),
        down_shares: Math.max(0, -v.unpaired),
        unpaired_cost: v.unpaired === 0 ? 0 : v.unpaired_cost,
        unpaired_since_us: v.unpaired === 0 ? 0 : Math.max(1, time_us - v.waited_s * SECOND),
        time_us,
        headroom: { per_trade, market, global, cash },
        fee: { rate_ppm: v.exponent === 2 ? 250_000 : 72_000, exponent: v.exponent, taker_only: true },
        fee_in_shares: v.buy_amount !== 'usdc',
        buy_amount: v.buy_amount,
      }),
    )
  })

/** A counterexample prints its book as levels, not as ten thousand sizes. */
function printable(view: View): View {
  const text = () => JSON.stringify({ ...view, book: Book.snapshot(view.book) })
  return Object.defineProperty(view, fc.toStringMethod, { value: text })
}

function limit(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(1e10, 50 * MICRO, 0, -5 * MICRO),
    fc.integer({ min: -100, max: 200 }).map((usdc) => usdc * MICRO),
    fc.integer({ min: 0, max: 2e8 }),
  )
}
