import { Feed, Flag, Kind } from '../../../core/events/index.ts'
import {
  codes,
  flag,
  instant,
  naturalPrice,
  price,
  real,
  shares,
  text,
  usdc,
  type View,
  whole,
} from '../view.ts'

/**
 * Views over the rows of a tape. `raw.tape` holds the integers as they were recorded; here they are in the units of
 * people. Prices and sizes of tokens are the token's own; `bbo` has the book in Up prices.
 */

const TOKEN_PRICES = [Kind.LEVEL, Kind.TRADE, Kind.TICK_SIZE, Kind.RESOLVED]
const VALUES = [Kind.ORACLE, Kind.STRIKE]

const dataset = text('dataset', 't.dataset', 'the dataset, by the name of its folder')
const row = whole('row', 't."row"', "the row's place in the dataset's tape, from 0: the order of everything")
const time = instant('time', 't.local_us', 'when it was received')
const exchange_time = instant(
  'exchange_time',
  't.exch_us',
  "the source's own stamp; NULL where it sends none",
  0,
)
const market = text('market', 'i.market', "the market's slug")
const outcome = text('outcome', 'i.outcome', "the token's outcome, up or down")
const last = flag('last', flagged(Flag.LAST), 'the last row of its message: the book is whole again')
const snapshot = flag(
  'snapshot',
  flagged(Flag.SNAPSHOT),
  're-stated by a snapshot; it may not have changed just now',
)

const INSTRUMENTS = 'LEFT JOIN raw.instruments i ON i.dataset = t.dataset AND i.instrument = t.instrument'
const BOOK_SIDE = codes('t.side', { BID: 1, ASK: 2 })
const TAKER_SIDE = codes('t.side', { BUY: 1, SELL: 2 })

/** Every row. */
export const events: View = {
  name: 'events',
  doc: 'Every row of the tape, in its order. What price and size are depends on the kind.',
  columns: [
    dataset,
    row,
    time,
    exchange_time,
    whole('seq', 't.seq', "the row's number in the tape it was first recorded on"),
    text(
      'kind',
      codes('t.kind', Kind),
      'level, trade, tick_size, book_reset, alive, quote, print, oracle, …',
    ),
    text('feed', codes('t.feed', Feed), 'where it came from'),
    market,
    outcome,
    text('series', 'i.series', 'the reference series, for rows of one'),
    text(
      'side',
      `CASE WHEN t.kind = ${Kind.LEVEL} THEN ${BOOK_SIDE} WHEN t.kind IN (${Kind.TRADE}, ${Kind.PRINT}) THEN ${TAKER_SIDE} END`,
      'bid or ask of a level; buy or sell, the taker’s, of a trade or print',
    ),
    real(
      'price',
      `CASE WHEN t.kind IN (${TOKEN_PRICES}) THEN ${naturalPrice('t.price')} WHEN t.kind IN (${Kind.QUOTE}, ${Kind.PRINT}) THEN t.price / 1e8 WHEN t.kind IN (${VALUES}) THEN ${value('t')} END`,
      'USDC or USD',
      'price of a level or trade, new tick size, payout; bid of a quote; price of a print; value of a series',
    ),
    real(
      'size',
      `CASE WHEN t.kind IN (${Kind.LEVEL}, ${Kind.TRADE}) THEN t.size / 1e6 WHEN t.kind IN (${Kind.QUOTE}, ${Kind.PRINT}) THEN t.size / 1e8 END`,
      'shares, USD or BTC',
      "a level's new total; a trade's shares; ask of a quote in USD; a print's base units",
    ),
    last,
    snapshot,
    flag('inferred', flagged(Flag.INFERRED), 'inferred, not recorded; the manifest says how'),
  ],
  from: `raw.tape t ${INSTRUMENTS}`,
}

/** Level changes. */
export const bookChanges: View = {
  name: 'book_changes',
  doc: "One level of one token's book was set.",
  columns: [
    dataset,
    row,
    time,
    exchange_time,
    market,
    outcome,
    text('side', BOOK_SIDE, 'bid or ask, of the token itself'),
    price('price', 't.price', "the token's price"),
    shares('size', 't.size', "the level's new total; 0: the level is gone"),
    text(
      'up_side',
      `CASE WHEN (i.outcome = 'down') = (t.side = 1) THEN 'ask' ELSE 'bid' END`,
      'the same level in the Up book: a Down bid is an Up ask',
    ),
    price(
      'up_price',
      `CASE WHEN i.outcome = 'down' THEN 10000 - t.price ELSE t.price END`,
      'its price there',
    ),
    last,
    snapshot,
  ],
  from: `raw.tape t ${INSTRUMENTS} WHERE t.kind = ${Kind.LEVEL}`,
}

/** Trade prints. */
export const trades: View = {
  name: 'trades',
  doc: 'A trade print of the venue. A recording without prints has none; the manifest says so in `carries.trades`.',
  columns: [
    dataset,
    row,
    time,
    exchange_time,
    market,
    outcome,
    text('side', TAKER_SIDE, 'buy or sell, of the taker'),
    price('price', 't.price', "the token's price"),
    shares('size', 't.size', 'shares traded'),
    usdc('value', 't.price * CAST(t.size AS DOUBLE) / 1e4', 'price times size'),
  ],
  from: `raw.tape t ${INSTRUMENTS} WHERE t.kind = ${Kind.TRADE}`,
}

/** Values of settlement-grade series. */
export const oracle: View = {
  name: 'oracle',
  doc: 'A value of a settlement-grade reference series.',
  columns: [
    dataset,
    row,
    instant('time', 't.local_us', 'when it was known; a bar is known at its end'),
    instant('value_time', 't.exch_us', "the value's own stamp", 0),
    text('series', 'i.series', "the series' name"),
    text('asset', 'i.asset', 'what it is the price of'),
    text('venue', 'i.venue', 'who states it'),
    real('value', value('t'), 'USD', 'the value; sums of all 18 recorded decimals, as a double'),
  ],
  from: `raw.tape t ${INSTRUMENTS} WHERE t.kind = ${Kind.ORACLE}`,
}

/** The touch, from the book that the core itself builds. */
export const bbo: View = {
  name: 'bbo',
  doc: "A market's best bid and ask after a message that changed them, in Up prices; both tokens' messages make one book.",
  columns: [
    dataset,
    row,
    time,
    text('market', 'm.slug', "the market's slug"),
    price('bid', 't.bid', 'best bid; NULL where there is none'),
    shares('bid_size', 'nullif(t.bid_size, 0)', 'shares at the best bid'),
    price('ask', 't.ask', 'best ask; NULL where there is none'),
    shares('ask_size', 'nullif(t.ask_size, 0)', 'shares at the best ask'),
    real('mid', both('(t.bid + t.ask) / 2e4'), 'USDC', 'half of bid and ask; NULL where a side is empty'),
    real('spread', both('(t.ask - t.bid) / 1e4'), 'USDC', 'ask less bid; NULL where a side is empty'),
  ],
  from: 'raw.touch t JOIN raw.markets m ON m.dataset = t.dataset AND m.market = t.market',
}

function flagged(bit: number): string {
  return `(t.flags & ${bit}) <> 0`
}

function value(table: string): string {
  return `${table}.price / 1e8 + ${table}.size / 1e18`
}

function both(sql: string): string {
  return `CASE WHEN t.bid >= 0 AND t.ask >= 0 THEN ${sql} END`
}
