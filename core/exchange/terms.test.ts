import { describe, expect, test } from 'vitest'
import type { Market } from '../events/index.ts'
import { Rules, Slug, TABLE } from '../rules/index.ts'
import { gridOf, MICRO, MS, parseIso, uniformGrid } from '../units/index.ts'
import * as Terms from './terms.ts'

const market = (own: Partial<Market> = {}): Market => ({
  ...Slug.toMarket('btc-updown-5m-1776240000'),
  ...own,
})

describe('terms of a market', () => {
  test('are those of the dated rules', () => {
    const terms = Terms.of(market())
    expect(terms.min_size).toBe(5 * MICRO)
    expect(terms.marketable_buy_min).toBe(MICRO)
    expect(terms.fee).toEqual({ rate_ppm: 72_000, exponent: 1, taker_only: true })
  })

  test('at any time, on both sides of every change and back again, as if asked anew', () => {
    const terms = Terms.of(market())
    const edges = [...TABLE.taker_hold_ms, ...TABLE.charged_in]
      .map((record) => record.from_us)
      .filter(Number.isFinite)
    expect(edges.length).toBeGreaterThan(4)
    const times = edges.flatMap((at) => [at - 1, at, at + 1])
    for (const at of [...times, ...times.reverse()]) {
      expect(terms.hold_us(at)).toBe(Rules.takerHoldOf(market(), at).value * MS)
      expect(terms.charged_in(at)).toEqual(Rules.chargedInOf(market(), at).value)
    }
  })

  test('within one regime give the same object again: nothing is made', () => {
    const { charged_in } = Terms.of(market())
    const at = parseIso('2026-04-15T12:00:00Z')
    expect(charged_in(at + 1)).toBe(charged_in(at))
  })

  test('are the market’s own where it says so', () => {
    const fee = { rate_ppm: 40_000, exponent: 1, taker_only: true }
    const terms = Terms.of(market({ taker_hold_ms: 77, min_size: 15 * MICRO, fee }))
    expect([terms.hold_us(0), terms.hold_us(parseIso('2026-12-01T00:00:00Z'))]).toEqual([77 * MS, 77 * MS])
    expect(terms.min_size).toBe(15 * MICRO)
    expect(terms.fee).toEqual(fee)
  })

  test('prices: of the tick in force, or of the market’s own bands, whatever the tick', () => {
    expect(Terms.gridIn(Terms.of(market()), 25)).toBe(uniformGrid(25))
    const price_bands = [
      { from: 0, step: 10 },
      { from: 1_000, step: 100 },
      { from: 9_000, step: 10 },
    ]
    const terms = Terms.of(market({ price_bands }))
    for (const tick of [10, 100]) expect(Terms.gridIn(terms, tick)).toEqual(gridOf(price_bands))
  })

  test('a market of a time that nobody knows the rules of is refused', () => {
    const start_us = parseIso('2026-03-31T12:00:00Z')
    expect(() => Terms.of(market({ start_us, end_us: start_us + 300e6 }))).toThrow(
      expect.objectContaining({ code: 'rules.unknown_range' }),
    )
  })
})
