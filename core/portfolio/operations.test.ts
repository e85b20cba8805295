import { describe, expect, test } from 'vitest'
import { defaults, resolve } from '../config/index.ts'
import { SECOND } from '../units/index.ts'
import { Ledger, type LedgerState, Merges, Operations, Redeems, Stop, settings } from './index.ts'

const SHARE = 1_000_000
const gasless = defaults(settings)
const eoa = resolve({ portfolio: settings }, { 'portfolio.wallet_mode': 'eoa' }).portfolio

/** A ledger with this many confirmed pairs in each of three markets. */
function withPairs(shares: number): LedgerState {
  const ledger = Ledger.create(3, 10_000 * SHARE)
  for (let market = 0; market < 3; market++) Ledger.split(ledger, market, shares * SHARE, 0)
  return ledger
}

describe('when pairs are merged', () => {
  test('from the threshold of the wallet mode on, all of them', () => {
    for (const [config, threshold] of [
      [gasless, 20],
      [eoa, 100],
    ] as const) {
      const state = Operations.create(3)
      expect(Merges.plan(state, withPairs(threshold - 1), config, 0, 0)).toMatchObject({
        pairs: 0,
        stop: Stop.NOTHING,
      })
      expect(Merges.plan(state, withPairs(threshold), config, 0, 0)).toMatchObject({
        pairs: threshold * SHARE,
        stop: Stop.NONE,
      })
      expect(Merges.plan(state, withPairs(threshold + 7), config, 0, 0).pairs).toBe((threshold + 7) * SHARE)
    }
  })

  test('neither shares of an unconfirmed fill nor those that open sells may take', () => {
    const ledger = withPairs(19)
    const state = Operations.create(3)
    Ledger.fill(ledger, 0, 0, 1, 5_000, 5 * SHARE, 0, 0, 1, 0)
    Ledger.fill(ledger, 0, 1, 1, 5_000, 5 * SHARE, 0, 0, 2, 0)
    Ledger.confirm(ledger, 1)
    expect(Merges.plan(state, ledger, gasless, 0, 0).stop).toBe(Stop.NOTHING)
    Ledger.confirm(ledger, 2)
    expect(Merges.plan(state, ledger, gasless, 0, 0).pairs).toBe(24 * SHARE)
    expect(Merges.plan(state, ledger, gasless, 0, 0, 0, 3 * SHARE).pairs).toBe(21 * SHARE)
    expect(Merges.plan(state, ledger, gasless, 0, 0, 5 * SHARE, 0).stop).toBe(Stop.NOTHING)
  })

  test('one at a time in a market, none once it is resolved', () => {
    const ledger = withPairs(50)
    const state = Operations.create(3)
    Merges.begin(state, 0, 50 * SHARE, 0)
    expect(Merges.plan(state, ledger, gasless, 0, 1).stop).toBe(Stop.PENDING)
    expect(Merges.plan(state, ledger, gasless, 1, 1).stop).toBe(Stop.NONE)
    Merges.done(state, 0)
    Ledger.resolve(ledger, 0, 0, 2)
    expect(Merges.plan(state, ledger, gasless, 0, 2).stop).toBe(Stop.RESOLVED)
  })

  test('with gas of our own at most so many a minute over all markets, through a relayer without limit', () => {
    const ledger = withPairs(100)
    const state = Operations.create(3)
    Merges.begin(state, 0, SHARE, 0)
    Redeems.begin(state, 1, 30 * SECOND)
    expect(Merges.plan(state, ledger, eoa, 2, 60 * SECOND - 1).stop).toBe(Stop.RATE)
    expect(Merges.plan(state, ledger, gasless, 2, 60 * SECOND - 1).stop).toBe(Stop.NONE)
    expect(Merges.plan(state, ledger, eoa, 2, 60 * SECOND).stop).toBe(Stop.NONE)
  })

  test('gas is counted, and above its cap merging pauses', () => {
    const ledger = withPairs(100)
    const state = Operations.create(3)
    expect(Merges.plan(state, ledger, gasless, 0, 0).gas).toBe(0)
    expect(Merges.plan(state, ledger, eoa, 0, 0).gas).toBe(10_000)
    Operations.observeGas(state, 50_000)
    expect(Merges.plan(state, ledger, eoa, 0, 0)).toMatchObject({ gas: 50_000, stop: Stop.NONE })
    Operations.observeGas(state, 50_001)
    const { pairs, stop } = Merges.plan(state, ledger, eoa, 0, 0)
    expect([pairs, stop, Operations.pauses(stop)]).toEqual([0, Stop.GAS, true])
    expect(Merges.plan(state, ledger, gasless, 0, 0).stop).toBe(Stop.NONE)
  })

  test('failures in a row pause merging everywhere; after the pause one is tried, and success ends it', () => {
    const ledger = withPairs(50)
    const state = Operations.create(3)
    Merges.begin(state, 0, SHARE, 0)
    Merges.failed(state, 0, 5 * SECOND)
    expect(Merges.plan(state, ledger, gasless, 1, 6 * SECOND).stop).toBe(Stop.NONE)
    Merges.begin(state, 1, SHARE, 6 * SECOND)
    Merges.failed(state, 1, 10 * SECOND)
    const { stop } = Merges.plan(state, ledger, gasless, 2, 70 * SECOND - 1)
    expect([stop, Operations.pauses(stop)]).toEqual([Stop.FAILING, true])
    expect(Merges.plan(state, ledger, gasless, 2, 70 * SECOND).stop).toBe(Stop.NONE)
    Merges.begin(state, 2, SHARE, 70 * SECOND)
    Merges.failed(state, 2, 75 * SECOND)
    expect(Merges.plan(state, ledger, gasless, 2, 80 * SECOND).stop).toBe(Stop.FAILING)
    Merges.begin(state, 2, SHARE, 140 * SECOND)
    Merges.done(state, 2)
    Merges.begin(state, 2, SHARE, 150 * SECOND)
    Merges.failed(state, 2, 155 * SECOND)
    expect(Merges.plan(state, ledger, gasless, 2, 156 * SECOND).stop).toBe(Stop.NONE)
    expect(Operations.pauses(Stop.PENDING)).toBe(false)
  })
})

