import { Kind } from '../../core/events/index.ts'
import { HOUR, type Micros, ONE } from '../../core/units/index.ts'
import type { Out, Reader } from '../feeds/feed.ts'
import { marketOfSlug } from '../import/slug.ts'
import type { Receipt } from '../journal/record.ts'
import type { ClobSettings } from '../settings.ts'
import { bookHash } from './book-hash.ts'
import { readBook } from './book-message.ts'
import { restateBook, takeBook, tellBook, tellLevel, tellTick, tellView } from './book-rows.ts'
import { type Change, type ClobEvent, createClobEvent, isKeepalive, readEvent } from './frame.ts'
import { identitiesOf, tradeIdentity } from './identity.ts'
import { agrees, askAgain, disagree, slugOf } from './integrity.ts'
import { clearBook, setLevel } from './market-book.ts'
import { remember, type SeenTrade } from './recent-trades.ts'
import { type Clob, type Connected, clobState, createClob } from './state.ts'
import { createTold, createView, forget, own, type Told } from './views.ts'

/** What the present message is read with. */
type Reading = {
  out: Out
  clob: Clob
  settings: ClobSettings
  event: ClobEvent
  now_us: Micros
  line: string
}

/** Reader of the market channel: see protocol.md §5. */
export function createClobReader(out: Out, settings: ClobSettings, state?: unknown): Reader {
  const clob = createClob(state)
  const event = createClobEvent()
  const reading: Reading = { out, clob, settings, event, now_us: 0, line: '' }
  const unknown = (field: string) => out.unknown(field)
  const ignore = () => {}
  // A frame is asked for its identity and then read: it is parsed once.
  let parsed_text = ''
  let parsed: unknown

  function parse(text: string): unknown {
    if (text === parsed_text) return parsed
    try {
      parsed = JSON.parse(text)
      parsed_text = text
    } catch {
      parsed = undefined
      parsed_text = ''
    }
    return parsed
  }

  function eachEvent(raw: unknown, take: (one: unknown) => string | undefined): string | undefined {
    if (!Array.isArray(raw)) return take(raw)
    let reason: string | undefined
    for (const one of raw as unknown[]) reason = take(one) ?? reason
    return reason
  }

  return {
    frame(text, connection, at) {
      if (isKeepalive(text)) return undefined
      const raw = parse(text)
      if (raw === undefined) return 'not JSON'
      reading.now_us = at.wall_us
      reading.line = clob.connections.get(connection)?.line ?? ''
      return eachEvent(raw, (one) => {
        const reason = readEvent(one, event, unknown)
        if (reason !== undefined) return reason
        const fault = tell(reading, connection, one as Record<string, unknown>)
        out.end()
        return fault
      })
    },
    follow(text, connection, at) {
      if (isKeepalive(text)) return
      const raw = parse(text)
      const connected = clob.connections.get(connection)
      if (raw === undefined || connected === undefined) return
      reading.now_us = at.wall_us
      eachEvent(raw, (one) => {
        const reason = readEvent(one, event, ignore)
        if (reason === undefined) listen(reading, connected)
        return reason
      })
    },
    answer(text, about, at) {
      const raw = parse(text)
      if (raw === undefined) return 'not JSON'
      if (about.request !== 'book' && about.request !== 'books') return undefined
      if ((about.request === 'books') !== Array.isArray(raw)) return 'no book'
      reading.now_us = at.wall_us
      reading.line = ''
      return eachEvent(raw, (one) => {
        if (typeof one !== 'object' || one === null) return 'no book'
        const reason = readBook(one as Record<string, unknown>, event.book)
        if (reason !== undefined) return reason
        reseed(reading)
        out.end()
        return undefined
      })
    },
    opened(connection, line) {
      clob.connections.set(connection, { line, views: new Map(), trades: [] })
    },
    subscribed(connection, _line, keys) {
      const listed = new Set(keys.map((key) => marketOf(out, out.token(key))))
      const connected = clob.connections.get(connection)
      for (const market of connected?.views.keys() ?? [])
        if (!listed.has(market)) connected!.views.delete(market)
      for (const told of clob.told.values())
        if (told.owner === connection && !listed.has(told.market)) own(told, -1)
    },
    closed(connection) {
      clob.connections.delete(connection)
    },
    promoted: (connection, line, at) => promote(reading, connection, line, at),
    identity(text) {
      if (isKeepalive(text)) return null
      const raw = parse(text)
      return raw === undefined ? null : identitiesOf(raw)
    },
    restate: (at) => restate(out, clob, at),
    state: () => clobState(clob),
  }
}

