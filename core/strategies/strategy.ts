import type { Book } from '../book/index.ts'
import type { Section } from '../config/index.ts'
import type { FeeSchedule } from '../events/index.ts'
import type { BuyAmount } from '../fees/index.ts'
import { Tif } from '../machine/records.ts'
import {
  MICRO,
  type MicroShares,
  type Micros,
  type MicroUsdc,
  ONE,
  type PriceGrid,
  type Probability,
  type Tick,
} from '../units/index.ts'

/**
 * What a strategy sees of one market when it decides. One object is reused for every decision: read it, never keep it.
 * It holds only what a live session could have known at `time_us`. The book is read without our own orders.
 */
export type View = {
  time_us: Micros
  decision: number
  market: number
  slug: string
  start_us: Micros
  end_us: Micros
  seconds_left: number
  /** The finest step of {@link View.grid}: of most markets the only one. */
  tick: Tick
  /** Prices that orders may have; an order off it is refused. */
  grid: PriceGrid
  min_size: MicroShares
  /** Smallest marketable BUY in micro-USDC. */
  marketable_buy_min: MicroUsdc
  /** The canonical book in Up prices; read only. */
  book: Book
  /** Up touch in ticks, −1 where a side is empty. */
  best_bid: Tick
  best_ask: Tick
  /** Up mid in 1e-4, the last one known where a side is empty; NaN before any. */
  mid: number

  /** The model stands: strike final, volatility warm, spot known. */
  ready: boolean
  /** Prices in real 1e-8 USD, NaN unknown. */
  s0: number
  s_t: number
  sigma: number
  /** Clamped. */
  q_up: Probability
  z: number
  /** φ(z)/√τ_eff: how far q moves in one second, per √s. */
  speed: number
  /** Bits of core/reference Regime, and the product of their scalars. */
  regime: number
  size_scalar: number

  /** Held shares, matched fills included (provisional), and what of them is confirmed. */
  up_shares: MicroShares
  down_shares: MicroShares
  /** up − down with in-flight marketable buys counted as bought. */
  unpaired: MicroShares
  /** All-in cost per share of the unpaired shares, in real USDC, fees included, first in first paired; 0 when paired. */
  unpaired_cost: number
  /** Since when unpaired ≠ 0 with this sign; 0 when paired. */
  unpaired_since_us: Micros
  /** Cash not reserved by open orders. */
  cash_available: MicroUsdc
  /** What risk still allows to be added to resting buys in this market, the present ones taken off first. */
  headroom: Headroom
  fee: FeeSchedule
  /** A BUY's fee is taken in shares (and not in USDC). */
  fee_in_shares: boolean
  /** What the fee formula's number means for a BUY; `usdc` exactly where {@link fee_in_shares} is false. */
  buy_amount: BuyAmount
}

/** Limits that cut a desired order to size; each in micro-USDC of notional. */
export type Headroom = { per_trade: MicroUsdc; market: MicroUsdc; global: MicroUsdc; cash: MicroUsdc }

/** Most desired orders a strategy may state for one market. */
export const DESIRED_MAX = 32
/** `level` of a marketable order. */
export const TAKER_LEVEL = 255

/**
 * What a strategy wants in one market: resting orders keyed by (outcome, side, level), and marketable orders sent at once.
 * Structure of arrays, reused; `length` rows are in use.
 */
export type Desired = {
  length: number
  /** 0 up, 1 down. */
  outcome: Uint8Array
  /** 1 buy, 2 sell. */
  side: Uint8Array
  /** Ladder level, or {@link TAKER_LEVEL}. */
  level: Uint8Array
  /** Token price in ticks: limit of a marketable order. */
  price: Float64Array
  /** Micro-shares. */
  size: Float64Array
  /** Marketable BUY: micro-USDC to spend; else 0. */
  amount: Float64Array
  /** See machine Tif. */
  tif: Uint8Array
  post_only: Uint8Array
  /** 1: this order completes a pair; cap and pair rule do not apply to it. */
  completing: Uint8Array
  /** Real USDC: caps that live orders are held to (core/orders), per outcome. NaN: none. */
  cap_up: number
  cap_down: number
  /** Highest price a live completing order of the light side may have, real USDC; NaN: none. */
  cap_completing: number
  target_total: number
  /** Cancel everything in this market and place nothing. */
  cancel_all: boolean
  /** Gate code that made the strategy stand aside, 0: none. */
  gate: number
}

