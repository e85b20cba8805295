import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults, resolve } from '../config/index.ts'
import { settings as portfolio } from '../portfolio/settings.ts'
import { Budget, QuoteSettings, Quotes, Rewards } from '../quotes/index.ts'
import { createDesired } from '../strategies/strategy.ts'
import { anyView } from '../strategies/view.fixture.ts'
import { MICRO, notional, SECOND } from '../units/index.ts'
import {
  Exposure,
  Gate,
  Gates,
  MICRO_PROFILE,
  Risk,
  type RiskConfig,
  type RiskState,
  settings,
} from './index.ts'

const config: RiskConfig = defaults(settings)
const NOW = 1_776_254_400 * SECOND

type World = { risk: RiskState; account: Exposure.Account; order: Gates.Request; config: RiskConfig }

/** An account with room for a bid of 20 Up at 0.50. */
function world(): World {
  const account: Exposure.Account = {
    ...Exposure.createAccount(),
    cash_available: 5000 * MICRO,
    equity: 5000 * MICRO,
    q_up: 0.5,
    mid: 5000,
    quality: 0.9,
  }
  const order = { ...Gates.createRequest(), price: 5000, size: 20 * MICRO }
  return { risk: Risk.create(config, ['a', 'b']), account, order, config }
}

const check = (w: World) => Gates.check(w.risk, w.config, w.account, w.order, NOW)
const standing = (w: World) => Gates.standing(w.risk, w.config, w.account, NOW)

/** What makes each gate refuse, in the order of formulas.md §11. */
const BREAKS: [number, (w: World) => void][] = [
  [
    Gate.MODE,
    (w) => {
      w.risk.paused = true
    },
  ],
  [
    Gate.KILL_SWITCH,
    (w) => {
      Risk.halt(w.risk, Gate.KILL_SWITCH, NOW)
    },
  ],
  [
    Gate.FEED_QUALITY,
    (w) => {
      w.account.feed_ok = false
    },
  ],
  [
    Gate.USER_STREAM,
    (w) => {
      w.risk.user_down = true
    },
  ],
  [
    Gate.MARKET_DENIED,
    (w) => {
      w.risk.denied[0] = 1
    },
  ],
  [
    Gate.MARKET_QUALITY,
    (w) => {
      w.account.quality = 0.29
    },
  ],
  [
    Gate.MARKET_EXPOSURE,
    (w) => {
      w.account.resting_buys = 141 * MICRO
    },
  ],
  [
    Gate.GLOBAL_NOTIONAL,
    (w) => {
      w.account.held_cost = 491 * MICRO
    },
  ],
  [
    Gate.TRADE_CAP,
    (w) => {
      w.config = { ...w.config, per_trade: 9.99 }
    },
  ],
  [
    Gate.DAILY_DRAWDOWN,
    (w) => {
      if (w.risk.halted === 0) Risk.halt(w.risk, Gate.DAILY_DRAWDOWN, NOW)
    },
  ],
  [
    Gate.COOLDOWN,
    (w) => {
      w.risk.cooldown_until_us = NOW + 1
    },
  ],
  [
    Gate.SANITY,
    (w) => {
      w.account.q_up = 0.601
    },
  ],
  [
    Gate.BALANCE,
    (w) => {
      w.account.cash_available = 10 * MICRO - 1
    },
  ],
]

