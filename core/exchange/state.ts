import type { OutcomeIndex } from '../book/token.ts'
import { TimeQueue } from '../clock/index.ts'
import type { MarketFeed } from '../markets/index.ts'
import { Rng } from '../random/index.ts'
import type { MicroShares, Micros, MicroUsdc, Tick } from '../units/index.ts'
import type { ExchangeConfig } from './config.ts'
import * as Debits from './debits.ts'
import type { Terms } from './terms.ts'
import * as Told from './told.ts'
import * as VenueOrders from './venue-orders.ts'

export { configure, type ExchangeConfig, ExchangeConfigError } from './config.ts'

/** Shares of an outcome that were paid out at `payout` ticks each. */
export type Redemption = { outcome: OutcomeIndex; shares: MicroShares; payout: Tick }

/** The venue's side of one market. Prices are canonical (Up); pairs of numbers are Up, then Down. */
export type VenueMarket = {
  /** Slots of our resting orders, canonical side bid, best price first, then first come. */
  bids: number[]
  /** The same of the canonical side ask. */
  asks: number[]
  /** What our fills took of displayed levels. */
  taken: Debits.Debits
  /** `bbo`: depth that resting orders across the book gave up, for the slippage and the fee. Nothing of it was traded. */
  forgone: Debits.Debits
  /** Micro-shares that the levels we took from displayed, each counted once, and what we took of them. */
  displayed_shares: MicroShares
  taken_shares: MicroShares
  /** An order of ours has arrived here. */
  reached: boolean
  /** Micro-shares printed from then to the market's close, and all that our orders were filled. */
  printed_shares: MicroShares
  filled_shares: MicroShares
  /** What was told of trades lately. */
  told: Told.Told
  /** Number of the present message. */
  turn: number
  /** When the book was last void, and in which message; −1 never. */
  reset_us: Micros
  reset_turn: number
  /** Rows of the present message granted an order something. */
  granting: boolean
  /** Nothing more is accepted. */
  closed: boolean
  /** What one Up share pays, −1 while that is not known. */
  payout: Tick
  /** What was paid out so far, one entry a redemption: the venue's word may yet be another. */
  redeemed: Redemption[]
  /** In a gap under the blackout policy: what rests is exposed and cancels wait for the next book. */
  silent: boolean
  /** What the present message brought while silent, see Heard in silence.ts. */
  heard: number
  /** Shares held, those of open sells and of unconfirmed fills included. */
  held: [MicroShares, MicroShares]
  /** Part of held: what open sells may still take. */
  reserved: [MicroShares, MicroShares]
  /** Part of held: bought in fills that are not confirmed, so that they may yet be taken back. */
  pending: [MicroShares, MicroShares]
}

/** Everything the simulated exchange knows: plain data. */
export type ExchangeState = {
  /** All the account's money, what is reserved and what is pending included. */
  cash: MicroUsdc
  /** Part of cash: what open buys may still cost at their limits. */
  cash_reserved: MicroUsdc
  /** Part of cash: proceeds of fills that are not confirmed. */
  cash_pending: MicroUsdc
  /** Fills so far: the next fill's number. */
  fills: number
  /** Fills granted at the first book after a gap. */
  gap_fills: number
  /** Highest order number sent so far. */
  last_order: number
  orders: VenueOrders.VenueOrders
  markets: VenueMarket[]
  /** What is on its way to the venue, or due there: see Request. */
  requests: TimeQueue.TimeQueue
  /** What is on its way to us: see answers.ts. */
  answers: TimeQueue.TimeQueue
  /** Due time of the last answer: one ordered stream, answers never overtake. */
  last_answer_us: Micros
  latency_rng: Rng.Rng
  fate_rng: Rng.Rng
}

/** The simulated exchange: its state, and what it reads and never writes. */
export type Exchange = {
  readonly state: ExchangeState
  readonly config: ExchangeConfig
  /** The market channel's view by market, owned by the world. */
  readonly feeds: readonly MarketFeed.MarketFeed[]
  /** The venue's rules by market. */
  readonly terms: readonly Terms[]
  /** The tape has prints; without them the neutral and optimistic queues read level changes. */
  readonly prints: boolean
}

/** Streams of the run's seed. */
const LATENCY_STREAM = 1
const FATE_STREAM = 2

/**
 * An exchange at the start of a run.
 *
 * @param markets how many there are
 * @param cash of the account, micro-USDC
 * @param seed of latencies and failures, an integer from 0 to 2^53 − 1
 * @param cents balances of some market are in whole cents
 */
export function createState(markets: number, cash: MicroUsdc, seed: number, cents = false): ExchangeState {
  return {
    cash,
    cash_reserved: 0,
    cash_pending: 0,
    fills: 0,
    gap_fills: 0,
    last_order: -1,
    orders: VenueOrders.create(cents),
    markets: Array.from({ length: markets }, createMarket),
    requests: TimeQueue.create(),
    answers: TimeQueue.create(),
    last_answer_us: 0,
    latency_rng: Rng.create(seed, LATENCY_STREAM),
    fate_rng: Rng.create(seed, FATE_STREAM),
  }
}

function createMarket(): VenueMarket {
  return {
    bids: [],
    asks: [],
    taken: Debits.create(),
    forgone: Debits.create(),
    displayed_shares: 0,
    taken_shares: 0,
    reached: false,
    printed_shares: 0,
    filled_shares: 0,
    told: Told.create(),
    turn: 0,
    reset_us: 0,
    reset_turn: -1,
    granting: false,
    closed: false,
    payout: -1,
    redeemed: [],
    silent: false,
    heard: 0,
    held: [0, 0],
    reserved: [0, 0],
    pending: [0, 0],
  }
}
