import { expect, test } from 'vitest'
import { makeRun } from '../../test/golden/report/synthetic.ts'
import type { RunFile } from '../runners/run-folder.ts'
import { capture } from './capture.ts'
import { summaryOf } from './run-summary.ts'

const { run } = makeRun({ seed: 5, windows: 3 })
const parts = { spread: 1, pairs: 0, inventory: -0.001, settlement: -2, fees: 0 }
const file = { ...run, pnl_parts_usdc: parts, max_drawdown_usdc: 565.81 } as unknown as RunFile

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
