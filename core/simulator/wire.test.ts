import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, type Columns, Flag, Kind } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import * as Wire from './wire.ts'

type Sent = { line: number; at: number; rows: number }

const messages = fc.array(
  fc.record({ line: fc.nat(2), wait: fc.nat(30_000), rows: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 400 },
)

/** Send messages, taking what has arrived now and then; every row's size is its message's number. */
function play(list: readonly { line: number; wait: number; rows: number }[], chunk: number, every: number) {
  const wire = Wire.create()
  for (const feed of [1, 2, 3]) Wire.addLine(wire, feed, Rng.create(9, feed), 20, 0.5)
  const out: Columns[] = []
  const sent: Sent[] = []
  let columns = allocate(chunk)
  const drain = (until: number) => {
    while (!Wire.take(wire, until, columns)) {
      out.push(columns)
      columns = allocate(chunk)
    }
  }
  let now = 0
  list.forEach(({ line, wait, rows }, number) => {
    now += wait
    if (number % every === 0) drain(now)
    const to = wire.lines[line]!
    const at = Wire.send(to, now)
    for (let i = 0; i < rows; i++) Wire.put(to, at, now, Kind.LEVEL, line, 1, i, number, 0)
    Wire.end(to)
    sent.push({ line, at, rows })
  })
  drain(Number.POSITIVE_INFINITY)
  out.push(columns)
  const rows = out.flatMap((one) =>
    Array.from({ length: one.length }, (_, i) => ({
      local: one.local_us[i]!,
      exch: one.exch_us[i]!,
      seq: one.seq[i]!,
      feed: one.feed[i]!,
      message: one.size[i]!,
      row: one.price[i]!,
      last: (one.flags[i]! & Flag.LAST) !== 0,
    })),
  )
  return { rows, sent }
}

describe('rows leave the wire', () => {
  test('in the order of their arrival, numbered, no message before it was sent', () => {
    fc.assert(
      fc.property(messages, (list) => {
        const { rows } = play(list, 64, 3)
        rows.forEach((row, i) => {
          expect(row.seq).toBe(i)
          expect(row.local).toBeGreaterThanOrEqual(row.exch)
          if (i > 0) expect(row.local).toBeGreaterThanOrEqual(rows[i - 1]!.local)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('all of them, each message whole and in one piece, those of a line in the order sent', () => {
    fc.assert(
      fc.property(messages, (list) => {
        const { rows, sent } = play(list, 64, 3)
        expect(rows.length).toBe(sent.reduce((sum, { rows: count }) => sum + count, 0))
        const newest = new Map<number, number>()
        for (let i = 0; i < rows.length; ) {
          const { message, feed, local } = rows[i]!
          const { rows: count, at } = sent[message]!
          expect(local).toBe(at)
          for (let k = 0; k < count; k++, i++)
            expect(rows[i]).toMatchObject({ message, row: k, last: k === count - 1 })
          expect(message).toBeGreaterThan(newest.get(feed) ?? -1)
          newest.set(feed, message)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('the same whatever the chunks are and however often one looks', () => {
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 50 }),
        (list, chunk, every) => {
          expect(play(list, chunk, every).rows).toEqual(play(list, 100_000, 1).rows)
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('what is sent while the line is cut is lost', () => {
  const wire = Wire.create()
  Wire.addLine(wire, 1, Rng.create(1, 1), 20, 0.1)
  const line = wire.lines[0]!
  const put = (now: number) => Wire.put(line, Wire.send(line, now), now, Kind.ALIVE, 0, 0, 0, 0, Flag.LAST)
  put(1_000)
  line.down = true
  put(2_000)
  Wire.end(line)
  line.down = false
  put(3_000)
  const out = allocate(8)
  Wire.take(wire, Number.POSITIVE_INFINITY, out)
  expect([...out.exch_us.subarray(0, out.length)]).toEqual([1_000, 3_000])
})

test('a line holds as many rows as are on their way', () => {
  const wire = Wire.create()
  Wire.addLine(wire, 1, Rng.create(1, 1), 20, 0.1)
  const line = wire.lines[0]!
  const some = allocate(1_000)
  let sent = 0
  const send = (rows: number) => {
    for (const end = sent + rows; sent < end; sent++) {
      const at = Wire.send(line, sent)
      Wire.put(line, at, sent, Kind.LEVEL, sent % 7, 1, sent % 101, sent, Flag.LAST)
    }
  }
  send(3_000)
  Wire.take(wire, Number.POSITIVE_INFINITY, some)
  send(20_000)
  const rest = allocate(40_000)
  expect(Wire.take(wire, Number.POSITIVE_INFINITY, rest)).toBe(true)
  expect(rest.length).toBe(22_000)
  for (let i = 0; i < rest.length; i++) {
    const row = 1_000 + i
    const got = [rest.size[i], rest.exch_us[i], rest.price[i], rest.instrument[i], rest.seq[i]]
    if (got.join() !== [row, row, row % 101, row % 7, row].join()) throw new Error(`row ${row}: ${got}`)
  }
})
