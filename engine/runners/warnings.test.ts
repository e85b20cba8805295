import { expect, test } from 'vitest'
import { warningsOf } from './warnings.ts'

const tape = (from: string, to: string, windows: readonly [number, number][]) =>
  ({
    instruments: { instruments: [], markets: windows.map(([start_us, end_us]) => ({ start_us, end_us })) },
    datasets: [{ manifest: { time_range: { from, to }, counts: { kinds: {} } } }],
  }) as never

const MAY = Date.UTC(2026, 4, 1) * 1_000
const MINUTE = 60e6

test('windows that all lie outside of the tape are told, and one inside is enough', () => {
  const [from, to] = ['2026-05-01T00:00:00Z', '2026-05-01T01:00:00Z']
  const before: [number, number] = [MAY - 10 * MINUTE, MAY - 5 * MINUTE]
  const inside: [number, number] = [MAY + 10 * MINUTE, MAY + 15 * MINUTE]
  expect(warningsOf(tape(from, to, [before, before]))).toEqual([
    expect.stringMatching(/^all 2 windows lie outside/),
  ])
  expect(warningsOf(tape(from, to, [before, inside]))).toEqual([])
  expect(warningsOf(tape(from, to, []))).toEqual([])
})
