import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE } from '../units/index.ts'
import { Ledger, Pnl } from './index.ts'

const up = (size: number, price: number): number =>
  Number((BigInt(size) * BigInt(price) + BigInt(ONE) - 1n) / BigInt(ONE))

describe('fees in the result', () => {
  test('a fee in shares is worth the cost of the fill less that of the shares kept, each rounded up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1e10 }),
        fc.integer({ min: 1, max: ONE - 1 }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        fc.integer({ min: 1, max: ONE - 1 }),
        (gross, price, rate, mid) => {
          const fee_shares = Math.max(1, Math.floor(gross * rate))
          const ledger = Ledger.create(1, 1e12)
          Ledger.fill(ledger, 0, 0, 1, price, gross, 0, fee_shares, 1, 1, false, mid)
          const { fees, spread } = Pnl.parts(ledger, 0, Pnl.createParts())
          const kept = gross - fee_shares
          expect(fees).toBe(up(gross, price) - up(kept, price))
          expect(spread).toBe(Number((BigInt(kept) * BigInt(mid)) / BigInt(ONE)) - up(kept, price))
          expect(Ledger.unpairedCost(ledger, 0)).toBe(up(gross, price) / kept)
        },
      ),
    )
  })

  test('the taker of a mint pays the other rounding and no fee out of it, however small the fee in shares', () => {
    const ledger = Ledger.create(1, 1e9)
    // 3 micro-shares at 0.5 cost the taker 1 of the 3; the one left is worth, rounded up, as much.
    Ledger.fill(ledger, 0, 0, 1, 5_000, 3, 0, 1, 1, 1, false, 5_000, 1)
    expect(Pnl.parts(ledger, 0, Pnl.createParts()).fees).toBe(0)
    Pnl.assertParts(ledger, 0, Pnl.parts(ledger, 0, Pnl.createParts()))
    Ledger.fill(ledger, 0, 0, 1, 5_001, 1, 0, 0, 2, 2, false, 5_000, 0)
    expect(Pnl.parts(ledger, 0, Pnl.createParts()).fees).toBe(0)
    Pnl.assertParts(ledger, 0, Pnl.parts(ledger, 0, Pnl.createParts()))
  })

  test('a fee in USDC is on top of a purchase and out of a sale, and counts once', () => {
    const ledger = Ledger.create(1, 100_000_000)
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, 0, 1, 5_000, 10_000_000, 170_000, 0, 1, 1)
    expect(Ledger.unpairedCost(ledger, 0)).toBe(0.517)
    Ledger.fill(ledger, 0, 0, 2, 5_000, 10_000_000, 170_000, 0, 2, 2)
    expect(ledger.cash).toBe(100_000_000 - 340_000)
    expect(Pnl.parts(ledger, 0, Pnl.createParts())).toMatchObject({
      fees: 340_000,
      spread: 0,
      inventory: 0,
      net: -340_000,
    })
  })
})
