import { type MicroShares, type MicroUsdc, mulDiv, ONE, type Tick } from '../units/index.ts'

/**
 * The two amounts of a signed order (protocol.md §1.6): what the maker of the order gives and what it takes, in base units
 * of 1e-6. A BUY gives USDC and takes shares, a SELL gives shares and takes USDC. Price and size are rounded to the
 * decimals of the market's tick; all in integers.
 */
export type Amounts = { maker: number; taker: number }

/**
 * Decimals of a marketable order's amounts. `builder`: those of the tick, as the venue's own client sends them. `venue`:
 * what its matching engine takes of FOK and FAK, 2 for what is given and 4 for what is taken, whatever the tick.
 */
export type Accuracy = 'venue' | 'builder'

/** Decimals of prices and of amounts, by tick size; sizes and money given always have 2. */
const DECIMALS: Readonly<Record<Tick, { price: number; amount: number }>> = {
  1000: { price: 1, amount: 3 },
  100: { price: 2, amount: 4 },
  50: { price: 3, amount: 5 },
  25: { price: 4, amount: 6 },
  10: { price: 3, amount: 5 },
  1: { price: 4, amount: 6 },
}

const PRICE_DECIMALS = 4
const BASE_DECIMALS = 6
/** Decimals of sizes, of money given, and the most that the venue takes of the other amount of a FOK or FAK. */
const GIVEN_DECIMALS = 2
const VENUE_TAKEN_DECIMALS = 4
const POWERS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

const BUY = 1

/** Empty amounts, to be reused. */
export function createAmounts(): Amounts {
  return { maker: 0, taker: 0 }
}

/**
 * Amounts of a resting order (GTC, GTD).
 *
 * The other amount, size × price, never needs rounding: two decimals of size and those of the price are the decimals of
 * the amount, at every tick.
 *
 * @param side 1 buy, 2 sell
 * @param price limit, in 1e-4; rounded half away from zero to the tick's decimals
 * @param size micro-shares; rounded down to 0.01 shares
 * @param tick the market's tick size
 * @throws AmountsError `orders.tick`, `orders.price_range`, `orders.size`
 */
export function limit(side: number, price: Tick, size: MicroShares, tick: Tick, out: Amounts): Amounts {
  const unit = POWERS[PRICE_DECIMALS - decimals(tick).price]!
  const at = inside(mulDiv(price, 1, unit, 'half_away') * unit, tick)
  const shares = positive(cut(size, GIVEN_DECIMALS), 'size', size)
  const usdc = mulDiv(shares, at, ONE, 'down')
  out.maker = side === BUY ? usdc : shares
  out.taker = side === BUY ? shares : usdc
  return out
}

/**
 * Amounts of a marketable order (FOK, FAK). A BUY's quantity is the money it gives, a SELL's the shares.
 *
 * The amount taken is rounded down, as by the venue's client: rounded up, the implied price would be better than the limit
 * and not match a counter-order at it. The price implied is then a hair beyond the limit, and held to less than 1e-4.
 *
 * @param side 1 buy, 2 sell
 * @param price worst price, in 1e-4; rounded down to the tick's decimals
 * @param quantity micro-USDC of a BUY, micro-shares of a SELL; rounded down to 0.01
 * @param tick the market's tick size
 * @param buy_min smallest marketable BUY in micro-USDC
 * @throws AmountsError `orders.tick`, `orders.price_range`, `orders.size`, `orders.marketable_min`, `orders.decimals`
 */
export function market(
  side: number,
  price: Tick,
  quantity: MicroUsdc | MicroShares,
  tick: Tick,
  buy_min: MicroUsdc,
  accuracy: Accuracy,
  out: Amounts,
): Amounts {
  const rule = decimals(tick)
  const unit = POWERS[PRICE_DECIMALS - rule.price]!
  const at = inside(mulDiv(price, 1, unit, 'down') * unit, tick)
  const maker = positive(cut(quantity, GIVEN_DECIMALS), side === BUY ? 'amount' : 'size', quantity)
  if (side === BUY && maker < buy_min) {
    throw new AmountsError(
      'orders.marketable_min',
      'amount',
      `a marketable BUY of ${maker} micro-USDC is below the smallest, ${buy_min}`,
      'spend more, or rest an order',
    )
  }
  const places = accuracy === 'venue' ? Math.min(rule.amount, VENUE_TAKEN_DECIMALS) : rule.amount
  const taken = side === BUY ? mulDiv(maker, ONE, at, 'down') : mulDiv(maker, at, ONE, 'down')
  const taker = positive(cut(taken, places), 'amount', quantity)
  const implied = side === BUY ? mulDiv(maker, ONE, taker, 'down') : mulDiv(taker, ONE, maker, 'up')
  if (side === BUY ? implied > at : implied < at) {
    throw new AmountsError(
      'orders.decimals',
      'amount',
      `${quantity} is so small that ${places} decimals cannot hold the limit ${at}: the amounts say ${implied}`,
      'trade a larger quantity',
    )
  }
  out.maker = maker
  out.taker = taker
  return out
}

function decimals(tick: Tick): { price: number; amount: number } {
  const found = Object.hasOwn(DECIMALS, tick) ? DECIMALS[tick] : undefined
  if (found === undefined) {
    throw new AmountsError(
      'orders.tick',
      'tick',
      `${tick} is no tick size of the venue`,
      'use 1, 10, 25, 50, 100 or 1000, in 1e-4',
    )
  }
  return found
}

/** The price, if it may be traded: a multiple of the tick, at least one tick from 0 and from 1. */
function inside(price: Tick, tick: Tick): Tick {
  if (price < tick || price > ONE - tick || price % tick !== 0) {
    throw new AmountsError(
      'orders.price_range',
      'price',
      `${price} is no price at tick size ${tick}`,
      `use a multiple of ${tick} from ${tick} to ${ONE - tick}, in 1e-4`,
    )
  }
  return price
}

/** Down to some decimals of 1e-6 units. */
function cut(amount: number, places: number): number {
  return amount - (amount % POWERS[BASE_DECIMALS - places]!)
}

function positive(amount: number, field: string, given: number): number {
  if (amount > 0) return amount
  throw new AmountsError(
    'orders.size',
    field,
    `${given} leaves nothing at the venue's decimals`,
    'trade at least 0.01',
  )
}

/** Amounts that the venue would refuse. */
export class AmountsError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, message: string, fix: string) {
    super(message)
    this.name = 'Orders.AmountsError'
    this.code = code
    this.field = field
    this.fix = fix
  }
}
