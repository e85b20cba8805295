import { ALL_INSTRUMENTS, Flag, Kind } from '../../core/events/index.ts'
import type { Reader } from '../feeds/feed.ts'
import type { FeedName, Note, Receipt } from '../journal/record.ts'
import { createAgreement } from './agreement.ts'
import { FEED_CODES } from './feed-codes.ts'
import { addGap, gapMarkets } from './ledger.ts'
import { type Connection, type Down, join, type Line, leave, lineOf } from './lines.ts'
import { addSide, addSingle, type Making, tellHealth } from './making.ts'
import { endGroup } from './rows.ts'

/** What a note needs of the feeds: their readers, and which of them drop repeats. */
export type Readers = {
  reader(feed: FeedName): Reader | undefined
  dropsRepeats(feed: FeedName): boolean
}

/** Take a note: connections come and go, feeds are lost and back, clocks are read. */
export function takeNote(making: Making, readers: Readers, note: Note, at: Receipt): void {
  const take = TAKE[note.note] as Take<Note['note']> | undefined
  take?.(making, note, readers, at)
}

type Of<N extends Note['note']> = Extract<Note, { note: N }>
type Take<N extends Note['note']> = (making: Making, note: Of<N>, readers: Readers, at: Receipt) => void

/** What each note does. `state` is for whoever begins in the middle of a journal. */
const TAKE: { [N in Note['note']]: Take<N> } = {
  state() {},
  start,
  opened,
  subscribed,
  promoted,
  closed,
  lost,
  back,
  retired,
  absent,
  dropped,
  suppressed(making, { feed, until_us, reason }) {
    tellHealth(making, feed, 'suppressed', '', reason, until_us - making.now_us)
    addGap(making.ledger, feed, null, making.now_us, until_us, `suppressed: ${reason}`)
  },
  refused(making, { feed, line, reason }) {
    tellHealth(making, feed, 'refused', line, reason)
  },
  clock(making, { feed, offset_us, rtt_us, how }) {
    addSide(making, 'clock_offsets', { feed, offset_us, rtt_us, how })
  },
  clock_step(making, { moved_us }) {
    addSingle(making, null, Kind.CLOCK_STEP, ALL_INSTRUMENTS, moved_us)
    tellHealth(
      making,
      RECORDER,
      'clock_step',
      '',
      `this machine's clock was stepped by ${moved_us} µs`,
      moved_us,
    )
  },
  stop(making, { reason }) {
    tellHealth(making, RECORDER, 'stop', '', reason)
  },
}

/** Name of the recorder itself in the table of health. */
export const RECORDER = 'recorder'

/** A process began: connections of the one before are no more, and what was down is gone with it. */
function start(making: Making, { version }: Of<'start'>, readers: Readers): void {
  for (const id of [...making.lines.connections.keys()]) drop(making, readers, id)
  for (const line of making.lines.list) {
    if (line.down === null) continue
    endDown(making, line, line.down)
    if (!making.ledger.starting.has(line.feed)) making.ledger.starting.set(line.feed, making.now_us)
  }
  tellHealth(making, RECORDER, 'start', '', version)
}

function opened(making: Making, note: Of<'opened'>, readers: Readers): void {
  const { connection: id, feed, leads, keys } = note
  drop(making, readers, id)
  const line = lineOf(making.lines, feed, note.line)
  join(making.lines, line, id, making.now_us)
  line.keys = [...keys]
  if (leads) line.leader = id
  compare(line, readers)
  readers.reader(feed)?.opened?.(id, note.line, keys, leads)
  tellHealth(making, feed, leads ? 'opened' : 'opened_second', note.line, `${keys.length} keys`, id)
  const since_us = making.ledger.starting.get(feed)
  if (!leads || since_us === undefined) return
  making.ledger.starting.delete(feed)
  addGap(making.ledger, feed, null, since_us, making.now_us, 'starting')
  addSingle(making, feed, Kind.FEED_UP, ALL_INSTRUMENTS)
}

function subscribed(making: Making, note: Of<'subscribed'>, readers: Readers): void {
  const connection = making.lines.connections.get(note.connection)
  if (connection === undefined) return
  const { line } = connection
  line.keys = [...note.keys]
  readers.reader(line.feed)?.subscribed?.(note.connection, line.line, note.keys)
}

function promoted(making: Making, note: Of<'promoted'>, readers: Readers, at: Receipt): void {
  const connection = making.lines.connections.get(note.connection)
  if (connection === undefined) return
  const { line } = connection
  line.leader = note.connection
  making.line = line.index
  const reader = readers.reader(line.feed)
  if (reader?.promoted !== undefined) reader.promoted(note.connection, line.line, at, line.down !== null)
  else reader?.opened?.(note.connection, line.line, line.keys, true)
  endGroup(making.rows)
  tellHealth(making, line.feed, 'promoted', line.line, 'leads from here on', note.connection)
}

function closed(making: Making, note: Of<'closed'>, readers: Readers): void {
  const connection = drop(making, readers, note.connection)
  if (connection === undefined) return
  const { feed, line } = connection.line
  const reason = `code ${note.code}${note.reason === '' ? '' : `: ${note.reason}`}`
  tellHealth(making, feed, 'closed', line, reason, note.connection)
}

