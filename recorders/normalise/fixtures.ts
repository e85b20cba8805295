import { type Columns, Flag, Kind } from '../../core/events/index.ts'
import { MS, ONE } from '../../core/units/index.ts'
import { clobMarket } from '../feeds/clob-market.ts'
import { EXAMPLE_LISTING } from '../feeds/clob-market-examples.ts'
import type { Feed, Wish } from '../feeds/feed.ts'
import { rowWords } from '../feeds/fixtures.ts'
import { gamma } from '../feeds/gamma.ts'
import type {
  AnswerRecord,
  FeedName,
  FrameRecord,
  JournalRecord,
  Note,
  NoteRecord,
} from '../journal/record.ts'
import type { Gap } from '../tape/index.ts'
import { createNormaliser } from './normalise.ts'
import type { Normaliser, SideRow } from './normaliser.ts'

/** For tests of what a journal becomes: records made in few words, and everything that came of them. */

/** When made-up records begin: within the window of the example market. */
export const BEGIN_US = 1_776_255_905_000_000

const ENCODER = new TextEncoder()

/** Records at rising times, a millisecond apart unless the time is moved. */
export type Pen = {
  now_us: number
  frame(connection: number, text: string | object): FrameRecord
  note(note: Note): NoteRecord
  answer(feed: FeedName, request: string, text: string | object, status?: number): AnswerRecord
}

/** A pen at the beginning. */
export function createPen(): Pen {
  const seqs: Record<number, number> = {}
  const receipt = () => {
    pen.now_us += MS
    return { wall_us: pen.now_us, mono_us: pen.now_us - BEGIN_US }
  }
  const bytes = (text: string | object) =>
    ENCODER.encode(typeof text === 'string' ? text : JSON.stringify(text))
  const pen: Pen = {
    now_us: BEGIN_US,
    frame(connection, text) {
      const seq = seqs[connection] ?? 0
      seqs[connection] = seq + 1
      return { type: 'frame', ...receipt(), connection, seq, bytes: bytes(text) }
    },
    note: (note) => ({ type: 'note', ...receipt(), note }),
    answer(feed, request, text, status = 200) {
      const about = { feed, request, path: `/${request}`, status, sent_us: pen.now_us }
      return { type: 'answer', ...receipt(), about, bytes: bytes(text) }
    },
  }
  return pen
}

/** Everything that came of some records. */
export type Came = {
  /** Rows in words, each group in one line, its rows parted by ` | `. */
  groups: string[]
  /** Rows as numbers, for comparing bit by bit. */
  rows: number[][]
  side: Record<string, SideRow[]>
  gaps: Gap[]
  wishes: Wish[]
}

/** Nothing yet. */
export function createCame(): Came {
  return { groups: [], rows: [], side: {}, gaps: [], wishes: [] }
}

/** A row but for when it came, its number and its feed. */
export function rowAt(columns: Columns, i: number) {
  return {
    kind: columns.kind[i]!,
    instrument: columns.instrument[i]!,
    side: columns.side[i]!,
    price: columns.price[i]!,
    size: columns.size[i]!,
    exch_us: columns.exch_us[i]!,
    flags: columns.flags[i]!,
    ref: columns.ref[i]!,
  }
}

/** Take away what a normaliser has gathered. */
export function gather(normaliser: Normaliser, came: Came): void {
  const { columns, instruments } = normaliser
  let group: string[] = []
  for (let i = 0; i < columns.length; i++) {
    const row = rowAt(columns, i)
    came.rows.push([columns.local_us[i]!, columns.seq[i]!, columns.feed[i]!, ...Object.values(row)])
    group.push(rowWords(row, instruments))
    if ((row.flags & Flag.LAST) === 0) continue
    came.groups.push(group.join(' | '))
    group = []
  }
  if (group.length > 0) came.groups.push(`${group.join(' | ')} …`)
  const { side, gaps } = normaliser.drain()
  for (const [table, rows] of Object.entries(side)) came.side[table] = [...(came.side[table] ?? []), ...rows]
  came.gaps.push(...gaps)
}

/** What records become, with the example market listed ahead of them. */
export function become(
  records: readonly JournalRecord[],
  { feeds = [clobMarket, gamma] as readonly Feed[], normaliser = createNormaliser({ feeds }) } = {},
): Came & { normaliser: Normaliser } {
  const came = createCame()
  for (const record of records) {
    came.wishes.push(...normaliser.take(record))
  }
  gather(normaliser, came)
  return { ...came, normaliser }
}

const { market, tokens } = EXAMPLE_LISTING

/** The metadata of the example market, or of another window with other tokens. */
export function listed(
  pen: Pen,
  slug = market.slug,
  ids: readonly [string, string] = [tokens.up, tokens.down],
  more: object = {},
) {
  return pen.answer('gamma', 'market', {
    slug,
    conditionId: market.condition_id,
    outcomes: '["Up", "Down"]',
    clobTokenIds: JSON.stringify(ids),
    orderPriceMinTickSize: 0.01,
    ...more,
  })
}

/** A connection of the example market's line is open. */
export function opened(
  pen: Pen,
  connection: number,
  leads = true,
  {
    line = 'clob_market/0',
    keys = [tokens.up, tokens.down] as readonly string[],
    feed = 'clob_market' as FeedName,
  } = {},
): NoteRecord {
  return pen.note({ note: 'opened', connection, feed, line, leads, keys })
}

/** Pairs of price and size as the venue writes levels. */
const levels = (pairs: readonly (readonly [string, string])[]) =>
  pairs.map(([price, size]) => ({ price, size }))

/** A `book` of the Up token. */
export function book(
  bids: readonly (readonly [string, string])[],
  asks: readonly (readonly [string, string])[],
  more: object = {},
): object {
  return {
    event_type: 'book',
    market: market.condition_id,
    asset_id: tokens.up,
    timestamp: '1776255905058',
    bids: levels(bids),
    asks: levels(asks),
    ...more,
  }
}

/** A `price_change` of the Up token. */
export function change(side: 'BUY' | 'SELL', price: string, size: string, more: object = {}): object {
  return {
    event_type: 'price_change',
    market: market.condition_id,
    timestamp: '1776255905060',
    price_changes: [{ asset_id: tokens.up, price, size, side, hash: `${side}${price}${size}`, ...more }],
  }
}

/** A `last_trade_price` of the Up token. */
export function trade(price: string, size: string, transaction_hash: string): object {
  return {
    event_type: 'last_trade_price',
    market: market.condition_id,
    asset_id: tokens.up,
    price,
    size,
    side: 'BUY',
    timestamp: '1776255905070',
    transaction_hash,
  }
}

/** Events of the table of health, as words. */
export function healthOf({ side }: Came): string[] {
  return (side.feed_health ?? []).map(({ event, line, value }) =>
    [event, line, value].filter((one) => one !== '' && one !== null).join(' '),
  )
}

/** A market's book, as whoever applies the rows of a tape has it: levels in Up terms. */
export function bookOf(rows: readonly number[][]): Record<string, number> {
  let levels: Record<string, number> = {}
  for (const [, , , kind, instrument, side, at, total] of rows) {
    if (kind === Kind.BOOK_RESET) levels = {}
    if (kind !== Kind.LEVEL) continue
    const key = instrument === 0 ? `${side} ${at}` : `${3 - side!} ${ONE - at!}`
    if (total === 0) delete levels[key]
    else levels[key] = total!
  }
  return levels
}
