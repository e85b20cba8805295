import { type Columns, Flag, Kind, Side } from '../../events/index.ts'
import { ln } from '../../numerics/index.ts'
import { createSplitMix, type SplitMix, unit, whole } from './splitmix.ts'

/**
 * The oracle's seeded market: a mid between 15 and 85 cents with ten levels a side, trades at the touch and random
 * refills. Its law is a published test vector, down to the order of the draws, so its numbers are not settings.
 *
 * Rows use the tape's columns `exch_us` (here: **ns** from 0), `kind`, `side`, `price` (1e-4), `size` (whole units)
 * and `flags`; each row is a group of its own. The other columns are not touched.
 */
export type Stream = {
  readonly random: SplitMix
  /** Rows asked for; a trade's two rows may go one beyond. */
  readonly events: number
  /** Rows made so far. */
  made: number
  time_ns: number
  /** In cents. */
  mid: number
  /** Sizes by cent. */
  readonly bid: Float64Array
  readonly ask: Float64Array
}

/** 1e-4 in one tick (a cent) of the oracle. */
export const CENT = 100
/** Levels a side at the start, and how far from the mid a refill reaches. */
const LEVELS = 10
const FIRST_ROWS = 2 * LEVELS
/** Rows that one step of the stream makes at most. */
const STEP_ROWS = 2
const MEAN_GAP_NS = 500_000

/** Columns with room for `events` and this many more rows take any whole stream. */
export const ROOM = FIRST_ROWS + STEP_ROWS

/** The stream of `seed` (modulo 2^64), of `events` rows or one more; never fewer than its first 20. */
export function createStream(seed: number | bigint, events: number): Stream {
  return {
    random: createSplitMix(seed),
    events,
    made: 0,
    time_ns: 0,
    mid: 50,
    bid: new Float64Array(101),
    ask: new Float64Array(101),
  }
}

/** Has the stream made all its rows? */
export function ended(stream: Stream): boolean {
  return stream.made >= Math.max(stream.events, FIRST_ROWS)
}

/**
 * Append rows to `columns` until the stream ends or there is no room for another step.
 *
 * @throws StreamError `compat.room` when there is no room at all: at first 20 free rows are needed, later 2
 */
export function fill(stream: Stream, columns: Columns): void {
  const room = columns.kind.length
  const needed = stream.made === 0 ? FIRST_ROWS : STEP_ROWS
  if (!ended(stream) && columns.length + needed > room) throw new StreamError(room, needed)
  if (stream.made === 0) {
    for (let o = 1; o <= LEVELS; o++) {
      setBid(stream, columns, stream.mid - o, 100)
      setAsk(stream, columns, stream.mid + o, 100)
    }
  }
  while (!ended(stream) && columns.length + STEP_ROWS <= room) step(stream, columns)
}

function step(stream: Stream, columns: Columns): void {
  const random = stream.random
  stream.time_ns += Math.trunc(-ln(1 - unit(random)) * MEAN_GAP_NS) + 1
  const what = unit(random)
  if (what < 0.002) move(stream, columns)
  else if (what < 0.03) trade(stream, columns)
  else refill(stream, columns)
}

function move(stream: Stream, columns: Columns): void {
  const random = stream.random
  const up = stream.mid <= 15 || (stream.mid < 85 && unit(random) < 0.5)
  if (up) {
    setAsk(stream, columns, stream.mid + 1, 0)
    stream.mid++
    setBid(stream, columns, stream.mid - 1, whole(random, 5, 200))
  } else {
    setBid(stream, columns, stream.mid - 1, 0)
    stream.mid--
    setAsk(stream, columns, stream.mid + 1, whole(random, 5, 200))
  }
}

function trade(stream: Stream, columns: Columns): void {
  const random = stream.random
  const buyer = unit(random) < 0.5
  const size = whole(random, 1, 40)
  if (buyer) {
    const cent = stream.mid + 1
    emit(stream, columns, Kind.TRADE, Side.BUY, cent, size)
    setAsk(stream, columns, cent, Math.max(stream.ask[cent]! - size, 1))
  } else {
    const cent = stream.mid - 1
    emit(stream, columns, Kind.TRADE, Side.SELL, cent, size)
    setBid(stream, columns, cent, Math.max(stream.bid[cent]! - size, 1))
  }
}

function refill(stream: Stream, columns: Columns): void {
  const random = stream.random
  const o = whole(random, 1, LEVELS + 1)
  const size = whole(random, 1, 500)
  if (unit(random) < 0.5) setBid(stream, columns, stream.mid - o, size)
  else setAsk(stream, columns, stream.mid + o, size)
}

function setBid(stream: Stream, columns: Columns, cent: number, size: number): void {
  stream.bid[cent] = size
  emit(stream, columns, Kind.LEVEL, Side.BID, cent, size)
}

function setAsk(stream: Stream, columns: Columns, cent: number, size: number): void {
  stream.ask[cent] = size
  emit(stream, columns, Kind.LEVEL, Side.ASK, cent, size)
}

function emit(stream: Stream, columns: Columns, kind: Kind, side: Side, cent: number, size: number): void {
  const row = columns.length++
  columns.exch_us[row] = stream.time_ns
  columns.kind[row] = kind
  columns.side[row] = side
  columns.price[row] = cent * CENT
  columns.size[row] = size
  columns.flags[row] = Flag.LAST
  stream.made++
}

/** The window has no room for the stream's next rows. */
export class StreamError extends Error {
  readonly code = 'compat.room'
  readonly fix = 'give the window more rows, or a shorter feed latency'
  constructor(room: number, needed: number) {
    super(`a window of ${room} rows has no room for the next ${needed}; give it more rows`)
    this.name = 'Compat.StreamError'
  }
}
