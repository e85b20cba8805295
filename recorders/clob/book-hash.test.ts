import { describe, expect, test } from 'vitest'
import { bookHash } from './book-hash.ts'

const levels = (pairs: readonly [string, string][]) => pairs.map(([price, size]) => ({ price, size }))
const BOOK = {
  market: '0xaabbcc',
  asset_id: '100',
  timestamp: '123456789',
  hash: '0458ea5755c9f73d64a14636fa5c36ed460ec394',
  bids: levels([
    ['0.3', '100'],
    ['0.4', '100'],
  ]),
  asks: levels([
    ['0.6', '100'],
    ['0.7', '100'],
  ]),
  min_order_size: '100',
  tick_size: '0.01',
  neg_risk: false,
  last_trade_price: '0.5',
}

describe('the hash of a book', () => {
  test('is the venue’s own for its published vector', () => {
    expect(bookHash(BOOK)).toBe(BOOK.hash)
  })

  test('does not depend on the order of the fields as received, nor on what else was sent', () => {
    const turned = Object.fromEntries(Object.entries(BOOK).reverse())
    expect(bookHash({ event_type: 'book', ...turned, version: 'v2' })).toBe(BOOK.hash)
  })

  test('takes texts as they are: the same number written otherwise is another hash', () => {
    expect(bookHash({ ...BOOK, tick_size: '0.010' })).not.toBe(BOOK.hash)
  })

  test.each(Object.keys(BOOK))('says nothing without %s', (field) => {
    expect(bookHash({ ...BOOK, [field]: undefined })).toBeUndefined()
  })
})
