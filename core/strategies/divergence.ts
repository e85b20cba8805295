import { Book } from '../book/index.ts'
import type { Section, Values } from '../config/index.ts'
import { Tif } from '../machine/records.ts'
import { Cost, Walk } from '../quotes/index.ts'
import { Regime } from '../reference/index.ts'
import { Gate } from '../risk/codes.ts'
import {
  ceilToGrid,
  floorToGrid,
  MICRO,
  type MicroUsdc,
  ONE,
  type Probability,
  SECOND,
  type Tick,
} from '../units/index.ts'
import { addTaker, type Desired, type Strategy, standAside, type View } from './strategy.ts'

/** Settings of the divergence taker (formulas.md §8, §13). */
export const settings = {
  threshold: {
    type: 'number',
    default: 0.03,
    min: 0,
    max: 1,
    unit: '',
    doc: 'least distance of the model from the mid',
  },
  min_edge: {
    type: 'number',
    default: 0.02,
    min: 0,
    max: 1,
    unit: 'USDC',
    doc: 'least edge a share after fee and slippage',
  },
  stake: { type: 'number', default: 10, min: 1, max: 1e6, unit: 'USDC', doc: 'what one trade spends' },
  slip_bps: {
    type: 'number',
    default: 10,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'slippage expected beyond what the displayed book shows',
  },
  max_slippage_bps: {
    type: 'number',
    default: 200,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'average price may be this far from the touch, or one tick if that is more',
  },
  interval_s: {
    type: 'number',
    default: 5,
    min: 0,
    max: 3600,
    unit: 's',
    doc: 'least time between two trades in a market',
  },
  max_position: {
    type: 'number',
    default: 100,
    min: 0,
    max: 1e6,
    unit: 'shares',
    doc: 'most unpaired shares of one outcome',
  },
  cutoff_s: {
    type: 'number',
    default: 10,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'from this long before the end: no orders',
  },
} as const satisfies Section

type Config = Values<typeof settings>
type State = { readonly config: Config; readonly walk: Walk.Walk; readonly next_us: Float64Array }

const CENT = 10_000

/**
 * Takes where the model and the market's mid are apart and what is left after fee and slippage is worth it: sells what it
 * holds of the outcome that is too dear, else buys the one that is too cheap. The stake is fixed.
 */
export const divergence: Strategy<State> = {
  name: 'divergence',
  settings,
  needs_model: true,
  init(config, markets) {
    return { config: config as Config, walk: Walk.create(), next_us: new Float64Array(markets) }
  },
  on(state, view, desired) {
    const gate = closed(state.config, view)
    if (gate !== Gate.NONE) {
      standAside(desired, gate)
      return
    }
    if (view.time_us < state.next_us[view.market]!) return
    const apart = view.q_up - view.mid / ONE
    if (Math.abs(apart) < state.config.threshold) {
      desired.gate = Gate.NO_EDGE
      return
    }
    const cheap: 0 | 1 = apart > 0 ? 0 : 1
    if (sell(state, view, desired, cheap === 0 ? 1 : 0) || buy(state, view, desired, cheap))
      state.next_us[view.market] = view.time_us + Math.round(state.config.interval_s * SECOND)
    else desired.gate = Gate.NO_EDGE
  },
}

function closed(config: Config, view: View): number {
  if (view.time_us < view.start_us) return Gate.NOT_STARTED
  if (view.end_us - view.time_us <= config.cutoff_s * SECOND) return Gate.CUTOFF
  if ((view.regime & Regime.STALE_ORACLE) !== 0) return Gate.STALE_ORACLE
  if (!view.ready) return Gate.NOT_READY
  return Number.isNaN(view.mid) ? Gate.NO_BOOK : Gate.NONE
}

/** The model's probability of an outcome. */
function model(view: View, outcome: 0 | 1): Probability {
  return outcome === 0 ? view.q_up : 1 - view.q_up
}

/**
 * Edge of one share bought, real USDC: probability less all-in cost less expected slippage. Where the fee is taken in
 * shares the cost is that of a share which stays.
 */
export function buyEdge(q: Probability, average: number, slip_bps: number, terms: Cost.FeeTerms): number {
  return q - Cost.netCost(terms, average) - (average / ONE) * (slip_bps / 10_000)
}

/** Edge of one share sold, real USDC. */
export function sellEdge(q: Probability, average: number, slip_bps: number, terms: Cost.FeeTerms): number {
  return average / ONE - Cost.sellFee(terms, average) - (average / ONE) * (slip_bps / 10_000) - q
}

function buy(state: State, view: View, desired: Desired, outcome: 0 | 1): boolean {
  const { config, walk } = state
  const touch = Book.tokenBest(view.book, outcome, Book.ASK)
  const room = config.max_position * MICRO - Math.max(0, outcome === 0 ? view.unpaired : -view.unpaired)
  if (touch < 0 || room <= 0) return false
  const highest = touch + Walk.slippageAllowed(touch, view.grid, config.max_slippage_bps)
  const limit: Tick = Math.min(floorToGrid(view.grid, Math.floor(highest)), view.grid.highest)
  const { per_trade, market, global, cash } = view.headroom
  const spend: MicroUsdc = Math.min(Math.floor(config.stake * MICRO), per_trade, market, global)
  Walk.buy(walk, view.book, outcome, limit, room, spend, cash, view)
  const amount = walk.money - (walk.money % CENT)
  if (amount < view.marketable_buy_min || amount === 0) return false
  const average = Walk.average(walk)
  if (Walk.excessSlippage(touch, average, view.grid, config.max_slippage_bps, true) > 0) return false
  if (buyEdge(model(view, outcome), average, config.slip_bps, view) < config.min_edge) return false
  addTaker(desired, outcome, Book.BID, limit, walk.shares, amount, Tif.FAK, false)
  return true
}

function sell(state: State, view: View, desired: Desired, outcome: 0 | 1): boolean {
  const { config, walk } = state
  const touch = Book.tokenBest(view.book, outcome, Book.BID)
  const held = outcome === 0 ? view.up_shares : view.down_shares
  if (touch < view.grid.lowest || held <= 0) return false
  const lowest = touch - Walk.slippageAllowed(touch, view.grid, config.max_slippage_bps)
  const limit: Tick = Math.max(ceilToGrid(view.grid, Math.ceil(lowest)), view.grid.lowest)
  const wanted = Math.min(held, Math.floor((config.stake * MICRO * ONE) / touch))
  Walk.sell(walk, view.book, outcome, limit, wanted, view)
  const size = walk.shares - (walk.shares % CENT)
  if (size < view.min_size || size === 0) return false
  const average = Walk.average(walk)
  if (Walk.excessSlippage(touch, average, view.grid, config.max_slippage_bps, false) > 0) return false
  if (sellEdge(model(view, outcome), average, config.slip_bps, view) < config.min_edge) return false
  addTaker(desired, outcome, Book.ASK, limit, size, 0, Tif.FAK, false)
  return true
}
