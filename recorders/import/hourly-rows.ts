import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Market } from '../../core/events/index.ts'
import { civilFromDays, DAY, type E8, E8_ONE, type Micros, ONE } from '../../core/units/index.ts'
import { COUNT, DATABASE_MB, TEXT } from '../limits.ts'
import { shortened } from '../printable.ts'
import { type Inference, reasonOf, TapeError } from '../tape/index.ts'
import { nearest, rounded } from './exact.ts'
import { fewOf } from './in-time.ts'
import type { Touch } from './polled-touch.ts'
import { shownNames } from './shown-names.ts'
import { marketOfSlug } from './slug.ts'
import { readClock } from './time-column.ts'
import { toUtc, type Zone } from './zone.ts'

/** One poll: the touch of the recorded token and the spot. `decided`: both prices are 0 or both 1, no book at all. */
export type HourlyRow = Touch & {
  local_us: Micros
  market: Market
  token_id: string
  spot: E8
  decided: 'high' | 'low' | null
  /** What the recorder wrote of the end, on every row of the window: not to be looked at before. */
  outcome: 'up' | 'down' | null
}

/** A database of polls. */
export type HourlyFile = {
  file: string
  /** Whose price the column of the spot says it is. */
  asset: string
  rows: number
  /** How the rows lie. */
  inferred: readonly Inference[]
  /** Rows in the order of time: that in which they were written, as a rule. */
  read(): AsyncGenerator<Record<string, unknown>>
  /** Prices at full hours by clock time, as written: `2025-07-21 21`. */
  opens: readonly { hour: string | null; price: unknown }[]
  close(): void
}

const POLLS = ['id', 'timestamp', 'market_name', 'token_id', 'best_bid', 'best_ask', 'outcome']
/** The price of the asset is called by it: `eth_usdt_spot`. */
const SPOT = /^([a-z0-9]{2,10})_usdt?_spot$/i
const OPENS = ['hour_key', 'p_start_price']

/** A cell, or null and a word beside it for a text that is longer than any of these may be. */
const cell = (column: string, name = column): string =>
  `CASE WHEN octet_length(${column}) <= ${TEXT.name} THEN ${column} END AS ${name}`
const tooLong = (columns: readonly string[]): string =>
  columns.map((column) => `octet_length(${column}) > ${TEXT.name}`).join(' OR ')

/**
 * Open a database with the tables `polydata` and `p_start_cache`; it is not written to. Views and virtual tables, which can
 * go on for ever, are refused, rows are bounded, and a signal ends the look at them.
 *
 * @throws TapeError `import.file` for what is no such database, `import.column` naming table and column, `import.size`
 */
export async function openHourly(file: string, signal?: AbortSignal): Promise<HourlyFile> {
  // Opening what is not there would say no more than that.
  if (!existsSync(file)) throw unreadable(file, 'there is no such file')
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file, { readOnly: true })
    const opened = db
    // Expressions of the file itself may call nothing that matters, and take no more memory than this.
    opened.exec(`PRAGMA trusted_schema = OFF; PRAGMA hard_heap_limit = ${DATABASE_MB.sqlite * 2 ** 20}`)
    const names = assertColumns(opened, file, 'polydata', POLLS)
    const spots = names.filter((name) => SPOT.test(name))
    if (spots.length !== 1) throw noSpot(file, names, spots)
    const spot = spots[0]!
    assertColumns(opened, file, 'p_start_cache', OPENS)
    const rows = countRows(opened, file, 'polydata', COUNT.polls)
    countRows(opened, file, 'p_start_cache', COUNT.hours)
    const opens = opened
      .prepare(
        `SELECT ${cell('hour_key', 'hour')}, ${cell('p_start_price', 'price')} FROM p_start_cache ORDER BY hour_key`,
      )
      .all() as { hour: string | null; price: unknown }[]
    const columns = POLLS.map((name) =>
      // A token id that is stored as a number is no longer the one that it was.
      name === 'token_id'
        ? `CASE WHEN typeof(token_id) = 'text' AND octet_length(token_id) <= ${TEXT.name} THEN token_id END AS token_id`
        : cell(name),
    )
    columns.push(cell(`"${spot}"`, 'spot'), `${tooLong([...POLLS, `"${spot}"`])} AS too_long`)
    const { order, inferred } = await orderOf(opened, file, signal)
    return {
      file,
      asset: SPOT.exec(spot)![1]!.toLowerCase(),
      rows,
      inferred,
      async *read() {
        const found = opened.prepare(`SELECT ${columns.join(', ')} FROM polydata ORDER BY ${order}`).iterate()
        try {
          yield* inSteps(found, signal)
        } catch (thrown) {
          throw damaged(file, thrown)
        }
      },
      opens,
      close: () => opened.close(),
    }
  } catch (thrown) {
    db?.close()
    throw damaged(file, thrown)
  }
}

