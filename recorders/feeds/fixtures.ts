import { Feed, Flag, type Instruments, Kind, Side } from '../../core/events/index.ts'
import { formatDecimal } from '../../core/units/index.ts'
import type { Receipt } from '../journal/record.ts'
import { sideRowFault } from '../normalise/side-tables.ts'
import { rowFault, subjectFault } from '../tape/index.ts'
import type { Example, Listing, Out, Reader, Feed as Source, Wish } from './feed.ts'

/** For tests of readers: somewhere to put what they read, that keeps it all and checks every row. */

/** A row as a reader gave it. */
export type TakenRow = {
  kind: number
  instrument: number
  side: number
  price: number
  size: number
  exch_us: number
  flags: number
  ref: number
}

/** What a reader gave, in the order it gave it. */
export type Taken = {
  out: Out
  rows: TakenRow[]
  /** Groups that were ended, by the number of their rows. */
  groups: number[]
  instruments: Instruments
  side: Record<string, Record<string, string | number | boolean | null>[]>
  health: { event: string; line: string; detail: string; value: number | undefined }[]
  unknown: Record<string, number>
  wishes: Wish[]
  /** Everything above in words, in order: rows by {@link rowWords}, else `HEALTH missed binance/0 3`, `WISH reconnect …`. */
  words: string[]
}

/** When made-up frames are received: 2026-11-21T00:00:00Z. */
export const RECEIVED_US = 1_795_219_200_000_000

/** A receipt `after_us` after {@link RECEIVED_US}. */
export function receipt(after_us = 0): Receipt {
  return { wall_us: RECEIVED_US + after_us, mono_us: 1_000_000 + after_us }
}

/**
 * A place for rows that keeps them.
 *
 * @param listings markets that are listed from the start, by index
 * @throws Error for a row or a side row that no tape may hold: a test of a reader fails there
 */
