import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { money, signedMoney } from './money.ts'

test('money is plain ASCII with two decimals, and what rounds to nothing has no sign', () => {
  expect([money(-544.321), money(0), money(-0.004), money(1234.5)]).toEqual([
    '-544.32',
    '0.00',
    '0.00',
    '1234.50',
  ])
  expect([signedMoney(19.6), signedMoney(-19.6), signedMoney(0.004), signedMoney(-0.004)]).toEqual([
    '+19.60',
    '-19.60',
    '0.00',
    '0.00',
  ])
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
      for (const text of [money(value), signedMoney(value)]) {
        expect(text).toMatch(/^[+-]?\d+\.\d\d$/)
        expect(text).not.toMatch(/^[+-]0\.00$/)
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.005 + Math.abs(value) * 1e-12)
      }
    }),
  )
})
