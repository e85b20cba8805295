import { type MicroShares, ONE, type Tick } from '../units/index.ts'
import { type Bits, createBits, highestBelow, lowestAbove, mark, unmark } from './bits.ts'

/** Sides of a book, as in the `side` column of a LEVEL row. */
export const BID = 1
export const ASK = 2
export type BookSide = 1 | 2

/**
 * The one order book of a market, in Up prices on the integer ladder 0 to 10000 of 1e-4. Plain data; written by
 * {@link set} and {@link clear} alone. Fields may be read freely; `best_*` are −1 where a side is empty.
 */
export type Book = {
  best_bid: Tick
  best_ask: Tick
  /** Order-independent hash of all (side, price, size), two lanes of 32 bits; 0, 0 for an empty book. */
  hash_lo: number
  hash_hi: number
  /** Size by price; 0 where there is no level. */
  readonly bid_sizes: Float64Array
  readonly ask_sizes: Float64Array
  readonly bid_bits: Bits
  readonly ask_bits: Bits
}

/** An empty book: about 160 kB, so books are made when a market's first level arrives and reused after its end. */
export function create(): Book {
  return {
    best_bid: -1,
    best_ask: -1,
    hash_lo: 0,
    hash_hi: 0,
    bid_sizes: new Float64Array(ONE + 1),
    ask_sizes: new Float64Array(ONE + 1),
    bid_bits: createBits(),
    ask_bits: createBits(),
  }
}

/**
 * Set the total size of one level. Setting what already stands changes nothing. HOT: allocates nothing.
 *
 * @param price 0 to 10000, in Up terms (see `canonicalPrice`)
 * @param size micro-shares, a safe integer ≥ 0; 0 removes the level
 * @returns the level's size before, 0 if there was none
 * @throws BookError `book.price` or `book.size` for values outside these ranges; the book is unchanged
 */
export function set(book: Book, side: BookSide, price: Tick, size: MicroShares): MicroShares {
  if (price >>> 0 !== price || price > ONE) throw new BookError('book.price', 'price', price)
  if (!(size >= 0 && size <= Number.MAX_SAFE_INTEGER)) throw new BookError('book.size', 'size', size)
  const sizes = side === BID ? book.bid_sizes : book.ask_sizes
  const before = sizes[price]!
  if (before === size) return before
  const key = price + (side === BID ? BID_KEY : ASK_KEY)
  if (before !== 0) toggle(book, key, before)
  if (size !== 0) {
    sizes[price] = size
    toggle(book, key, size)
    if (before === 0) add(book, side, price)
  } else {
    sizes[price] = 0
    remove(book, side, price)
  }
  return before
}

/**
 * The same as {@link set} for a book whose hash nobody reads: its hash stays as it was. HOT: allocates nothing.
 *
 * @returns the level's size before, 0 if there was none
 * @throws BookError as {@link set} does
 */
export function setUnhashed(book: Book, side: BookSide, price: Tick, size: MicroShares): MicroShares {
  if (price >>> 0 !== price || price > ONE) throw new BookError('book.price', 'price', price)
  if (!(size >= 0 && size <= Number.MAX_SAFE_INTEGER)) throw new BookError('book.size', 'size', size)
  const sizes = side === BID ? book.bid_sizes : book.ask_sizes
  const before = sizes[price]!
  sizes[price] = size
  if (before === 0) {
    if (size !== 0) add(book, side, price)
  } else if (size === 0) remove(book, side, price)
  return before
}

/** Remove every level. Costs as much as there are levels. */
export function clear(book: Book): void {
  for (let p = book.best_bid; p >= 0; p = highestBelow(book.bid_bits, p)) book.bid_sizes[p] = 0
  for (let p = book.best_ask; p >= 0; p = lowestAbove(book.ask_bits, p)) book.ask_sizes[p] = 0
  book.bid_bits.fill(0)
  book.ask_bits.fill(0)
  book.best_bid = -1
  book.best_ask = -1
  book.hash_lo = 0
  book.hash_hi = 0
}

function add(book: Book, side: BookSide, price: Tick): void {
  if (side === BID) {
    mark(book.bid_bits, price)
    if (price > book.best_bid) book.best_bid = price
  } else {
    mark(book.ask_bits, price)
    if (book.best_ask < 0 || price < book.best_ask) book.best_ask = price
  }
}

function remove(book: Book, side: BookSide, price: Tick): void {
  if (side === BID) {
    unmark(book.bid_bits, price)
    if (price === book.best_bid) book.best_bid = highestBelow(book.bid_bits, price)
  } else {
    unmark(book.ask_bits, price)
    if (price === book.best_ask) book.best_ask = lowestAbove(book.ask_bits, price)
  }
}

// Keys of levels: 15 bits, none 0.
const BID_KEY = 1
const ASK_KEY = ONE + 2
const HALF = 1 / 0x1_0000_0000

/**
 * Take a level into the hash, or out of it: the same exclusive or. The 64 bits that are mixed are the size's low half
 * and, in one word, its high half (17 bits below 2^49) and the level's key (15 bits): distinct levels give distinct
 * words, and every step of the mixing can be undone, so that two levels never share a code.
 */
function toggle(book: Book, key: number, size: MicroShares): void {
  let hi = ((size * HALF) | 0) ^ (key << 17)
  hi = Math.imul(hi ^ (hi >>> 16), 0x85ebca6b)
  hi ^= hi >>> 13
  let lo = (size | 0) ^ hi
  lo = Math.imul(lo ^ (lo >>> 16), 0x7feb352d)
  lo ^= lo >>> 15
  hi = Math.imul(hi + lo, 0xc2b2ae35)
  hi ^= hi >>> 16
  lo = Math.imul(lo ^ hi, 0x846ca68b)
  lo ^= lo >>> 16
  book.hash_lo ^= lo
  book.hash_hi ^= hi
}

/** A level that cannot be. `field` is `price` or `size`. */
export class BookError extends Error {
  readonly code: string
  readonly field: string
  constructor(code: string, field: string, value: number) {
    super(
      field === 'price'
        ? `a book has no level at price ${value}; prices are whole numbers of 1e-4 from 0 to ${ONE}`
        : `a level cannot hold ${value}; sizes are micro-shares from 0 to 2^53 − 1`,
    )
    this.name = 'Book.BookError'
    this.code = code
    this.field = field
  }
}
