/**
 * A chunk of a tape as plain typed arrays, one row an event. This is all the core ever reads:
 * 52 bytes a row, no object per event, no Arrow or DuckDB type.
 */
export type Columns = {
  /** Rows in use; the arrays may be longer. */
  length: number
  /** When we knew of it: µs since the epoch, an integer. Never decreases along a tape. */
  local_us: Float64Array
  /** The source's own stamp in µs; 0 where it sends none. Not monotonic. */
  exch_us: Float64Array
  /** The row's number in the tape it was first recorded on; FILL_* rows: the fill's number. */
  seq: Float64Array
  /** Integer; see {@link Kind}. */
  price: Float64Array
  /** Integer; see {@link Kind}. */
  size: Float64Array
  /** Index into the dataset's instruments. */
  instrument: Uint32Array
  /** An order number, or the row of a side table. */
  ref: Uint32Array
  kind: Uint8Array
  feed: Uint8Array
  side: Uint8Array
  flags: Uint8Array
}

/** Columns in canonical order with their storage types: the order of the content hash and of every file. */
export const COLUMNS = [
  ['local_us', 'f64'],
  ['exch_us', 'f64'],
  ['seq', 'f64'],
  ['price', 'f64'],
  ['size', 'f64'],
  ['instrument', 'u32'],
  ['ref', 'u32'],
  ['kind', 'u8'],
  ['feed', 'u8'],
  ['side', 'u8'],
  ['flags', 'u8'],
] as const

/** Empty columns with room for `capacity` rows. */
export function allocate(capacity: number): Columns {
  return {
    length: 0,
    local_us: new Float64Array(capacity),
    exch_us: new Float64Array(capacity),
    seq: new Float64Array(capacity),
    price: new Float64Array(capacity),
    size: new Float64Array(capacity),
    instrument: new Uint32Array(capacity),
    ref: new Uint32Array(capacity),
    kind: new Uint8Array(capacity),
    feed: new Uint8Array(capacity),
    side: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
  }
}

/** Rows `from` (included) to `to` (excluded) as views of the same memory. */
export function slice(columns: Columns, from: number, to: number): Columns {
  const view = { length: to - from } as Columns
  for (const [name] of COLUMNS) (view as Record<string, unknown>)[name] = columns[name].subarray(from, to)
  return view
}
