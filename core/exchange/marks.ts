import type { MicroShares, Tick } from '../units/index.ts'

/** Sizes noted at prices of the canonical book, kept sparse: a market has few at a time. Plain data. */
export type Marks = { side: number[]; price: number[]; size: number[] }

/** Nothing noted. */
export function create(): Marks {
  return { side: [], price: [], size: [] }
}

/** Size noted at (side, price), 0 without. */
export function sizeAt(marks: Marks, side: number, price: Tick): MicroShares {
  const at = find(marks, side, price)
  return at < 0 ? 0 : marks.size[at]!
}

/** Add `size` at (side, price). */
export function add(marks: Marks, side: number, price: Tick, size: MicroShares): void {
  const at = find(marks, side, price)
  if (at >= 0) {
    marks.size[at] = marks.size[at]! + size
    return
  }
  marks.side.push(side)
  marks.price.push(price)
  marks.size.push(size)
}

/** Forget (side, price) and return what was noted there. The last entry takes its place: order has no meaning here. */
export function take(marks: Marks, side: number, price: Tick): MicroShares {
  const at = find(marks, side, price)
  if (at < 0) return 0
  const size = marks.size[at]!
  const last = marks.price.length - 1
  marks.side[at] = marks.side[last]!
  marks.price[at] = marks.price[last]!
  marks.size[at] = marks.size[last]!
  shorten(marks, last)
  return size
}

/** Forget everything. */
export function clear(marks: Marks): void {
  shorten(marks, 0)
}

function shorten(marks: Marks, length: number): void {
  marks.side.length = length
  marks.price.length = length
  marks.size.length = length
}

function find(marks: Marks, side: number, price: Tick): number {
  const prices = marks.price
  for (let i = 0; i < prices.length; i++) if (prices[i] === price && marks.side[i] === side) return i
  return -1
}
