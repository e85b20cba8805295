import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Book } from '../../core/book/index.ts'
import { Kind } from '../../core/events/index.ts'
import { parseDecimal } from '../../core/units/index.ts'
import { EXAMPLE_LISTING } from '../feeds/clob-market-examples.ts'
import type { JournalRecord } from '../journal/record.ts'
import { become, book, bookOf, change, createPen, listed, opened, trade } from '../normalise/fixtures.ts'

const { up, down } = EXAMPLE_LISTING.tokens

type Level = { side: 1 | 2; price: string; size: string }
type Said = { text: object; apply(reference: Book): void }

const price = fc.integer({ min: 40, max: 60 }).map((n) => `0.${n}`)
const outcome = fc.constantFrom(0 as const, 1 as const)
const asset = (of: 0 | 1) => ({ asset_id: of === 0 ? up : down })

function put(reference: Book, of: 0 | 1, { side, price, size }: Level): void {
  Book.setToken(reference, of, side, parseDecimal(price, 4), parseDecimal(size, 6))
}

const changed: fc.Arbitrary<Said> = fc
  .tuple(outcome, fc.constantFrom(Book.BID, Book.ASK), price, fc.constantFrom('0', '1', '2.000001'))
  .map(([of, side, at, size]) => ({
    text: change(side === Book.BID ? 'BUY' : 'SELL', at, size, asset(of)),
    apply: (reference) => put(reference, of, { side, price: at, size }),
  }))

const prices = fc.uniqueArray(price, { maxLength: 6 })
const whole: fc.Arbitrary<Said> = fc.tuple(outcome, prices, prices).map(([of, bids, asks]) => ({
  text: book(
    bids.map((at) => [at, '3']),
    asks.map((at) => [at, '4']),
    asset(of),
  ),
  apply(reference) {
    Book.clear(reference)
    for (const at of bids) put(reference, of, { side: Book.BID, price: at, size: '3' })
    for (const at of asks) put(reference, of, { side: Book.ASK, price: at, size: '4' })
  },
}))

const traded: fc.Arbitrary<Said> = fc
  .tuple(price, fc.integer({ min: 0, max: 1e6 }))
  .map(([at, n]) => ({ text: trade(at, '1', `0x${n}`), apply() {} }))

/** Both tokens' books, as one who has just subscribed gets them, and then anything. */
const stream = fc
  .tuple(
    whole,
    fc.array(fc.oneof({ weight: 8, arbitrary: changed }, { weight: 2, arbitrary: whole }, traded), {
      maxLength: 40,
    }),
  )
  .map(([first, rest]) => {
    const dump = (of: 0 | 1): Said => ({
      text: book([], [], asset(of)),
      apply: (reference) => Book.clear(reference),
    })
    return [dump(0), dump(1), first, ...rest]
  })

/** A core book as {@link bookOf} writes one. */
function written(reference: Book): Record<string, number> {
  const { bids, asks } = Book.snapshot(reference)
  return Object.fromEntries([
    ...bids.map(([at, size]) => [`1 ${at}`, size]),
    ...asks.map(([at, size]) => [`2 ${at}`, size]),
  ]) as Record<string, number>
}

test('rows of a stream make the book that the core makes of its messages, and every trade once', () => {
  fc.assert(
    fc.property(stream, (said) => {
      const pen = createPen()
      const { rows } = become([listed(pen), opened(pen, 1), ...said.map(({ text }) => pen.frame(1, text))])
      const reference = Book.create()
      for (const { apply } of said) apply(reference)
      expect(bookOf(rows)).toEqual(written(reference))
      const trades = new Set(
        said.filter(({ text }) => 'transaction_hash' in text).map(({ text }) => JSON.stringify(text)),
      )
      expect(rows.filter(([, , , kind]) => kind === Kind.TRADE).length).toBe(trades.size)
    }),
    { numRuns: 300 },
  )
})

test('a leader that freezes anywhere, and a follower that takes over later, come to the same book and the same trades', () => {
  fc.assert(
    fc.property(stream, fc.nat(), fc.nat(), (said, a, b) => {
      const frozen = 3 + (a % (said.length - 2))
      const taken = Math.max(frozen, 3 + (b % (said.length - 2)))
      const pen = createPen()
      const records: JournalRecord[] = [listed(pen), opened(pen, 1), opened(pen, 2, false)]
      said.forEach(({ text }, i) => {
        if (i === taken) records.push(pen.note({ note: 'promoted', connection: 2, line: 'clob_market/0' }))
        if (i < frozen) records.push(pen.frame(1, text))
        records.push(pen.frame(2, text))
      })
      if (taken >= said.length)
        records.push(pen.note({ note: 'promoted', connection: 2, line: 'clob_market/0' }))
      const { rows, groups } = become(records)
      const alone = createPen()
      const one = become([listed(alone), opened(alone, 1), ...said.map(({ text }) => alone.frame(1, text))])
      expect(bookOf(rows)).toEqual(bookOf(one.rows))
      expect(groups.filter((words) => words.startsWith('TRADE')).sort()).toEqual(
        one.groups.filter((words) => words.startsWith('TRADE')).sort(),
      )
      // Nothing was void on the way: no reset, and nothing but changes after the first book.
      expect(groups.some((words) => words.includes('BOOK_RESET'))).toBe(false)
    }),
    { numRuns: 300 },
  )
})
