import { expect, test } from 'vitest'
import { floorOf, type Outcome, signOf } from './sign.ts'

function outcome(net: number, low: number | null, high: number | null, more: Partial<Outcome> = {}): Outcome {
  const interval = { low, high, level: 0.95, windows: 40, blocks: 40 }
  return { net_pnl_usdc: net, volume_usdc: 700, fills: 100, net_pnl_interval_usdc: interval, ...more }
}

test('a result has a sign where its interval leaves out 0', () => {
  expect(signOf(outcome(20, 5, 40))).toBe('gain')
  expect(signOf(outcome(-20, -40, -5))).toBe('loss')
  expect(signOf(outcome(19.6, -219, 251))).toBe('unclear')
  expect(signOf(outcome(20, 0, 40))).toBe('unclear')
  expect(signOf(outcome(0, null, null, { fills: 0 }))).toBe('idle')
})

test('below ten blocks nothing has one, whatever the interval', () => {
  const few = { level: 0.95, windows: 12, blocks: 9, low: 5, high: 40 }
  expect(signOf(outcome(20, 5, 40, { net_pnl_interval_usdc: few }))).toBe('unclear')
  expect(signOf(outcome(20, null, null))).toBe('unclear')
})

test('what is a cent, or one tick of 1e-4 on the volume, is nothing', () => {
  expect(signOf(outcome(-0.14, -0.2, -0.1, { volume_usdc: 7_000 }))).toBe('unclear')
  expect(signOf(outcome(-0.14, -0.2, -0.1, { volume_usdc: 700 }))).toBe('loss')
  expect(signOf(outcome(0.009, 0.001, 0.02, { volume_usdc: 1 }))).toBe('unclear')
  expect([floorOf(0), floorOf(844_000)]).toEqual([0.01, 84.4])
})
