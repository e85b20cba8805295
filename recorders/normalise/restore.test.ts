import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALL_INSTRUMENTS, Flag, Kind } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import { clobMarket } from '../feeds/clob-market.ts'
import { EXAMPLE_LISTING } from '../feeds/clob-market-examples.ts'
import { gamma } from '../feeds/gamma.ts'
import type { JournalRecord } from '../journal/record.ts'
import {
  book,
  bookOf,
  type Came,
  change,
  createCame,
  createPen,
  gather,
  listed,
  opened,
  type Pen,
  trade,
} from './fixtures.ts'
import { createNormaliser } from './normalise.ts'
import type { Normaliser } from './normaliser.ts'

const { up, down } = EXAMPLE_LISTING.tokens
const LINE = 'clob_market/0'
const feeds = [clobMarket, gamma]

const price = fc.integer({ min: 40, max: 60 }).map((n) => `0.${n}`)
const size = fc.constantFrom('0', '1', '2', '2.5')
const levels = fc.uniqueArray(fc.tuple(price, size), { selector: ([of]) => of, maxLength: 5 })
const token = fc.constantFrom({ asset_id: up }, { asset_id: down })
const connection = fc.constantFrom(1, 2, 3)

/** Anything that a journal may hold, in any order: good frames, bad ones, connections that come and go. */
const step: fc.Arbitrary<(pen: Pen) => JournalRecord> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(connection, token, levels, levels).map(
      ([id, of, bids, asks]) =>
        (pen: Pen) =>
          pen.frame(id, book(bids, asks, of)),
    ),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(
        connection,
        token,
        fc.constantFrom('BUY' as const, 'SELL' as const),
        price,
        size,
        fc.constantFrom({}, { best_bid: '0.5' }),
      )
      .map(
        ([id, of, side, at, total, best]) =>
          (pen: Pen) =>
            pen.frame(id, change(side, at, total, { ...of, ...best })),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(connection, price, fc.constantFrom('0xa', '0xb')).map(
      ([id, at, hash]) =>
        (pen: Pen) =>
          pen.frame(id, trade(at, '1', hash)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(connection, fc.string()).map(
      ([id, text]) =>
        (pen: Pen) =>
          pen.frame(id, text),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(connection, fc.boolean()).map(
      ([id, leads]) =>
        (pen: Pen) =>
          opened(pen, id, leads),
    ),
  },
  {
    weight: 1,
    arbitrary: connection.map(
      (id) => (pen: Pen) => pen.note({ note: 'promoted', connection: id, line: LINE }),
    ),
  },
  {
    weight: 1,
    arbitrary: connection.map(
      (id) => (pen: Pen) => pen.note({ note: 'closed', connection: id, code: 1006, reason: '' }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((pen: Pen) =>
      pen.note({ note: 'lost', feed: 'clob_market', line: LINE, since_us: pen.now_us - 5, reason: 'silent' }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((pen: Pen) => pen.note({ note: 'back', feed: 'clob_market', line: LINE })),
  },
  {
    weight: 1,
    arbitrary: connection.map(
      (id) => (pen: Pen) =>
        pen.note({ note: 'subscribed', connection: id, keys: id === 1 ? [] : [up, down] }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((pen: Pen) =>
      pen.note({ note: 'absent', from_us: pen.now_us - 9, to_us: pen.now_us, reason: 'killed' }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant((pen: Pen) =>
      pen.note({ note: 'start', recorder: 'lockstep', version: '1', scope: {} }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(levels, levels).map(
      ([bids, asks]) =>
        (pen: Pen) =>
          pen.answer('clob_market', 'book', book(bids, asks, { timestamp: '1776255905059' })),
    ),
  },
  { weight: 1, arbitrary: fc.constant((pen: Pen) => listed(pen)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 8 }).map((s) => (pen: Pen) => {
      pen.now_us += s * 1_000_000
      return pen.frame(1, 'PONG')
    }),
  },
)
const journal = fc.array(step, { minLength: 1, maxLength: 80 }).map((steps) => {
  const pen = createPen()
  return [listed(pen), opened(pen, 1), opened(pen, 2, false), ...steps.map((of) => of(pen))]
})

/** What a journal becomes, cut into batches and carried over into new normalisers where `cuts` say so. */
function played(
  records: readonly JournalRecord[],
  cuts: readonly ('go on' | 'drain' | 'restore' | 'new tape')[],
): Came {
  const came = createCame()
  let normaliser = createNormaliser({ feeds })
  records.forEach((record, i) => {
    came.wishes.push(...normaliser.take(record))
    const cut = cuts[i % cuts.length]
    if (cut === 'go on') return
    gather(normaliser, came)
    if (cut === 'new tape') normaliser.restate({ wall_us: record.wall_us, mono_us: record.mono_us })
    if (cut === 'restore')
      normaliser = createNormaliser({ feeds, state: JSON.parse(JSON.stringify(normaliser.state())) })
  })
  gather(normaliser, came)
  return came
}

test('rows are a function of the records: any batches, any state taken and restored in between, give the same', () => {
  fc.assert(
    fc.property(
      journal,
      fc.array(fc.constantFrom('go on', 'drain', 'restore'), { minLength: 1, maxLength: 20 }),
      (records, cuts) => {
        const whole = played(records, ['go on'])
        const cut = played(records, cuts)
        expect(cut.groups).toEqual(whole.groups)
        expect(cut.rows).toEqual(whole.rows)
        expect(cut.side).toEqual(whole.side)
        expect(cut.gaps).toEqual(whole.gaps)
        expect(cut.wishes).toEqual(whole.wishes)
      },
    ),
    { numRuns: 300 },
  )
})

test('a state is plain JSON: what is read back from its text is the state', () => {
  fc.assert(
    fc.property(journal, (records) => {
      const normaliser = createNormaliser({ feeds })
      for (const record of records) normaliser.take(record)
      const state = normaliser.state()
      expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    }),
    { numRuns: 100 },
  )
})

test('a new tape at any record begins with the book that the old one ended with', () => {
  fc.assert(
    fc.property(journal, fc.nat(), (records, n) => {
      const at = n % records.length
      const take = (normaliser: Normaliser) => {
        for (const record of records.slice(0, at + 1)) normaliser.take(record)
        const came = createCame()
        gather(normaliser, came)
        return came
      }
      const normaliser = createNormaliser({ feeds })
      const before = take(normaliser)
      normaliser.restate({ wall_us: records[at]!.wall_us, mono_us: 0 })
      const fresh = createCame()
      gather(normaliser, fresh)
      // A book that is void, or was never there, is not stated: nothing can be said of it until it comes.
      const isBook = (row: readonly number[]) => row[3] === Kind.LEVEL || row[3] === Kind.ALIVE
      const stated = fresh.rows.some(isBook)
      if (stated) expect(bookOf(fresh.rows)).toEqual(bookOf(before.rows))
      // From there on both tapes say the same.
      const other = createNormaliser({ feeds })
      take(other)
      const rest = { old: createCame(), fresh: createCame() }
      for (const record of records.slice(at + 1)) {
        normaliser.take(record)
        other.take(record)
      }
      gather(normaliser, rest.fresh)
      gather(other, rest.old)
      const begun = stated || rest.fresh.rows.some((row) => isBook(row) && (row[9]! & Flag.SNAPSHOT) !== 0)
      expect(bookOf([...fresh.rows, ...rest.fresh.rows])).toEqual(
        begun ? bookOf([...before.rows, ...rest.old.rows]) : {},
      )
    }),
    { numRuns: 300 },
  )
})

test('whatever comes in, rows fit the vocabulary: integers, prices inside (0, 1), every group ended', () => {
  fc.assert(
    fc.property(journal, (records) => {
      const { rows } = played(records, ['go on', 'new tape', 'drain', 'restore'])
      const last = rows.at(-1)
      if (last !== undefined) expect(last[9]! & Flag.LAST).toBe(Flag.LAST)
      let now = 0
      for (const row of rows) {
        for (const value of row) expect(Number.isSafeInteger(value) && !Object.is(value, -0)).toBe(true)
        const [local_us, , , kind, instrument, side, at, total] = row
        expect(local_us).toBeGreaterThanOrEqual(now)
        now = local_us!
        expect(instrument === ALL_INSTRUMENTS || instrument! < 2).toBe(true)
        if (kind === Kind.LEVEL || kind === Kind.TRADE) {
          expect(at! > 0 && at! < ONE && total! >= 0).toBe(true)
          expect([1, 2]).toContain(side)
        } else expect([total, side]).toEqual([0, 0])
      }
    }),
    { numRuns: 200 },
  )
})
