import { Book } from '../book/index.ts'
import type { Section, Values } from '../config/index.ts'
import { Tif } from '../machine/records.ts'
import { Budget, Caps } from '../quotes/index.ts'
import { Rng } from '../random/index.ts'
import { Gate } from '../risk/codes.ts'
import { MICRO, type Micros, ONE, onGrid, SECOND, stepsFrom, type Tick } from '../units/index.ts'
import { addResting, addTaker, type Desired, type Strategy, standAside, type View } from './strategy.ts'

/** Settings of the random control. */
export const settings = {
  hold_s: {
    type: 'number',
    default: 10,
    min: 0.1,
    max: 3600,
    unit: 's',
    doc: 'time between two throws in a market',
  },
  taker_share: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 1,
    unit: '',
    doc: 'part of the throws that take',
  },
  idle_share: {
    type: 'number',
    default: 0.3,
    min: 0,
    max: 1,
    unit: '',
    doc: 'part of the throws that do nothing',
  },
  max_size: { type: 'number', default: 20, min: 1, max: 1e5, unit: 'shares', doc: 'largest order' },
  max_depth: {
    type: 'number',
    default: 5,
    min: 0,
    max: 100,
    integer: true,
    unit: 'ticks',
    doc: 'deepest bid below the touch',
  },
  max_unpaired: {
    type: 'number',
    default: 50,
    min: 0,
    max: 1e5,
    unit: 'shares',
    doc: 'unpaired shares from which it buys the other outcome only',
  },
  cutoff_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'from this long before the end: no orders, cancel all',
  },
} as const satisfies Section

const Throw = { NONE: 0, BID: 1, TAKE: 2 } as const
const CENT = 10_000
/** Number of the strategy's stream of random numbers. */
const STREAM = 11

type State = {
  readonly config: Values<typeof settings>
  readonly rng: Rng.Rng
  /** By market: when the dice are thrown again, and what the last throw said. */
  readonly next_us: Float64Array
  readonly action: Uint8Array
  readonly outcome: Uint8Array
  readonly depth: Uint8Array
  readonly size: Float64Array
}

/**
 * A control without an opinion: now and then a small post-only bid a few ticks below the touch of either outcome, or a
 * small marketable buy, always inside the limits. What it earns is what chance and the fill model give away.
 */
export const random: Strategy<State> = {
  name: 'random',
  settings,
  needs_model: false,
  init(config, markets, seed) {
    const values = config as Values<typeof settings>
    return {
      config: values,
      rng: Rng.create(seed, STREAM),
      next_us: new Float64Array(markets),
      action: new Uint8Array(markets),
      outcome: new Uint8Array(markets),
      depth: new Uint8Array(markets),
      size: new Float64Array(markets),
    }
  },
  on(state, view, desired) {
    if (view.time_us < view.start_us) standAside(desired, Gate.NOT_STARTED)
    else if (view.end_us - view.time_us <= state.config.cutoff_s * SECOND) standAside(desired, Gate.CUTOFF)
    else if (Number.isNaN(view.mid)) standAside(desired, Gate.NO_BOOK)
    else act(state, view, desired)
  },
}

function act(state: State, view: View, desired: Desired): void {
  const { market } = view
  if (view.time_us >= state.next_us[market]!) throwDice(state, market, view.time_us)
  const lean = Math.abs(view.unpaired) >= state.config.max_unpaired * MICRO
  const outcome: 0 | 1 = lean ? (view.unpaired > 0 ? 1 : 0) : state.outcome[market] === 1 ? 1 : 0
  if (state.action[market] === Throw.BID) bid(state, view, desired, outcome)
  else if (state.action[market] === Throw.TAKE) {
    take(state, view, desired, outcome)
    // Once a throw, or it would buy at every quote tick.
    state.action[market] = Throw.NONE
  }
}

/** The same number of draws whatever they say, so that one market's dice do not depend on another's luck. */
function throwDice(state: State, market: number, now: Micros): void {
  const { config, rng } = state
  const kind = Rng.uniform(rng)
  const idle = kind < config.idle_share
  const takes = Rng.uniform(rng) < config.taker_share
  state.action[market] = idle ? Throw.NONE : takes ? Throw.TAKE : Throw.BID
  state.outcome[market] = Rng.below(rng, 2)
  state.depth[market] = Rng.below(rng, config.max_depth + 1)
  state.size[market] = Math.ceil(Rng.uniform(rng) * config.max_size * 100) * Budget.LOT
  state.next_us[market] = now + Math.round(config.hold_s * SECOND)
}

function bid(state: State, view: View, desired: Desired, outcome: 0 | 1): void {
  const best = Book.tokenBest(view.book, outcome, Book.BID)
  if (best < 0) return
  const cap = stepsFrom(view.grid, best, -state.depth[view.market]!)
  const ask = Book.tokenBest(view.book, outcome, Book.ASK)
  const price = Caps.competitive(best, ask, cap, view.grid, 0)
  if (price === 0) return
  const size = cut(state, view, price)
  if (size >= view.min_size && size > 0) addResting(desired, outcome, Book.BID, 0, price, size, false)
}

function take(state: State, view: View, desired: Desired, outcome: 0 | 1): void {
  const ask = Book.tokenBest(view.book, outcome, Book.ASK)
  if (!onGrid(view.grid, ask)) return
  const size = cut(state, view, ask)
  const money = (size * ask) / ONE
  const amount = Math.floor(money / CENT) * CENT
  if (amount >= view.marketable_buy_min && amount > 0)
    addTaker(desired, outcome, Book.BID, ask, size, amount, Tif.FAK, false)
}

/** Largest lot-sized buy up to the thrown size that every limit allows. */
function cut(state: State, view: View, price: Tick): number {
  const { per_trade, market, global, cash } = view.headroom
  const money = Math.min(per_trade, market, global, cash)
  return Budget.floorLot(Math.min(state.size[view.market]!, Budget.affordable(money, price)))
}
