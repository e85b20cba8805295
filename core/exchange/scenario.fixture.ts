import fc from 'fast-check'
import { Tif } from '../machine/records.ts'
import { MICRO, MS } from '../units/index.ts'
import * as Exchange from './exchange.ts'
import { FILL_MODELS, type FillModel } from './settings.ts'
import type { Terms } from './terms.ts'
import * as Trial from './trial.fixture.ts'

/** Random markets and random trading in them, for properties: what a scenario is, how one is drawn, how it is played. */

export type Step =
  | { do: 'wait'; us: number }
  | { do: 'message'; market: number; rows: readonly Trial.Row[] }
  | { do: 'send'; order: Omit<Exchange.NewOrder, 'order' | 'expire_us'>; life_us: number }
  | { do: 'cancel'; which: number }
  | { do: 'merge'; market: number; pairs: number }
  | { do: 'silence'; market: number }

export type Scenario = {
  fill: FillModel
  prints: boolean
  cash: number
  shares: number
  seed: number
  fail_probability: number
  jitter: boolean
  hold_us: number
  fee: number
  steps: readonly Step[]
  payouts: readonly [number, number]
}

/** Two markets: enough for nothing to leak from one to the other unseen. */
export const MARKETS = 2
const LEVELS = [4800, 4900, 5000, 5100, 5200]

const price = fc.constantFrom(...LEVELS)
const side = fc.constantFrom<1 | 2>(1, 2)
const market = fc.integer({ min: 0, max: MARKETS - 1 })
// Whole cents of a share, and odd micro-shares as fills leave them.
const size = fc.oneof(
  fc.integer({ min: 1, max: 2000 }).map((cents) => cents * 10_000),
  fc.integer({ min: 1, max: 20 * MICRO }),
)

const level: fc.Arbitrary<Trial.Row> = fc.record({
  row: fc.constant('level' as const),
  side,
  price,
  size: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: size }),
})
const trade: fc.Arbitrary<Trial.Row> = fc.record({
  row: fc.constant('trade' as const),
  taker: side,
  price,
  size,
})
const reset: fc.Arbitrary<Trial.Row> = fc.constant({ row: 'reset' })

const rows = fc.array(
  fc.oneof(
    { weight: 24, arbitrary: level },
    { weight: 12, arbitrary: trade },
    { weight: 1, arbitrary: reset },
  ),
  { maxLength: 5 },
)

const tifs = [Tif.GTC, Tif.GTC, Tif.GTC, Tif.GTD, Tif.FAK, Tif.FOK]
const order = fc
  .record({
    market,
    outcome: fc.constantFrom<0 | 1>(0, 1),
    side,
    price: fc.oneof(
      { weight: 9, arbitrary: price },
      { weight: 1, arbitrary: fc.constantFrom(0, 4950, 9900) },
    ),
    size: fc.integer({ min: 400, max: 1500 }).map((cents) => cents * 10_000),
    amount: fc.integer({ min: 90, max: 900 }).map((cents) => cents * 10_000),
    tif: fc.constantFrom(...tifs),
    post_only: fc.boolean(),
  })
  .map((one) => {
    const taking = one.tif === Tif.FAK || one.tif === Tif.FOK
    const by_money = taking && one.side === 1 && one.post_only
    return { ...one, post_only: one.post_only && !taking, amount: by_money ? one.amount : 0 }
  })

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), us: fc.integer({ min: 0, max: 90 * MS }) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('message' as const), market, rows }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      order,
      life_us: fc.integer({ min: 1, max: 300 * MS }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), market, pairs: size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence' as const), market }) },
)

const scarce = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 * MICRO }) },
  { weight: 2, arbitrary: fc.constant(1000 * MICRO) },
)

