import { TimeQueue } from '../clock/index.ts'
import type { Values } from '../config/index.ts'
import { Rng } from '../random/index.ts'
import { type MicroShares, type Micros, type MicroUsdc, MS, SECOND, type Tick } from '../units/index.ts'
import { FILL_MODELS, type FillModel, type GapPolicy, type settings } from './settings.ts'
import * as VenueOrders from './venue-orders.ts'

/** Size at a price of the canonical book, kept sparse: a market has few entries at a time. */
export type Marks = { side: number[]; price: number[]; size: number[] }

/** The venue's side of one market. Prices are canonical (Up). */
export type VenueMarket = {
  /** Slots of resting orders, in order of arrival. */
  resting: number[]
  /** Displayed size that our fills used up at a level since its last change. */
  consumed: Marks
  /** Prints at a level since its last change. */
  printed: Marks
  /** Highest canonical bid and lowest canonical ask among our resting orders; −1 and 10001 without. */
  own_bid: Tick
  own_ask: Tick
  /** Nothing more is accepted. */
  closed: boolean
  /** In a gap under the blackout policy: what rests is exposed and cancels wait for the next book. */
  silent: boolean
  up_shares: MicroShares
  down_shares: MicroShares
  up_reserved: MicroShares
  down_reserved: MicroShares
}

/** Everything the simulated exchange knows: plain data. */
export type ExchangeState = {
  cash: MicroUsdc
  cash_reserved: MicroUsdc
  fills: number
  orders: VenueOrders.VenueOrders
  markets: VenueMarket[]
  /** What is on its way to the venue, or due there. */
  requests: TimeQueue.TimeQueue
  /** What is on its way to us. */
  answers: TimeQueue.TimeQueue
  /** Due time of the last answer: one ordered stream, answers never overtake. */
  last_answer_us: Micros
  latency_rng: Rng.Rng
  fate_rng: Rng.Rng
  gap_fills: number
}

/** The exchange's constants, taken from settings once. */
export type ExchangeConfig = {
  fill: FillModel
  gaps: GapPolicy
  latency_model: 'constant' | 'exponential' | 'samples'
  entry_us: Micros
  response_us: Micros
  jitter_us: number
  samples_us: Float64Array
  slip_bps: number
  queue_power: number
  mined_us: Micros
  confirmed_us: Micros
  fail_probability: number
  merge_us: Micros
  redeem_us: Micros
  merge_fail_probability: number
}

/**
 * Constants from settings.
 *
 * @throws ExchangeConfigError for latency samples that are not numbers, or missing ones
 */
export function configure(values: Values<typeof settings>): ExchangeConfig {
  const samples = values.latency_samples_ms.map((text) => Number(text) * MS)
  if (samples.some((us) => !(us >= 0 && us <= 60 * SECOND)))
    throw new ExchangeConfigError('every sample must be from 0 to 60000 ms')
  if (values.latency_model === 'samples' && samples.length === 0) {
    throw new ExchangeConfigError('latency_model = samples needs at least one sample')
  }
  return {
    fill: values.fill as FillModel,
    gaps: values.gaps as GapPolicy,
    latency_model: values.latency_model as ExchangeConfig['latency_model'],
    entry_us: Math.round(values.entry_latency_ms * MS),
    response_us: Math.round(values.response_latency_ms * MS),
    jitter_us: values.latency_jitter_ms * MS,
    samples_us: Float64Array.from(samples, Math.round),
    slip_bps: values.slip_bps,
    queue_power: values.queue_power,
    mined_us: Math.round(values.mined_after_s * SECOND),
    confirmed_us: Math.round(values.confirmed_after_s * SECOND),
    fail_probability: values.fail_probability,
    merge_us: Math.round(values.merge_latency_s * SECOND),
    redeem_us: Math.round(values.redeem_latency_s * SECOND),
    merge_fail_probability: values.merge_fail_probability,
  }
}

/** An exchange with an empty account but `cash`. */
export function createState(markets: number, cash: MicroUsdc, seed: number): ExchangeState {
  return {
    cash,
    cash_reserved: 0,
    fills: 0,
    orders: VenueOrders.create(),
    markets: Array.from({ length: markets }, createMarket),
    requests: TimeQueue.create(),
    answers: TimeQueue.create(),
    last_answer_us: 0,
    latency_rng: Rng.create(seed, 1),
    fate_rng: Rng.create(seed, 2),
    gap_fills: 0,
  }
}

function createMarket(): VenueMarket {
  return {
    resting: [],
    consumed: { side: [], price: [], size: [] },
    printed: { side: [], price: [], size: [] },
    own_bid: -1,
    own_ask: 10_001,
    closed: false,
    silent: false,
    up_shares: 0,
    down_shares: 0,
    up_reserved: 0,
    down_reserved: 0,
  }
}

/** Whether resting orders use a queue model of their own rather than the pessimistic one. */
export function restingModel(fill: FillModel): 'pessimistic' | 'neutral' | 'optimistic' {
  return fill === 'queue-neutral' ? 'neutral' : fill === 'queue-optimistic' ? 'optimistic' : 'pessimistic'
}

/** Number of a fill model, for tables. */
export function fillModelIndex(fill: FillModel): number {
  return FILL_MODELS.indexOf(fill)
}

/** Settings of the exchange that do not fit together. */
export class ExchangeConfigError extends Error {
  readonly code = 'exchange.config'
  readonly field = 'exchange.latency_samples_ms'
  constructor(message: string) {
    super(`exchange.latency_samples_ms: ${message}`)
    this.name = 'Exchange.ExchangeConfigError'
  }
}
