import { describe, expect, test } from 'vitest'
import { COUNT } from '../limits.ts'
import {
  type KalshiPrices,
  kalshiPriceFields,
  onKalshiGrid,
  readKalshiPrices,
  USUAL_PRICES,
} from './index.ts'

const range = (start: string, end: string, step: string) => ({ start, end, step })
const CENTS: KalshiPrices = { tick: 100 }

test('the usual grid is a cent between 0.10 and 0.90, a tenth of one outside', () => {
  for (const price of [10, 990, 1_000, 1_100, 9_000, 9_010, 9_990])
    expect(onKalshiGrid(price), `${price}`).toBe(true)
  for (const price of [5, 995, 1_010, 4_850, 8_990, 9_005])
    expect(onKalshiGrid(price), `${price}`).toBe(false)
})

describe('the prices of a market', () => {
  test('by the name of its structure', () => {
    expect(readKalshiPrices('linear_cent', undefined)).toEqual(CENTS)
    expect(readKalshiPrices('deci_cent', undefined)).toEqual({ tick: 10 })
    expect(readKalshiPrices('tapered_deci_cent', undefined)).toEqual(USUAL_PRICES)
    expect(readKalshiPrices('another', undefined)).toBeUndefined()
    expect(readKalshiPrices(undefined, undefined)).toBeUndefined()
  })

  test('by its ranges before its name, so that a structure of tomorrow is read too', () => {
    const fine = [
      range('0.0000', '0.0100', '0.0001'),
      range('0.0100', '0.9900', '0.0010'),
      range('0.9900', '1.0000', '0.0001'),
    ]
    expect(readKalshiPrices('center_deci_edge_centi_cent', fine)).toEqual({
      tick: 1,
      price_bands: [
        { from: 0, step: 1 },
        { from: 100, step: 10 },
        { from: 9_900, step: 1 },
      ],
    })
    expect(readKalshiPrices('tapered_deci_cent', [range('0', '1', '0.01')])).toEqual(CENTS)
  })

  test('ranges that make no grid leave it to the name', () => {
    for (const ranges of [
      [],
      {},
      'text',
      [null],
      [range('0', '0.5', '0.01')],
      [range('0.1', '1', '0.01')],
      [range('0', '0.5', '0.01'), range('0.6', '1', '0.01')],
      [range('0', '1', '0')],
      [range('0', '1', 'a cent')],
      [{ start: 0, end: 1, step: 0.01 }],
      Array.from({ length: COUNT.price_bands + 1 }, () => range('0', '1', '0.01')),
    ])
      expect(readKalshiPrices('linear_cent', ranges), JSON.stringify(ranges)).toEqual(CENTS)
  })

  test('are stated as they are read', () => {
    for (const prices of [USUAL_PRICES, CENTS, { tick: 10 }, { tick: 50 }]) {
      const { price_level_structure, price_ranges } = kalshiPriceFields(prices)
      expect(readKalshiPrices(price_level_structure, undefined)).toEqual(
        price_level_structure === 'custom' ? undefined : prices,
      )
      expect(readKalshiPrices('', price_ranges)).toEqual(prices)
    }
    expect(kalshiPriceFields(USUAL_PRICES)).toEqual({
      price_level_structure: 'tapered_deci_cent',
      price_ranges: [
        range('0.0000', '0.1000', '0.0010'),
        range('0.1000', '0.9000', '0.0100'),
        range('0.9000', '1.0000', '0.0010'),
      ],
    })
  })
})
