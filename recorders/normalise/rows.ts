import { allocate, COLUMNS, type Columns, Flag } from '../../core/events/index.ts'

/** Rows of a tape as they gather: one memory that grows to the largest batch and is used again. */
export type Rows = {
  readonly columns: Columns
  /** Rows of the tape that were gathered and taken away. */
  passed: number
  /** Where the present group began. */
  group: number
}

const FIRST_CAPACITY = 4_096

/** No rows yet. */
export function createRows(): Rows {
  return { columns: allocate(FIRST_CAPACITY), passed: 0, group: 0 }
}

/** Add a row; its `seq` is its number in the tape. HOT. */
export function push(
  rows: Rows,
  local_us: number,
  exch_us: number,
  kind: number,
  feed: number,
  instrument: number,
  side: number,
  price: number,
  size: number,
  flags: number,
  ref: number,
): void {
  const { columns } = rows
  const i = columns.length
  if (i === columns.kind.length) grow(columns)
  columns.local_us[i] = local_us
  columns.exch_us[i] = exch_us
  columns.seq[i] = rows.passed + i
  columns.price[i] = price
  columns.size[i] = size
  columns.instrument[i] = instrument
  columns.ref[i] = ref
  columns.kind[i] = kind
  columns.feed[i] = feed
  columns.side[i] = side
  columns.flags[i] = flags
  columns.length = i + 1
}

/** The row added last ends its message's group; nothing where none was added since the last end. HOT. */
export function endGroup(rows: Rows): void {
  const { columns } = rows
  const end = columns.length
  if (end === rows.group) return
  columns.flags[end - 1] = columns.flags[end - 1]! | Flag.LAST
  rows.group = end
}

/** Take back the rows of the present group. */
export function dropGroup(rows: Rows): void {
  rows.columns.length = rows.group
}

/** Rows gathered were taken away: their memory is used again. */
export function clearRows(rows: Rows): void {
  rows.passed += rows.columns.length
  rows.columns.length = 0
  rows.group = 0
}

/** Twice the room. The columns stay the same object. */
function grow(columns: Columns): void {
  const room = allocate(2 * columns.kind.length)
  const own = columns as Record<string, unknown>
  for (const [name] of COLUMNS) {
    room[name].set(columns[name])
    own[name] = room[name]
  }
}
