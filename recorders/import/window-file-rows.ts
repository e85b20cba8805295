import { basename } from 'node:path'
import { type Market, type SeriesName, Side } from '../../core/events/index.ts'
import { RuleError, Slug } from '../../core/rules/index.ts'
import {
  type E8,
  E8_ONE,
  type MicroShares,
  type Micros,
  ONE,
  SECOND,
  type Tick,
} from '../../core/units/index.ts'
import { readLevels } from '../clob/book-message.ts'
import { tradeIdentity } from '../clob/identity.ts'
import { createLevels, type Levels } from '../clob/market-book.ts'
import { createRecentTrades, remember, type SeenTrade } from '../clob/recent-trades.ts'
import { type Inference, TapeError } from '../tape/index.ts'
import { exact, rounded } from './exact.ts'
import { arrange, type InTime } from './in-time.ts'
import { type JsonElement, readJsonArray } from './json-array.ts'
import type { Refusals } from './refusals.ts'
import { createTimeColumn, stampOf, type TimeColumn } from './time-column.ts'

/** What a file is of, as its path says: `15m/btc/trades/1765450800up.json.gz`. */
export type WindowFile = {
  file: string
  /** The market; one object for all files of a window. */
  market: Market
  /** 0 Up, 1 Down. */
  token: 0 | 1
  kind: 'book' | 'trade'
}

/** A row: when it was received, the venue's own stamp, the price of the asset beside it, and a book or a trade. */
export type WindowRow = {
  local_us: Micros
  exch_us: Micros
  of: WindowFile
  asset_price: E8
  /** The row before in the file says exactly the same. */
  again: boolean
} & (
  | { kind: 'book'; bids: Levels; asks: Levels }
  | { kind: 'trade'; side: number; price: Tick; size: MicroShares }
)

/** Files of windows, one stream each, and how far they were read. */
export type WindowFiles = {
  files: readonly WindowFile[]
  readonly rows: number
  readonly rows_read: number
  /** How the rows of the files lie. */
  inferred(): Inference[]
  /** One object is filled again for each row of a stream: take it before the next is asked for. */
  streams: readonly AsyncGenerator<WindowRow>[]
}

/**
 * Open files of windows; each is read through once to count its rows.
 *
 * @throws TapeError `import.name`, `import.file`, `import.json`
 */
export async function openWindowFiles(files: readonly string[], refusals: Refusals): Promise<WindowFiles> {
  const found: OpenWindowFile[] = []
  for (const of of windowFiles(files)) found.push(await openWindowFile(of))
  const state = { rows_read: 0 }
  return {
    files: found.map(({ of }) => of),
    rows: found.reduce((sum, { elements }) => sum + elements.rows, 0),
    get rows_read() {
      return state.rows_read
    },
    inferred: () =>
      found.flatMap(({ elements, received, stamped }) => [
        ...elements.inferred(),
        ...received.inferred(),
        ...stamped.inferred(),
      ]),
    streams: found.map((one) => readWindowFile(one, refusals, state)),
  }
}

/**
 * What the files are of: books before trades, which decides between rows of one moment.
 *
 * @throws TapeError `import.name` for a path that does not say it
 */
function windowFiles(files: readonly string[]): WindowFile[] {
  const markets = new Map<string, Market>()
  const found = files.map((file): WindowFile => {
    const match =
      /(?:^|\/)(5m|15m|1h|4h)\/([a-z]+)\/(trades|orderbooks)\/(\d{10})(up|down)\.json(?:\.gz)?$/.exec(file)
    const market = match === null ? undefined : marketOf(match[2]!, match[1] as SeriesName, Number(match[4]))
    if (match === null || market === undefined)
      throw new TapeError(
        'import.name',
        `${file}: its path does not say what it is of`,
        { file },
        'keep the folders as published: SERIES/ASSET/trades or orderbooks/START, then up or down, .json.gz, such as 15m/btc/trades/1765450800up.json.gz',
      )
    const known = markets.get(market.slug) ?? market
    markets.set(market.slug, known)
    return {
      file,
      market: known,
      token: match[5] === 'up' ? 0 : 1,
      kind: match[3] === 'trades' ? 'trade' : 'book',
    }
  })
  const key = ({ kind, market, token }: WindowFile) => `${kind} ${market.start_us} ${market.slug} ${token}`
  return found.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

type OpenWindowFile = {
  of: WindowFile
  elements: InTime<JsonElement>
  received: TimeColumn
  stamped: TimeColumn
}

async function openWindowFile(of: WindowFile): Promise<OpenWindowFile> {
  const { file } = of
  const received = createTimeColumn(file, 'local_timestamp', 'ms')
  const stamped = createTimeColumn(file, 'timestamp', 'ms')
  const elements = await arrange<JsonElement>({
    file,
    by: 'local_timestamp',
    read: () => readJsonArray(file),
    look({ text }) {
      received.look(timeIn(RECEIVED, text))
      stamped.look(timeIn(STAMPED, text))
    },
    timeOf: ({ text }) => stampOf(timeIn(RECEIVED, text)),
    weightOf: ({ text }) => text.length,
    late: 'sort',
  })
  return { of, elements, received, stamped }
}

/** A time of an element, found without reading the rest. */
const RECEIVED = /"local_timestamp"\s*:\s*(?:"([^"]{1,40})"|([\d.]{1,40}))/
const STAMPED = /"timestamp"\s*:\s*(?:"([^"]{1,40})"|([\d.]{1,40}))/
function timeIn(pattern: RegExp, text: string): string {
  const found = pattern.exec(text)
  return found?.[1] ?? found?.[2] ?? ''
}