/** Rows between two turns of the event loop, in which a signal can come. */
const STEP_ROWS = 2_048

/** Rows as they are read, letting others have their turn between some of them. */
async function* inSteps(
  rows: Iterable<unknown>,
  signal?: AbortSignal,
): AsyncGenerator<Record<string, unknown>> {
  let read = 0
  for (const row of rows) {
    yield row as Record<string, unknown>
    if (++read % STEP_ROWS !== 0) continue
    await setImmediate()
    signal?.throwIfAborted()
  }
}

/**
 * Reads rows; a text says why one is refused. Times have no zone: the one in which the first row lies inside its window.
 *
 * @throws TapeError `import.zone`
 */
export function createHourlyReader(
  zone: Zone,
  asset: string,
): (row: Record<string, unknown>) => HourlyRow | string {
  let name = ''
  let market: Market | undefined
  return ({ timestamp, market_name, token_id, best_bid, best_ask, spot: price, outcome, too_long }) => {
    if (too_long === 1) return `a text longer than ${TEXT.name} bytes`
    const clock_us = readClock(timestamp)
    if (Number.isNaN(clock_us)) return 'a timestamp that is none'
    if (name !== market_name) {
      name = String(market_name)
      market = marketNamed(name, clock_us)
    }
    if (market === undefined) return 'no name of an hourly market'
    if (market.asset !== asset) return 'a market on another asset than the spot'
    if (typeof token_id !== 'string' || !/^\d{1,78}$/.test(token_id)) return 'no token id'
    const local_us = toUtc(zone, clock_us, market.start_us)
    if (Number.isNaN(local_us)) return 'a time outside its window in the zone of its file'
    const [bid, ask] = [nearest(best_bid, ONE), nearest(best_ask, ONE)]
    if (!(bid >= 0 && bid <= ONE && ask >= 0 && ask <= ONE)) return 'a price that is not a decimal of 1e-4'
    const spot = rounded(price, E8_ONE)
    if (!(spot > 0)) return 'a spot that is no number above 0'
    const decided = bid !== ask ? null : bid === ONE ? 'high' : bid === 0 ? 'low' : null
    if (decided === null && (bid === ONE || bid >= ask)) return 'a bid at or above the ask'
    const said = outcome === 'UP' ? 'up' : outcome === 'DOWN' ? 'down' : null
    if (said === null && outcome !== null) return 'an outcome other than UP and DOWN'
    // A side that nobody offers is stated as the end of the scale.
    return { local_us, market, token_id, bid, ask: ask === ONE ? 0 : ask, spot, decided, outcome: said }
  }
}

/** The price at a full hour: its clock time, as if it were UTC, and 1e-8 USD; NaN for what is none. */
export function readOpen({ hour, price }: HourlyFile['opens'][number]): { clock_us: Micros; price: E8 } {
  const clock_us = /^\d{4}-\d\d-\d\d \d\d$/.test(hour ?? '') ? readClock(`${hour}:00:00`) : Number.NaN
  return { clock_us, price: rounded(price, E8_ONE) }
}

/** The window of a name such as `Ethereum Up or Down - July 21, 5PM ET`, which leaves out the year: the one nearest to the row. */
function marketNamed(name: string, clock_us: Micros): Market | undefined {
  const match = /^([A-Z][A-Za-z]*) Up or Down - ([A-Z][a-z]+) (\d{1,2}), (\d{1,2})(AM|PM) ET$/.exec(name)
  if (match === null) return undefined
  const { year } = civilFromDays(Math.floor(clock_us / DAY))
  let nearest_us = Number.POSITIVE_INFINITY
  let found: Market | undefined
  for (const candidate of [year - 1, year, year + 1]) {
    const slug = `${match[1]}-up-or-down-${match[2]}-${match[3]}-${candidate}-${match[4]}${match[5]}-et`
    const market = marketOfSlug(slug.toLowerCase())
    const distance_us = market === undefined ? Number.NaN : Math.abs(clock_us - market.start_us)
    if (!(distance_us < nearest_us)) continue
    nearest_us = distance_us
    found = market
  }
  return found
}

