import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Book } from '../../core/book/index.ts'
import { Side } from '../../core/events/index.ts'
import { bestOf, createLevels, createMarketBook, eachLevel, replaceBook, setLevel } from './market-book.ts'

const change = fc.record({
  token: fc.constantFrom(0 as const, 1 as const),
  side: fc.constantFrom(Book.BID, Book.ASK),
  price: fc.integer({ min: 1, max: 30 }).map((n) => n * 300),
  size: fc.constantFrom(0, 1, 2, 3e15),
})

test('a level set by either token is the same level: the book is the core’s book after any changes', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const own = createMarketBook()
      const core = Book.create()
      for (const { token, side, price, size } of changes) {
        const before = Book.setToken(core, token, side, price, size)
        expect(setLevel(own, token, side, price, size)).toBe(before !== size)
        for (const seen of [0, 1] as const)
          for (const of of [Book.BID, Book.ASK] as const)
            expect(bestOf(own, seen, of)).toBe(Book.tokenBest(core, seen, of))
      }
      const copy = Book.create()
      eachLevel(own, (side, price, size) => {
        Book.setToken(copy, own.token === 1 ? 1 : 0, side as 1 | 2, price, size)
      })
      expect(Book.snapshot(copy)).toEqual(Book.snapshot(core))
    }),
  )
})

test('the level changes of a whole book, set one by one in another book, give that book', () => {
  const side = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 20 })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(0, 1), side, side), { maxLength: 6 }), (books) => {
      const own = createMarketBook()
      const other = createMarketBook()
      books.forEach(([token, bids, asks], i) => {
        const levels = (prices: readonly number[]) => {
          const into = createLevels()
          for (const price of prices.toSorted((a, b) => a - b)) {
            into.prices[into.length] = price * 100
            into.sizes[into.length++] = ((price * 7 + i) % 3) + 1
          }
          return into
        }
        replaceBook(own, token, levels(bids), levels(asks), (of, price, size) => {
          expect(setLevel(other, token, of, price, size)).toBe(true)
        })
        for (const seen of [0, 1])
          for (const of of [Side.BID, Side.ASK]) expect(bestOf(other, seen, of)).toBe(bestOf(own, seen, of))
      })
    }),
  )
})
