import { describe, expect, test } from 'vitest'
import { allocate, type Columns, Feed, Flag, type Instruments, Kind, Side } from '../../core/events/index.ts'
import { createEventDigest } from './event-digest.ts'
import { INSTRUMENTS } from './fixtures.ts'

type Row = Partial<Record<keyof Columns, number>>

/** Instruments 0 and 1 are the Up and Down tokens of one market, 2 is a series. */
const TABLE: Instruments = {
  markets: [{ ...INSTRUMENTS.markets[0]!, tick: 100 }],
  instruments: [
    { kind: 'token', market: 0, outcome: 'up', token_id: '1' },
    { kind: 'token', market: 0, outcome: 'down', token_id: '2' },
    { kind: 'series', name: 'binance-spot', asset: 'btc', venue: 'binance', unit: 'usd_e8' },
  ],
}
const BASE = 1_776_254_400_000_000

function columnsOf(rows: readonly Row[]): Columns {
  const columns = allocate(rows.length)
  columns.length = rows.length
  rows.forEach((row, i) => {
    columns.local_us[i] = BASE + i
    columns.feed[i] = Feed.CLOB_MARKET
    columns.flags[i] = Flag.LAST
    columns.kind[i] = Kind.LEVEL
    for (const name of Object.keys(row) as (keyof Columns)[]) (columns[name] as Float64Array)[i] = row[name]!
  })
  return columns
}

function digestOf(rows: readonly Row[], table: Instruments = TABLE): string {
  const digest = createEventDigest(table)
  digest.update(columnsOf(rows))
  return digest.finish().digest
}

const bid = (price: number, size: number, flags: number = Flag.LAST): Row => ({
  instrument: 0,
  side: Side.BID,
  price,
  size,
  flags,
  exch_us: BASE,
})
const print: Row = { instrument: 0, kind: Kind.TRADE, side: Side.BUY, price: 5_000, size: 7, exch_us: BASE }

describe('what a tape says', () => {
  const said = [bid(4_000, 5), print, bid(4_100, 6)]
  const digest = digestOf(said)

  test('does not depend on when it arrived, nor on row numbers', () => {
    expect(digestOf(said.map((row, i) => ({ ...row, local_us: BASE + 1e6 * i, seq: 100 - i })))).toBe(digest)
  })

  test('does not depend on which token said a level', () => {
    const mirrored = { ...bid(4_100, 6), instrument: 1, side: Side.ASK, price: 5_900 }
    expect(digestOf([bid(4_000, 5), print, mirrored])).toBe(digest)
  })

  test('leaves out levels that change nothing, and proofs of life', () => {
    const alive = { instrument: 0, kind: Kind.ALIVE }
    expect(digestOf([bid(4_000, 5), bid(4_000, 5), print, alive, bid(4_100, 6)])).toBe(digest)
  })

  test('takes the levels of one message in any order', () => {
    const one = [bid(4_000, 5, 0), bid(4_100, 6)]
    const other = [bid(4_100, 6, 0), bid(4_000, 5)]
    expect(digestOf(one)).toBe(digestOf(other))
    expect(digestOf([bid(4_000, 5), bid(4_100, 6)])).toBe(digestOf(one))
    expect(digestOf([bid(4_100, 6), bid(4_000, 5)])).not.toBe(digestOf(one))
  })

  test('goes on behind a book that is said again', () => {
    const reset = { instrument: 0, kind: Kind.BOOK_RESET, flags: 0 }
    const snapshot = [reset, bid(4_000, 5, Flag.SNAPSHOT), bid(4_100, 6, Flag.SNAPSHOT | Flag.LAST)]
    expect(digestOf([...said, ...snapshot])).toBe(digest)
    expect(digestOf([...said, reset, bid(4_000, 5)])).not.toBe(digest)
  })

  test('goes on behind a value of a series that is said again, and takes one that is new', () => {
    const value = (price: number, at_ms: number, flags: number = Flag.LAST): Row => ({
      instrument: 2,
      kind: Kind.ORACLE,
      price,
      exch_us: BASE + at_ms * 1_000,
      flags,
    })
    const again = Flag.LAST | Flag.SNAPSHOT
    const whole = digestOf([value(7, 0), value(8, 1_000), value(9, 2_000)])
    expect(digestOf([value(7, 0), value(8, 1_000), value(8, 1_000, again), value(9, 2_000)])).toBe(whole)
    expect(digestOf([value(7, 0), value(8, 1_000, again), value(9, 2_000)])).toBe(whole)
    expect(digestOf([value(7, 0), value(8, 1_000), value(8, 1_000), value(9, 2_000)])).not.toBe(whole)
  })

  test('counts a tick size when it changes', () => {
    const tick = (price: number): Row => ({ instrument: 0, kind: Kind.TICK_SIZE, price })
    const listed = TABLE.markets[0]!.tick!
    expect(digestOf([tick(listed), ...said, { ...tick(listed), instrument: 1 }])).toBe(digest)
    const finer = digestOf([...said, tick(listed / 10)])
    expect(finer).not.toBe(digest)
    expect(digestOf([...said, tick(listed / 10), { ...tick(listed / 10), instrument: 1 }])).toBe(finer)
  })

  test('takes sources one by one, however they came among each other', () => {
    const quote = { instrument: 2, feed: Feed.BINANCE, kind: Kind.QUOTE, price: 1, size: 2 }
    expect(digestOf([quote, ...said])).toBe(digestOf([...said, quote]))
    expect(digestOf([quote, ...said])).not.toBe(digest)
  })

  test('counts a fact of a market once, whoever told it', () => {
    const outcome = { instrument: 0, kind: Kind.RESOLVED, price: 10_000 }
    const again = { ...outcome, instrument: 1, feed: Feed.GAMMA }
    expect(digestOf([...said, outcome, again])).toBe(digestOf([...said, again]))
    expect(digestOf([...said, { ...outcome, price: 0 }])).not.toBe(digestOf([...said, outcome]))
  })

  test('goes by names, not by numbers', () => {
    const [up, down, series] = TABLE.instruments
    const other: Instruments = { markets: TABLE.markets, instruments: [series!, down!, up!] }
    const moved = said.map((row) => ({ ...row, instrument: 2 }))
    expect(digestOf(moved, other)).toBe(digest)
  })

  test('changes with every price, size, side, kind and millisecond', () => {
    for (const change of [
      { price: 4_200 },
      { size: 9 },
      { side: Side.ASK },
      { kind: Kind.TRADE },
      { exch_us: BASE + 1_000 },
    ])
      expect(
        digestOf([bid(4_000, 5), print, { ...bid(4_100, 6), ...change }]),
        JSON.stringify(change),
      ).not.toBe(digest)
    expect(digestOf([bid(4_000, 5), print, { ...bid(4_100, 6), exch_us: BASE + 999 }])).toBe(digest)
  })
})