/** In which order rows are read: as they were written, but where their times do not rise that way. */
async function orderOf(
  db: DatabaseSync,
  file: string,
  signal: AbortSignal | undefined,
): Promise<{ order: string; inferred: Inference[] }> {
  let [rows, late, up, down] = [0, 0, 0, 0]
  let [greatest, before] = [Number.NEGATIVE_INFINITY, Number.NaN]
  const stamps = db.prepare(`SELECT ${cell('timestamp')} FROM polydata ORDER BY id`).iterate()
  for await (const { timestamp } of inSteps(stamps, signal)) {
    const us = readClock(timestamp)
    if (Number.isNaN(us)) continue
    rows++
    if (us < greatest) late++
    else greatest = us
    if (us > before) up++
    else if (us < before) down++
    before = us
  }
  if (late <= fewOf(rows)) return { order: 'id', inferred: [] }
  // A list with its newest first is the same list the other way round, rows of one second too.
  const turned = up <= fewOf(up + down)
  return {
    order: turned ? 'id DESC' : 'timestamp, id',
    inferred: [
      {
        what: `rows of ${basename(file)} do not rise in time`,
        how: turned
          ? 'its newest were written first: read from the last id to the first'
          : 'sorted by timestamp, equal times by id',
        agreement: `${late} of ${rows} stand behind later ones`,
      },
    ],
  }
}

/** Names of the columns of a table, which must be one and have these. Asked by PRAGMA: no table of a file can stand in for that. */
function assertColumns(
  db: DatabaseSync,
  file: string,
  table: string,
  columns: readonly string[],
): readonly string[] {
  const kinds = db.prepare(`PRAGMA main.table_list(${table})`).all() as { type: string }[]
  const other = kinds.find(({ type }) => type !== 'table')
  if (other !== undefined) throw noTable(file, table, other.type)
  const found = db.prepare(`PRAGMA main.table_info(${table})`).all() as { name: string }[]
  const names = found.map(({ name }) => name)
  for (const field of columns) {
    if (names.some((name) => name.toLowerCase() === field)) continue
    throw new TapeError(
      'import.column',
      `${file}: column ${field} of table ${table} is missing; found ${names.length === 0 ? 'no such table' : shownNames(names)}`,
      { file, field: `${table}.${field}` },
      'give a database of this kind, as it was made',
    )
  }
  return names
}

/** How many rows a table has, which are not more than a bound. */
function countRows(db: DatabaseSync, file: string, table: string, most: number): number {
  const sql = `SELECT count(*) AS rows FROM (SELECT 1 FROM ${table} LIMIT ${most + 1})`
  const { rows } = db.prepare(sql).get() as { rows: number }
  if (rows <= most) return rows
  throw new TapeError(
    'import.size',
    `${file}: table ${table} has more than ${most} rows`,
    { file, field: table },
    'split the database by time, and merge the datasets',
  )
}

function noTable(file: string, table: string, type: string): TapeError {
  return new TapeError(
    'import.column',
    `${file}: ${table} is a ${shortened(type, 20)}, not a table`,
    { file, field: table },
    'give the database that the recorder made; a view is written to a table first',
  )
}

function noSpot(file: string, names: readonly string[], spots: readonly string[]): TapeError {
  const what = spots.length === 0 ? 'no column' : `${spots.length} columns`
  return new TapeError(
    'import.column',
    `${file}: table polydata has ${what} for the price of the asset, such as eth_usdt_spot; found ${shownNames(names)}`,
    { file, field: 'polydata.X_usdt_spot' },
    'give a database of one asset, its price in a column that is called by it',
  )
}

function damaged(file: string, thrown: unknown): unknown {
  const { name } = thrown as Error
  return thrown instanceof TapeError || name === 'AbortError'
    ? thrown
    : unreadable(file, reasonOf(thrown), thrown)
}

function unreadable(file: string, what: string, cause?: unknown): TapeError {
  return new TapeError(
    'import.file',
    `${file}: cannot be read: ${what}`,
    { file },
    'give the path of an SQLite database of polls',
    cause,
  )
}
