import { ALL_INSTRUMENTS, Feed } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { Wish } from '../feeds/feed.ts'
import type { FeedName } from '../journal/record.ts'
import { type Counts, type CountsState, countsState, createCounts } from './counts.ts'
import { FEED_CODES } from './feed-codes.ts'
import { createLedger, type Ledger, type LedgerState, ledgerState } from './ledger.ts'
import { createLines, type Lines, type LinesState, linesState } from './lines.ts'
import type { SideRow } from './normaliser.ts'
import { createRegistry, type Registry, type RegistryState, registryState } from './registry.ts'
import { createRows, endGroup, push, type Rows } from './rows.ts'
import type { NormaliserSettings } from './settings.ts'
import { sideRowFault } from './side-tables.ts'

/** A tape while it is made: everything that rows come from but the feeds' own readers. */
export type Making = {
  readonly settings: NormaliserSettings
  readonly rows: Rows
  readonly registry: Registry
  readonly lines: Lines
  readonly ledger: Ledger
  counts: Counts
  /** Side rows since the last drain, and how many each table had before. */
  side: Record<string, SideRow[]>
  side_passed: Record<string, number>
  /** Time of the record being taken: never decreases. */
  now_us: Micros
  /** Records in a row whose time was before that. */
  clamped: number
  /** Line of the frame being read, by its place; −1 for answers and notes. */
  line: number
  /** By instrument: the line that its rows came on last, plus 1; 0 none. */
  heard_on: Int32Array
  /** When what is told seldom is looked at next. */
  due_us: Micros
  wishes: Wish[]
  /** Refused frames and answers by feed, of this process. */
  readonly malformed: Record<string, number>
}

/** Plain data. */
export type MakingState = {
  registry: RegistryState
  lines: LinesState
  ledger: LedgerState
  counts: CountsState
  row_count: number
  side_counts: Record<string, number>
  now_us: Micros
  clamped: number
  heard_on: number[]
  due_us: Micros
}

/** A tape at its beginning, or as a state left it; rows and side rows not drained then stay with whom they gathered. */
export function createMaking(settings: NormaliserSettings, state?: MakingState): Making {
  const rows = createRows()
  rows.passed = state?.row_count ?? 0
  return {
    settings,
    rows,
    registry: createRegistry(state?.registry),
    lines: createLines(state?.lines),
    ledger: createLedger(state?.ledger),
    counts: createCounts(state?.counts),
    side: {},
    side_passed: { ...state?.side_counts },
    now_us: state?.now_us ?? 0,
    clamped: state?.clamped ?? 0,
    line: -1,
    heard_on: Int32Array.from(state?.heard_on ?? []),
    due_us: state?.due_us ?? 0,
    wishes: [],
    malformed: {},
  }
}

/** Plain data, shared with the tape in the making. */
export function makingState(making: Making): MakingState {
  const side_counts = { ...making.side_passed }
  for (const [table, rows] of Object.entries(making.side))
    side_counts[table] = (side_counts[table] ?? 0) + rows.length
  const { registry, lines, ledger, counts, rows, now_us, clamped, heard_on, due_us } = making
  return {
    registry: registryState(registry),
    lines: linesState(lines),
    ledger: { ...ledgerState(ledger), finished: [] },
    counts: countsState(counts),
    row_count: rows.passed + rows.columns.length,
    side_counts,
    now_us,
    clamped,
    heard_on: [...heard_on],
    due_us,
  }
}

/**
 * Add a row of a feed, now. HOT.
 *
 * @throws RowError for a value that no tape holds: a mistake of a reader, never of a venue
 */
export function addRow(
  making: Making,
  feed_code: number,
  kind: number,
  instrument: number,
  side: number,
  price: number,
  size: number,
  exch_us: Micros,
  flags: number,
  ref: number,
): void {
  const known = making.registry.instruments.instruments.length
  if (
    !(Number.isSafeInteger(price) && Number.isSafeInteger(size) && Number.isSafeInteger(exch_us)) ||
    !(instrument === ALL_INSTRUMENTS || (instrument >= 0 && instrument < known))
  )
    throw new RowError(kind, instrument, price, size, exch_us)
  push(
    making.rows,
    making.now_us,
    exch_us + 0,
    kind,
    feed_code,
    instrument,
    side,
    price + 0,
    size + 0,
    flags,
    ref,
  )
  if (making.line < 0 || instrument === ALL_INSTRUMENTS) return
  if (instrument >= making.heard_on.length) {
    const grown = new Int32Array(Math.max(64, 2 * known))
    grown.set(making.heard_on)
    making.heard_on = grown
  }
  making.heard_on[instrument] = making.line + 1
}

/** Add a row that is a group of its own; of no feed where `feed` is null. */
export function addSingle(
  making: Making,
  feed: FeedName | null,
  kind: number,
  instrument: number,
  size = 0,
  flags = 0,
): void {
  addRow(making, feed === null ? Feed.NONE : FEED_CODES[feed], kind, instrument, 0, 0, size, 0, flags, 0)
  endGroup(making.rows)
}

/**
 * Add a row to a side table, stamped now.
 *
 * @returns its number
 * @throws RowError for a row that does not fit its table
 */
export function addSide(making: Making, table: string, row: SideRow): number {
  const fault = sideRowFault(table, row)
  if (fault !== undefined) throw new RowError(fault)
  making.side[table] ??= []
  const rows = making.side[table]!
  return (making.side_passed[table] ?? 0) + rows.push({ local_us: making.now_us, ...row }) - 1
}

/** Add a row to the table of the feeds' health. */
export function tellHealth(
  making: Making,
  feed: string,
  event: string,
  line: string,
  detail: string,
  value?: number,
): void {
  addSide(making, 'feed_health', { feed, event, line, detail, value: value ?? null })
}

/** A row that no tape holds. */
export class RowError extends Error {
  readonly code = 'normalise.row'
  constructor(what: number | string, ...values: number[]) {
    super(
      typeof what === 'string'
        ? what
        : `a row of kind ${what} with ${values.join(', ')}: mend the feed's reader`,
    )
    this.name = 'Normalise.RowError'
  }
}
