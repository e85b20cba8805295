import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { Tif } from '../../core/machine/records.ts'
import { byName } from '../../core/strategies/registry.ts'
import { addTaker, type Strategy } from '../../core/strategies/strategy.ts'
import { MICRO, ONE } from '../../core/units/index.ts'
import type { Audit } from '../../engine/report/index.ts'
import { audit } from '../../engine/runners/audit.ts'
import { backtestConfig } from '../../engine/runners/backtest-config.ts'
import type { RunInput } from '../../engine/runners/execute.ts'
import { openTape, type Tape } from '../../engine/runners/tape.ts'
import { temporary } from '../fixtures/folders.ts'
import { writeSynthetic } from '../fixtures/synthetic-dataset.ts'
import { syntheticTape } from '../fixtures/synthetic-tape.ts'

/** What is said of strategies without an edge, on tapes of enough windows for an interval. */

const root = temporary()
let full: Tape
let touch: Tape

beforeAll(async () => {
  const tape = syntheticTape({ seed: 11, windows: 14, trades: false, rate: 1 })
  await writeSynthetic(join(root, 'full'), tape)
  await writeSynthetic(join(root, 'touch'), tape, { head: { carries: { book: 'top', trades: false } } })
  full = await openTape([join(root, 'full')])
  touch = await openTape([join(root, 'touch')])
})

/** A run that decides twice a second: thirty worlds of one audit take their time. */
function inputOf(tape: Tape, strategy: Strategy, seed: number, own: string[] = []): RunInput {
  const params = ['machine.quote_interval_ms=500', ...own]
  return { tape, strategy, config: backtestConfig(strategy, tape, { cwd: null, env: {}, params }), seed }
}

/** Takes the dearer outcome as long as it is offered below 0.99, as much as a window may hold. */
const sweeper: Strategy = {
  name: 'sweeper',
  settings: {},
  needs_model: false,
  init: () => null,
  on(_state, view, desired) {
    if (view.seconds_left > 120 || view.seconds_left <= 0 || Number.isNaN(view.mid)) return
    const outcome = view.mid >= ONE / 2 ? 0 : 1
    const ask = outcome === 0 ? view.best_ask : ONE - view.best_bid
    if (ask <= 0 || ask > 9_900 || view.up_shares + view.down_shares > 500 * MICRO) return
    addTaker(desired, outcome, 1, ask, 50 * MICRO, Math.floor((50 * ask) / 100) * 10_000, Tif.FAK, false)
  },
}

function assertHonest(made: Audit): void {
  expect(made.depends_on).not.toMatch(/neither|independent|under any|no assumption/)
  for (const cell of made.cells) {
    const { low, high, blocks } = cell.net_pnl_interval_usdc
    if (cell.sign !== 'gain' && cell.sign !== 'loss') continue
    expect(blocks).toBeGreaterThanOrEqual(10)
    expect(cell.sign === 'gain' ? low! : -high!).toBeGreaterThan(0)
  }
}

describe('dice', () => {
  test('are never told from luck, whatever their seed and however their net came out', async () => {
    const nets: number[] = []
    for (const seed of [1, 2]) {
      const made = await audit(inputOf(full, byName('random'), seed))
      assertHonest(made)
      expect(made.depends_on).not.toMatch(/Every cell is profitable|the run itself gains/)
      expect(made.controls[0]!.seeds).not.toContain(seed)
      nets.push(made.run.net_pnl_usdc)
    }
    expect(nets[0]).not.toBe(nets[1])
  })
})

describe('a strategy that only takes', () => {
  test('is told that queues change nothing for it, and varies what becomes of depth that it took', async () => {
    const made = await audit(inputOf(full, sweeper, 1, ['risk.max_model_gap=1']))
    assertHonest(made)
    expect(made.run.fills).toBeGreaterThan(10)
    expect(made.cells.every((cell) => cell.maker_fills === 0)).toBe(true)
    expect(made.notes[0]).toMatch(
      /^All rows are the same for this run|^The rows .* are the same|^No resting order was filled in any cell/,
    )
    expect(made.notes.join('\n')).toMatch(/No resting order was filled in any cell/)
  })
})

describe('over the touch alone', () => {
  test('prices are varied in the place of queues, and the run is a cell of the table', async () => {
    const made = await audit(inputOf(touch, byName('random'), 1, ['exchange.fill=bbo']))
    expect(
      made.cells.map(({ fill, slip_bps }) => `${fill} ${slip_bps}`).filter((_, i) => i % 6 === 0),
    ).toEqual(['bbo 200', 'bbo 10', 'bbo 0'])
    expect(made.cells).toHaveLength(18)
    expect(made.run).toMatchObject({ fill: 'bbo', slip_bps: 10, cell: true })
    assertHonest(made)
  })

  test('another slippage than those stands beside the table', async () => {
    const params = ['exchange.fill=bbo', 'exchange.slip_bps=50']
    const made = await audit(inputOf(touch, byName('nothing'), 1, params))
    expect(made.run).toMatchObject({ slip_bps: 50, cell: false })
    expect(made.depends_on).toBe('No cell has a fill: there is no result to explain.')
  })
})
