import { describe, expect, test } from 'vitest'
import { ResolutionCode } from '../machine/records.ts'
import { SECOND } from '../units/index.ts'
import { Equity, Ledger, Pnl, Windows } from './index.ts'

const USDC = 1_000_000
const SHARE = 1_000_000
const UP = 0
const DOWN = 1
const BUY = 1

/** One window from its first fill to its redemption, every number worked out by hand. */
describe('a window worked out by hand', () => {
  test('cash, cost of the unpaired, parts and net are what the sums on paper say', () => {
    const ledger = Ledger.create(1, 5_000 * USDC)
    const windows = Windows.create(1)
    const equity = Equity.create(5_000 * USDC)
    const parts = Pnl.createParts()
    const check = (): void => {
      expect(Ledger.residual(ledger)).toBe(0)
      Pnl.assertParts(ledger, 0, Pnl.parts(ledger, 0, parts))
    }

    // Maker bid: 20 Up at 0.48, mid 0.50. Paid 9.60, worth 10.00: spread 0.40.
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, UP, BUY, 4_800, 20 * SHARE, 0, 0, 1, 10 * SECOND, true)
    check()
    expect(ledger.cash).toBe(4_990.4 * USDC)
    expect(Ledger.unpairedCost(ledger, 0)).toBe(0.48)
    expect(Ledger.unpairedSince(ledger, 0)).toBe(10 * SECOND)
    expect(parts).toEqual({ spread: 400_000, pairs: 0, inventory: 0, settlement: 0, fees: 0, net: 400_000 })

    // Maker bid: 30 Down at 0.49, mid 0.495, so Down 0.505. Paid 14.70, worth 15.15: spread 0.45.
    // 20 pairs: 20 − 20·0.50 − 20·0.505 = −0.10. 10 Down stay, cost 4.90.
    Ledger.mark(ledger, 0, 4_950)
    Ledger.fill(ledger, 0, DOWN, BUY, 4_900, 30 * SHARE, 0, 0, 2, 20 * SECOND, true)
    check()
    expect(Ledger.unpaired(ledger, 0)).toBe(-10 * SHARE)
    expect(Ledger.unpairedCost(ledger, 0)).toBe(0.49)
    expect(Ledger.unpairedSince(ledger, 0)).toBe(20 * SECOND)
    expect(Ledger.exposure(ledger, 0)).toBe(4_900_000)
    expect(parts).toEqual({
      spread: 850_000,
      pairs: -100_000,
      inventory: 0,
      settlement: 0,
      fees: 0,
      net: 750_000,
    })

    // Taker completion: 10.373444 Up at 0.50, of which 0.373444 go as fee (f = 0.072·0.5). Paid 5.186722; the 10 kept
    // cost 5.00, so the fee is worth 0.186722; worth 4.95: spread −0.05. 10 pairs: 10 − 5.05 − 4.95 = 0.
    Ledger.fill(ledger, 0, UP, BUY, 5_000, 10_373_444, 0, 373_444, 3, 30 * SECOND)
    check()
    expect(Ledger.unpairedCost(ledger, 0)).toBe(0)
    expect(Ledger.unpairedSince(ledger, 0)).toBe(0)
    // 20·(1 − 0.48 − 0.49) + 10·(1 − 0.49 − 0.50) = 0.70 = spread + pairs.
    expect(parts).toEqual({
      spread: 800_000,
      pairs: -100_000,
      inventory: 0,
      settlement: 0,
      fees: 186_722,
      net: 513_278,
    })

    for (const fill of [1, 2, 3]) Ledger.confirm(ledger, fill)
    Ledger.merge(ledger, 0, 30 * SHARE, 0, 40 * SECOND)
    check()
    expect(ledger.cash).toBe(5_000_513_278)
    expect(ledger.value_total).toBe(0)

    // Taker: 5 Up at 0.60, mid 0.60, fee 0.07·5·0.24 = 0.084 USDC. All-in 0.6168 a share.
    Ledger.mark(ledger, 0, 6_000)
    Ledger.fill(ledger, 0, UP, BUY, 6_000, 5 * SHARE, 84_000, 0, 4, 50 * SECOND)
    Ledger.confirm(ledger, 4)
    check()
    expect(Ledger.unpairedCost(ledger, 0)).toBe(0.6168)

    // Mid to 0.70: inventory 5·0.10. Down to 0.55 and back for a drawdown of 5·0.15.
    Ledger.mark(ledger, 0, 7_000)
    Equity.mark(equity, ledger, 51 * SECOND)
    Ledger.mark(ledger, 0, 5_500)
    Equity.mark(equity, ledger, 52 * SECOND)
    Ledger.mark(ledger, 0, 7_000)
    Equity.mark(equity, ledger, 53 * SECOND)
    expect(equity.max_drawdown).toBe(750_000)
    expect(equity.drawdown).toBe(0)

    // Up wins: 5·(1 − 0.70) = 1.50 settlement.
    Windows.resolve(windows, ledger, 0, ResolutionCode.RECORDED, 10_000, Number.NaN, 60 * SECOND)
    check()
    const final = {
      spread: 800_000,
      pairs: -100_000,
      inventory: 500_000,
      settlement: 1_500_000,
      fees: 270_722,
      net: 2_429_278,
    }
    expect(parts).toEqual(final)
    Ledger.redeem(ledger, 0, UP, 5 * SHARE, 10_000, 120 * SECOND)
    check()
    expect(parts).toEqual(final)
    expect(ledger.cash).toBe(5_002_429_278)
    const sum = Windows.totals(windows, ledger)
    Windows.assertBalanced(ledger, sum)
    expect(sum.gross).toBe(2_700_000)
    expect(sum.volume).toBe(9_600_000 + 14_700_000 + 5_186_722 + 3_000_000)
    expect([sum.fills, sum.maker_fills, sum.traded, sum.recorded]).toEqual([4, 2, 1, 1])
  })
})