describe('the gates', () => {
  test('a sound order passes, and each gate alone refuses it', () => {
    expect(check(world())).toBe(Gate.NONE)
    for (const [gate, spoil] of BREAKS) {
      const w = world()
      spoil(w)
      expect(check(w)).toBe(gate)
    }
  })

  test('are passed in their order: of all that refuse, the first is named', () => {
    for (let from = 0; from < BREAKS.length; from++) {
      const w = world()
      for (const [, spoil] of BREAKS.slice(from)) spoil(w)
      // A halt has one reason; the drawdown's own place is tested with no other halt set.
      expect(check(w)).toBe(BREAKS[from]![0])
    }
  })

  test('refuse just beyond their limits and not at them', () => {
    const limits: [number, (w: World, over: number) => void][] = [
      [
        Gate.MARKET_EXPOSURE,
        (w, over) => {
          w.account.unpaired_cost = 140 * MICRO + over
        },
      ],
      [
        Gate.GLOBAL_NOTIONAL,
        (w, over) => {
          w.account.reserved = 490 * MICRO + over
        },
      ],
      [
        Gate.GLOBAL_NOTIONAL,
        (w, over) => {
          Object.assign(w.account, { equity: 10 * MICRO - over })
        },
      ],
      [
        Gate.BALANCE,
        (w, over) => {
          Object.assign(w.order, { fee: 4990 * MICRO + over })
        },
      ],
      [
        Gate.COOLDOWN,
        (w, over) => {
          w.risk.cooldown_until_us = NOW + over
        },
      ],
    ]
    for (const [gate, set] of limits) {
      for (const over of [0, 1]) {
        const w = world()
        set(w, over)
        expect(check(w)).toBe(over === 0 ? Gate.NONE : gate)
      }
    }
    const sane = world()
    Object.assign(sane.account, { q_up: 0.6, mid: 5001 })
    expect(check(sane)).toBe(Gate.NONE)
    Object.assign(sane.account, { q_up: Number.NaN })
    expect(check(sane)).toBe(Gate.NONE)
    Object.assign(sane.account, { quality: Number.NaN })
    expect(check(sane)).toBe(Gate.NONE)
  })

  test('let a reduction pass where an increase does not, up to what is unpaired', () => {
    const soft = [
      Gate.MARKET_DENIED,
      Gate.MARKET_QUALITY,
      Gate.MARKET_EXPOSURE,
      Gate.GLOBAL_NOTIONAL,
      Gate.COOLDOWN,
      Gate.SANITY,
    ]
    for (const [gate, spoil] of BREAKS) {
      const w = world()
      Object.assign(w.account, { unpaired: -20 * MICRO, unpaired_cost: MICRO })
      spoil(w)
      expect(check(w)).toBe((soft as number[]).includes(gate) ? Gate.NONE : gate)
      Object.assign(w.account, { unpaired: -20 * MICRO + 1 })
      // One micro-share more than is unpaired is an increase; its cost alone is too small to pass the notional limits.
      if (gate !== Gate.MARKET_EXPOSURE && gate !== Gate.GLOBAL_NOTIONAL) expect(check(w)).toBe(gate)
    }
  })

  test('see what adds to the heavy side as an increase, however much is unpaired', () => {
    const w = world()
    Object.assign(w.account, { unpaired: 90 * MICRO, q_up: 0.9 })
    expect(Gates.increase(w.account, w.order)).toBe(10 * MICRO)
    expect(check(w)).toBe(Gate.SANITY)
    w.order.completing = true
    expect(check(w)).toBe(Gate.SANITY)
  })

  test('count resting reductions, so that three bids do not each pair the same shares', () => {
    const w = world()
    Object.assign(w.account, { unpaired: -20 * MICRO, resting_reductions: 20 * MICRO, q_up: 0.9 })
    expect(check(w)).toBe(Gate.SANITY)
    // What completes comes before the quotes.
    w.order.completing = true
    expect(check(w)).toBe(Gate.NONE)
    w.order.size += 1
    expect(check(w)).toBe(Gate.SANITY)
  })

  test('see sells: heavy ones reduce, others leave the other outcome unpaired at 1 − price, none without shares', () => {
    const sell = world()
    Object.assign(sell.order, { side: 2, price: 9000 })
    expect(check(sell)).toBe(Gate.BALANCE)
    Object.assign(sell.account, { up_available: 20 * MICRO, q_up: 0.9 })
    expect(check(sell)).toBe(Gate.SANITY)
    Object.assign(sell.account, { unpaired: 20 * MICRO })
    expect(check(sell)).toBe(Gate.NONE)
    Object.assign(sell.account, { unpaired: 0 })
    expect(Gates.increase(sell.account, sell.order)).toBe(2 * MICRO)
    Object.assign(sell.order, { outcome: 1 })
    Object.assign(sell.account, { unpaired: -20 * MICRO, down_available: 20 * MICRO - 1 })
    expect(check(sell)).toBe(Gate.BALANCE)
  })

  test('count a marketable buy by its money', () => {
    const w = world()
    Object.assign(w.order, { amount: 30 * MICRO, size: 60 * MICRO, price: 9900 })
    Object.assign(w.account, { unpaired: -20 * MICRO })
    expect(Gates.increase(w.account, w.order)).toBe(20 * MICRO)
    w.order.amount = 50 * MICRO + 1
    expect(check(w)).toBe(Gate.TRADE_CAP)
  })

  test('before any order: what stops everything comes before what lets reductions pass', () => {
    expect(standing(world())).toBe(Gate.NONE)
    const w = world()
    w.account.q_up = 0.9
    expect(standing(w)).toBe(Gate.SANITY)
    w.risk.cooldown_until_us = NOW + 1
    expect(standing(w)).toBe(Gate.COOLDOWN)
    w.account.quality = 0
    expect(standing(w)).toBe(Gate.MARKET_QUALITY)
    Risk.halt(w.risk, Gate.DAILY_DRAWDOWN, NOW)
    expect(standing(w)).toBe(Gate.DAILY_DRAWDOWN)
    w.config = { ...w.config, trading: false }
    expect(standing(w)).toBe(Gate.MODE)
    const stopping = BREAKS.map(([gate]) => gate).filter(Gates.stopsAll)
    expect(stopping).toEqual([
      Gate.MODE,
      Gate.KILL_SWITCH,
      Gate.FEED_QUALITY,
      Gate.USER_STREAM,
      Gate.DAILY_DRAWDOWN,
    ])
    expect(Gates.stopsAll(Gate.INVARIANT)).toBe(true)
  })
})

