import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import * as Debits from './debits.ts'

const { Assumption } = Debits
const MODELS = Object.values(Assumption)

type Move =
  | { do: 'message'; levels: { side: 1 | 2; price: number; size: number }[] }
  | { do: 'reset'; restated: boolean }
  | { do: 'take'; side: 1 | 2; price: number; size: number }

const side = fc.constantFrom<1 | 2>(1, 2)
const price = fc.constantFrom(4900, 5000, 5100)
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('message' as const),
        levels: fc.array(fc.record({ side, price, size: fc.nat(9) }), { maxLength: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), restated: fc.boolean() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('take' as const),
        side,
        price,
        size: fc.integer({ min: 1, max: 9 }),
      }),
    },
  ),
  { maxLength: 60 },
)

/** A level as so many single shares, each ours or not: what the assumptions mean, in the plainest words. */
class Shares {
  free = 0
  ours = 0
  seen = true
  taken = 0
  offered = 0
  change(size: number, model: Debits.Assumption): void {
    if (!this.seen && size === 0) return
    this.seen = true
    const before = this.free + this.ours
    if (size === before) return
    if (size > before) this.offered += size - before
    if (model === Assumption.OPTIMISTIC) this.ours = 0
    else if (model === Assumption.NEUTRAL && size < before) this.ours = Math.ceil((this.ours * size) / before)
    else this.ours = Math.min(this.ours, size)
    this.free = size - this.ours
  }
  take(size: number): number {
    const most = this.seen ? Math.min(size, this.free) : 0
    this.free -= most
    this.ours += most
    this.taken += most
    return most
  }
}

function play(list: readonly Move[], model: Debits.Assumption) {
  const book = Book.create()
  const debits = Debits.create()
  const levels = new Map<string, Shares>()
  const of = (s: number, p: number) => {
    const key = `${s}@${p}`
    const found = levels.get(key) ?? new Shares()
    levels.set(key, found)
    return found
  }
  for (const s of [1, 2]) for (const p of [4900, 5000, 5100]) of(s, p)
  let displayed = 0
  const endMessage = () => {
    Debits.carry(debits, book, model)
    for (const [key, shares] of levels) {
      const [s, p] = key.split('@').map(Number)
      shares.change(Book.size(book, s as 1 | 2, p!), model)
    }
  }
  for (const move of list) {
    if (move.do === 'message') {
      for (const one of move.levels) Book.set(book, one.side, one.price, one.size)
      endMessage()
    } else if (move.do === 'reset') {
      const before = Book.snapshot(book)
      Book.clear(book)
      Debits.reset(debits)
      // A level that nothing was taken of has no debit to keep: it is as new.
      for (const shares of levels.values()) if (shares.ours > 0 || shares.taken > 0) shares.seen = false
      if (move.restated) Book.restore(before, book)
      endMessage()
    } else {
      const shown = Book.size(book, move.side, move.price)
      const there = Math.max(0, shown - Debits.takenAt(debits, move.side, move.price))
      const size = Math.min(there, move.size)
      expect(size).toBe(of(move.side, move.price).take(move.size))
      if (size > 0) displayed += Debits.take(debits, move.side, move.price, shown, size)
    }
  }
  return { levels: [...levels.values()], displayed }
}

describe('the debit of a level', () => {
  test.each(MODELS)('assumption %i equals a model that has every share by itself', (model) => {
    let taken = 0
    fc.assert(
      fc.property(moves, (list) => {
        for (const one of play(list, model).levels) taken += one.taken
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(500)
  })

  test('pessimistic: what is taken of a level is at most what it showed first and all that it grew by', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const { levels, displayed } = play(list, Assumption.PESSIMISTIC)
        for (const one of levels) expect(one.taken).toBeLessThanOrEqual(one.offered)
        const taken = levels.reduce((sum, one) => sum + one.taken, 0)
        const offered = levels.reduce((sum, one) => sum + one.offered, 0)
        // Each displayed share is counted once, and every taken one was displayed.
        expect(displayed).toBeLessThanOrEqual(offered)
        expect(taken).toBeLessThanOrEqual(displayed)
      }),
      { numRuns: 500 },
    )
  })

  test('pessimistic takes no more than neutral, and neutral no more than optimistic, of the same level', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 40 }), (sizes) => {
        const [worst, middle, best] = MODELS.map((model) => {
          const list = sizes.flatMap((size): Move[] => [
            { do: 'message', levels: [{ side: 2, price: 5000, size }] },
            { do: 'take', side: 2, price: 5000, size: 4 },
          ])
          return play(list, model).levels.reduce((sum, one) => sum + one.taken, 0)
        })
        expect(worst).toBeLessThanOrEqual(middle!)
        expect(middle).toBeLessThanOrEqual(best!)
      }),
    )
  })

  test('a level told down and up again within one message is no change', () => {
    const book = Book.create()
    const debits = Debits.create()
    Book.set(book, 2, 5000, 10)
    Debits.take(debits, 2, 5000, 10, 10)
    Book.set(book, 2, 5000, 0)
    Book.set(book, 2, 5000, 10)
    for (const model of MODELS) {
      Debits.carry(debits, book, model)
      expect(Debits.takenAt(debits, 2, 5000)).toBe(10)
    }
  })

  test('a level that vanished and came back is another one, of which all is new', () => {
    const book = Book.create()
    const debits = Debits.create()
    Debits.take(debits, 2, 5000, 10, 10)
    Debits.carry(debits, book, Assumption.PESSIMISTIC)
    expect(debits).toEqual(Debits.create())
  })
})
