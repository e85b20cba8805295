import { allocate, type Columns, Flag } from '../events/index.ts'
import type { Rng } from '../random/index.ts'
import { type Micros, MS } from '../units/index.ts'
import * as Draw from './draws.ts'

/**
 * What is on its way to the recorder: a line a feed, each in the order it was sent, as a connection keeps it. Rows leave the
 * lines in the order of their arrival.
 */
export type Wire = {
  lines: Line[]
  /** The line that a message is being read from, −1 between two messages. */
  current: number
  /** Rows that left so far: the number of the next one. */
  rows: number
}

/** One feed's line: rows in a ring, and how long a message takes. */
export type Line = {
  feed: number
  rng: Rng.Rng
  latency_us: Float64Array
  /** Arrival of the last message: none overtakes it. */
  last_us: Micros
  /** The line is cut: what is sent is lost. */
  down: boolean
  rows: Columns
  /** Rows put in and taken out, ever; the ring's places are these modulo its length. */
  head: number
  tail: number
}

const FIRST_CAPACITY = 4_096
/** Messages that were held up arrive one behind the other, this far apart. */
const SPACING_US = 150

/** No lines yet. */
export function create(): Wire {
  return { lines: [], current: -1, rows: 0 }
}

/**
 * Add a line.
 *
 * @param latency_ms median time of a message on its way; the logarithm deviates by `spread`
 * @returns its number
 */
export function addLine(wire: Wire, feed: number, rng: Rng.Rng, latency_ms: number, spread: number): number {
  return (
    wire.lines.push({
      feed,
      rng,
      latency_us: Draw.latencyTable(rng, latency_ms * MS, spread),
      last_us: 0,
      down: false,
      rows: allocate(FIRST_CAPACITY),
      head: 0,
      tail: 0,
    }) - 1
  )
}

/**
 * A message is sent.
 *
 * @returns when it arrives
 */
export function send(line: Line, now: Micros): Micros {
  const arrival = Math.floor(now + Draw.fromTable(line.rng, line.latency_us))
  line.last_us = Math.max(arrival, line.last_us + SPACING_US)
  return line.last_us
}

/** Put a row of a message on its line; times as {@link send} said. HOT. */
export function put(
  line: Line,
  local_us: Micros,
  exch_us: Micros,
  kind: number,
  instrument: number,
  side: number,
  price: number,
  size: number,
  flags: number,
): void {
  if (line.down) return
  if (line.tail - line.head === line.rows.kind.length) grow(line)
  const { rows } = line
  const at = line.tail & (rows.kind.length - 1)
  rows.local_us[at] = local_us
  rows.exch_us[at] = exch_us
  rows.price[at] = price
  rows.size[at] = size
  rows.instrument[at] = instrument
  rows.kind[at] = kind
  rows.side[at] = side
  rows.flags[at] = flags
  line.tail++
}

/** The row put last ends its message. */
export function end(line: Line): void {
  if (line.down) return
  const { flags } = line.rows
  const at = (line.tail - 1) & (flags.length - 1)
  flags[at] = flags[at]! | Flag.LAST
}

/**
 * Move what arrives before `until` into `out`, message by message, earliest first and on a tie by the order of lines, until
 * there is no more or no room. Nothing that is sent from `until` on may arrive before it. HOT.
 *
 * @returns whether all of it has left
 */
export function take(wire: Wire, until: Micros, out: Columns): boolean {
  const capacity = out.kind.length
  for (;;) {
    if (wire.current < 0) wire.current = earliest(wire, until)
    if (wire.current < 0) return true
    const line = wire.lines[wire.current]!
    const { rows } = line
    const mask = rows.kind.length - 1
    for (let last = 0; last === 0; ) {
      const to = out.length
      if (to === capacity) return false
      const at = line.head & mask
      out.local_us[to] = rows.local_us[at]!
      out.exch_us[to] = rows.exch_us[at]!
      out.seq[to] = wire.rows++
      out.price[to] = rows.price[at]!
      out.size[to] = rows.size[at]!
      out.instrument[to] = rows.instrument[at]!
      out.ref[to] = 0
      out.kind[to] = rows.kind[at]!
      out.feed[to] = line.feed
      out.side[to] = rows.side[at]!
      last = rows.flags[at]! & Flag.LAST
      out.flags[to] = rows.flags[at]!
      out.length = to + 1
      line.head++
    }
    wire.current = -1
  }
}

function earliest(wire: Wire, until: Micros): number {
  let found = -1
  let time = until
  for (let i = 0; i < wire.lines.length; i++) {
    const line = wire.lines[i]!
    if (line.head === line.tail) continue
    const arrival = line.rows.local_us[line.head & (line.rows.kind.length - 1)]!
    if (arrival >= time) continue
    time = arrival
    found = i
  }
  return found
}

function grow(line: Line): void {
  const before = line.rows
  const length = before.kind.length
  const rows = allocate(2 * length)
  for (let i = line.head; i < line.tail; i++) {
    const from = i & (length - 1)
    const to = i & (2 * length - 1)
    rows.local_us[to] = before.local_us[from]!
    rows.exch_us[to] = before.exch_us[from]!
    rows.price[to] = before.price[from]!
    rows.size[to] = before.size[from]!
    rows.instrument[to] = before.instrument[from]!
    rows.kind[to] = before.kind[from]!
    rows.side[to] = before.side[from]!
    rows.flags[to] = before.flags[from]!
  }
  line.rows = rows
}