async function* readWindowFile(
  { of, elements, received, stamped }: OpenWindowFile,
  refusals: Refusals,
  state: { rows_read: number },
): AsyncGenerator<WindowRow> {
  const name = basename(of.file)
  const head = headReader(received, stamped)
  const read = of.kind === 'book' ? bookReader(of, head) : tradeReader(of, head)
  let last_us = Number.NEGATIVE_INFINITY
  /** A trade that says again what another said is one, as live: of two nobody can know, and a volume told twice flatters. */
  const trades = createRecentTrades()
  let before = ''
  for await (const some of elements.read()) {
    for (const { row, text } of some) {
      state.rows_read++
      const found = read(text, text === before)
      before = text
      const fault =
        typeof found === 'string'
          ? found
          : found.local_us < last_us
            ? 'received before the row ahead of it'
            : undefined
      if (fault !== undefined) refusals.add(`${of.kind}: ${fault}`, name, row)
      else if (typeof found === 'string') continue
      else if (found.kind === 'trade' && !remember(trades, seenAs(found, text)))
        refusals.pass('trade: stated twice: time, side, price and size', name, row)
      else {
        last_us = found.local_us
        yield found
      }
    }
  }
}

/** A trade by what tells it from others; its hash is in few recordings. */
function seenAs(row: WindowRow & { kind: 'trade' }, text: string): SeenTrade {
  const { exch_us, side, price, size } = row
  const transaction_hash = /"transaction_hash"\s*:\s*"([^"]{1,80})"/.exec(text)?.[1] ?? ''
  const identity = tradeIdentity({ exch_us, token_id: '', side, price, size, transaction_hash })
  return { identity, instrument: 0, side, price, size, exch_us }
}

type Reader = (text: string, again: boolean) => WindowRow | string

function bookReader(of: WindowFile, readHead: HeadReader): Reader {
  const bids = createLevels()
  const asks = createLevels()
  return (text, again) => {
    const raw = readHead(text)
    if (typeof raw === 'string') return raw
    const fault = readLevels(raw.more.bids, bids) ?? readLevels(raw.more.asks, asks)
    if (fault !== undefined) return fault
    if (bids.length > 0 && asks.length > 0 && bids.prices[bids.length - 1]! >= asks.prices[0]!)
      return 'a bid at or above the ask'
    return { ...raw.head, of, again, kind: 'book', bids, asks }
  }
}

function tradeReader(of: WindowFile, readHead: HeadReader): Reader {
  return (text, again) => {
    const raw = readHead(text)
    if (typeof raw === 'string') return raw
    const price = exact(raw.more.price, 4)
    const size = exact(raw.more.size, 6)
    if (!(price > 0 && price < ONE)) return 'a price that is not a decimal of 1e-4 inside (0, 1)'
    if (!(size > 0)) return 'a size that is not a decimal of 1e-6 above 0'
    const { side } = raw.more
    if (side !== 'buy' && side !== 'sell') return 'a side other than buy and sell'
    return { ...raw.head, of, again, kind: 'trade', side: side === 'buy' ? Side.BUY : Side.SELL, price, size }
  }
}

type Head = { local_us: Micros; exch_us: Micros; asset_price: E8 }
type HeadReader = (text: string) => { head: Head; more: Record<string, unknown> } | string

/** Reads what books and trades have in common. */
function headReader(received: TimeColumn, stamped: TimeColumn): HeadReader {
  return (text) => {
    let raw: unknown
    try {
      raw = JSON.parse(text)
    } catch {
      return 'not JSON'
    }
    const more = raw as Record<string, unknown>
    const { local_timestamp, timestamp, asset_price } = more
    const local_us = received.read(local_timestamp)
    if (typeof local_us === 'string') return local_us
    const exch_us = stamped.read(timestamp)
    if (typeof exch_us === 'string') return exch_us
    const price = rounded(asset_price, E8_ONE)
    if (!(price > 0)) return 'an asset_price that is no number above 0'
    return { head: { local_us, exch_us, asset_price: price }, more }
  }
}

function marketOf(asset: string, series: SeriesName, start_s: number): Market | undefined {
  try {
    return Slug.toMarket(Slug.format(asset, series, start_s * SECOND))
  } catch (thrown) {
    if (thrown instanceof RuleError) return undefined
    throw thrown
  }
}