/** A strategy: one file. `state` is plain data, so that it can be hashed, stored and restored. */
export type Strategy<State = unknown> = {
  name: string
  /** Its settings, read as section `strategy`. */
  settings: Section
  /** Needs the probability model (a reference series and a strike). */
  needs_model: boolean
  /**
   * The state before the first decision.
   *
   * @param seed the run's seed, an integer from 0 to 2^53 − 1: all chance comes from it, by a stream of its own
   */
  init(config: Readonly<Record<string, unknown>>, markets: number, seed: number): State
  /** Fill `desired` for the market of `view`. */
  on(state: State, view: View, desired: Desired): void
}

/** Empty `desired`, to be reused. */
export function createDesired(): Desired {
  return {
    length: 0,
    outcome: new Uint8Array(DESIRED_MAX),
    side: new Uint8Array(DESIRED_MAX),
    level: new Uint8Array(DESIRED_MAX),
    price: new Float64Array(DESIRED_MAX),
    size: new Float64Array(DESIRED_MAX),
    amount: new Float64Array(DESIRED_MAX),
    tif: new Uint8Array(DESIRED_MAX),
    post_only: new Uint8Array(DESIRED_MAX),
    completing: new Uint8Array(DESIRED_MAX),
    cap_up: Number.NaN,
    cap_down: Number.NaN,
    cap_completing: Number.NaN,
    target_total: Number.NaN,
    cancel_all: false,
    gate: 0,
  }
}

/** Forget the last decision. */
export function resetDesired(desired: Desired): void {
  desired.length = 0
  desired.cap_up = Number.NaN
  desired.cap_down = Number.NaN
  desired.cap_completing = Number.NaN
  desired.target_total = Number.NaN
  desired.cancel_all = false
  desired.gate = 0
}

/**
 * State one resting order: good till cancelled, post-only. HOT.
 *
 * @param outcome 0 up, 1 down
 * @param side 1 buy, 2 sell
 * @param completing it completes a pair: cap and pair rule do not apply to it
 * @throws StrategyError `strategy.row` for a number in another unit or out of range; `strategy.desired_full` beyond
 *   {@link DESIRED_MAX}
 */
export function addResting(
  desired: Desired,
  outcome: number,
  side: number,
  level: number,
  price: Tick,
  size: MicroShares,
  completing: boolean,
): void {
  assertRow(outcome, side, price, size)
  if (!(level >= 0 && level < TAKER_LEVEL && Number.isInteger(level)))
    throw badRow('level', level, `a whole number from 0 to ${TAKER_LEVEL - 1}`)
  const row = take(desired)
  desired.outcome[row] = outcome
  desired.side[row] = side
  desired.level[row] = level
  desired.price[row] = price
  desired.size[row] = size
  desired.amount[row] = 0
  desired.tif[row] = Tif.GTC
  desired.post_only[row] = 1
  desired.completing[row] = completing ? 1 : 0
}

/**
 * State one marketable order, to be sent at once and never to rest. HOT.
 *
 * @param price its limit
 * @param size micro-shares expected (buy) or to sell
 * @param amount micro-USDC to spend; 0 for a sell
 * @param tif FAK or FOK, see machine Tif
 * @throws StrategyError `strategy.row` for a number in another unit or out of range; `strategy.desired_full` beyond
 *   {@link DESIRED_MAX}
 */