/** Any scenario. Money and shares are scarce in some, so that rounding and reservations matter. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  fill: fc.constantFrom(...FILL_MODELS),
  prints: fc.boolean(),
  cash: scarce,
  shares: scarce,
  seed: fc.nat(1000),
  fail_probability: fc.constantFrom(0, 0.3, 1),
  jitter: fc.boolean(),
  hold_us: fc.constantFrom(0, 0, 60 * MS),
  fee: fc.nat(6),
  steps: fc.array(step, { minLength: 50, maxLength: 90 }),
  payouts: fc.tuple(fc.constantFrom(0, 10_000, 5_000, -1), fc.constantFrom(0, 10_000)),
})

const FEES: readonly Pick<Terms, 'fee' | 'charged_in'>[] = [
  feeOf(0, 1, 'usdc', 'usdc'),
  feeOf(70_000, 1, 'usdc', 'usdc'),
  feeOf(72_000, 1, 'shares', 'usdc_value_over_price'),
  feeOf(250_000, 2, 'shares', 'shares'),
  { ...feeOf(70_000, 1, 'usdc', 'usdc'), fee: { rate_ppm: 70_000, exponent: 1, taker_only: false } },
  inCents(true),
  inCents(false),
]

function inCents(taker_only: boolean): Pick<Terms, 'fee' | 'charged_in'> {
  return {
    fee: { rate_ppm: 70_000, exponent: 1, taker_only },
    charged_in: () => ({ buy: 'usdc', sell: 'usdc', buy_amount: 'usdc', cents: true }),
  }
}

function feeOf(
  rate_ppm: number,
  exponent: number,
  buy: 'usdc' | 'shares',
  buy_amount: 'usdc' | 'shares' | 'usdc_value_over_price',
): Pick<Terms, 'fee' | 'charged_in'> {
  return {
    fee: { rate_ppm, exponent, taker_only: true },
    charged_in: () => ({ buy, sell: 'usdc', buy_amount, cents: false }),
  }
}

/** The exchange of a scenario, before its first step. Without jitter answers arrive in the moment they are given. */
export function begin(scenario: Scenario): Trial.Trial {
  const { fill, prints, cash, shares, seed, fail_probability, jitter, hold_us, fee } = scenario
  return Trial.create({
    markets: MARKETS,
    cash,
    shares,
    seed,
    prints,
    terms: { ...FEES[fee], min_size: 5 * MICRO, hold_us: () => hold_us },
    settings: {
      fill,
      fail_probability,
      latency_model: jitter ? 'exponential' : 'constant',
      entry_latency_ms: 40,
      response_latency_ms: jitter ? 20 : 0,
      merge_fail_probability: 0.2,
    },
  })
}

/** Play one step. */
export function play(t: Trial.Trial, one: Step): void {
  if (one.do === 'wait') Trial.until(t, t.now + one.us)
  else if (one.do === 'message') Trial.message(t, one.rows, one.market)
  else if (one.do === 'send')
    Trial.send(t, { ...one.order, expire_us: one.order.tif === Tif.GTD ? t.now + one.life_us : 0 })
  else if (one.do === 'cancel') cancelOne(t, one.which)
  else if (one.do === 'merge') Exchange.merge(t.ex, one.market, one.pairs, t.now)
  else Exchange.beginSilence(t.ex, one.market)
}

/** The end: markets resolve one after the other, everything under way arrives, and all that is held is redeemed. */
export function finish(t: Trial.Trial, { payouts }: Scenario): void {
  payouts.forEach((payout, index) => {
    Exchange.resolve(t.ex, index, payout, t.now)
  })
  Trial.drain(t)
  payouts.forEach((payout, index) => {
    if (payout < 0) return
    const [up, down] = t.ex.state.markets[index]!.held
    Exchange.redeem(t.ex, index, 0, up, payout, t.now)
    Exchange.redeem(t.ex, index, 1, down, 10_000 - payout, t.now)
  })
  Trial.drain(t)
}

function cancelOne(t: Trial.Trial, which: number): void {
  if (t.next === 1) return
  const order = (which % (t.next - 1)) + 1
  const slot = t.ex.state.orders.number.indexOf(order)
  Trial.cancel(t, order, slot < 0 ? 0 : t.ex.state.orders.market[slot]!)
}
