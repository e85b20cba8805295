import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE } from '../units/index.ts'
import { Book, type BookSide, type OutcomeIndex } from './index.ts'

const outcome = fc.constantFrom<OutcomeIndex>(0, 1)
const side = fc.constantFrom<BookSide>(1, 2)
const price = fc.integer({ min: 1, max: ONE - 1 })
const size = fc.integer({ min: 0, max: 1_000 })
const messages = fc.array(fc.record({ outcome, side, price, size }), { maxLength: 100 })

describe('one book from both tokens', () => {
  test('a Down bid at p is an Up ask of the same size at 1 − p', () => {
    const book = Book.create()
    Book.setToken(book, 1, 1, 3_000, 7)
    expect(Book.snapshot(book)).toEqual({ bids: [], asks: [[7_000, 7]] })
    expect(Book.tokenBest(book, 1, 1)).toBe(3_000)
    expect(Book.tokenBest(book, 0, 2)).toBe(7_000)
    expect(Book.tokenBest(book, 1, 2)).toBe(-1)
    expect(Book.tokenBest(book, 0, 1)).toBe(-1)
  })

  test('the mapping is its own inverse', () => {
    fc.assert(
      fc.property(outcome, side, price, (o, s, p) => {
        expect(Book.canonicalSide(o, Book.canonicalSide(o, s))).toBe(s)
        expect(Book.canonicalPrice(o, Book.canonicalPrice(o, p))).toBe(p)
      }),
    )
  })

  test('the complement of a message changes nothing: sizes are never added', () => {
    fc.assert(
      fc.property(messages, (list) => {
        const one = Book.create()
        const both = Book.create()
        for (const m of list) {
          Book.setToken(one, m.outcome, m.side, m.price, m.size)
          Book.setToken(both, m.outcome, m.side, m.price, m.size)
          const mirrored = m.outcome === 0 ? 1 : 0
          expect(Book.setToken(both, mirrored, m.side === 1 ? 2 : 1, ONE - m.price, m.size)).toBe(m.size)
        }
        expect(both).toEqual(one)
        expect(Book.canonicalSide(0, 1)).toBe(1)
      }),
      { numRuns: 50 },
    )
  })

  test('each token sees the touch that a book of its own would show', () => {
    fc.assert(
      fc.property(messages, (list) => {
        const book = Book.create()
        const own = Book.create()
        for (const m of list) {
          Book.setToken(book, m.outcome, m.side, m.price, m.size)
          Book.setToken(own, m.outcome === 1 ? 0 : 1, m.side, m.price, m.size)
        }
        expect(Book.tokenBest(book, 1, 1)).toBe(own.best_bid)
        expect(Book.tokenBest(book, 1, 2)).toBe(own.best_ask)
      }),
      { numRuns: 50 },
    )
  })
})

describe('tick size', () => {
  test('a price stands on its grid only strictly inside 0 and 1', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Book.TICK_SIZES), fc.integer({ min: -5, max: ONE + 5 }), (tick, p) => {
        expect(Book.onTick(p, tick)).toBe(p >= tick && p <= ONE - tick && Number.isInteger(p / tick))
      }),
    )
  })

  test('levels off a new, coarser grid stay until their next change', () => {
    const book = Book.create()
    Book.set(book, 1, 9_612, 5)
    Book.set(book, 1, 9_600, 6)
    expect(Book.onTick(9_612, 100)).toBe(false)
    expect(book.best_bid).toBe(9_612)
    Book.set(book, 1, 9_612, 0)
    expect(book.best_bid).toBe(9_600)
  })
})
