import { type Columns, Flag, Kind, Side } from '../../events/index.ts'
import { CENT } from './stream.ts'

/** Bytes of one event in the check file: four little-endian doubles. */
export const CHECK_BYTES = 32

const BID_LEVEL = 0x81
const ASK_LEVEL = 0x01
const BUY_TRADE = 0x82
const SELL_TRADE = 0x02

/**
 * Write rows as the check file has them, whose SHA-256 names a stream: kind, time in ns, price in USD, quantity.
 *
 * @param from first row, included
 * @param to last row, excluded
 * @param into at least `(to − from) · 32` bytes
 * @returns the bytes written, a view of `into`
 */
export function encodeCheck(columns: Columns, from: number, to: number, into: Uint8Array): Uint8Array {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  let at = 0
  for (let row = from; row < to; row++) {
    view.setFloat64(at, code(columns.kind[row]!, columns.side[row]!), true)
    view.setFloat64(at + 8, columns.exch_us[row]!, true)
    view.setFloat64(at + 16, (columns.price[row]! / CENT) * 0.01, true)
    view.setFloat64(at + 24, columns.size[row]!, true)
    at += CHECK_BYTES
  }
  return into.subarray(0, at)
}

/**
 * Append the rows of a check file to columns: the inverse of {@link encodeCheck}.
 *
 * @param bytes whole rows of a check file
 * @param into columns with room for them
 */
export function decodeCheck(bytes: Uint8Array, into: Columns): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += CHECK_BYTES) {
    const row = into.length++
    const what = view.getFloat64(at, true)
    const trade = what === BUY_TRADE || what === SELL_TRADE
    const buy = what === BUY_TRADE || what === BID_LEVEL
    into.kind[row] = trade ? Kind.TRADE : Kind.LEVEL
    // A buyer counts as a bid, a seller as an ask: the tape's own numbers.
    into.side[row] = buy ? Side.BUY : Side.SELL
    into.exch_us[row] = view.getFloat64(at + 8, true)
    into.price[row] = Math.round(view.getFloat64(at + 16, true) * 100) * CENT
    into.size[row] = view.getFloat64(at + 24, true)
    into.flags[row] = Flag.LAST
  }
}

function code(kind: number, side: number): number {
  if (kind === Kind.LEVEL) return side === Side.BID ? BID_LEVEL : ASK_LEVEL
  return side === Side.BUY ? BUY_TRADE : SELL_TRADE
}
