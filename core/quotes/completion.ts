import type { Section, Values } from '../config/index.ts'
import { Tif } from '../machine/records.ts'
import { addTaker, type Desired, type View } from '../strategies/strategy.ts'
import { type PriceGrid, priceAt, SECOND, type Tick } from '../units/index.ts'
import { type FeeTerms, netCost } from './cost.ts'
import * as Walk from './walk.ts'

/** When and how unpaired shares are paired by taking (formulas.md §6). */
export const settings = {
  complete: {
    type: 'flag',
    default: true,
    unit: '',
    doc: 'buy the missing side as taker when it has been missing too long or the cutoff is near',
  },
  min_profit: {
    type: 'number',
    default: 0,
    min: -1,
    max: 1,
    unit: 'USDC',
    doc: 'least profit of a pair completed by taking, fees included, before the escalation',
  },
  complete_after_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'time unpaired after which taking is allowed',
  },
  escalate_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'time before the cutoff in which taking is allowed and the loss accepted grows from 0',
  },
  max_completion_loss: {
    type: 'number',
    default: 0.02,
    min: 0,
    max: 1,
    unit: 'USDC',
    doc: 'loss of a pair accepted at the cutoff, on top of min_profit',
  },
  completion_type: {
    type: 'choice',
    default: 'FAK',
    choices: ['FAK', 'FOK'],
    unit: '',
    doc: 'FAK buys what there is, FOK all or nothing',
  },
} as const satisfies Section

export type CompletionConfig = Values<typeof settings> & { readonly cutoff_s: number }

/** The completing half of the market maker. Plain data. */
export type Completer = { readonly config: CompletionConfig; readonly walk: Walk.Walk }

/** A completer. */
export function create(config: CompletionConfig): Completer {
  return { config, walk: Walk.create() }
}

/** Marketable BUYs state money with two decimals (protocol.md §1.6). */
const CENT = 10_000

/**
 * State the marketable order that buys the missing side, where one is allowed and worth sending.
 *
 * A marketable BUY's quantity is money: what the walk that buys the shares costs, rounded down to cents. If prices are
 * better when it arrives, it buys more than was missing by at most that improvement.
 *
 * @returns true when an order was stated
 */
export function decide(completer: Completer, view: View, desired: Desired): boolean {
  const { config, walk } = completer
  if (!config.complete || !allowed(config, view)) return false
  const limit = highestPrice(acceptable(config, view), view.grid, view)
  if (limit === 0) return false
  const outcome = view.unpaired > 0 ? 1 : 0
  const { per_trade, cash } = view.headroom
  Walk.buy(walk, view.book, outcome, limit, Math.abs(view.unpaired), per_trade, cash, view)
  if (config.completion_type === 'FOK' && walk.short) return false
  const amount = walk.money - (walk.money % CENT)
  if (amount < view.marketable_buy_min || amount === 0) return false
  const tif = config.completion_type === 'FOK' ? Tif.FOK : Tif.FAK
  addTaker(desired, outcome, 1, limit, walk.shares, amount, tif, true)
  return true
}

/** Whether taking is allowed now: unpaired for long, or the cutoff is near. */
export function allowed(config: CompletionConfig, view: View): boolean {
  // What is only in flight has no age and no cost yet.
  if (view.unpaired === 0 || view.unpaired_since_us === 0 || view.seconds_left <= config.cutoff_s)
    return false
  const waited = view.time_us - view.unpaired_since_us >= config.complete_after_s * SECOND
  return waited || view.seconds_left - config.cutoff_s <= config.escalate_s
}

/** Loss accepted on a completed pair, real USDC: 0 until `escalate_s` before the cutoff, the most at the cutoff. */
export function escalation(config: CompletionConfig, seconds_left: number): number {
  const to_cutoff = seconds_left - config.cutoff_s
  if (to_cutoff >= config.escalate_s) return 0
  return config.max_completion_loss * (1 - Math.max(0, to_cutoff) / config.escalate_s)
}

/** Highest all-in cost of one missing share, real USDC. */
export function acceptable(config: CompletionConfig, view: View): number {
  return 1 - view.unpaired_cost - config.min_profit + escalation(config, view.seconds_left)
}

/** All-in costs this far above the acceptable one are equal to it: floating noise, in USDC. */
const NOISE = 1e-10

/**
 * The highest price of the grid whose all-in cost is acceptable; 0: none is. The cost rises with the price under every
 * schedule with an exponent from 1 (its slope is at least 1 − rate), so that halving finds it; under another it finds a
 * price that is acceptable.
 */
export function highestPrice(acceptable_cost: number, grid: PriceGrid, terms: FeeTerms): Tick {
  let low = 0
  let high = grid.count - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (netCost(terms, priceAt(grid, middle)) <= acceptable_cost + NOISE) low = middle
    else high = middle - 1
  }
  return priceAt(grid, low)
}
