import { Book } from '../book/index.ts'
import { sortedKeys } from '../config/index.ts'

/** One leaf in which two states differ: its path, and what stands there on each side (`undefined`: nothing does). */
export type FieldDifference = { path: string; a: unknown; b: unknown }

/** Parts that are books: compared by their levels. */
const BOOK = 'book'

/**
 * The leaves in which two plain values differ, in the order of a walk by sorted keys.
 *
 * @param most stop after so many; a state that differs in more is better read from its first ones
 */
export function differences(a: unknown, b: unknown, most = 64): FieldDifference[] {
  const out: FieldDifference[] = []
  walk('', a, b, out, most)
  return out
}

function walk(path: string, a: unknown, b: unknown, out: FieldDifference[], most: number): void {
  if (out.length >= most || Object.is(a, b)) return
  if (!isPlainTree(a) || !isPlainTree(b)) {
    out.push({ path, a, b })
    return
  }
  const left = entries(path, a)
  const right = entries(path, b)
  for (const key of sortedKeys({ ...left, ...right })) {
    walk(path === '' ? key : `${path}.${key}`, left[key], right[key], out, most)
  }
}

function isPlainTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function entries(path: string, value: object): Record<string, unknown> {
  if (path.endsWith(`.${BOOK}`)) return levelsOf(value as Book)
  if (!ArrayBuffer.isView(value)) return value as Record<string, unknown>
  const items: Record<string, unknown> = {}
  const array = value as Float64Array
  // Padded, so that sorted keys are in the order of the index.
  for (let i = 0; i < array.length; i++) items[String(i).padStart(6, '0')] = array[i]
  return items
}

function levelsOf(book: Book): Record<string, unknown> {
  const levels: Record<string, unknown> = {}
  const { bids, asks } = Book.snapshot(book)
  for (const [price, size] of bids) levels[`bid_${String(price).padStart(5, '0')}`] = size
  for (const [price, size] of asks) levels[`ask_${String(price).padStart(5, '0')}`] = size
  return levels
}
