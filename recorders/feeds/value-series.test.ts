import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTaken } from './fixtures.ts'
import {
  addSnapshot,
  addValue,
  createValues,
  readValue,
  seriesOf,
  type Value,
  valuesState,
} from './value-series.ts'

const value = (s: number, price = 100): Value => ({ full: { price, rest: 0 }, stamp_us: s * 1_000_000 })

test('two sockets’ worth of values, one lagging behind the other, make each value once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 60 }), (lag, n) => {
      const taken = createTaken()
      const series = seriesOf(createValues(), 'chainlink-spot', 'btc', 'chainlink')
      for (let s = 1; s <= n; s++) {
        addValue(taken.out, series, value(s))
        if (s > lag) addValue(taken.out, series, value(s - lag))
      }
      expect(taken.rows.map(({ exch_us }) => exch_us / 1e6)).toEqual(
        Array.from({ length: n }, (_, i) => i + 1),
      )
    }),
  )
})

test('one stamp far ahead does not silence the values behind it', () => {
  const taken = createTaken()
  const series = seriesOf(createValues(), 'chainlink-spot', 'btc', 'chainlink')
  addValue(taken.out, series, value(1e9))
  for (let s = 1; s <= 100; s++) addValue(taken.out, series, value(s))
  expect(taken.rows).toHaveLength(101)
})

test('a snapshot after a hole fills it from the newest value on', () => {
  const taken = createTaken()
  const series = seriesOf(createValues(), 'chainlink-spot', 'btc', 'chainlink')
  for (const s of [1, 2, 3]) addValue(taken.out, series, value(s))
  addSnapshot(
    taken.out,
    series,
    [5, 3, 6, 4, 2].map((s) => value(s)),
  )
  expect(taken.rows.map(({ exch_us }) => exch_us / 1e6)).toEqual([1, 2, 3, 4, 5, 6])
})

test('the memory of a series is bounded, and comes back from its state', () => {
  const taken = createTaken()
  const values = createValues()
  const series = seriesOf(values, 'chainlink-spot', 'btc', 'chainlink')
  for (let s = 1; s <= 1_000; s++) addValue(taken.out, series, value(s))
  const state = valuesState(values)
  expect(state[0]!.recent).toHaveLength(32)
  const again = createValues(JSON.parse(JSON.stringify(state)))
  addValue(taken.out, seriesOf(again, 'chainlink-spot', 'btc', 'chainlink'), value(990))
  expect(taken.rows).toHaveLength(1_000)
  expect(valuesState(again)).toEqual(state)
})

test('a full value is held against the rounded one beside it', () => {
  const exact = { price: 7_969_694_817_428, rest: 7_960_000_000 }
  expect(readValue('79696948174287960000000', '79696.94817428796', true)).toEqual(exact)
  expect(readValue('79696.948174287960000000', '79696.94817428796', true)).toEqual(exact)
  expect(readValue(undefined, '79696.94817428796', true)).toEqual(exact)
  expect(readValue('0.205412345678901234', '0.20541234567890123', false)).toEqual({
    price: 20_541_234,
    rest: 5_678_901_234,
  })
  for (const scale of ['7969694817428796', '7969694817428796000000', '796969481742879600000000'])
    expect(readValue(scale, '79696.94817428796', true)).toMatch(/scale has changed/)
})
