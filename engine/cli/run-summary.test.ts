import { expect, test } from 'vitest'
import { makeRun } from '../../test/golden/report/synthetic.ts'
import type { RunFile } from '../runners/run-folder.ts'
import { capture } from './capture.ts'
import { summaryOf } from './run-summary.ts'

const { run } = makeRun({ seed: 5, windows: 3 })
const parts = { spread: 1, pairs: 0, inventory: -0.001, settlement: -2, fees: 0 }
const refused = {
  venue: [
    { reason: 'decimals', orders: 556 },
    { reason: 'fak_no_match', orders: 1 },
  ],
  gates: [{ gate: 'cooldown', decisions: 500 }],
}
const file = {
  ...run,
  pnl_parts_usdc: parts,
  max_drawdown_usdc: 565.81,
  decisions: 1_000,
  refused,
  calibration: null,
  conflicts: 0,
  conflict_windows: [],
  strategy_source: { file: null, sha256: '' },
} as unknown as RunFile

function rowOf(name: string, of: RunFile = file): string {
  const text = summaryOf(capture({}).io, of, '/r', false, null)
  return text.split('\n').find((line) => line.trimStart().startsWith(name))!
}

test('a drawdown has the sign that run.json and the report give it', () => {
  expect(rowOf('max drawdown')).toMatch(/^max drawdown +565\.81 /)
})

test('numbers are ASCII, and what rounds to nothing has no sign', () => {
  expect(rowOf('settlement')).toMatch(/ -2\.00 /)
  expect(rowOf('inventory')).toMatch(/ 0\.00 /)
  expect(rowOf('fees')).toMatch(/ 0\.00 /)
  expect(summaryOf(capture({}).io, file, '/r', true, null)).not.toMatch(/[\u2212\u2010-\u2012]\d|-0\.00/)
})

test('what was there at the start, what it became, and when it was gone', () => {
  expect(rowOf('return')).toMatch(/^return +-?\d+\.\d\d % +of 5000\.00 USDC at the start$/)
  const ruined = { ...file, ruined_at: '2026-04-15T14:05:09.1Z' }
  expect(rowOf('return', ruined)).toMatch(/; ruined at 14:05: nothing is left to trade with$/)
})

test('a net stands with its interval, or with why there is none', () => {
  const net = { low: -219, high: 251, level: 0.95, windows: 40, blocks: 40 }
  expect(rowOf('interval', { ...file, net_pnl_interval_usdc: net })).toMatch(
    /^ +interval +\[-219\.00, \+251\.00\] +95 % interval over 40 traded windows$/,
  )
  expect(rowOf('interval')).toMatch(/traded windows: below 10 nothing can be told from luck$/)
})

test('refusals of the venue and stops of gates are there with their reasons, and nothing where there were none', () => {
  expect(rowOf('refused')).toMatch(/^refused +557 +orders by the venue: 556 decimals \(.*\), 1 fak_no_match$/)
  expect(rowOf('stopped')).toMatch(/^stopped +500 +decisions of 1 000: cooldown 50 %$/)
  const none = { ...file, refused: { venue: [], gates: [] } }
  expect(rowOf('refused', none)).toBeUndefined()
  expect(rowOf('stopped', none)).toBeUndefined()
})
