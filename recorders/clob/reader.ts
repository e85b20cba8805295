import { takeEach } from '../feeds/entries.ts'
import type { Out, Reader, Refusal } from '../feeds/feed.ts'
import { readBook } from './book-message.ts'
import { createClobEvent } from './clob-event.ts'
import { listen, promote } from './follow.ts'
import { isKeepalive, readEvent } from './frame.ts'
import { identitiesOf } from './identity.ts'
import { marketOf } from './places.ts'
import type { Reading } from './reading.ts'
import type { ClobSettings } from './settings.ts'
import { clobState, createClob } from './state.ts'
import { tell } from './tell.ts'
import { forget } from './views.ts'
import { reseed, restate } from './whole-books.ts'

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

  function eachEvent(raw: unknown, take: (one: unknown) => Refusal | undefined): Refusal | undefined {
    return Array.isArray(raw) ? takeEach(raw as unknown[], 'events', take) : take(raw)
  }

  /** What is wrong with some changes of an event whose others stand. */
  function refusedChanges(): Refusal | undefined {
    if (event.type !== 'price_change' || event.refused === '') return undefined
    const { refused, refused_at, listed, change_count } = event
    return {
      reason: refused,
      place: `price_changes ${refused_at} (${listed - change_count} of ${listed} are refused)`,
    }
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
        return fault ?? refusedChanges()
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
        if (told.owner === connection && !listed.has(told.market)) forget(told)
    },
    closed(connection) {
      clob.connections.delete(connection)
    },
    promoted: (connection, line, at, lost = false) => promote(reading, connection, line, at, lost),
    identity(text) {
      if (isKeepalive(text)) return null
      const raw = parse(text)
      return raw === undefined ? null : identitiesOf(raw)
    },
    restate: (at) => restate(out, clob, at),
    state: () => clobState(clob),
  }
}
