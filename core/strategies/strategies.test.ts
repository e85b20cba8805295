import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { defaults, type Value } from '../config/index.ts'
import { Tif } from '../machine/records.ts'
import { Regime } from '../reference/index.ts'
import { Gate } from '../risk/codes.ts'
import { floorPrice, MICRO, notional, ONE, onGrid, SECOND } from '../units/index.ts'
import { byName, NAMES, STRATEGIES } from './registry.ts'
import {
  addResting,
  createDesired,
  DESIRED_MAX,
  type Desired,
  resetDesired,
  type Strategy,
  TAKER_LEVEL,
  type View,
} from './strategy.ts'
import { anyView, bookOf, viewOf } from './view.fixture.ts'

function start(name: string, changes: Record<string, Value> = {}, seed = 1) {
  const strategy = byName(name)
  const desired = createDesired()
  return {
    state: strategy.init({ ...defaults(strategy.settings), ...changes }, 4, seed),
    on(view: View): Desired {
      resetDesired(desired)
      strategy.on(this.state, view, desired)
      return desired
    },
  }
}

const rowsOf = (desired: Desired) =>
  Array.from({ length: desired.length }, (_, i) => ({
    outcome: desired.outcome[i]!,
    side: desired.side[i]!,
    level: desired.level[i]!,
    price: desired.price[i]!,
    size: desired.size[i]!,
    amount: desired.amount[i]!,
    tif: desired.tif[i]!,
    post_only: desired.post_only[i]!,
    completing: desired.completing[i]!,
  }))

describe('every strategy that ships', () => {
  test('is found by its name, and an unknown name lists them all', () => {
    for (const strategy of STRATEGIES) expect(byName(strategy.name)).toBe(strategy)
    expect(new Set(NAMES).size).toBe(STRATEGIES.length)
    expect(() => byName('marketmaker')).toThrow(
      expect.objectContaining({ code: 'strategy.unknown' }) as Error,
    )
    expect(() => byName('marketmaker')).toThrow(/market-maker, divergence, nothing, random/)
  })

  test('has defaults within their ranges and a sentence for each setting', () => {
    for (const strategy of STRATEGIES as Strategy[]) {
      for (const [name, setting] of Object.entries(strategy.settings)) {
        expect(setting.doc.length, `${strategy.name}.${name}`).toBeGreaterThan(10)
        if (setting.type !== 'number') continue
        expect(setting.default).toBeGreaterThanOrEqual(setting.min)
        expect(setting.default).toBeLessThanOrEqual(setting.max)
      }
    }
  })

  test('holds its state in plain data, and decides the same from a copy of it', () => {
    for (const { name } of STRATEGIES) {
      fc.assert(
        fc.property(fc.array(anyView, { minLength: 1, maxLength: 6 }), (views) => {
          const one = start(name)
          for (const view of views.slice(1)) one.on(view)
          const copy = start(name)
          copy.state = structuredClone(one.state)
          expect(rowsOf(copy.on(views[0]!))).toEqual(rowsOf(one.on(views[0]!)))
          expect(copy.state).toEqual(one.state)
        }),
        { numRuns: 40 },
      )
    }
  })

  test('never breaks a rule of the venue or a limit, whatever it is shown', () => {
    for (const { name } of STRATEGIES) {
      const strategy = start(name, name === 'random' ? { hold_s: 0.1, idle_share: 0, taker_share: 0.5 } : {})
      fc.assert(
        fc.property(anyView, (view) => {
          const rows = rowsOf(strategy.on(view))
          const { per_trade, cash } = view.headroom
          let spent = 0
          for (const row of rows) {
            expect(onGrid(view.grid, row.price)).toBe(true)
            expect(row.price).toBeGreaterThan(0)
            expect(row.price).toBeLessThan(ONE)
            const taker = row.level === TAKER_LEVEL
            expect(row.post_only).toBe(taker ? 0 : 1)
            expect(row.tif >= Tif.FAK).toBe(taker)
            const held = row.outcome === 0 ? view.up_shares : view.down_shares
            if (row.side === 2) {
              expect(row.size).toBeLessThanOrEqual(held)
              continue
            }
            const cost = taker ? row.amount : notional(row.size, row.price, 'up')
            expect(cost).toBeLessThanOrEqual(per_trade)
            spent += cost
            if (taker) {
              expect(row.amount % 10_000).toBe(0)
              expect(row.amount).toBeGreaterThanOrEqual(view.marketable_buy_min)
            } else {
              expect(row.size).toBeGreaterThanOrEqual(view.min_size)
              const ask = Book.tokenBest(view.book, row.outcome as 0 | 1, Book.ASK)
              if (ask >= 0) expect(row.price).toBeLessThan(ask)
            }
          }
          if (rows.some((r) => r.side === 1)) expect(spent).toBeLessThanOrEqual(cash)
        }),
        { numRuns: 300 },
      )
    }
  })
})

