import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRecords, ResolutionCode } from '../machine/records.ts'
import { DAY, ONE } from '../units/index.ts'
import { Equity, Ledger, Pnl, Windows } from './index.ts'

const SHARE = 1_000_000
const CLASSES = [0, 1, 2, 3]

describe('windows and equity', () => {
  test('change of equity is net of the resolved, value less cost of the unresolved, rewards and rebates less gas', () => {
    const fill = fc.record({
      market: fc.integer({ min: 0, max: 3 }),
      outcome: fc.integer({ min: 0, max: 1 }),
      side: fc.constantFrom(1, 1, 2),
      price: fc.integer({ min: 1, max: ONE - 1 }),
      size: fc.integer({ min: 1, max: 1e9 }),
      fee: fc.integer({ min: 0, max: 50_000 }),
      mid: fc.integer({ min: 1, max: ONE - 1 }),
    })
    const end = fc.record({
      class: fc.constantFrom(...CLASSES),
      payout: fc.constantFrom(0, 5_000, 10_000),
      redeem: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(fill, { maxLength: 50, size: 'max' }),
        fc.array(end, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 1e6 }),
        (fills, ends, some) => {
          const ledger = Ledger.create(4, 1e12)
          const windows = Windows.create(4)
          let capital = some
          fills.forEach((f, i) => {
            const fee_shares = f.side === 1 && f.size > 100 && f.fee % 2 === 0 ? Math.floor(f.size / 50) : 0
            Ledger.mark(ledger, f.market, f.mid)
            Ledger.fill(ledger, f.market, f.outcome, f.side, f.price, f.size, f.fee, fee_shares, i, i)
            Ledger.confirm(ledger, i)
            if (f.fee % 3 > 0) return
            const worth = f.outcome === 0 ? f.mid : ONE - f.mid
            Ledger.transferIn(ledger, f.market, f.outcome, f.size, i)
            capital += Number((BigInt(f.size) * BigInt(worth)) / BigInt(ONE))
            const leaving = Math.floor(Ledger.confirmedShares(ledger, f.market, 1 - f.outcome) / 2)
            if (leaving < 1) return
            Ledger.transferOut(ledger, f.market, 1 - f.outcome, leaving, i)
            capital -= Number((BigInt(leaving) * BigInt(ONE - worth)) / BigInt(ONE))
          })
          Ledger.reward(ledger, some, 1)
          Ledger.rebate(ledger, 2 * some, 1)
          Ledger.gas(ledger, some, 1)
          Ledger.deposit(ledger, some, 1)
          let unresolved = 0
          ends.forEach((e, market) => {
            if (!Windows.resolve(windows, ledger, market, e.class, e.payout, Number.NaN, 1)) unresolved++
            else if (e.redeem) {
              for (const outcome of [0, 1]) {
                const shares = Ledger.confirmedShares(ledger, market, outcome)
                if (shares > 0)
                  Ledger.redeem(ledger, market, outcome, shares, outcome === 0 ? e.payout : ONE - e.payout, 2)
              }
            }
          })
          const sum = Windows.totals(windows, ledger)
          Windows.assertBalanced(ledger, sum)
          expect(Equity.capital(ledger)).toBe(1e12 + capital)
          expect(Ledger.equity(ledger) - 1e12 - capital).toBe(
            sum.parts.net + sum.unresolved_value - sum.unresolved_cost + 2 * some,
          )
          expect(sum.unresolved).toBe(unresolved)
          expect(sum.recorded + sum.settlement + sum.inferred_from_book + sum.unresolved).toBe(4)
          expect(sum.gross - sum.parts.fees).toBe(sum.parts.net)
          const { parts } = sum
          expect(parts.spread + parts.pairs + parts.inventory + parts.settlement - parts.fees).toBe(parts.net)

          const { windows: table } = createRecords(8)
          for (let market = 0; market < 4; market++) Windows.record(windows, ledger, market, table)
          const column = (
            name: 'net' | 'fees' | 'unresolved_cost' | 'unresolved_value' | 'volume' | 'fills',
          ): number => table.columns[name].subarray(0, 4).reduce((a, b) => a + b, 0)
          expect([column('net'), column('fees')]).toEqual([parts.net, parts.fees])
          expect([column('unresolved_cost'), column('unresolved_value')]).toEqual([
            sum.unresolved_cost,
            sum.unresolved_value,
          ])
          expect([column('fills'), column('volume')]).toEqual([fills.length, sum.volume])
        },
      ),
    )
  })

  test('an unresolved window shows what its shares cost and are worth, and nothing of it is in net', () => {
    const ledger = Ledger.create(1, 100 * SHARE)
    const windows = Windows.create(1)
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, 0, 1, 4_800, 10 * SHARE, 70_000, 0, 1, 1)
    Ledger.mark(ledger, 0, 6_000)
    const { parts, unresolved_cost, unresolved_value } = Windows.result(
      windows,
      ledger,
      0,
      Windows.createResult(),
    )
    expect([unresolved_cost, unresolved_value]).toEqual([4_870_000, 6_000_000])
    expect(parts).toEqual(Pnl.createParts())
  })

  test('better evidence of an outcome replaces worse and never the other way', () => {
    const ledger = Ledger.create(1, 100 * SHARE)
    const windows = Windows.create(1)
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, 0, 1, 5_000, SHARE, 0, 0, 1, 1)
    const resolve = (code: number, payout: number): boolean =>
      Windows.resolve(windows, ledger, 0, code, payout, 1, 2)
    expect(resolve(ResolutionCode.UNRESOLVED, ONE)).toBe(false)
    expect(resolve(ResolutionCode.INFERRED_FROM_BOOK, ONE)).toBe(true)
    expect(ledger.value_total).toBe(SHARE)
    expect(resolve(ResolutionCode.INFERRED_FROM_BOOK, 0)).toBe(false)
    expect(resolve(ResolutionCode.RECORDED, 0)).toBe(true)
    expect(resolve(ResolutionCode.SETTLEMENT, ONE)).toBe(false)
    expect([windows.class[0], ledger.value_total]).toEqual([ResolutionCode.RECORDED, 0])
  })

  test('a contradiction between parts and money, or windows and equity, is refused loudly', () => {
    const ledger = Ledger.create(1, 100 * SHARE)
    const windows = Windows.create(1)
    Ledger.fill(ledger, 0, 0, 1, 5_000, SHARE, 0, 0, 1, 1)
    const sum = Windows.totals(windows, ledger)
    ledger.cash += 1
    expect(() => Windows.assertBalanced(ledger, sum)).toThrow(/change of equity/)
    expect(Ledger.residual(ledger)).toBe(1)
    ledger.now.spread[0] = ledger.now.spread[0]! + 1
    expect(() => Windows.totals(windows, ledger)).toThrow(/parts of market 0/)
    expect(() => Windows.record(windows, Ledger.create(1, 0), 0, createRecords(0).windows)).toThrow(/drained/)
  })
})

