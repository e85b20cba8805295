import { describe, expect, test } from 'vitest'
import { createRecords, LedgerKind } from '../machine/records.ts'
import { Ledger, type LedgerState, Pnl } from './index.ts'
import { MOVES_MAX } from './moves.ts'

const SHARE = 1_000_000
const code = (run: () => void): string => {
  try {
    run()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'none'
}
/** Ten Up and ten Down at 0.5, of which only the Up are confirmed. */
function halfConfirmed(): LedgerState {
  const ledger = Ledger.create(1, 100 * SHARE)
  Ledger.mark(ledger, 0, 5_000)
  Ledger.fill(ledger, 0, 0, 1, 5_000, 10 * SHARE, 0, 0, 1, 1)
  Ledger.fill(ledger, 0, 1, 1, 5_000, 10 * SHARE, 0, 0, 2, 2)
  Ledger.confirm(ledger, 1)
  return ledger
}

describe('moves that are not fills', () => {
  test('only confirmed pairs merge, only confirmed shares are redeemed or leave', () => {
    const ledger = halfConfirmed()
    expect(code(() => Ledger.merge(ledger, 0, 1, 0, 3))).toBe('ledger.unconfirmed')
    expect(code(() => Ledger.redeem(ledger, 0, 1, 1, 10_000, 3))).toBe('ledger.unconfirmed')
    expect(code(() => Ledger.transferOut(ledger, 0, 1, 1, 3))).toBe('ledger.unconfirmed')
    Ledger.confirm(ledger, 2)
    Ledger.merge(ledger, 0, 10 * SHARE, 0, 4)
    expect(ledger.cash).toBe(100 * SHARE)
    expect(code(() => Ledger.merge(ledger, 0, 1, 0, 5))).toBe('ledger.unconfirmed')
  })

  test('shares of a sale that may yet fail are not merged, and come back when it fails', () => {
    const ledger = halfConfirmed()
    Ledger.confirm(ledger, 2)
    Ledger.fill(ledger, 0, 0, 2, 6_000, 4 * SHARE, 0, 0, 3, 3)
    expect(code(() => Ledger.merge(ledger, 0, 7 * SHARE, 0, 4))).toBe('ledger.unconfirmed')
    Ledger.merge(ledger, 0, 6 * SHARE, 0, 4)
    Ledger.fail(ledger, 3, 5)
    Ledger.merge(ledger, 0, 4 * SHARE, 0, 6)
    expect(Ledger.residual(ledger)).toBe(0)
    expect(ledger.cash).toBe(100 * SHARE)
  })

  test('gas, rewards and rebates move cash and never the result of a market', () => {
    const ledger = halfConfirmed()
    Ledger.confirm(ledger, 2)
    Ledger.merge(ledger, 0, 10 * SHARE, 30_000, 3)
    expect(ledger.last).toMatchObject({
      kind: LedgerKind.MERGE,
      cash: 9_970_000,
      fee: 30_000,
      balance: 99_970_000,
    })
    Ledger.reward(ledger, 7, 4)
    Ledger.rebate(ledger, 5, 5)
    expect(ledger.cash).toBe(100 * SHARE - 30_000 + 12)
    expect(Pnl.parts(ledger, 0, Pnl.createParts()).net).toBe(0)
    expect(ledger.totals).toMatchObject({ gas: 30_000, rewards: 7, rebates: 5 })
  })

  test('a resolution at one half pays both outcomes, rounded down, and the lost micro-USDC is in settlement', () => {
    const ledger = Ledger.create(1, 10 * SHARE)
    Ledger.split(ledger, 0, 3, 1)
    Ledger.resolve(ledger, 0, 5_000, 2)
    Ledger.redeem(ledger, 0, 0, 3, 5_000, 3)
    Ledger.redeem(ledger, 0, 1, 3, 5_000, 3)
    expect(ledger.cash).toBe(10 * SHARE - 1)
    const parts = Pnl.parts(ledger, 0, Pnl.createParts())
    Pnl.assertParts(ledger, 0, parts)
    expect(parts.net).toBe(-1)
    expect(parts.settlement + parts.inventory).toBe(-1)
  })

  test('a market that is resolved and empty hands its buffers to the next one', () => {
    const ledger = Ledger.create(2, 100 * SHARE)
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, 0, 1, 5_000, SHARE, 0, 0, 1, 1)
    Ledger.confirm(ledger, 1)
    Ledger.resolve(ledger, 0, 0, 2)
    Ledger.redeem(ledger, 0, 0, SHARE, 0, 3)
    expect([ledger.moves[0], ledger.now.lots[0], ledger.spare_lots.length]).toEqual([null, null, 2])
    Ledger.fill(ledger, 1, 0, 1, 5_000, SHARE, 0, 0, 2, 4)
    expect([ledger.spare_lots.length, ledger.spare_moves.length]).toEqual([0, 0])
    // A late correction of the resolved market is still booked.
    Ledger.split(ledger, 0, SHARE, 5)
    Ledger.resolve(ledger, 0, 10_000, 6)
    expect(Ledger.residual(ledger)).toBe(0)
    expect(Pnl.parts(ledger, 0, Pnl.createParts()).net).toBe(-SHARE / 2)
  })

  test('a bad amount, market, outcome, side, price, mid, fee or payout is refused by name and nothing is booked', () => {
    const ledger = halfConfirmed()
    const before = JSON.stringify(ledger)
    const fill = (
      o: Partial<
        Record<
          'market' | 'outcome' | 'side' | 'price' | 'size' | 'fee' | 'fee_shares' | 'mid' | 'amount',
          number
        >
      >,
    ) =>
      code(() =>
        Ledger.fill(
          ledger,
          o.market ?? 0,
          o.outcome ?? 0,
          o.side ?? 1,
          o.price ?? 5_000,
          o.size ?? 10,
          o.fee ?? 0,
          o.fee_shares ?? 0,
          9,
          9,
          false,
          o.mid ?? Number.NaN,
          o.amount,
        ),
      )
    expect([fill({ market: 1 }), fill({ market: -1 })]).toEqual(['ledger.market', 'ledger.market'])
    expect([fill({ outcome: 2 }), fill({ side: 0 })]).toEqual(['ledger.outcome', 'ledger.side'])
    expect([fill({ price: 0 }), fill({ price: 10_000 }), fill({ price: 0.5 })]).toEqual([
      'ledger.price',
      'ledger.price',
      'ledger.price',
    ])
    expect([fill({ size: 0 }), fill({ size: 1.5 }), fill({ size: Number.NaN })]).toEqual([
      'ledger.amount',
      'ledger.amount',
      'ledger.amount',
    ])
    expect([fill({ fee: -1 }), fill({ amount: -1 }), fill({ amount: 11 })]).toEqual([
      'ledger.amount',
      'ledger.amount',
      'ledger.amount',
    ])
    expect([fill({ fee_shares: 10 }), fill({ side: 2, fee_shares: 1 })]).toEqual([
      'ledger.fee_shares',
      'ledger.fee_shares',
    ])
    expect([fill({ mid: 0 }), fill({ mid: 10_000 })]).toEqual(['ledger.mid', 'ledger.mid'])
    for (const bad of [0, -1, 0.5, Number.POSITIVE_INFINITY]) {
      expect(code(() => Ledger.deposit(ledger, bad, 9))).toBe('ledger.amount')
      expect(code(() => Ledger.split(ledger, 0, bad, 9))).toBe('ledger.amount')
    }
    expect(code(() => Ledger.redeem(ledger, 0, 0, 1, 10_001, 9))).toBe('ledger.payout')
    expect(code(() => Ledger.resolve(ledger, 0, -1, 9))).toBe('ledger.payout')
    expect(code(() => Ledger.transferIn(Ledger.create(1, 0), 0, 0, 1, 9))).toBe('ledger.no_mid')
    expect([code(() => Ledger.create(-1, 0)), code(() => Ledger.create(1, -1))]).toEqual([
      'ledger.amount',
      'ledger.amount',
    ])
    expect(JSON.stringify(ledger)).toBe(before)
  })

  test('one fill that never ends lets a stated number of moves wait behind it, then the ledger says which', () => {
    const ledger = Ledger.create(1, 1e9)
    Ledger.fill(ledger, 0, 0, 1, 5_000, 1, 0, 0, 42, 0)
    for (let i = 1; i < MOVES_MAX; i++) Ledger.split(ledger, 0, 1, i)
    expect(() => Ledger.split(ledger, 0, 1, 9)).toThrow(/confirm or fail fill 42/)
    Ledger.confirm(ledger, 42)
    Ledger.split(ledger, 0, 1, 9)
    expect([ledger.moves[0]!.length, Ledger.residual(ledger)]).toEqual([0, 0])
  })

  test('every move leaves the row of the ledger table that adds up to the balance', () => {
    const ledger = Ledger.create(1, 100 * SHARE)
    const { ledger: table } = createRecords(16)
    const steps = [
      () => Ledger.mark(ledger, 0, 5_000),
      () => Ledger.fill(ledger, 0, 0, 1, 4_800, 10 * SHARE, 2_000, 0, 1, 1),
      () => Ledger.fill(ledger, 0, 1, 1, 5_000, 10 * SHARE, 0, 360_000, 2, 2),
      () => Ledger.fill(ledger, 0, 0, 2, 5_100, SHARE, 1_000, 0, 3, 3),
      () => Ledger.fail(ledger, 1, 4),
      () => Ledger.deposit(ledger, 5, 5),
    ]
    for (const step of steps) {
      const before = ledger.last.entry
      step()
      if (ledger.last.entry > before) Ledger.record(ledger, table)
    }
    const rows = Array.from({ length: table.length }, (_, i) => [
      table.columns.kind[i],
      table.columns.shares[i],
      table.columns.cash[i],
      table.columns.fee[i],
      table.columns.ref[i],
    ])
    expect(rows).toEqual([
      [LedgerKind.BUY, 10 * SHARE, -4_802_000, 2_000, 1],
      [LedgerKind.BUY, 9_640_000, -5_000_000, 0, 2],
      [LedgerKind.SELL, -SHARE, 509_000, 1_000, 3],
      [LedgerKind.REVERSAL, -10 * SHARE, 4_802_000, -2_000, 1],
      [LedgerKind.DEPOSIT, 0, 5, 0, -1],
    ])
    let balance = 100 * SHARE
    for (let i = 0; i < table.length; i++) {
      balance += table.columns.cash[i]!
      expect(table.columns.balance[i]).toBe(balance)
    }
    // The sale's shares are gone with the failed purchase: trading has to halt.
    expect(Ledger.short(ledger)).toBe(true)
    const full = createRecords(0).ledger
    expect(code(() => Ledger.record(ledger, full))).toBe('ledger.table_full')
  })
})
