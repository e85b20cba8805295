import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE } from '../units/index.ts'
import { Ledger, Trade } from './index.ts'
import type { TradeKind } from './trade.ts'

const UP = 0
const BUY = 1
const SELL = 2
const CAPITAL = 1e13

type Match = { kind: TradeKind; size: number; price: number; outcome: number; fee: number; swap: boolean }
const match: fc.Arbitrary<Match> = fc.record({
  kind: fc.constantFrom<TradeKind>('direct', 'mint', 'merge'),
  size: fc.integer({ min: 1, max: 5_000_000_000 }),
  price: fc.integer({ min: 1, max: ONE - 1 }),
  outcome: fc.integer({ min: 0, max: 1 }),
  fee: fc.integer({ min: 0, max: 100_000 }),
  swap: fc.boolean(),
})

describe('money of both sides of a trade', () => {
  test('a direct trade moves one number; mint and merge share exactly one USDC a pair', () => {
    fc.assert(
      fc.property(match, ({ kind, size, price }) => {
        const { maker, taker } = Trade.amounts(kind, size, price)
        expect(maker).toBe(Number((BigInt(size) * BigInt(price) + 9_999n) / 10_000n))
        expect(kind === 'direct' ? maker - taker : maker + taker - size).toBe(0)
      }),
    )
  })

  test('the taker of a mint finds the same number from its own price', () => {
    fc.assert(
      fc.property(match, ({ size, price }) => {
        expect(Trade.complementAmount(size, ONE - price)).toBe(Trade.amounts('mint', size, price).taker)
      }),
    )
  })

  test('over any trades between two accounts, cash and collateral change by fees alone, and outstanding shares come in pairs', () => {
    fc.assert(
      fc.property(fc.array(match, { maxLength: 60, size: 'max' }), (matches) => {
        const accounts = [Ledger.create(1, CAPITAL), Ledger.create(1, CAPITAL)]
        let collateral = 0
        let fees = 0
        matches.forEach(({ kind, size, price, outcome, fee, swap }, i) => {
          const maker = accounts[swap ? 1 : 0]!
          const taker = accounts[swap ? 0 : 1]!
          const money = Trade.amounts(kind, size, price)
          const maker_side = kind === 'mint' ? BUY : SELL
          const taker_side = kind === 'merge' ? SELL : BUY
          const taker_outcome = kind === 'direct' ? outcome : 1 - outcome
          const taker_price = kind === 'direct' ? price : ONE - price
          Ledger.fill(maker, 0, outcome, maker_side, price, size, 0, 0, i, i, true, 5_000, money.maker)
          Ledger.fill(
            taker,
            0,
            taker_outcome,
            taker_side,
            taker_price,
            size,
            fee,
            0,
            i,
            i,
            false,
            5_000,
            money.taker,
          )
          collateral += kind === 'mint' ? size : kind === 'merge' ? -size : 0
          fees += fee
        })
        const cash = accounts[0]!.cash + accounts[1]!.cash
        expect(cash + collateral + fees).toBe(2 * CAPITAL)
        for (const outcome of [UP, 1]) {
          const outstanding =
            Ledger.shares(accounts[0]!, 0, outcome) + Ledger.shares(accounts[1]!, 0, outcome)
          expect(outstanding).toBe(collateral)
        }
        expect(Ledger.residual(accounts[0]!) + Ledger.residual(accounts[1]!)).toBe(0)
      }),
    )
  })
})
