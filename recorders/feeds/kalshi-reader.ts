import { parseDecimal } from '../../core/units/index.ts'
import type { MarketBook } from '../clob/market-book.ts'
import type { Receipt } from '../journal/record.ts'
import { kalshiTokens } from '../kalshi/index.ts'
import type { Out, Reader } from './feed.ts'
import { addToBid, priceOf, readBook, restate, show, spoil } from './kalshi-book.ts'
import { NO_MARKET, stampOf, takeMarkets, takePositions, takeTrade, takeTrades } from './kalshi-lists.ts'
import { createMarkets, type MarketsState } from './kalshi-markets.ts'
import * as Wire from './kalshi-wire.ts'
import { parseLossless } from './lossless.ts'
import { readObject, readWire } from './wire.ts'

/** What a connection has said. */
type View = {
  connection: number
  line: string
  leads: boolean
  /** Number of the last message by subscription. */
  seqs: Record<string, number>
  /** Books by ticker; null where a message is missing. */
  books: Record<string, MarketBook | null>
}

type State = { views: View[]; markets: MarketsState }

/** Characters of the venue’s own words that are kept. */
const WORDS_MAX = 200

/** Reader of Kalshi’s messages and answers. */
export function readKalshi(out: Out, from?: unknown): Reader {
  const s = structuredClone(from) as State | undefined
  let views = s?.views ?? []
  const markets = createMarkets(out, s?.markets ?? { shown: [], known: [] }, (ticker) => {
    for (const view of views) delete view.books[ticker]
  })
  const unknown = (field: string) => out.unknown(field)

  function viewOf(connection: number): View {
    const found = views.find((one) => one.connection === connection)
    if (found !== undefined) return found
    const view: View = { connection, line: LINE, leads: true, seqs: {}, books: {} }
    views.push(view)
    return view
  }

  /** Whether a message is new; where one before it is missing, books of the connection are in doubt. */
  function follows(view: View, { sid, seq, type }: Envelope, at: Receipt): boolean {
    const number = Number(seq ?? Number.NaN)
    if (typeof sid !== 'string' || !/^\d{1,12}$/.test(sid) || !Number.isSafeInteger(number)) return true
    const last = Object.hasOwn(view.seqs, sid) ? view.seqs[sid]! : undefined
    if (last !== undefined && number <= last) return false
    view.seqs[sid] = number
    if (last === undefined || number === last + 1) return true
    if (type.startsWith('orderbook')) for (const ticker of Object.keys(view.books)) doubt(view, ticker, at)
    if (view.leads) {
      out.health('seq_gap', view.line, 'messages are missing', number - last - 1)
      out.wish({ wish: 'reconnect', feed: 'kalshi', line: view.line, reason: 'messages are missing' })
    }
    return true
  }

  function doubt(view: View, ticker: string, at: Receipt): void {
    view.books[ticker] = null
    const token = out.token(kalshiTokens(ticker).up)
    if (view.leads && token >= 0) spoil(out, markets.shown(ticker, at.wall_us), token)
  }

  function takeSnapshot(view: View, raw: unknown, at: Receipt): string | undefined {
    const said = readWire(Wire.wireSnapshot, raw as object, unknown)
    if (typeof said === 'string') return said
    const book = readBook(said.yes_dollars_fp, said.no_dollars_fp)
    if (typeof book === 'string') return `orderbook_snapshot: ${book}`
    const { market_ticker: ticker } = said
    // A socket that follows makes no rows, so that it lists nothing.
    const token = view.leads ? markets.up(ticker, at.wall_us) : out.token(kalshiTokens(ticker).up)
    if (token < 0) return NO_MARKET
    view.books[ticker] = book
    if (view.leads) show(out, markets.shown(ticker, at.wall_us), book, token, 0)
    return undefined
  }

  function takeDelta(view: View, raw: unknown, at: Receipt): string | undefined {
    const said = readWire(Wire.wireDelta, raw as object, unknown)
    if (typeof said === 'string') return said
    const { market_ticker: ticker, side } = said
    const price = priceOf(said.price_dollars)
    const more = changeOf(said.delta_fp)
    if (Number.isNaN(price) || Number.isNaN(more)) return 'orderbook_delta: a price or a change that is none'
    const book = bookOf(view, ticker)
    // Before its snapshot a change says nothing.
    if (book === null) return undefined
    if (!addToBid(book, side, price, more)) {
      doubt(view, ticker, at)
      if (!view.leads) return undefined
      out.health('negative_level', view.line, 'a change took away more than stood there')
      out.wish({ wish: 'reconnect', feed: 'kalshi', line: view.line, reason: 'a level below nothing' })
      return undefined
    }
    const token = out.token(kalshiTokens(ticker).up)
    if (view.leads && token >= 0)
      show(out, markets.shown(ticker, at.wall_us), book, token, stampOf(said) ?? 0)
    return undefined
  }

  function takeBook(raw: object, path: string, at: Receipt): string | undefined {
    const said = readWire(Wire.wireBook, raw)
    if (typeof said === 'string') return said
    const { yes_dollars, no_dollars } = said.orderbook_fp
    const book = readBook(yes_dollars, no_dollars)
    if (typeof book === 'string') return `orderbook: ${book}`
    const ticker = /\/markets\/([^/?]+)\/orderbook/.exec(path)?.[1] ?? ''
    const token = markets.up(ticker, at.wall_us)
    if (token < 0) return NO_MARKET
    // A socket that tells the book is ahead of any answer.
    const told = views.some((view) => view.leads && bookOf(view, ticker) !== null)
    if (!told) show(out, markets.shown(ticker, at.wall_us), book, token, 0)
    return undefined
  }

  function takeFrame(text: string, view: View, at: Receipt): string | undefined {
    const raw = readObject(text, parseLossless)
    if (typeof raw === 'string') return raw
    const frame = readWire(Wire.wireEnvelope, raw)
    if (typeof frame === 'string') return frame
    const { type, msg } = frame
    if (ANSWERS.has(type)) return undefined
    if (type === 'error') return view.leads ? takeError(view, msg) : undefined
    const take = type === 'orderbook_snapshot' ? takeSnapshot : type === 'orderbook_delta' ? takeDelta : null
    if (take === null && type !== 'trade') return 'a message of another type'
    if (!follows(view, frame, at)) return undefined
    if (take !== null) return take(view, msg, at)
    return view.leads ? takeTrade(out, markets, msg, at.wall_us) : undefined
  }

  function takeError(view: View, msg: unknown): string | undefined {
    const said = readWire(Wire.wireError, msg as object)
    if (typeof said === 'string') return said
    const code = Number(said.code ?? Number.NaN)
    out.health(
      'error',
      view.line,
      (said.msg ?? '').slice(0, WORDS_MAX),
      Number.isSafeInteger(code) ? code : 0,
    )
    return undefined
  }

  return {
    frame(text, connection, at) {
      const view = viewOf(connection)
      view.leads = true
      return takeFrame(text, view, at)
    },
    follow(text, connection, at) {
      const view = viewOf(connection)
      view.leads = false
      takeFrame(text, view, at)
    },
    answer(text, { request, path }, at) {
      const raw = readObject(text, parseLossless)
      if (typeof raw === 'string') return raw
      if (request === 'markets' || request === 'results') return takeMarkets(out, markets, raw, at.wall_us)
      if (request === 'orderbook') return takeBook(raw, path, at)
      if (request === 'trades') return takeTrades(out, markets, raw, at.wall_us)
      if (request === 'positions') return takePositions(out, markets, raw, at.wall_us)
      return 'an answer to no request of this feed'
    },
    opened(connection, line, _keys, leads) {
      views = views.filter((one) => one.connection !== connection)
      if (leads) for (const view of views) if (view.line === line) view.leads = false
      views.push({ connection, line, leads, seqs: {}, books: {} })
      if (!leads) return
      markets.eachShown((one) => {
        if (one.standing === 'good') one.standing = 'void'
      })
    },
    promoted(connection, line, at) {
      const view = viewOf(connection)
      for (const other of views) if (other.line === line) other.leads = other === view
      markets.eachShown((one, token) => {
        if (bookOf(view, one.ticker) === null) spoil(out, one, token)
      })
      for (const ticker of Object.keys(view.books).sort()) {
        const book = view.books[ticker]!
        const token = out.token(kalshiTokens(ticker).up)
        if (book !== null && token >= 0) show(out, markets.shown(ticker, at.wall_us), book, token, 0)
      }
    },
    closed(connection) {
      views = views.filter((one) => one.connection !== connection)
    },
    restate() {
      markets.eachShown((one, token) => restate(out, one, token))
    },
    identity: identityOf,
    state: () => ({ views, markets: markets.state() }) satisfies State,
  }
}

/** A connection’s book; null where it has none to be trusted. */
function bookOf({ books }: View, ticker: string): MarketBook | null {
  return Object.hasOwn(books, ticker) ? books[ticker]! : null
}

type Envelope = { type: string; sid?: string | null | undefined; seq?: string | null | undefined }

const LINE = 'kalshi/0'
/** Answers to commands, and signs of life. */
const ANSWERS = new Set(['subscribed', 'unsubscribed', 'ok', 'heartbeat'])

/**
 * Two connections must agree in trades alone. Changes of a book are increments, of which equal ones can follow each other:
 * what is missing of them shows in their numbers.
 */
function identityOf(text: string): readonly string[] | null {
  const raw = readObject(text)
  if (typeof raw === 'string' || raw.type !== 'trade') return null
  const { msg } = raw
  const id = typeof msg === 'object' && msg !== null ? (msg as Record<string, unknown>).trade_id : undefined
  return typeof id === 'string' ? [`trade ${id}`] : null
}

function changeOf(text: string): number {
  try {
    return parseDecimal(text, 6)
  } catch {
    return Number.NaN
  }
}
