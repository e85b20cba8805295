import { TapeError } from '../tape/index.ts'
import type { NpyHeader } from './npy.ts'

/** Bits and numbers of an event's `ev` (hftbacktest 2.4.4, types.py). */
export const Ev = {
  EXCH: 2 ** 31,
  LOCAL: 2 ** 30,
  BUY: 2 ** 29,
  SELL: 2 ** 28,
  DEPTH: 1,
  TRADE: 2,
  DEPTH_CLEAR: 3,
  DEPTH_SNAPSHOT: 4,
} as const
/** The part of `ev` that is its kind. */
export const KIND_MASK = 0xff

/** Fields of an event, in their order, with their types: 64 bytes. */
const FIELDS = [
  ['ev', '<u8'],
  ['exch_ts', '<i8'],
  ['local_ts', '<i8'],
  ['px', '<f8'],
  ['qty', '<f8'],
  ['order_id', '<u8'],
  ['ival', '<i8'],
  ['fval', '<f8'],
] as const
/** Bytes of an event. */
export const EVENT_BYTES = 64
/** Type of an event, as Python writes it. */
export const EVENT_DESCR = `[${FIELDS.map(([name, type]) => `('${name}', '${type}')`).join(', ')}]`

/** One event. Times in ns; one object is filled again for each. */
export type NpzEvent = {
  /** Unsigned, 32 bits are in use. */
  ev: number
  exch_ns: bigint
  local_ns: bigint
  px: number
  qty: number
  /** Not used by hftbacktest for levels and trades. */
  ival: number
}

/** An empty event to be filled. */
export function createEvent(): NpzEvent {
  return { ev: 0, exch_ns: 0n, local_ns: 0n, px: 0, qty: 0, ival: 0 }
}

/** Read the event at a place. */
export function readEvent(view: DataView, at: number, into: NpzEvent): NpzEvent {
  into.ev = view.getUint32(at + 4, true) === 0 ? view.getUint32(at, true) : 0
  into.exch_ns = view.getBigInt64(at + 8, true)
  into.local_ns = view.getBigInt64(at + 16, true)
  into.px = view.getFloat64(at + 24, true)
  into.qty = view.getFloat64(at + 32, true)
  into.ival = Number(view.getBigInt64(at + 48, true))
  return into
}

/** Write an event to a place that holds zeros. */
export function writeEvent(view: DataView, at: number, event: NpzEvent): void {
  view.setUint32(at, event.ev, true)
  view.setBigInt64(at + 8, event.exch_ns, true)
  view.setBigInt64(at + 16, event.local_ns, true)
  view.setFloat64(at + 24, event.px, true)
  view.setFloat64(at + 32, event.qty, true)
  view.setBigInt64(at + 48, BigInt(event.ival), true)
}

/**
 * Events of an array's bytes, in their order, some thousand at a time.
 *
 * @param pieces behind the header, of any length
 * @param event_bytes bytes of one event
 * @throws TapeError `import.npy` when they are more or fewer than the header says
 */
export async function* readEvents(
  pieces: AsyncIterable<Uint8Array>,
  { rows }: NpyHeader,
  file: string,
  event_bytes: number = EVENT_BYTES,
): AsyncGenerator<{ view: DataView; events: number }> {
  let rest = new Uint8Array(0)
  let found = 0
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const events = Math.floor(bytes.length / event_bytes)
    rest = bytes.slice(events * event_bytes)
    found += events
    if (events > 0) yield { view: new DataView(bytes.buffer, bytes.byteOffset, events * event_bytes), events }
  }
  if (found === rows && rest.length === 0) return
  throw new TapeError(
    'import.npy',
    `${file}: its header tells of ${rows} events, there are ${found}`,
    { file, row: found },
    'copy the file again from its source',
  )
}