export function addTaker(
  desired: Desired,
  outcome: number,
  side: number,
  price: Tick,
  size: MicroShares,
  amount: MicroUsdc,
  tif: number,
  completing: boolean,
): void {
  assertRow(outcome, side, price, size)
  if (!(Number.isSafeInteger(amount) && amount >= 0))
    throw badRow('amount', amount, 'whole micro-USDC, 0 or more (1 USDC = 1000000); 0 for a sell')
  if (tif !== Tif.FAK && tif !== Tif.FOK)
    throw badRow('tif', tif, `Tif.FAK (${Tif.FAK}) or Tif.FOK (${Tif.FOK})`)
  const row = take(desired)
  desired.outcome[row] = outcome
  desired.side[row] = side
  desired.level[row] = TAKER_LEVEL
  desired.price[row] = price
  desired.size[row] = size
  desired.amount[row] = amount
  desired.tif[row] = tif
  desired.post_only[row] = 0
  desired.completing[row] = completing ? 1 : 0
}

/** Stand aside: want nothing and have everything in this market cancelled, for the reason `gate`. */
export function standAside(desired: Desired, gate: number): void {
  desired.length = 0
  desired.cancel_all = true
  desired.gate = gate
}

/** The venue takes sells in whole steps of so many micro-shares: 0.01 shares (its rule of two decimals). */
export const SELL_STEP: MicroShares = 10_000

/**
 * Shares that can be sold of what is held: the venue refuses a sell that is no multiple of 0.01 shares, and a fee that is taken
 * in shares leaves such a rest.
 */
export function sellable(shares: MicroShares): MicroShares {
  return Math.max(0, shares - (shares % SELL_STEP))
}

/** What every order must be, in the units of the core. The venue's own rules (tick, least size) are the venue's to refuse. */
function assertRow(outcome: number, side: number, price: Tick, size: MicroShares): void {
  if (outcome !== 0 && outcome !== 1) throw badRow('outcome', outcome, '0 for Up or 1 for Down')
  if (side !== 1 && side !== 2) throw badRow('side', side, '1 for buy or 2 for sell')
  if (!(Number.isSafeInteger(price) && price > 0 && price < ONE))
    throw badRow(
      'price',
      price,
      `a whole number of 1e-4 USDC from 1 to ${ONE - 1}${hint(price, ONE, 'USDC')}`,
    )
  if (!(Number.isSafeInteger(size) && size > 0))
    throw badRow('size', size, `whole micro-shares above 0${hint(size, MICRO, 'shares')}`)
}

/** The number that was meant, where it looks like one of people's units. */
function hint(value: number, unit: number, name: string): string {
  const meant = Math.round(value * unit)
  return value > 0 && !Number.isInteger(value) && Number.isSafeInteger(meant) && meant > 0
    ? ` (${value} ${name} = ${meant})`
    : ''
}

function badRow(field: string, value: number, wanted: string): StrategyError {
  return new StrategyError('strategy.row', `${field} ${value} is refused: expected ${wanted}`, {
    field,
    fix: 'see docs/strategy.md, Units',
  })
}

function take(desired: Desired): number {
  const row = desired.length
  if (row >= DESIRED_MAX)
    throw new StrategyError(
      'strategy.desired_full',
      `a strategy may want at most ${DESIRED_MAX} orders in a market`,
    )
  desired.length = row + 1
  return row
}

/** A strategy that is unknown or breaks its contract. */
export class StrategyError extends Error {
  readonly code: string
  readonly field?: string
  readonly fix?: string
  constructor(code: string, message: string, more: { field?: string; fix?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'Strategy.StrategyError'
    this.code = code
    if (more.field !== undefined) this.field = more.field
    if (more.fix !== undefined) this.fix = more.fix
  }
}

/**
 * What a strategy's own code threw, as an error of the strategy.
 *
 * @param when where it was asked: a market and a time, or `init`
 */
export function failedStrategy(name: string, when: string, thrown: unknown): StrategyError {
  // By its name: a strategy's file may have a copy of this module of its own.
  const own =
    thrown instanceof Error && thrown.name === 'Strategy.StrategyError' ? (thrown as StrategyError) : null
  const said =
    own?.message ?? (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown))
  return new StrategyError(own?.code ?? 'strategy.failed', `strategy ${name}, ${when}: ${said}`, {
    cause: thrown,
    fix: own?.fix ?? 'correct the strategy',
    ...(own?.field !== undefined && { field: own.field }),
  })
}
