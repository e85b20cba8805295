import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Side } from '../../core/events/index.ts'
import { createPriceBook, drop, setPrice } from './price-book.ts'

const change = fc.record({
  side: fc.constantFrom(Side.BID, Side.ASK),
  price: fc.integer({ min: 1, max: 12 }),
  size: fc.constantFrom(0, 1, 2),
  drops: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
})

test('the best prices are those of the levels, and no level crosses one of the other side', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const book = createPriceBook()
      for (const { side, price, size, drops } of changes) {
        if (drops) drop(book, side, price)
        else setPrice(book, side, price, size)
        expect(book.bid).toBe(Math.max(0, ...book.bids.keys()))
        expect(book.ask).toBe(book.asks.size === 0 ? 0 : Math.min(...book.asks.keys()))
        if (book.bid > 0 && book.ask > 0) expect(book.bid).toBeLessThan(book.ask)
        // What was set last stands.
        if (!drops && size > 0) expect((side === Side.BID ? book.bids : book.asks).get(price)).toBe(size)
      }
    }),
  )
})

test('levels that a newer one crosses are dropped and counted', () => {
  const book = createPriceBook()
  for (const price of [10, 11, 12]) setPrice(book, Side.ASK, price, 1)
  setPrice(book, Side.BID, 11, 1)
  expect([book.bid, book.ask, book.crossed]).toEqual([11, 12, 2])
})