describe('the market maker', () => {
  const gate = (changes: Partial<View>) => {
    const desired = start('market-maker').on(viewOf(changes))
    return [desired.gate, desired.cancel_all, desired.length]
  }

  test('stands aside and cancels everything where it may not quote', () => {
    expect(gate({ start_us: 600 * SECOND })).toEqual([Gate.NOT_STARTED, true, 0])
    expect(gate({ seconds_left: 60 })).toEqual([Gate.CUTOFF, true, 0])
    expect(gate({ seconds_left: 61 })[0]).toBe(Gate.NONE)
    expect(gate({ regime: Regime.STALE_ORACLE | Regime.FAST_MOVE })).toEqual([Gate.STALE_ORACLE, true, 0])
    expect(gate({ ready: false })).toEqual([Gate.NOT_READY, true, 0])
    expect(gate({ mid: Number.NaN })).toEqual([Gate.NO_BOOK, true, 0])
  })

  test('says so where no price is worth an order, and lets live ones be compared with that', () => {
    expect(gate({ headroom: { per_trade: 0, market: 0, global: 0, cash: 0 } })).toEqual([
      Gate.NO_EDGE,
      false,
      0,
    ])
  })

  test('takes to complete, and then neither bids for the same shares nor against itself', () => {
    const view = viewOf({
      book: bookOf([[0.5, 100]], [[0.52, 100]]),
      q_up: 0.52,
      unpaired: 20 * MICRO,
      unpaired_cost: 0.45,
      unpaired_since_us: 1,
    })
    const rows = rowsOf(start('market-maker').on(view))
    // Down at 0.50 costs 0.5175; together 0.9675.
    expect(rows[0]).toMatchObject({ outcome: 1, level: TAKER_LEVEL, amount: 10 * MICRO, completing: 1 })
    expect(rows.filter((r) => r.completing === 1).length).toBe(1)
    const limit = rows[0]!.price
    for (const row of rows.slice(1)) if (row.outcome === 0) expect(row.price + limit).toBeLessThan(ONE)
    const patient = rowsOf(start('market-maker', { complete: false }).on(view))
    expect(patient.filter((r) => r.level === TAKER_LEVEL)).toEqual([])
  })

  test('keeps cap, pair and self-cross rules with a taker among its orders', () => {
    const strategy = start('market-maker')
    fc.assert(
      fc.property(anyView, (view) => {
        const desired = strategy.on(view)
        const rows = rowsOf(desired)
        const top = (outcome: number) =>
          Math.max(0, ...rows.filter((r) => r.outcome === outcome).map((r) => r.price))
        expect(top(0) + top(1)).toBeLessThan(ONE)
        for (const row of rows) {
          if (row.completing === 1) continue
          expect(row.price).toBeLessThanOrEqual(
            floorPrice(row.outcome === 0 ? desired.cap_up : desired.cap_down),
          )
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the divergence taker', () => {
  // Mid 0.51, asks: Up 0.52, Down 0.50 (fee 0.0175 at 0.50).
  test('buys the cheap outcome when threshold and net edge both hold', () => {
    const at = (q_up: number) => rowsOf(start('divergence').on(viewOf({ q_up })))
    expect(at(0.535)).toEqual([])
    // Up: q − 0.52 − 0.07·0.2496 − 0.001·0.52 ≥ 0.02 from q = 0.557992.
    expect(at(0.5579)).toEqual([])
    expect(at(0.5581)).toEqual([
      expect.objectContaining({ outcome: 0, side: 1, price: 5300, amount: 10 * MICRO, tif: Tif.FAK }),
    ])
    // Down: (1 − q) − 0.50 − 0.0175 − 0.0005 ≥ 0.02 up to q = 0.462.
    expect(at(0.4621)).toEqual([])
    expect(at(0.4619)).toEqual([
      expect.objectContaining({ outcome: 1, side: 1, price: 5100, amount: 10 * MICRO }),
    ])
  })

  test('a fee taken in shares makes each share that stays dearer', () => {
    const fee = { rate_ppm: 72_000, exponent: 1, taker_only: true }
    const view = { fee, buy_amount: 'usdc_value_over_price', fee_in_shares: true } as const
    // Up at 0.52: 0.52/(1 − 0.072·0.48) = 0.538615; with slippage 0.00052 and the edge: 0.559135.
    expect(rowsOf(start('divergence').on(viewOf({ ...view, q_up: 0.559 })))).toEqual([])
    expect(rowsOf(start('divergence').on(viewOf({ ...view, q_up: 0.5592 }))).length).toBe(1)
  })

  test('sells what it holds of the dear outcome before it buys the other', () => {
    const view = viewOf({ q_up: 0.4, up_shares: 15 * MICRO, unpaired: 15 * MICRO })
    expect(rowsOf(start('divergence').on(view))).toEqual([
      expect.objectContaining({ outcome: 0, side: 2, price: 4900, size: 15 * MICRO, amount: 0 }),
    ])
    // Selling at 0.50 leaves 0.50 − 0.0175 − 0.0005 − q ≥ 0.02 up to q = 0.462.
    const close = viewOf({ q_up: 0.463, up_shares: 15 * MICRO, unpaired: 15 * MICRO })
    expect(rowsOf(start('divergence').on(close))).toEqual([])
  })

  test('refuses to reach beyond its slippage', () => {
    const thin = bookOf(
      [[0.5, 100]],
      [
        [0.52, 1],
        [0.6, 1000],
      ],
    )
    // Only the one share within one tick of the touch is in reach: less than the smallest order.
    expect(rowsOf(start('divergence').on(viewOf({ q_up: 0.9, book: thin })))).toEqual([])
  })

  test('waits between trades in a market, not across markets, and stops at its position', () => {
    const strategy = start('divergence')
    const view = (market: number, time_us: number, changes: Partial<View> = {}) =>
      viewOf({ q_up: 0.7, market, time_us, ...changes })
    expect(strategy.on(view(0, 100 * SECOND)).length).toBe(1)
    expect(strategy.on(view(0, 105 * SECOND - 1)).length).toBe(0)
    expect(strategy.on(view(1, 105 * SECOND - 1)).length).toBe(1)
    expect(strategy.on(view(0, 105 * SECOND)).length).toBe(1)
    expect(strategy.on(view(2, 105 * SECOND, { unpaired: 100 * MICRO })).length).toBe(0)
    expect(strategy.on(view(2, 105 * SECOND, { unpaired: -100 * MICRO })).length).toBe(1)
  })

  test('stands aside without a model or a book', () => {
    const gate = (changes: Partial<View>) => start('divergence').on(viewOf({ q_up: 0.7, ...changes })).gate
    expect(gate({ ready: false })).toBe(Gate.NOT_READY)
    expect(gate({ regime: Regime.STALE_ORACLE })).toBe(Gate.STALE_ORACLE)
    expect(gate({ seconds_left: 10 })).toBe(Gate.CUTOFF)
    expect(gate({ start_us: 600 * SECOND })).toBe(Gate.NOT_STARTED)
    expect(gate({ mid: Number.NaN })).toBe(Gate.NO_BOOK)
    expect(gate({ q_up: 0.52 })).toBe(Gate.NO_EDGE)
  })
})

describe('the controls', () => {
  test('nothing wants nothing', () => {
    fc.assert(
      fc.property(anyView, (view) => {
        expect(start('nothing').on(view)).toMatchObject({ length: 0, cancel_all: false, gate: 0 })
      }),
      { numRuns: 20 },
    )
  })

  test('random keeps to its dice: same seed same orders, another seed others, and both kinds happen', () => {
    const play = (seed: number) => {
      const strategy = start('random', {}, seed)
      return Array.from({ length: 80 }, (_, i) =>
        rowsOf(strategy.on(viewOf({ time_us: i * 10 * SECOND }))),
      ).flat()
    }
    expect(play(1)).toEqual(play(1))
    expect(play(1)).not.toEqual(play(2))
    const many = [1, 2, 3, 4].flatMap(play)
    for (const outcome of [0, 1])
      for (const taker of [0, 255])
        expect(many.some((r) => r.outcome === outcome && (r.level === TAKER_LEVEL) === (taker === 255))).toBe(
          true,
        )
  })

  test('random holds a bid until the next throw, takes once a throw, and leans back when unpaired', () => {
    const bids = start('random', { taker_share: 0, idle_share: 0, hold_s: 10 })
    const first = rowsOf(bids.on(viewOf({ time_us: 100 * SECOND })))
    expect(first.length).toBe(1)
    expect(rowsOf(bids.on(viewOf({ time_us: 109 * SECOND })))).toEqual(first)
    const takes = start('random', { taker_share: 1, idle_share: 0, hold_s: 10 })
    expect(takes.on(viewOf({ time_us: 100 * SECOND })).length).toBe(1)
    expect(takes.on(viewOf({ time_us: 101 * SECOND })).length).toBe(0)
    for (let t = 1; t < 20; t++) {
      const rows = rowsOf(bids.on(viewOf({ time_us: (100 + 10 * t) * SECOND, unpaired: 50 * MICRO })))
      for (const row of rows) expect(row.outcome).toBe(1)
    }
  })

  test('random stands aside before the window, after its cutoff and without a book', () => {
    const gate = (changes: Partial<View>) => start('random').on(viewOf(changes)).gate
    expect(gate({ start_us: 600 * SECOND })).toBe(Gate.NOT_STARTED)
    expect(gate({ seconds_left: 60 })).toBe(Gate.CUTOFF)
    expect(gate({ mid: Number.NaN })).toBe(Gate.NO_BOOK)
  })
})

describe('what a strategy wants', () => {
  test('is refused beyond its room', () => {
    const desired = createDesired()
    for (let i = 0; i < DESIRED_MAX; i++) addResting(desired, 0, 1, i, 5000, MICRO, false)
    expect(() => {
      addResting(desired, 0, 1, 40, 5000, MICRO, false)
    }).toThrow(expect.objectContaining({ code: 'strategy.desired_full' }) as Error)
    expect(desired.length).toBe(DESIRED_MAX)
  })
})
