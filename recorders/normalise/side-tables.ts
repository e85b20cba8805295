import { sortedKeys } from '../../core/config/index.ts'
import type { SideRow } from './normaliser.ts'

/**
 * Side tables: what is too wide for a row of a tape. In a dataset `side-NAME.jsonl`, one JSON object a line with every column
 * in the order declared here; a row's number is its line, from 0, and what a tape row's `ref` points at.
 */

/** A column: `number` is an integer in `unit` unless its doc says otherwise, `instant_us` µs since the epoch. */
export type SideColumn = {
  name: string
  type: 'text' | 'number' | 'flag' | 'instant_us'
  unit: string
  /** Null where the source says nothing; other columns never are. */
  nullable: boolean
  doc: string
}

/** A table: what one row of it is, and its columns. */
export type SideTable = { doc: string; columns: readonly SideColumn[] }

const text = (name: string, doc: string): SideColumn => ({
  name,
  type: 'text',
  unit: '',
  nullable: false,
  doc,
})
const number = (name: string, unit: string, doc: string): SideColumn => ({
  name,
  type: 'number',
  unit,
  nullable: false,
  doc,
})
const instant = (name: string, doc: string): SideColumn => ({
  name,
  type: 'instant_us',
  unit: 'µs since the epoch',
  nullable: false,
  doc,
})
const orNull = (column: SideColumn): SideColumn => ({ ...column, nullable: true })

/** First column of every table. The normaliser fills it in: readers leave it out. */
export const STAMP: SideColumn = instant(
  'local_us',
  'when the recorder received what the row is about; the clock of the tape',
)

const feed = text('feed', 'the source, by its name in the gap ledger')
const line = text('line', 'the stream, such as `clob_market/0`; empty for requests and for what concerns all')
const exch = orNull(instant('exch_us', 'the source’s own stamp of the event'))
const token = [
  orNull(
    number('instrument', 'index', 'the token’s index in the instruments; null while no market lists it'),
  ),
  text('token_id', 'the token, by the venue’s id'),
  text('condition_id', 'the market, by the venue’s condition id; empty where none is stated'),
  text('outcome', 'name of the outcome as sent: `Up`, `Yes`, …; empty where none is stated'),
]

