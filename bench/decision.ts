/**
 * Cost of one decision of the market maker: view in, desired orders out, compared with what is live. Prints nanoseconds of
 * processor time a decision, the median of five rounds, with and without the comparison. Processor time, so that other
 * work on the machine does not count. `node bench/decision.ts [--json]`
 */
import { Book } from '../core/book/index.ts'
import { defaults } from '../core/config/index.ts'
import { Diff, Life, Limiter, Orders, settings as orderSettings } from '../core/orders/index.ts'
import { byName } from '../core/strategies/registry.ts'
import { createDesired, resetDesired, type View } from '../core/strategies/strategy.ts'
import { MICRO, SECOND, uniformGrid } from '../core/units/index.ts'

const DECISIONS = 1_000_000
const ROUNDS = 5

/** A market in mid-window with five levels a side. */
function marketView(): View {
  const book = Book.create()
  for (let i = 0; i < 5; i++) {
    Book.set(book, Book.BID, 5000 - 100 * i, 100 * MICRO)
    Book.set(book, Book.ASK, 5200 + 100 * i, 100 * MICRO)
  }
  return {
    time_us: 500 * SECOND,
    decision: 0,
    market: 0,
    slug: 'btc-updown-15m-0',
    start_us: 0,
    end_us: 900 * SECOND,
    seconds_left: 400,
    tick: 100,
    grid: uniformGrid(100),
    min_size: 5 * MICRO,
    marketable_buy_min: MICRO,
    book,
    best_bid: 5000,
    best_ask: 5200,
    mid: 5100,
    ready: true,
    s0: 1e13,
    s_t: 1e13,
    sigma: 1e-4,
    q_up: 0.51,
    z: 0,
    speed: 0.02,
    regime: 0,
    size_scalar: 1,
    up_shares: 30 * MICRO,
    down_shares: 0,
    unpaired: 30 * MICRO,
    unpaired_cost: 0.47,
    unpaired_since_us: 480 * SECOND,
    cash_available: 5000 * MICRO,
    headroom: { per_trade: 50 * MICRO, market: 150 * MICRO, global: 500 * MICRO, cash: 5000 * MICRO },
    fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
    fee_in_shares: false,
    buy_amount: 'usdc',
  }
}

/** Nanoseconds a decision, and orders planned, so that nothing can be optimised away. */
function round(compare: boolean): { ns: number; planned: number } {
  const strategy = byName('market-maker')
  const state = strategy.init(defaults(strategy.settings), 1, 1)
  const config = defaults(orderSettings)
  const orders = Orders.create(1, config.capacity)
  const differ = Diff.create(config)
  const limiter = Limiter.create(config)
  const desired = createDesired()
  const view = marketView()
  const draft = Orders.createDraft()
  let planned = 0
  const started = process.cpuUsage()
  for (let i = 0; i < DECISIONS; i++) {
    // The probability wanders, so that prices and caps move and orders are replaced now and then.
    view.q_up = 0.5 + 0.03 * ((i % 97) / 97)
    view.time_us += 100_000
    view.end_us += 100_000
    view.unpaired_since_us += 100_000
    resetDesired(desired)
    strategy.on(state, view, desired)
    planned += desired.length
    if (!compare) continue
    const plan = Diff.decide(differ, orders, limiter, view, desired)
    Limiter.spend(limiter, plan.creates, plan.cancels)
    planned += plan.creates + plan.cancels
    for (let k = 0; k < plan.cancels; k++) Life.cancelled(orders, plan.cancel[k]!, view.time_us)
    for (let k = 0; k < plan.creates; k++) {
      const row = plan.create[k]!
      draft.outcome = desired.outcome[row]!
      draft.level = desired.level[row]!
      draft.price = desired.price[row]!
      draft.size = desired.size[row]!
      draft.completing = desired.completing[row] === 1
      Life.accepted(orders, Orders.open(orders, draft, view.time_us), view.time_us)
    }
  }
  const { user } = process.cpuUsage(started)
  return { ns: (user * 1000) / DECISIONS, planned }
}

function median(compare: boolean): number {
  round(compare)
  const all = Array.from({ length: ROUNDS }, () => round(compare).ns).sort((a, b) => a - b)
  return Math.round(all[Math.floor(ROUNDS / 2)]!)
}

/** Nanoseconds of processor time a decision: the strategy alone, and with the comparison and the orders' life. */
export function decisionCost(): { quotes_ns: number; quotes_and_diff_ns: number; decisions: number } {
  return { quotes_ns: median(false), quotes_and_diff_ns: median(true), decisions: DECISIONS }
}

if (import.meta.main) {
  const cost = decisionCost()
  if (process.argv.includes('--json')) console.log(JSON.stringify(cost))
  else
    console.log(
      `quotes ${cost.quotes_ns} ns, with diff and life cycle ${cost.quotes_and_diff_ns} ns a decision`,
    )
}