export function createTaken(listings: readonly Omit<Listing, 'index'>[] = []): Taken {
  const instruments: Instruments = { markets: [], instruments: [] }
  const resolved = new Set<number>()
  let open = 0
  const add = (listing: Omit<Listing, 'index'>): number => {
    const market = instruments.markets.push(listing.market) - 1
    for (const outcome of ['up', 'down'] as const)
      instruments.instruments.push({ kind: 'token', market, outcome, token_id: listing.tokens[outcome] })
    return market
  }
  for (const listing of listings) add(listing)
  const tokenOf = (token_id: string) =>
    instruments.instruments.findIndex((one) => one.kind === 'token' && one.token_id === token_id)
  const upOf = (market: number) =>
    instruments.instruments.findIndex(
      (one) => one.kind === 'token' && one.market === market && one.outcome === 'up',
    )
  const out: Out = {
    row(kind, instrument, side, price, size, exch_us, flags, ref = 0) {
      const row = { kind, instrument, side, price, size, exch_us, flags, ref }
      const fault = feedRowFault(row, instruments)
      if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify(row)}`)
      taken.rows.push(row)
      taken.words.push(rowWords(row, instruments))
      open++
    },
    end() {
      if (open > 0) taken.groups.push(open)
      open = 0
    },
    series(name, asset, venue) {
      const found = instruments.instruments.findIndex(
        (one) => one.kind === 'series' && one.name === name && one.asset === asset,
      )
      if (found >= 0) return found
      return instruments.instruments.push({ kind: 'series', name, asset, venue, unit: 'usd_e8' }) - 1
    },
    token: tokenOf,
    instruments,
    list(listing, exch_us, metadata) {
      const known = tokenOf(listing.tokens.up)
      const one = instruments.instruments[known]
      const market = one?.kind === 'token' ? one.market : add(listing)
      if (known >= 0 && JSON.stringify(instruments.markets[market]) === JSON.stringify(listing.market))
        return market
      instruments.markets[market] = listing.market
      out.row(
        Kind.MARKET,
        upOf(market),
        Side.NONE,
        0,
        0,
        exch_us,
        0,
        out.side('market_metadata', {
          feed: 'gamma',
          market,
          slug: listing.market.slug,
          condition_id: listing.market.condition_id ?? '',
          version: listing.version,
          exch_us: exch_us === 0 ? null : exch_us,
          metadata: JSON.stringify(metadata),
        }),
      )
      return market
    },
    resolve(market, up_payout, exch_us) {
      if (resolved.has(market)) return
      resolved.add(market)
      out.row(Kind.RESOLVED, upOf(market), Side.NONE, up_payout, 0, exch_us, 0)
    },
    side(table, row) {
      const fault = sideRowFault(table, row)
      if (fault !== undefined) throw new Error(fault)
      taken.side[table] ??= []
      taken.words.push(`SIDE ${table}`)
      return taken.side[table].push({ ...row }) - 1
    },
    health(event, line, detail, value) {
      taken.health.push({ event, line, detail, value })
      taken.words.push(`HEALTH ${event} ${line}${value === undefined ? '' : ` ${value}`}`)
    },
    unknown(field) {
      taken.unknown[field] = (taken.unknown[field] ?? 0) + 1
    },
    wish(wish) {
      taken.wishes.push(wish)
      const what = wish.wish === 'reseed' ? wish.token_id : wish.wish === 'reconnect' ? wish.line : wish.slug
      taken.words.push(`WISH ${wish.wish} ${what}`)
    },
  }
  const taken: Taken = {
    out,
    rows: [],
    groups: [],
    instruments,
    side: {},
    health: [],
    unknown: {},
    wishes: [],
    words: [],
  }
  return taken
}

/** What is wrong with a row of a feed: by the rules of the tape, and by what feeds promise beyond them. */
export function feedRowFault(row: TakenRow, instruments: Instruments): string | undefined {
  const { kind, instrument, side, price, size, exch_us, flags, ref } = row
  for (const [field, value] of Object.entries(row))
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return `${field} is no safe integer`
  if (exch_us < 0 || ref < 0) return 'a column that is negative'
  const fault =
    rowFault(kind, FEED_OF_ROWS[kind] ?? Feed.NONE, side, flags, price, size) ??
    subjectFault(kind, instrument, instruments)
  if (fault !== null) return `${fault.field} ${fault.what}`
  if (kind === Kind.QUOTE && size <= price) return 'a bid at or above the ask'
  if (kind === Kind.PRINT && side === Side.NONE) return 'a print without a side'
  if (kind === Kind.ORACLE && exch_us === 0) return 'a value without its stamp'
  return undefined
}

/** The feed of rows that only some feeds may say. */
const FEED_OF_ROWS: Readonly<Record<number, number>> = {
  [Kind.USER_DOWN]: Feed.CLOB_USER,
  [Kind.USER_UP]: Feed.CLOB_USER,
}

const KIND_NAMES = new Map<number, string>(Object.entries(Kind).map(([name, kind]) => [kind, name]))

/**
 * A row in words, as examples state it: `QUOTE binance-spot btc 61035.85 61035.86`, `PRINT coinbase-spot btc sell 68900.5
 * 0.0015`, `ORACLE chainlink-spot btc 79696.94817428796 at 1788600388000`, `LEVEL up bid 0.5 20`, `ALIVE up`; `snapshot` at
 * the end where the flag stands.
 */
export function rowWords(row: TakenRow, { instruments }: Instruments): string {
  const { kind, side, price, size, exch_us } = row
  const one = instruments[row.instrument]
  const where = one === undefined ? '' : one.kind === 'series' ? `${one.name} ${one.asset}` : one.outcome
  const snapshot = (row.flags & Flag.SNAPSHOT) !== 0 ? ' snapshot' : ''
  const taker = side === Side.BUY ? 'buy' : 'sell'
  const words = [KIND_NAMES.get(kind) ?? `kind ${kind}`, where]
  if (kind === Kind.QUOTE) words.push(formatDecimal(price, 8), formatDecimal(size, 8))
  else if (kind === Kind.PRINT) words.push(taker, formatDecimal(price, 8), formatDecimal(size, 8))
  else if (kind === Kind.ORACLE || kind === Kind.STRIKE) {
    const text = formatDecimal(price, 8)
    const rest = size === 0 ? '' : String(size).padStart(10, '0').replace(/0+$/, '')
    const [whole, fraction = ''] = text.split('.')
    const decimals = rest === '' ? fraction : fraction.padEnd(8, '0') + rest
    words.push(decimals === '' ? whole! : `${whole}.${decimals}`)
    if (kind === Kind.ORACLE) words.push(`at ${formatDecimal(exch_us, 3)}`)
  } else if (kind === Kind.LEVEL)
    words.push(side === Side.BID ? 'bid' : 'ask', formatDecimal(price, 4), formatDecimal(size, 6))
  else if (kind === Kind.TRADE || kind === Kind.WALLET_TRADE)
    words.push(taker, formatDecimal(price, 4), formatDecimal(size, 6))
  else if (kind === Kind.TICK_SIZE || kind === Kind.RESOLVED) words.push(formatDecimal(price, 4))
  return words.filter((word) => word !== '').join(' ') + snapshot
}

/** A reader that has one leading connection, number 1, on the first line that a feed has for a scope. */
export function openReader(
  feed: Source,
  taken: Taken,
  { line = `${feed.name}/0`, keys = [] as readonly string[] } = {},
): Reader {
  const reader = feed.read(taken.out)
  reader.opened?.(1, line, keys, true)
  return reader
}

/**
 * What an example becomes for a reader at its beginning: words of everything that came out, `REFUSED` and the reason at the
 * end where it is refused.
 */
export function play(
  feed: Source,
  example: Example,
  listings: readonly Omit<Listing, 'index'>[] = [],
  keys: readonly string[] = [],
): string[] {
  const taken = createTaken(listings)
  const reader = openReader(feed, taken, { keys })
  const at = receipt()
  const { about } = example
  const refused =
    about === undefined
      ? reader.frame(example.text, 1, at)
      : reader.answer?.(example.text, { feed: feed.name, ...about, status: 200, sent_us: at.wall_us }, at)
  if (refused === undefined) return taken.words
  const reason = typeof refused === 'string' ? refused : `${refused.reason}, at ${refused.place}`
  return [...taken.words, `REFUSED ${reason}`]
}
