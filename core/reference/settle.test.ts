import { describe, expect, test } from 'vitest'
import { SECOND } from '../units/index.ts'
import * as Settle from './settle.ts'
import * as Strike from './strike.ts'

const START = 1_776_254_400 * SECOND
const END = START + 300 * SECOND
const PRICE = 6_330_420_030_119

function struck(price: number, rest: number): Strike.Strike {
  const strike = Strike.create()
  Strike.onSettlement(strike, START, price, rest, START)
  Strike.onSettlement(strike, START, price, rest, START + SECOND)
  return strike
}

function settled(price: number, rest: number): Settle.Settle {
  const state = Settle.create()
  Settle.onSettlement(state, END, price, rest, END)
  Settle.onSettlement(state, END, 1, 0, END + SECOND)
  return state
}

describe('the verdict', () => {
  test('Up pays all or nothing by the sign of the move', () => {
    expect(Settle.upPayout(settled(PRICE + 1, 0), struck(PRICE, 0), 'up')).toBe(10_000)
    expect(Settle.upPayout(settled(PRICE - 1, 0), struck(PRICE, 0), 'up')).toBe(0)
  })

  test('a tie is decided at 1e-18 USD, then by its rule', () => {
    const strike = struck(PRICE, 5_075_000_000)
    expect(Settle.upPayout(settled(PRICE, 5_075_000_001), strike, 'half')).toBe(10_000)
    expect(Settle.upPayout(settled(PRICE, 5_074_999_999), strike, 'up')).toBe(0)
    expect(Settle.upPayout(settled(PRICE, 5_075_000_000), strike, 'up')).toBe(10_000)
    expect(Settle.upPayout(settled(PRICE, 5_075_000_000), strike, 'half')).toBe(5_000)
    // As binary fractions these are equal.
    expect(PRICE + 0.5075000001).toBe(PRICE + 0.5075)
  })

  test('a rest decides only between equal wholes', () => {
    expect(Settle.payout(PRICE, 9_999_999_999, PRICE + 1, 0, 'up')).toBe(0)
    expect(Settle.payout(PRICE + 1, 0, PRICE, 9_999_999_999, 'up')).toBe(10_000)
  })

  test('waits for a value stamped after the end', () => {
    const state = Settle.create()
    expect(Settle.onSettlement(state, END, PRICE, 0, END - SECOND)).toBe(false)
    expect(Settle.onSettlement(state, END, PRICE + 1, 0, END)).toBe(false)
    expect(Settle.upPayout(state, struck(PRICE, 0), 'up')).toBe(-1)
    expect(Settle.onSettlement(state, END, PRICE - 9, 0, END + SECOND)).toBe(true)
    expect(Settle.upPayout(state, struck(PRICE, 0), 'up')).toBe(10_000)
  })

  test('is given once and never taken back', () => {
    const state = Settle.create()
    Settle.onSettlement(state, END, PRICE + 1, 0, END - SECOND)
    Settle.onSettlement(state, END, PRICE, 0, END + SECOND)
    expect(Settle.onSettlement(state, END, PRICE - 1, 0, END)).toBe(false)
    expect(Settle.upPayout(state, struck(PRICE, 0), 'up')).toBe(10_000)
  })

  test('is not given without a final strike, nor on a value too old at the end', () => {
    expect(Settle.upPayout(settled(PRICE, 0), Strike.create(), 'up')).toBe(-1)
    const state = Settle.create(3 * SECOND)
    Settle.onSettlement(state, END, PRICE, 0, END - 4 * SECOND)
    expect(Settle.onSettlement(state, END, PRICE, 0, END + SECOND)).toBe(false)
    expect(Settle.upPayout(state, struck(PRICE, 0), 'up')).toBe(-1)
  })
})
