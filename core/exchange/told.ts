import type { MicroShares, Micros, Tick } from '../units/index.ts'

/**
 * What the tape told of trades lately. A trade is told twice: its level shrinks, and it is printed. Here lies, by level and
 * oldest first, what was told of one kind and waits for the other: shares that left a level and were not printed yet, and
 * printed shares whose level did not shrink yet. Plain data; columns are reused, so that nothing is allocated along a tape.
 */
export type Told = {
  /** Entries from `first` to `end` are kept; what else stands in the columns is of no meaning. */
  first: number
  end: number
  /** When a print was noted last: before any, and long after it, there is none to look for. */
  print_us: Micros
  /** See {@link What}. */
  what: number[]
  side: number[]
  price: Tick[]
  /** Shares that nothing was set against yet. */
  left: MicroShares[]
  us: Micros[]
  /** The source's own stamp, 0 without. */
  exch_us: Micros[]
  /** Number of the market's message. */
  turn: number[]
  /** A level that shrank: its sizes before and after. */
  before: MicroShares[]
  after: MicroShares[]
}

/** What was told. */
export const What = { SHRUNK: 1, PRINTED: 2 } as const

const COLUMNS = ['what', 'side', 'price', 'left', 'us', 'exch_us', 'turn', 'before', 'after'] as const

/** Nothing told. */
export function create(): Told {
  return {
    first: 0,
    end: 0,
    print_us: 0,
    what: [],
    side: [],
    price: [],
    left: [],
    us: [],
    exch_us: [],
    turn: [],
    before: [],
    after: [],
  }
}

/** Note what was told, the latest. HOT. */
export function push(
  told: Told,
  what: number,
  side: number,
  price: Tick,
  left: MicroShares,
  us: Micros,
  exch_us: Micros,
  turn: number,
  before: MicroShares,
  after: MicroShares,
): void {
  const at = told.end++
  if (what === What.PRINTED) told.print_us = us
  told.what[at] = what
  told.side[at] = side
  told.price[at] = price
  told.left[at] = left
  told.us[at] = us
  told.exch_us[at] = exch_us
  told.turn[at] = turn
  told.before[at] = before
  told.after[at] = after
}

/** The first entry at or after `from` of this kind and level with shares left; −1 for none. HOT. */
export function find(told: Told, from: number, what: number, side: number, price: Tick): number {
  for (let at = from; at < told.end; at++) {
    if (told.price[at] === price && told.what[at] === what && told.side[at] === side && told.left[at]! > 0)
      return at
  }
  return -1
}

/** Forget what was told before a time. HOT: moves what is kept now and then, for which it pays with as many pushes. */
export function forget(told: Told, before_us: Micros): void {
  let { first } = told
  while (first < told.end && told.us[first]! < before_us) first++
  told.first = first
  if (first === told.end) {
    told.first = 0
    told.end = 0
  } else if (first >= 64 && first * 2 >= told.end) compact(told)
}

/** Forget everything, and give the room back. */
export function clear(told: Told): void {
  told.first = 0
  told.end = 0
  for (let i = 0; i < COLUMNS.length; i++) told[COLUMNS[i]!].length = 0
}

function compact(told: Told): void {
  const { first, end } = told
  for (let i = 0; i < COLUMNS.length; i++) told[COLUMNS[i]!].copyWithin(0, first, end)
  told.first = 0
  told.end = end - first
}
