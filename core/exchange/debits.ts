import * as Book from '../book/module.ts'
import { type MicroShares, mulDiv, type Tick } from '../units/index.ts'

/**
 * What our fills took of displayed levels, kept sparse: a market has few at a time. Plain data; prices of the canonical book.
 *
 * The tape does not know of us: a level goes on showing what we took, and any later change of it says nothing of our shares.
 * So a level keeps a debit, and what is available is what it shows less the debit. When the level's size changes, an
 * assumption says what becomes of the debit, see {@link Assumption}; both are looked at when a message is whole, so that a
 * level taken down and put up again within one, or a book that is merely told again, is no change.
 */
export type Debits = {
  side: number[]
  price: number[]
  /** The debit, micro-shares. */
  taken: MicroShares[]
  /** Part of what the level shows that was counted as displayed to us. */
  counted: MicroShares[]
  /** The level's size after the last message that showed it. */
  shown: MicroShares[]
  /** 1 after a reset, until the level is shown again: nobody knows what became of it. */
  unseen: number[]
}

/**
 * What becomes of a debit when its level goes to another size.
 *
 * - Pessimistic: whoever leaves were the others, as long as there are any. Only what the level grows by is new to us.
 * - Neutral: a decrease is shared in proportion; rounded up, against us.
 * - Optimistic: the next change, whatever it is, is a new level: all of it is available again.
 */
export const Assumption = { PESSIMISTIC: 0, NEUTRAL: 1, OPTIMISTIC: 2 } as const
export type Assumption = (typeof Assumption)[keyof typeof Assumption]

const COLUMNS = ['side', 'price', 'taken', 'counted', 'shown', 'unseen'] as const

/** Nothing taken. */
export function create(): Debits {
  return { side: [], price: [], taken: [], counted: [], shown: [], unseen: [] }
}

/** What was taken at (side, price) and did not come back. */
export function takenAt(debits: Debits, side: number, price: Tick): MicroShares {
  const at = find(debits, side, price)
  return at < 0 ? 0 : debits.taken[at]!
}

/**
 * Take `size` of a level that shows `shown`.
 *
 * @returns what of the level was not counted as displayed to us before
 */
export function take(
  debits: Debits,
  side: number,
  price: Tick,
  shown: MicroShares,
  size: MicroShares,
): MicroShares {
  const at = find(debits, side, price)
  if (at < 0) {
    push(debits, side, price, shown, size)
    return shown
  }
  const fresh = shown - debits.counted[at]!
  debits.taken[at] = debits.taken[at]! + size
  debits.counted[at] = shown
  return fresh
}

/** A message is whole: carry the debits of levels that it changed. HOT while we took something. */
export function carry(debits: Debits, book: Book.Book, assumption: Assumption): void {
  for (let at = debits.price.length - 1; at >= 0; at--) {
    const size = Book.size(book, debits.side[at]! as Book.BookSide, debits.price[at]!)
    const before = debits.shown[at]!
    if (debits.unseen[at] === 1) {
      if (size === 0) continue
      debits.unseen[at] = 0
    }
    if (size === before) continue
    debits.shown[at] = size
    debits.taken[at] = carried(debits.taken[at]!, before, size, assumption)
    debits.counted[at] = Math.min(debits.counted[at]!, size)
    if (debits.counted[at] === 0) remove(debits, at)
  }
}

function carried(
  taken: MicroShares,
  before: MicroShares,
  size: MicroShares,
  assumption: Assumption,
): MicroShares {
  if (assumption === Assumption.OPTIMISTIC) return 0
  if (assumption === Assumption.NEUTRAL && size < before) return mulDiv(taken, size, before, 'up')
  return Math.min(taken, size)
}

/**
 * The book is void, its levels may follow in any number of messages: a level that is told again is compared with what it
 * was, so that a reset gives nothing back.
 */
export function reset(debits: Debits): void {
  debits.unseen.fill(1)
}

/** Forget everything. */
export function clear(debits: Debits): void {
  shorten(debits, 0)
}

function push(debits: Debits, side: number, price: Tick, shown: MicroShares, taken: MicroShares): void {
  debits.side.push(side)
  debits.price.push(price)
  debits.taken.push(taken)
  debits.counted.push(shown)
  debits.shown.push(shown)
  debits.unseen.push(0)
}

/** The last entry takes the place: order has no meaning here. */
function remove(debits: Debits, at: number): void {
  const last = debits.price.length - 1
  for (let i = 0; i < COLUMNS.length; i++) {
    const column = debits[COLUMNS[i]!]
    column[at] = column[last]!
  }
  shorten(debits, last)
}

function shorten(debits: Debits, length: number): void {
  for (let i = 0; i < COLUMNS.length; i++) debits[COLUMNS[i]!].length = length
}

function find(debits: Debits, side: number, price: Tick): number {
  const prices = debits.price
  for (let i = 0; i < prices.length; i++) if (prices[i] === price && debits.side[i] === side) return i
  return -1
}
