import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE } from '../units/index.ts'
import { Book, type BookSide, type Level } from './index.ts'

type Change = { side: BookSide; price: number; size: number }
const side = fc.constantFrom<BookSide>(1, 2)
// Prices crowd near the edges and on word borders, where a bitmap goes wrong.
const price = fc.oneof(
  fc.integer({ min: 0, max: ONE }),
  fc.constantFrom(0, 1, 31, 32, 63, 64, 1023, 1024, 1025, 9_984, 9_999, ONE),
)
const size = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 50 }),
  fc.maxSafeInteger().map((n) => Math.abs(n)),
)
const changes = fc.array(fc.record({ side, price, size }), { maxLength: 200 })

/** The plainest book there is: a map a side, sorted when asked. */
function naive(list: readonly Change[]): { bids: Level[]; asks: Level[] } {
  const maps = [new Map<number, number>(), new Map<number, number>()] as const
  for (const c of list) {
    if (c.size === 0) maps[c.side - 1]!.delete(c.price)
    else maps[c.side - 1]!.set(c.price, c.size)
  }
  return {
    bids: [...maps[0]].sort((a, b) => b[0] - a[0]),
    asks: [...maps[1]].sort((a, b) => a[0] - b[0]),
  }
}

function build(list: readonly Change[]): Book {
  const book = Book.create()
  for (const c of list) Book.set(book, c.side, c.price, c.size)
  return book
}

const hash = (book: Book) => [book.hash_lo, book.hash_hi]