/** Rows of one event of a connection that leads. */
function tell(reading: Reading, connection: number, raw: Record<string, unknown>): string | undefined {
  const { out, event } = reading
  const { type, exch_us } = event
  if (type === 'price_change') return tellChanges(reading, connection)
  if (type === 'new_market') {
    if (marketOfSlug(event.slug) !== undefined) out.wish({ wish: 'look_up', slug: event.slug })
    return undefined
  }
  if (type === 'market_resolved') return tellResolved(reading)
  if (type === 'unknown') {
    out.unknown(`event_type ${String(raw.event_type).slice(0, 40)}`)
    return undefined
  }
  const instrument = out.token(event.token_id)
  if (instrument < 0) return UNLISTED
  const told = toldOf(reading, instrument, connection)
  const outcome = instrument - told.up
  if (type === 'book') return tellBookEvent(reading, told, outcome, raw)
  if (type === 'last_trade_price') {
    const trade = seenTrade(event, instrument)
    if (remember(reading.clob.trades, trade)) tellTrade(out, trade)
    else out.health('duplicate_trade', reading.line, slugOf(out, told))
    return undefined
  }
  if (type === 'tick_size_change') {
    told.view.live[outcome as 0 | 1] = false
    if (tellTick(out, told, instrument, event.tick, exch_us) === 0)
      out.row(Kind.ALIVE, instrument, 0, 0, 0, exch_us, 0)
    const { line, now_us, settings } = reading
    askAgain(out, told, outcome, 'tick_size_change', line, slugOf(out, told), now_us, settings)
    return undefined
  }
  out.row(Kind.ALIVE, instrument, 0, 0, 0, exch_us, 0)
  if (!told.view.live[outcome as 0 | 1]) return undefined
  if (agrees(told, outcome, event.best_bid, event.best_ask)) told.mismatch.count = 0
  else mistrust(reading, told, outcome, event)
  return undefined
}

const UNLISTED = 'a token that no listed market has'

function tellBookEvent(
  reading: Reading,
  told: Told,
  outcome: number,
  raw: Record<string, unknown>,
): string | undefined {
  const { out, event, line } = reading
  const { condition_id } = out.instruments.markets[told.market]!
  if (condition_id !== null && !condition_id.startsWith(event.condition_id.slice(0, condition_id.length)))
    return "another condition id than the market's"
  tellBook(out, told, outcome, event.book)
  told.mismatch.count = 0
  if (typeof raw.hash !== 'string') return undefined
  const hash = bookHash(raw)
  if (hash === undefined || hash === raw.hash) return undefined
  out.health('hash_mismatch', line, `${slugOf(out, told)}: computed ${hash}, stated ${raw.hash}`)
  return undefined
}

/** HOT. */
function tellChanges(reading: Reading, connection: number): string | undefined {
  const { out, event } = reading
  const { changes, change_count, exch_us } = event
  let rows = 0
  let first: Told | undefined
  let alive = -1
  let checked_up: Change | undefined
  let checked_down: Change | undefined
  let fault: string | undefined
  for (let i = 0; i < change_count; i++) {
    const change = changes[i]!
    const instrument = out.token(change.token_id)
    if (instrument < 0) {
      fault = UNLISTED
      continue
    }
    const told = toldOf(reading, instrument, connection)
    const outcome = instrument - told.up
    if (!told.view.live[outcome as 0 | 1]) continue
    if (first === undefined) {
      first = told
      alive = instrument
    }
    if (tellLevel(out, told, outcome, change.side, change.price, change.size, exch_us)) rows++
    if (told !== first) continue
    if (outcome === 0) checked_up = change
    else checked_down = change
  }
  if (first === undefined) return fault
  if (rows === 0) out.row(Kind.ALIVE, alive, 0, 0, 0, exch_us, 0)
  const up = checked_up === undefined || agrees(first, 0, checked_up.best_bid, checked_up.best_ask)
  const down = checked_down === undefined || agrees(first, 1, checked_down.best_bid, checked_down.best_ask)
  if (up && down) first.mismatch.count = 0
  else mistrust(reading, first, up ? 1 : 0, up ? checked_down! : checked_up!)
  return fault
}

function mistrust(
  reading: Reading,
  told: Told,
  outcome: number,
  stated: { best_bid: number; best_ask: number },
): void {
  const { out, line, now_us, settings } = reading
  disagree(out, told, outcome, `${stated.best_bid} ${stated.best_ask}`, line, now_us, settings)
}

/** What is told of the market of a token, by this connection. HOT. */
function toldOf({ out, clob }: Reading, instrument: number, connection: number): Told {
  let told = clob.byInstrument[instrument]
  if (told === undefined) {
    const market = marketOf(out, instrument)
    const up = upOf(out, instrument)
    told = createTold(market, up, out.instruments.markets[market]!.tick ?? 0)
    clob.told.set(market, told)
    clob.byInstrument[up] = told
    clob.byInstrument[up + 1] = told
  }
  if (told.owner !== connection) own(told, connection)
  return told
}