describe('exposure', () => {
  test('shares being bought count as bought: they pair what is unpaired, or turn it over', () => {
    const projected = (shares: number, cost: number, outcome: number, more: number, paid: number) => {
      const unpaired = { shares: shares * MICRO, cost: cost * MICRO }
      Exposure.project(unpaired, outcome, more * MICRO, paid * MICRO)
      return [unpaired.shares / MICRO, unpaired.cost / MICRO]
    }
    expect(projected(0, 0, 0, 10, 5)).toEqual([10, 5])
    expect(projected(0, 0, 1, 10, 5)).toEqual([-10, 5])
    expect(projected(10, 5, 0, 10, 4)).toEqual([20, 9])
    expect(projected(10, 5, 1, 4, 2)).toEqual([6, 3])
    expect(projected(10, 5, 1, 10, 4)).toEqual([0, 0])
    expect(projected(10, 5, 1, 30, 12)).toEqual([-20, 8])
    expect(projected(-10, 5, 0, 4, 2)).toEqual([-6, 3])
    expect(projected(10, 5, 0, 0, 0)).toEqual([10, 5])
  })

  test('headroom takes the present resting buys off first', () => {
    const account = {
      ...Exposure.createAccount(),
      unpaired_cost: 30 * MICRO,
      resting_buys: 20 * MICRO,
      held_cost: 100 * MICRO,
      reserved: 50 * MICRO,
      cash_available: 400 * MICRO,
      equity: 5000 * MICRO,
    }
    const out = { per_trade: 0, market: 0, global: 0, cash: 0 }
    Exposure.headroom(config, account, out)
    expect(out).toEqual({
      per_trade: 50 * MICRO,
      market: 120 * MICRO,
      global: 370 * MICRO,
      cash: 420 * MICRO,
    })
    Exposure.headroom(config, { ...account, equity: 200 * MICRO }, out)
    expect(out.global).toBe(70 * MICRO)
  })

  test('what the ladder states within the headroom, the gates let pass, one order after the other', () => {
    const quoter = Quotes.create({ ...defaults(QuoteSettings.settings), ...defaults(Rewards.settings) })
    const money = fc.integer({ min: 0, max: 200 * MICRO })
    fc.assert(
      fc.property(anyView, money, money, money, (view, held, reserved_elsewhere, cash) => {
        const unpaired_cost = Math.ceil(Math.abs(view.unpaired) * view.unpaired_cost)
        const account: Exposure.Account = {
          ...Exposure.createAccount(),
          unpaired: view.unpaired,
          unpaired_cost,
          held_cost: held + unpaired_cost,
          reserved: reserved_elsewhere,
          cash_available: cash,
          equity: 1000 * MICRO,
          q_up: view.q_up,
          mid: view.q_up * 10_000,
        }
        Exposure.headroom(config, account, view.headroom)
        const desired = createDesired()
        Quotes.decide(quoter, view, desired, false)
        const risk = Risk.create(config, ['a'])
        const light = view.unpaired > 0 ? 1 : 0
        for (let row = 0; row < desired.length; row++) {
          const size = desired.size[row]!
          const completing = desired.completing[row] === 1
          const order = {
            ...Gates.createRequest(),
            outcome: desired.outcome[row]!,
            price: desired.price[row]!,
            size,
            completing,
          }
          expect(Gates.check(risk, config, account, order, NOW)).toBe(Gate.NONE)
          const cost = notional(size, order.price, 'up')
          account.resting_buys += cost
          account.reserved += cost
          account.cash_available -= cost
          if (view.unpaired !== 0 && order.outcome === light) account.resting_reductions += size
          expect(size % Budget.LOT).toBe(0)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the micro profile', () => {
  test('is a layer of known keys within their ranges', () => {
    const small = resolve({ risk: settings, portfolio }, MICRO_PROFILE)
    expect(small.risk).toMatchObject({ per_trade: 20, per_market: 60, global: 300, daily_drawdown: 30 })
    expect(small.portfolio.initial_cash_usdc).toBe(300)
  })
})