/** Every side table by name. */
export const SIDE_TABLES = {
  feed_health: {
    doc: 'Something about a feed’s own health: connections, silences, integrity checks, reseeds.',
    columns: [
      STAMP,
      feed,
      text('event', 'what happened, in a word: `opened`, `silent`, `top_mismatch`, `reseed`, `seq_gap`, …'),
      line,
      text('detail', 'in words'),
      orNull(number('value', 'by event', 'a figure that belongs to it, such as µs or frames')),
    ],
  },
  market_metadata: {
    doc: 'What a source said about a market when it was listed or when that changed.',
    columns: [
      STAMP,
      feed,
      number('market', 'index', 'the market’s index in the instruments'),
      text('slug', 'the market'),
      text('condition_id', 'the venue’s condition id; empty where it has none'),
      text('version', 'of the venue’s protocol: `v1` or `v2`'),
      exch,
      text('metadata', 'the object as sent, as JSON text'),
    ],
  },
  user_orders: {
    doc: 'An event of an own order: one row for each that the venue sent.',
    columns: [
      STAMP,
      exch,
      text('order_id', 'the order, by its hash'),
      text('type', '`PLACEMENT`, `UPDATE` or `CANCELLATION`'),
      text('status', '`LIVE`, `MATCHED`, `DELAYED`, `UNMATCHED`, `CANCELED` or `INVALID`; else as sent'),
      text('reason', 'what follows `CANCELED_`: why the venue killed the order; empty otherwise'),
      ...token,
      text('side', '`buy` or `sell`'),
      text('order_type', '`GTC`, `GTD`, `FOK`, `FAK`; empty where none is stated'),
      number('price', '1e-4', 'the limit price in terms of the token'),
      orNull(number('original_shares', 'micro-shares', 'size of the order; null where it is stated in USDC')),
      orNull(
        number('original_usdc', 'micro-USDC', 'size of a FOK or FAK order to buy, which is stated in USDC'),
      ),
      orNull(number('matched', 'micro-shares', 'matched so far')),
      orNull(instant('created_us', 'when the order was made')),
      orNull(instant('expires_us', 'when it ends of itself; null: never')),
      text('trades', 'ids of the trades that it took part in, as a JSON list'),
    ],
  },
  user_trades: {
    doc: 'An own part of a trade when it became known, and again each time its status rose: the last row of a `trade_id` and `order_id` is how it stands.',
    columns: [
      STAMP,
      exch,
      text('trade_id', 'the trade'),
      text(
        'status',
        '`MATCHED`, `MATCHED_NOT_BROADCASTED`, `RETRYING`, `MINED`, `CONFIRMED` or `FAILED`; else as sent',
      ),
      number(
        'rank',
        '',
        'order of the statuses, which never falls: 0 unknown, 1 matched, 2 mined or retrying, 3 confirmed or failed',
      ),
      text('role', '`maker` or `taker`: of the own order'),
      text('order_id', 'the own order, by its hash'),
      ...token,
      text('side', '`buy` or `sell`: of the own order'),
      number('price', '1e-4', 'in terms of the own token, to the nearest'),
      text('price_text', 'the same as sent'),
      number('size', 'micro-shares', 'the own part'),
      orNull(number('fee_rate_bps', 'bps', 'as sent; no amount of a fee is')),
      orNull(instant('match_us', 'when it was matched')),
      text('transaction_hash', 'empty until it is known'),
    ],
  },
  user_positions: {
    doc: 'What the own account holds of a market, when it was first heard of and whenever that changed.',
    columns: [
      STAMP,
      feed,
      exch,
      orNull(number('market', 'index', 'the market’s index in the instruments; null while it is not listed')),
      text('slug', 'the market'),
      number('up_shares', 'micro-shares', 'above 0 shares of Up, below 0 shares of Down'),
      orNull(number('exposure', 'micro-USDC', 'what was paid for what is held')),
      orNull(number('realised', 'micro-USDC', 'result of what was sold')),
      orNull(number('fees', 'micro-USDC', 'fees paid')),
    ],
  },
  wallet_activity: {
    doc: 'An entry of a followed wallet’s activity or of its trades when it became known, and again once the role is known: trades stand in both lists. Entries of a page stand by rising time.',
    columns: [
      STAMP,
      text('wallet', 'the wallet, by its address in lower case'),
      text('source', 'the list that it stands in: `activity` or `trades`'),
      exch,
      text('type', '`TRADE`, `SPLIT`, `MERGE`, `REDEEM`, `REWARD`, …; else as sent'),
      text('role', '`maker` or `taker` of an entry of `trades`; empty where it is not known, or not yet'),
      number(
        'copy',
        '',
        'of entries that are equal in everything, which one: 0, 1, … ; each is a fill of its own',
      ),
      ...token,
      text('side', '`buy` or `sell`; empty where there is none'),
      orNull(number('price', '1e-4', 'a mean over its fills, to the nearest')),
      text('price_text', 'the same as sent; empty where none is'),
      orNull(number('size', 'micro-shares', 'shares, pairs or tokens; to the nearest')),
      orNull(number('usdc', 'micro-USDC', 'what it was worth; to the nearest')),
      text('slug', 'the market; empty where there is none'),
      text('transaction_hash', 'empty where there is none'),
    ],
  },
  quarantine: {
    doc: 'A frame or an answer that no reader understood.',
    columns: [
      STAMP,
      feed,
      line,
      orNull(number('connection', '', 'the connection; null for an answer')),
      orNull(number('frame', '', 'which of the connection’s frames, from 0; null for an answer')),
      text('request', 'which request it answers; empty for a frame'),
      text('reason', 'why it was refused, in words'),
      number('bytes', 'bytes', 'its length'),
      text('excerpt', 'how it begins; nothing of sockets that were told credentials'),
    ],
  },
  clock_offsets: {
    doc: 'A measurement of a venue’s clock.',
    columns: [
      STAMP,
      feed,
      number('offset_us', 'µs', 'the venue’s clock minus ours'),
      number('rtt_us', 'µs', 'the round trip that it was measured in: the offset is known to half of it'),
      text('how', 'from what it was measured'),
    ],
  },
} as const satisfies Readonly<Record<string, SideTable>>

/** Names of the tables. */
export type SideTableName = keyof typeof SIDE_TABLES

/** A table by a name that may be none; undefined for others. */
export function sideTable(name: string): SideTable | undefined {
  return Object.hasOwn(SIDE_TABLES, name) ? SIDE_TABLES[name as SideTableName] : undefined
}

/**
 * What is wrong with a row for a table: an unknown column, a missing one, a value of another type.
 *
 * @param row with its stamp or without
 * @returns undefined for a good row
 */
export function sideRowFault(name: string, row: SideRow): string | undefined {
  const table = sideTable(name)
  if (table === undefined) return `there is no side table ${name}`
  for (const column of table.columns) {
    if (column.name === STAMP.name && !Object.hasOwn(row, STAMP.name)) continue
    const value = row[column.name]
    if (value === undefined) return `${name}.${column.name} is missing`
    if (value === null ? !column.nullable : !fits(column, value))
      return `${name}.${column.name} is no ${column.type}`
  }
  for (const key of sortedKeys(row))
    if (!table.columns.some((column) => column.name === key)) return `${name} has no column ${key}`
  return undefined
}

function fits({ type }: SideColumn, value: string | number | boolean): boolean {
  if (type === 'text') return typeof value === 'string'
  if (type === 'flag') return typeof value === 'boolean'
  return typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)
}