function drop(making: Making, readers: Readers, id: number): Connection | undefined {
  const connection = leave(making.lines, id)
  if (connection === undefined) return undefined
  const { line } = connection
  compare(line, readers)
  readers.reader(line.feed)?.closed?.(id, line.line)
  return connection
}

/** What connections say is held against one another where there are several. */
function compare(line: Line, readers: Readers): void {
  const wanted = line.connections.length > 1 || readers.dropsRepeats(line.feed)
  if (wanted && readers.reader(line.feed)?.identity !== undefined) line.agreement ??= createAgreement()
  else if (line.connections.length === 0) line.agreement = null
}

function lost(making: Making, note: Of<'lost'>): void {
  const line = lineOf(making.lines, note.feed, note.line)
  tellHealth(making, note.feed, 'lost', note.line, note.reason, making.now_us - note.since_us)
  if (line.down !== null) return
  line.down = { since_us: note.since_us, reason: note.reason, ...scopeOf(making, line) }
  tellDown(making, line.feed, line.down, Kind.FEED_DOWN, 0)
}

function back(making: Making, note: Of<'back'>): void {
  const line = lineOf(making.lines, note.feed, note.line)
  tellHealth(making, note.feed, 'back', note.line, '')
  if (line.down === null) return
  tellDown(making, line.feed, line.down, Kind.FEED_UP, 0)
  endDown(making, line, line.down)
}

/** What the line lacked until now was a gap; what it lacks from now on is none. */
function retired(making: Making, note: Of<'retired'>): void {
  const line = lineOf(making.lines, note.feed, note.line)
  if (line.down !== null) endDown(making, line, line.down)
  line.keys = []
  tellHealth(making, note.feed, 'retired', note.line, '')
}

/** Rows that say what is down, or no longer. */
export function tellDown(
  making: Making,
  feed: FeedName,
  { markets, instruments }: Down,
  kind: number,
  flags: number,
): void {
  if (markets === null) addSingle(making, feed, kind, ALL_INSTRUMENTS, 0, flags)
  else for (const instrument of instruments) addSingle(making, feed, kind, instrument, 0, flags)
}

function endDown(making: Making, line: Line, { markets, since_us, reason }: Down): void {
  for (const market of gapMarkets(markets))
    addGap(making.ledger, line.feed, market, since_us, making.now_us, reason)
  line.down = null
}

/** What a line carries: the whole feed where it is the feed's only one, or where nothing of its own is known. */
function scopeOf(making: Making, line: Line): Pick<Down, 'markets' | 'instruments'> {
  const whole = { markets: null, instruments: [] }
  const others = making.lines.list.filter((other) => other.feed === line.feed && other !== line)
  if (!others.some(({ connections, down }) => connections.length > 0 || down !== null)) return whole
  const { registry } = making
  const markets = new Map<number, number>()
  for (const key of line.keys) {
    const instrument = registry.tokens.get(key)
    const one = instrument === undefined ? undefined : registry.instruments.instruments[instrument]
    if (one?.kind === 'token' && !markets.has(one.market)) markets.set(one.market, instrument!)
  }
  if (markets.size > 0) return { markets: [...markets.keys()], instruments: [...markets.values()] }
  const series = [...registry.series.values()].filter((i) => making.heard_on[i] === line.index + 1)
  return series.length === 0 ? whole : { markets: [], instruments: series }
}

/** The recorder was not there: no feed was. */
function absent(making: Making, { from_us, to_us, reason }: Of<'absent'>): void {
  tellHealth(making, RECORDER, 'absent', '', reason, to_us - from_us)
  for (const feed of feedsOf(making)) {
    addGap(making.ledger, feed, null, from_us, to_us, `recorder absent: ${reason}`)
    making.ledger.starting.set(feed, to_us)
    addSingle(making, feed, Kind.FEED_DOWN, ALL_INSTRUMENTS)
  }
}

function dropped(making: Making, note: Of<'dropped'>): void {
  const { feed, frames, bytes, from_us, to_us, reason } = note
  tellHealth(making, feed ?? RECORDER, 'dropped', '', `${reason}, ${bytes} bytes`, frames)
  for (const one of feed === null ? feedsOf(making) : [feed])
    addGap(making.ledger, one, null, from_us, to_us, `dropped: ${reason}`)
}

/** Feeds that have had lines, in the order of their codes. */
function feedsOf(making: Making): FeedName[] {
  const feeds = new Set(making.lines.list.map(({ feed }) => feed))
  return [...feeds].sort((a, b) => FEED_CODES[a] - FEED_CODES[b])
}

/** What is down stays so in a new tape. */
export function restateDown(making: Making): void {
  for (const { feed, down } of making.lines.list)
    if (down !== null) tellDown(making, feed, down, Kind.FEED_DOWN, Flag.SNAPSHOT)
  for (const feed of making.ledger.starting.keys())
    addSingle(making, feed as FeedName, Kind.FEED_DOWN, ALL_INSTRUMENTS, 0, Flag.SNAPSHOT)
}
