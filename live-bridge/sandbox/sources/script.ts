import { readFile } from 'node:fs/promises'
import {
  ALL_INSTRUMENTS,
  allocate,
  type Columns,
  Flag,
  type Instruments,
  Kind,
  Side,
} from '../../../core/events/index.ts'
import { type Micros, MS, parseIso } from '../../../core/units/index.ts'
import { FEED_NAMES, type FeedName } from '../../../recorders/journal/record.ts'
import { FEED_CODES } from '../../../recorders/normalise/feed-codes.ts'
import { sideTables } from '../../../recorders/tape/index.ts'
import { readFault } from '../faults/fault.ts'
import { SandboxError } from '../sandbox-error.ts'
import type { Act, ActivityRow, Piece, Source } from './source.ts'

/** Lines of a script at most: it is held in memory. */
const LINES_MAX = 1_000_000
/** Where the tape of a script begins that does not say it: 2026-11-21T00:00:00Z. */
const DEFAULT_START = 1_795_219_200_000_000

type Line = Readonly<Record<string, unknown>>
type Step = { at_us: Micros; rows: Columns } | { at_us: Micros; act: Act }

/**
 * A script as a source: JSON lines, each `after_ms` later than the one before it. The first may be a head
 * `{"start": ISO, "instruments": {markets, instruments}}`; then `{after_ms, feed, frame}` sends a text or an object as it
 * stands, `{after_ms, feed, rows: [{kind, instrument, side, price, size, exch_us, flags}]}` a message of the tape,
 * `{after_ms, fault: {name, …}}` begins a fault and `{after_ms, clear: NAME or null}` ends some, and
 * `{after_ms, activity: {…}}` adds a row to the wallets' activity.
 *
 * @throws SandboxError `sandbox.script` with file and line
 */
export async function fromScript(path: string): Promise<Source> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  if (lines.length > LINES_MAX) throw fault(path, LINES_MAX, `more than ${LINES_MAX} lines`)
  let instruments: Instruments = { markets: [], instruments: [] }
  let at_us = DEFAULT_START
  let from_us = at_us
  const steps: Step[] = []
  lines.forEach((text, index) => {
    if (text.trim() === '') return
    const row = index + 1
    const line = parse(text, path, row)
    if (line.after_ms === undefined && steps.length === 0) {
      if (line.instruments !== undefined) instruments = instrumentsOf(line.instruments, path, row)
      if (line.start !== undefined) at_us = instant(line.start, path, row)
      from_us = at_us
      return
    }
    const after_ms = line.after_ms
    if (typeof after_ms !== 'number' || !(after_ms >= 0))
      throw fault(path, row, 'after_ms is no number of ms')
    at_us += Math.round(after_ms * MS)
    steps.push(stepOf(line, at_us, instruments, path, row))
  })
  return {
    kind: 'script',
    name: path,
    instruments,
    from_us,
    activity: [],
    notes: ['all of it is from a script'],
    async *pieces(): AsyncGenerator<Piece> {
      for (const step of steps) yield step
    },
  }
}

function stepOf(line: Line, at_us: Micros, instruments: Instruments, path: string, row: number): Step {
  if (line.fault !== undefined) return { at_us, act: { fault: readFault(object(line.fault, path, row)) } }
  if (line.clear !== undefined)
    return { at_us, act: { clear: typeof line.clear === 'string' ? line.clear : null } }
  if (line.activity !== undefined) {
    const activity = object(line.activity, path, row)
    if (typeof activity.proxy_wallet !== 'string' || typeof activity.timestamp !== 'number')
      throw fault(path, row, 'activity has no proxy_wallet or no timestamp')
    return { at_us, act: { activity: { type: 'TRADE', ...activity } as unknown as ActivityRow } }
  }
  const feed = FEED_NAMES.find((name) => name === line.feed)
  if (feed === undefined) throw fault(path, row, `feed is none of ${FEED_NAMES.join(', ')}`)
  if (line.frame !== undefined) {
    if (feed === 'gamma' || feed === 'wallets')
      throw fault(path, row, `${feed} has no sockets to send a frame to`)
    const frame = typeof line.frame === 'string' ? line.frame : JSON.stringify(line.frame)
    return { at_us, act: { frame, feed } }
  }
  if (Array.isArray(line.rows)) return { at_us, rows: rowsOf(line.rows, feed, at_us, instruments, path, row) }
  throw fault(path, row, 'nothing to do: no frame, rows, fault, clear or activity')
}

const SIDES: Readonly<Record<string, number>> = {
  bid: Side.BID,
  ask: Side.ASK,
  buy: Side.BUY,
  sell: Side.SELL,
}
/** What can be said of a feed as a whole. */
const FEED_KINDS: ReadonlySet<number> = new Set([Kind.FEED_DOWN, Kind.FEED_UP])
const NUMBERS = ['exch_us', 'price', 'size', 'flags', 'ref'] as const

/** Rows of one message. */
function rowsOf(
  raw: readonly unknown[],
  feed: FeedName,
  at_us: Micros,
  { instruments }: Instruments,
  path: string,
  row: number,
): Columns {
  if (raw.length === 0) throw fault(path, row, 'rows is empty')
  const columns = allocate(raw.length)
  columns.length = raw.length
  raw.forEach((one, i) => {
    const given = object(one, path, row)
    const kind = Kind[String(given.kind) as keyof typeof Kind]
    if (kind === undefined) throw fault(path, row, `"${String(given.kind)}" is no kind of row`)
    const instrument = given.instrument ?? (FEED_KINDS.has(kind) ? ALL_INSTRUMENTS : undefined)
    const known = typeof instrument === 'number' && instruments[instrument] !== undefined
    if (!known && instrument !== ALL_INSTRUMENTS)
      throw fault(path, row, `instrument ${String(instrument)} is not in the head of the script`)
    columns.kind[i] = kind
    columns.instrument[i] = instrument as number
    columns.local_us[i] = at_us
    columns.feed[i] = FEED_CODES[feed]
    columns.side[i] = SIDES[String(given.side)] ?? 0
    for (const name of NUMBERS) {
      const value = given[name] ?? 0
      if (!Number.isSafeInteger(value)) throw fault(path, row, `${name} is no whole number`)
      columns[name][i] = value as number
    }
  })
  columns.flags[raw.length - 1]! |= Flag.LAST
  return columns
}

function instrumentsOf(raw: unknown, path: string, row: number): Instruments {
  const found = sideTables.instruments.safeParse(raw)
  if (found.success) return found.data
  const issue = found.error.issues[0]!
  throw fault(path, row, `instruments.${issue.path.join('.')}: ${issue.message}`)
}

function instant(raw: unknown, path: string, row: number): Micros {
  try {
    return parseIso(String(raw))
  } catch {
    throw fault(path, row, 'start is no time such as 2026-11-21T00:00:00Z')
  }
}

function parse(text: string, path: string, row: number): Line {
  try {
    return object(JSON.parse(text), path, row)
  } catch (thrown) {
    if (thrown instanceof SandboxError) throw thrown
    throw fault(path, row, 'not JSON')
  }
}

function object(raw: unknown, path: string, row: number): Line {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Line
  throw fault(path, row, 'not an object where one is expected')
}

function fault(path: string, row: number, message: string): SandboxError {
  return new SandboxError(
    'sandbox.script',
    'script',
    `${path}:${row}: ${message}`,
    'see docs/sandbox.md for the form',
    {
      file: path,
      row,
    },
  )
}