describe('book', () => {
  test('equals a naive sorted map after every change', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const book = Book.create()
        list.forEach((c, i) => {
          const model = naive(list.slice(0, i))
          const before = (c.side === 1 ? model.bids : model.asks).find(([p]) => p === c.price)?.[1] ?? 0
          expect(Book.set(book, c.side, c.price, c.size)).toBe(before)
          const after = naive(list.slice(0, i + 1))
          expect(book.best_bid).toBe(after.bids[0]?.[0] ?? -1)
          expect(book.best_ask).toBe(after.asks[0]?.[0] ?? -1)
        })
        expect(Book.snapshot(book)).toEqual(naive(list))
      }),
      { numRuns: 60 },
    )
  })

  test('walks, sums and mid agree with the naive model from any price', () => {
    fc.assert(
      fc.property(changes, side, price, price, (list, s, p, q) => {
        const book = build(list)
        const model = naive(list)
        const own = s === 1 ? model.bids : model.asks
        const lower = own.map((l) => l[0]).filter((x) => x < p)
        const higher = own.map((l) => l[0]).filter((x) => x > p)
        const below = lower.length === 0 ? -1 : Math.max(...lower)
        const above = higher.length === 0 ? -1 : Math.min(...higher)
        expect(Book.below(book, s, p)).toBe(below)
        expect(Book.above(book, s, p)).toBe(above)
        expect(Book.next(book, s, p)).toBe(s === 1 ? below : above)
        expect(Book.size(book, s, p)).toBe(own.find((l) => l[0] === p)?.[1] ?? 0)
        const inside = own.filter((l) => l[0] >= p && l[0] <= q)
        expect(Book.depth(book, s, p, q)).toBe(
          inside.sort((a, b) => a[0] - b[0]).reduce((n, l) => n + l[1], 0),
        )
        const [bid, ask] = [model.bids[0]?.[0], model.asks[0]?.[0]]
        expect(Book.mid2(book)).toBe(bid === undefined || ask === undefined ? -1 : bid + ask)
        expect(Book.crossed(book)).toBe(bid !== undefined && ask !== undefined && bid >= ask)
        expect([Book.bestBid(book), Book.bestAsk(book)]).toEqual([bid ?? -1, ask ?? -1])
      }),
    )
  })

  test('searches from outside the ladder end at its ends', () => {
    const book = build([
      { side: 1, price: 0, size: 3 },
      { side: 1, price: ONE, size: 4 },
    ])
    expect(Book.below(book, 1, ONE + 500)).toBe(ONE)
    expect(Book.above(book, 1, -500)).toBe(0)
    expect(Book.depth(book, 1, -500, ONE + 500)).toBe(7)
    expect(Book.above(book, 1, ONE)).toBe(-1)
    expect(Book.below(book, 1, 0)).toBe(-1)
    expect(Book.size(book, 1, ONE + 1)).toBe(0)
  })

  test('the hash is that of the levels, whatever the way to them', () => {
    fc.assert(
      fc.property(changes, fc.array(fc.nat()), (list, keys) => {
        const book = build(list)
        const model = naive(list)
        const final: Change[] = [
          ...model.bids.map(([p, n]) => ({ side: 1 as const, price: p, size: n })),
          ...model.asks.map(([p, n]) => ({ side: 2 as const, price: p, size: n })),
        ]
        const shuffled = final
          .map((c, i) => ({ c, k: keys[i] ?? 0 }))
          .sort((a, b) => a.k - b.k)
          .map((x) => x.c)
        expect(hash(build(shuffled))).toEqual(hash(book))
        expect(hash(Book.restore(Book.snapshot(book)))).toEqual(hash(book))
        for (const c of final) Book.set(book, c.side, c.price, 0)
        expect(hash(book)).toEqual([0, 0])
      }),
    )
  })

  test('no two levels near each other share a hash', () => {
    const seen = new Set<string>()
    const book = Book.create()
    let levels = 0
    const sizes = [1, 2, 3, 1e6, 2e6, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 48]
    for (const s of [1, 2] as const) {
      for (let p = 0; p <= ONE; p++) {
        for (const n of sizes) {
          Book.set(book, s, p, n)
          seen.add(hash(book).join())
          Book.set(book, s, p, 0)
          levels++
        }
      }
    }
    expect(seen.size).toBe(levels)
  })
  test('a change of one bit of a size changes each bit of the hash about half the time', () => {
    const book = Book.create()
    const rounds = 400
    const flips = new Array<number>(64).fill(0)
    for (let bit = 0; bit < 49; bit++) {
      for (let i = 0; i < rounds; i++) {
        const size = 5_000_000 * (i + 1)
        Book.set(book, 1, 100 + i, size)
        const [lo, hi] = [book.hash_lo, book.hash_hi]
        Book.set(book, 1, 100 + i, Number(BigInt(size) ^ (1n << BigInt(bit))))
        for (let k = 0; k < 32; k++) {
          flips[k]! += ((lo ^ book.hash_lo) >>> k) & 1
          flips[32 + k]! += ((hi ^ book.hash_hi) >>> k) & 1
        }
        Book.set(book, 1, 100 + i, 0)
      }
    }
    const samples = rounds * 49
    for (const n of flips) {
      expect(n / samples).toBeGreaterThan(0.45)
      expect(n / samples).toBeLessThan(0.55)
    }
  })

  test('setting what stands changes nothing; clear leaves an empty book', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const book = build(list)
        const before = hash(book)
        for (const [p, n] of Book.levels(book, 1)) expect(Book.set(book, 1, p, n)).toBe(n)
        expect(hash(book)).toEqual(before)
        Book.clear(book)
        expect(book).toEqual(Book.create())
      }),
      { numRuns: 30 },
    )
  })

  test('restore drops what the reused book held', () => {
    const book = build([{ side: 1, price: 5, size: 5 }])
    Book.restore({ bids: [], asks: [[7, 8]] }, book)
    expect(Book.snapshot(book)).toEqual({ bids: [], asks: [[7, 8]] })
  })

  test('set without the hash leaves the same book, but for the hash, and refuses the same', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const hashed = Book.create()
        const plain = Book.create()
        for (const c of list)
          expect(Book.setUnhashed(plain, c.side, c.price, c.size)).toBe(
            Book.set(hashed, c.side, c.price, c.size),
          )
        expect(plain).toEqual({ ...hashed, hash_lo: 0, hash_hi: 0 })
      }),
      { numRuns: 60 },
    )
    const book = Book.create()
    const refused = [
      [ONE + 1, 5, 'book.price'],
      [0.5, 5, 'book.price'],
      [5, -1, 'book.size'],
      [5, Number.NaN, 'book.size'],
    ] as const
    for (const [at, much, code] of refused)
      expect(() => Book.setUnhashed(book, 1, at, much)).toThrow(expect.objectContaining({ code }))
    expect(book).toEqual(Book.create())
  })

  test('refuses prices off the ladder and sizes that are not amounts, and stays as it was', () => {
    const book = build([{ side: 1, price: 5, size: 5 }])
    for (const p of [-1, ONE + 1, 0.5, Number.NaN]) {
      expect(() => Book.set(book, 1, p, 1)).toThrow(
        expect.objectContaining({ code: 'book.price', field: 'price' }),
      )
    }
    for (const n of [-1, Number.NaN, 2 ** 53]) {
      expect(() => Book.set(book, 1, 6, n)).toThrow(
        expect.objectContaining({ code: 'book.size', field: 'size' }),
      )
    }
    expect(Book.snapshot(book)).toEqual({ bids: [[5, 5]], asks: [] })
  })
})
