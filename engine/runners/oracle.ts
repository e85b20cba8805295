import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { defaults } from '../../core/config/index.ts'
import { allocate, type Columns } from '../../core/events/index.ts'
import { Check, Replay, Stream, settings } from '../../core/exchange/compat/index.ts'

/** What the oracle mode ends with. */
export type OracleRun = {
  /** SHA-256 of the stream's check file, in hexadecimal. */
  sha256: string
  /** Events of the stream; may be one more than asked for. */
  events: number
  trades: number
  position: number
  /** USD · 1e-4, exact. */
  cash: number
  /** Time spent replaying, without making and hashing the stream. */
  replay_s: number
}

/** Rows of the window through which a stream is replayed, so that memory does not grow with its length. */
const WINDOW_ROWS = 65_536

/** A whole stream at once, for measuring its replay alone: {@link Replay.replay}. 27 bytes a row. */
export function oracleColumns(seed: number | bigint, events: number): Columns {
  const stream = Stream.createStream(seed, events)
  const columns = allocate(events + Stream.ROOM)
  Stream.fill(stream, columns)
  return columns
}

/**
 * Make the stream of a seed, hash it and replay it in compatibility mode, window by window.
 *
 * @param seed modulo 2^64
 * @param events at least as many; never fewer than 20
 * @param period_ns time between two calls of the strategy, 1 to 60e9
 * @param between called after each window with the events done so far; what it throws stops the run
 */
export async function runOracle(
  seed: number | bigint,
  events: number,
  period_ns: number,
  between: (done: number) => void = () => {},
): Promise<OracleRun> {
  const stream = Stream.createStream(seed, events)
  const columns = allocate(WINDOW_ROWS)
  const bytes = new Uint8Array(WINDOW_ROWS * Check.CHECK_BYTES)
  const hash = createHash('sha256')
  const run = Replay.createReplay(columns, { ...defaults(settings), period: period_ns })
  let replay_ms = 0
  while (!Stream.ended(stream)) {
    const from = columns.length
    Stream.fill(stream, columns)
    hash.update(Check.encodeCheck(columns, from, columns.length, bytes))
    const start_ms = performance.now()
    Replay.advance(run, Stream.ended(stream))
    Replay.shift(run)
    replay_ms += performance.now() - start_ms
    between(stream.made)
    await setImmediate() // lets a signal in
  }
  const { trades, position, cash } = Replay.resultOf(run)
  return {
    sha256: hash.digest('hex'),
    events: stream.made,
    trades,
    position,
    cash,
    replay_s: replay_ms / 1e3,
  }
}
