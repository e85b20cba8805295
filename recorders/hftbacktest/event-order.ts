/**
 * Events as hftbacktest wants them: the exchange takes those with its bit in the order of their exchange times, the
 * strategy's side those with its bit in the order of their local times, and both read one array. An event that the two
 * would take in different orders stands in it twice, once for each.
 */
export type EventOrder = {
  /** Rows of events, in their new order. */
  readonly rows: Uint32Array
  /** Who takes each: bits {@link EXCH} and {@link LOCAL}. */
  readonly takers: Uint8Array
}

export const EXCH = 1
export const LOCAL = 2

/**
 * Order events that stand in the order of their local times.
 *
 * @param exch exchange times, in any order
 */
export function orderEvents(exch: ArrayLike<number>, length: number): EventOrder {
  const by_exch = Uint32Array.from({ length }, (_, row) => row)
  by_exch.sort((a, b) => exch[a]! - exch[b]! || a - b)
  const rows = new Uint32Array(2 * length)
  const takers = new Uint8Array(2 * length)
  let n = 0
  let i = 0
  let j = 0
  while (i < length || j < length) {
    const e = by_exch[i]!
    if (i < length && e === j) {
      rows[n] = e
      takers[n++] = EXCH | LOCAL
      i++
      j++
    } else if (i < length && (j === length || precedes(exch, e, j))) {
      rows[n] = e
      takers[n++] = EXCH
      i++
    } else {
      rows[n] = j
      takers[n++] = LOCAL
      j++
    }
  }
  return { rows: rows.subarray(0, n), takers: takers.subarray(0, n) }
}

function precedes(exch: ArrayLike<number>, a: number, b: number): boolean {
  return exch[a]! < exch[b]! || (exch[a] === exch[b] && a < b)
}