describe('when resolved shares are redeemed', () => {
  test('both outcomes, once the market is resolved, one operation at a time', () => {
    const ledger = withPairs(3)
    const state = Operations.create(3)
    expect(Redeems.plan(state, ledger, gasless, 0, 0).stop).toBe(Stop.NOTHING)
    Ledger.resolve(ledger, 0, 10_000, 1)
    expect(Redeems.plan(state, ledger, gasless, 0, 1)).toEqual({
      up: 3 * SHARE,
      down: 3 * SHARE,
      on_chain: true,
      gas: 0,
      stop: Stop.NONE,
    })
    Redeems.begin(state, 0, 1)
    expect(Redeems.plan(state, ledger, gasless, 0, 2).stop).toBe(Stop.PENDING)
    Ledger.redeem(ledger, 0, 0, 3 * SHARE, 10_000, 3)
    Ledger.redeem(ledger, 0, 1, 3 * SHARE, 0, 3)
    Redeems.ended(state, 0)
    expect(Redeems.plan(state, ledger, gasless, 0, 4).stop).toBe(Stop.NOTHING)
    expect(Ledger.residual(ledger)).toBe(0)
  })

  test('not while a merge is under way; fills still open are waited for, but not for ever', () => {
    const ledger = withPairs(3)
    const state = Operations.create(3)
    Merges.begin(state, 0, SHARE, 0)
    Ledger.fill(ledger, 0, 0, 1, 5_000, SHARE, 0, 0, 1, 0)
    Ledger.resolve(ledger, 0, 10_000, 10 * SECOND)
    expect(Redeems.plan(state, ledger, gasless, 0, 11 * SECOND).stop).toBe(Stop.PENDING)
    Merges.done(state, 0)
    expect(Redeems.plan(state, ledger, gasless, 0, 11 * SECOND).stop).toBe(Stop.UNCONFIRMED)
    expect(Redeems.plan(state, ledger, gasless, 0, 70 * SECOND)).toMatchObject({
      up: 3 * SHARE,
      stop: Stop.NONE,
    })
    Ledger.confirm(ledger, 1)
    expect(Redeems.plan(state, ledger, gasless, 0, 12 * SECOND).up).toBe(4 * SHARE)
  })

  test('worthless shares need no operation on chain: no gas, no limit', () => {
    const ledger = Ledger.create(3, 100 * SHARE)
    const state = Operations.create(3)
    Ledger.fill(ledger, 0, 0, 1, 5_000, SHARE, 0, 0, 1, 0)
    Ledger.confirm(ledger, 1)
    Ledger.split(ledger, 1, SHARE, 0)
    for (const market of [0, 1]) Ledger.resolve(ledger, market, 0, 0)
    for (let i = 0; i < 2; i++) Redeems.begin(state, 2, 0)
    expect(Redeems.plan(state, ledger, eoa, 0, 1)).toMatchObject({
      up: SHARE,
      on_chain: false,
      gas: 0,
      stop: Stop.NONE,
    })
    const recent = state.next
    Redeems.begin(state, 0, 1, state.redeem_plan.on_chain)
    expect([state.next, Redeems.plan(state, ledger, eoa, 0, 2).stop]).toEqual([recent, Stop.PENDING])
    expect(Redeems.plan(state, ledger, eoa, 1, 1)).toMatchObject({ up: 0, gas: 10_000, stop: Stop.RATE })
  })
})