describe('drawdown', () => {
  test('is never negative, falls from the running peak, and capital that moves is no gain or loss', () => {
    const step = fc.record({
      mid: fc.integer({ min: 1, max: ONE - 1 }),
      flow: fc.integer({ min: -1000, max: 1000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
        const ledger = Ledger.create(1, 1e9)
        const equity = Equity.create(1e9)
        Ledger.mark(ledger, 0, 5_000)
        Ledger.fill(ledger, 0, 0, 1, 5_000, 20_000, 0, 0, 1, 1)
        let peak = 0
        let deepest = 0
        steps.forEach(({ mid, flow }, i) => {
          Ledger.mark(ledger, 0, mid)
          if (flow > 0) Ledger.deposit(ledger, flow, i)
          else if (flow < 0) Ledger.withdraw(ledger, -flow, i)
          Equity.mark(equity, ledger, i)
          // 20,000 micro-shares at a mid in ticks of 1e-4: two micro-USDC a tick.
          const result = 2 * (mid - 5_000)
          peak = Math.max(peak, result)
          deepest = Math.max(deepest, peak - result)
          expect([equity.result, equity.drawdown, equity.max_drawdown]).toEqual([
            result,
            peak - result,
            deepest,
          ])
          expect(equity.day_drawdown).toBe(equity.drawdown)
        })
      }),
    )
  })

  test('of the day starts anew at midnight UTC from the last mark before it', () => {
    const ledger = Ledger.create(1, 1e9)
    const equity = Equity.create(1e9)
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, 0, 1, 5_000, 20_000, 0, 0, 1, 1)
    const at = (time_us: number, mid: number): number[] => {
      Ledger.mark(ledger, 0, mid)
      Equity.mark(equity, ledger, time_us)
      return [equity.drawdown, equity.day_drawdown]
    }
    expect(at(DAY - 2, 6_000)).toEqual([0, 0])
    expect(at(DAY - 1, 5_500)).toEqual([1_000, 1_000])
    expect(at(DAY, 5_400)).toEqual([1_200, 200])
    expect(at(DAY + 1, 5_700)).toEqual([600, 0])
  })

  test('an empty side leaves the last mid, and a mark that changes nothing says so', () => {
    const ledger = Ledger.create(1, 1e9)
    const equity = Equity.create(1e9)
    Ledger.fill(ledger, 0, 1, 1, 4_000, SHARE, 0, 0, 1, 1)
    expect(ledger.value_total).toBe(400_000)
    Ledger.mark(ledger, 0, 5_500)
    expect(ledger.value_total).toBe(450_000)
    for (const none of [Number.NaN, -1, 0, ONE]) Ledger.mark(ledger, 0, none)
    expect(ledger.value_total).toBe(450_000)
    expect([Equity.mark(equity, ledger, 1), Equity.mark(equity, ledger, 2)]).toEqual([true, false])
    const { equity: table } = createRecords(1)
    Equity.record(equity, ledger, table)
    expect([table.columns.equity[0], table.columns.inventory[0], table.columns.exposure[0]]).toEqual([
      1e9 + 50_000,
      450_000,
      400_000,
    ])
    expect(() => Equity.record(equity, ledger, table)).toThrow(/drained/)
  })

  test('after the resolution a mid moves neither value nor the split between inventory and settlement', () => {
    const ledger = Ledger.create(1, 1e9)
    Ledger.mark(ledger, 0, 6_000)
    Ledger.fill(ledger, 0, 0, 1, 6_000, SHARE, 0, 0, 1, 1)
    Ledger.mark(ledger, 0, 9_000)
    Ledger.resolve(ledger, 0, ONE, 2)
    const before = Pnl.parts(ledger, 0, Pnl.createParts())
    expect(before).toMatchObject({ inventory: 300_000, settlement: 100_000, net: 400_000 })
    Ledger.mark(ledger, 0, 100)
    expect(Pnl.parts(ledger, 0, Pnl.createParts())).toEqual(before)
    expect(ledger.value_total).toBe(SHARE)
  })
})