/** What a follower hears: its books change, and nothing else. */
function listen({ out, event }: Reading, connected: Connected): void {
  const viewOf = (instrument: number) => {
    const market = marketOf(out, instrument)
    let view = connected.views.get(market)
    if (view === undefined) {
      view = createView()
      connected.views.set(market, view)
    }
    return view
  }
  if (event.type === 'price_change') {
    for (let i = 0; i < event.change_count; i++) {
      const { token_id, side, price, size } = event.changes[i]!
      const instrument = out.token(token_id)
      if (instrument < 0) continue
      const view = viewOf(instrument)
      const outcome = instrument - upOf(out, instrument)
      if (!view.live[outcome as 0 | 1]) continue
      setLevel(view.book, outcome, side, price, size)
      if (event.exch_us > view.exch_us) view.exch_us = event.exch_us
    }
    return
  }
  const instrument = out.token(event.token_id)
  if (instrument < 0) return
  const outcome = instrument - upOf(out, instrument)
  if (event.type === 'book') takeBook(viewOf(instrument), outcome, event.book)
  else if (event.type === 'tick_size_change') viewOf(instrument).live[outcome as 0 | 1] = false
  else if (event.type === 'last_trade_price') {
    connected.trades.push(seenTrade(event, instrument))
    if (connected.trades.length > FOLLOWED_TRADES) connected.trades.shift()
  }
}

/** Trades that a follower remembers: what the leader misses between its freeze and the end of its lead. */
const FOLLOWED_TRADES = 1_000

/** A follower leads: its books take the place of those told, and trades that were not told are. */
function promote(reading: Reading, connection: number, line: string, at: Receipt): void {
  const { out, clob } = reading
  const connected = clob.connections.get(connection)
  if (connected === undefined) return
  reading.now_us = at.wall_us
  reading.line = line
  let rows = 0
  let markets = 0
  for (const [market, view] of connected.views) {
    if (!view.live[0] && !view.live[1]) continue
    const known = clob.told.get(market)
    const up = known?.up ?? upOfMarket(out, market)
    const told = known ?? toldOf(reading, up, connection)
    rows += tellView(out, told, view, connection)
    out.end()
    markets++
  }
  let trades = 0
  for (const trade of connected.trades) {
    if (!remember(clob.trades, trade)) continue
    tellTrade(out, trade)
    out.end()
    trades++
  }
  connected.views = new Map()
  connected.trades = []
  out.health('taken_over', line, `${markets} markets, ${trades} trades that the leader did not have`, rows)
}

function tellTrade(out: Out, { instrument, side, price, size, exch_us }: SeenTrade): void {
  out.row(Kind.TRADE, instrument, side, price, size, exch_us, 0)
}

function seenTrade(event: ClobEvent, instrument: number): SeenTrade {
  const { side, price, size, exch_us } = event
  return { identity: tradeIdentity(event), instrument, side, price, size, exch_us }
}

/** An answer of the REST service, read into `event.book`. */
function reseed(reading: Reading): void {
  const { out, clob, event } = reading
  const { book } = event
  const instrument = out.token(book.token_id)
  if (instrument < 0) return
  const known = clob.byInstrument[instrument]
  if (known !== undefined && !known.void && known.said && book.exch_us < known.view.exch_us) {
    out.health('reseed_stale', '', `${slugOf(out, known)}: older than the stream`)
    return
  }
  const told = known ?? toldOf(reading, instrument, -1)
  const rows = tellBook(out, told, instrument - told.up, book)
  told.mismatch.count = 0
  out.health('reseed', '', slugOf(out, told), rows)
}

function tellResolved({ out, event, line }: Reading): string | undefined {
  const { winning_token_id } = event
  if (winning_token_id === '') {
    out.health('resolution_unclear', line, `no winner of ${event.condition_id}`)
    return undefined
  }
  // Markets of every kind are announced: those that are not listed are none of ours.
  const instrument = out.token(winning_token_id)
  if (instrument < 0) return undefined
  const up = upOf(out, instrument)
  out.resolve(marketOf(out, instrument), instrument === up ? ONE : 0, event.exch_us)
  return undefined
}

/** How long after its end a market may still be heard of. */
const OVER_US: Micros = HOUR

function restate(out: Out, clob: Clob, at: Receipt): void {
  for (const told of clob.told.values()) {
    const { end_us, tick } = out.instruments.markets[told.market]!
    if (end_us < at.wall_us - OVER_US) forget(told)
    if (told.said && !told.void) restateBook(out, told, tick ?? 0)
    else {
      clearBook(told.view.book)
      told.said = false
      told.void = false
    }
    out.end()
  }
}

function marketOf(out: Out, instrument: number): number {
  const token = out.instruments.instruments[instrument]
  return token?.kind === 'token' ? token.market : -1
}

/** The two tokens of a market stand side by side, Up first. */
function upOf(out: Out, instrument: number): number {
  const token = out.instruments.instruments[instrument]
  return token?.kind === 'token' && token.outcome === 'down' ? instrument - 1 : instrument
}

function upOfMarket(out: Out, market: number): number {
  return out.instruments.instruments.findIndex(
    (one) => one.kind === 'token' && one.market === market && one.outcome === 'up',
  )
}
