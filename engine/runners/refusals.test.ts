import { expect, test } from 'vitest'
import { OrderStatus } from '../../core/machine/records.ts'
import { Gate, RejectCode } from '../../core/risk/codes.ts'
import { watchRefusals } from './refusals.ts'

const table = (name: string, columns: Record<string, number[]>) =>
  ({ name, columns, length: Object.values(columns)[0]!.length }) as never

test('refusals are counted by reason over all pieces of a table, the most frequent first', () => {
  const { observe, refusals } = watchRefusals()
  const { REJECTED, FILLED } = OrderStatus
  const { TICK, DECIMALS } = RejectCode
  observe(table('orders', { status: [REJECTED, FILLED, REJECTED], reason: [TICK, TICK, DECIMALS] }))
  observe(table('orders', { status: [REJECTED], reason: [DECIMALS] }))
  observe(table('decisions', { gate: [Gate.NONE, Gate.COOLDOWN, Gate.SANITY, Gate.COOLDOWN] }))
  observe(table('fills', { reason: [TICK] }))
  expect(refusals()).toEqual({
    venue: [
      { reason: 'decimals', orders: 2 },
      { reason: 'tick', orders: 1 },
    ],
    gates: [
      { gate: 'cooldown', decisions: 2 },
      { gate: 'sanity', decisions: 1 },
    ],
  })
})
