import { beforeAll, describe, expect, test } from 'vitest'
import { backtestConfig, SHIPPED } from '../../engine/runners/backtest-config.ts'
import { execute } from '../../engine/runners/execute.ts'
import { figuresOf } from '../../engine/runners/summary.ts'
import { openTape, type Tape } from '../../engine/runners/tape.ts'
import { strategy as sureTaker } from '../fixtures/strategies/sure-taker.ts'
import { strategy as sweeper } from '../fixtures/strategies/sweeper.ts'

/** Who buys what is as good as sure in the last five seconds wins nearly always: that alone certifies nothing. */

/** No limit of risk in the way of a hundred shares. */
const PARAMS = ['strategy.from_s=5', 'strategy.shares=100', 'risk.per_trade=1000', 'risk.per_market=1000']

let tape: Tape
beforeAll(async () => {
  tape = await openTape([SHIPPED])
})

describe('a taker of the last five seconds on the shipped recording', () => {
  test.each([sweeper, sureTaker])(
    '$name: wins every window it trades, and is not told from luck',
    async (strategy) => {
      const config = backtestConfig(strategy, tape, { env: {}, cwd: null, params: PARAMS })
      const drain = (table: { length: number }) => {
        table.length = 0
      }
      const figures = figuresOf(await execute({ tape, strategy, config, seed: 1 }, { drain }))
      expect(figures.windows.won).toBe(figures.windows.traded)
      expect(figures.windows.traded).toBeGreaterThan(2)
      expect(figures.net_pnl_usdc).toBeGreaterThan(0)
      expect(figures.net_pnl_interval_usdc.low).toBeLessThan(0)
      expect(figures.net_pnl_interval_usdc.high).toBeGreaterThan(figures.net_pnl_usdc)
    },
  )
})
