import fc from 'fast-check'
import { ALL_INSTRUMENTS, type Columns, Flag, Kind } from '../../core/events/index.ts'
import type { FeedName, JournalRecord, Receipt } from '../journal/record.ts'
import { rowAt } from '../normalise/fixtures.ts'
import { createNormaliser } from '../normalise/index.ts'
import { createRowCheck } from '../tape/row-check.ts'
import { EXAMPLE_LISTING } from './clob-market-examples.ts'
import { reasonOf } from './entries.ts'
import type { Example, Feed, Reader } from './feed.ts'
import { createTaken, feedRowFault, RECEIVED_US, receipt } from './fixtures.ts'

/** For tests: what no venue would send, and what must hold of every feed whatever is sent. */

type Sent = { about: Example['about']; text: string }
type Step =
  | ({ step: 'say'; connection: number } & Sent)
  | { step: 'open'; connection: number; leads: boolean }
  | { step: 'promote'; connection: number }
  | { step: 'close'; connection: number }
  | { step: 'restart' }
  | { step: 'restate' }

/** Values that a field may suddenly have. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 2 ** 53, Number.MAX_VALUE, 1e-9, 1e21, [], {}, [[]]),
  fc.constantFrom<unknown>(
    '',
    '0',
    '-0',
    '-1',
    'NaN',
    'Infinity',
    '1e5',
    '1e999',
    '0x1',
    '.',
    '9'.repeat(400),
    '__proto__',
  ),
  fc.constantFrom<unknown>(
    '0.00004',
    '10000',
    '1.5',
    '٣',
    '2026-02-30T00:00:00Z',
    '253402300800000',
    'constructor',
  ),
  fc
    .integer({ min: 1, max: 3_000 })
    .map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
  fc.double(),
  fc.string(),
  fc.jsonValue(),
)

/** A JSON text with one field, however deep, set, swapped with another, dropped, renamed, or put into a list. */
function changed(text: string): fc.Arbitrary<string> {
  const how = fc.constantFrom('set', 'set', 'drop', 'rename', 'wrap', 'swap')
  return fc.tuple(fc.nat(), fc.nat(), odd, how).map(([at, other, value, what]) => {
    let raw: unknown
    try {
      raw = JSON.parse(text)
    } catch {
      return text
    }
    const places: [Record<string, unknown>, string][] = []
    collect(raw, places)
    if (places.length === 0) return text
    const [object, key] = places[at % places.length]!
    const [second, name] = places[other % places.length]!
    const before = object[key]
    if (what === 'set') object[key] = value
    else if (what === 'wrap') object[key] = [before, before]
    else if (what === 'swap') object[key] = typeof second[name] === 'object' ? String(before) : second[name]
    else {
      if (what === 'rename') object[`${key}_`] = before
      delete object[key]
    }
    return JSON.stringify(raw)
  })
}

function collect(one: unknown, places: [Record<string, unknown>, string][]): void {
  if (typeof one !== 'object' || one === null) return
  for (const [key, inner] of Object.entries(one)) {
    places.push([one as Record<string, unknown>, key])
    collect(inner, places)
  }
}

/** A text with a stretch cut out, doubled or overwritten. */
function torn(text: string): fc.Arbitrary<string> {
  const instead = fc.oneof(
    fc.constantFrom('', '9', '-', 'e9', '1e400', 'NaN', '"', '}', '[', '\u0000', '\ufeff', '\ud800'),
    fc.string({ maxLength: 5 }),
  )
  return fc
    .tuple(fc.nat(text.length), fc.nat(20), instead)
    .map(([from, length, put]) => text.slice(0, from) + put + text.slice(from + length))
}

/** Frames and answers of a feed: as they should be, nearly so, and not at all. */
export function sentTo(feed: Feed): fc.Arbitrary<Sent> {
  const deep = fc.constantFrom('['.repeat(200_000), `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)
  return fc
    .constantFrom(...feed.examples)
    .chain(({ about, text }) =>
      fc
        .oneof(
          { weight: 6, arbitrary: fc.constant(text) },
          { weight: 10, arbitrary: changed(text) },
          { weight: 4, arbitrary: changed(text).chain(changed) },
          { weight: 4, arbitrary: torn(text) },
          { weight: 1, arbitrary: fc.string() },
          { weight: 1, arbitrary: fc.json() },
          { weight: 1, arbitrary: fc.oneof({ weight: 20, arbitrary: fc.constant('[]') }, deep) },
        )
        .map((sent) => ({ about, text: sent })),
    )
}

function stepsOf(feed: Feed): fc.Arbitrary<Step[]> {
  const connection = fc.constantFrom(1, 1, 1, 2)
  const of = <T extends string>(step: T) => fc.record({ step: fc.constant(step), connection })
  const says = fc.tuple(sentTo(feed), of('say')).map(([sent, say]): Step => ({ ...say, ...sent }))
  const opens = fc.tuple(fc.boolean(), of('open')).map(([leads, open]): Step => ({ ...open, leads }))
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 24, arbitrary: says },
    { weight: 2, arbitrary: opens },
    { weight: 1, arbitrary: of('promote') },
    { weight: 1, arbitrary: of('close') },
    { weight: 2, arbitrary: fc.constant<Step>({ step: 'restart' }) },
    { weight: 2, arbitrary: fc.constant<Step>({ step: 'restate' }) },
  )
  return fc.array(step, { maxLength: 14 })
}

/** What a run of {@link fuzzReader} tried. */
export type Tried = { rows: number; side: number; refused: number }

/** Reasons are words: longer ones quote what was sent. */
const REASON_MAX = 200

/**
 * Send a reader what no venue would: it must not throw, and give only rows that a tape may hold, reasons in words, and a
 * state that is plain data and goes on.
 *
 * @returns undefined, or the first fault, made as small as it can be
 */
export function fuzzReader(
  feed: Feed,
  runs: number,
  tried: Tried = { rows: 0, side: 0, refused: 0 },
): string | undefined {
  const line = `${feed.name}/0`
  const property = fc.property(stepsOf(feed), (steps) => {
    const taken = createTaken([EXAMPLE_LISTING])
    let reader = feed.read(taken.out)
    reader.opened?.(1, line, [], true)
    let leader = 1
    for (const [i, one] of steps.entries()) {
      const at = receipt(i * 1_000)
      if (one.step === 'restart') reader = feed.read(taken.out, JSON.parse(JSON.stringify(reader.state())))
      else if (one.step === 'restate') reader.restate?.(at)
      else if (one.step === 'close') reader.closed?.(one.connection, line)
      else if (one.step === 'open') {
        reader.opened?.(one.connection, line, [], one.leads)
        if (one.leads) leader = one.connection
      } else if (one.step === 'promote') {
        leader = one.connection
        if (reader.promoted !== undefined) reader.promoted(leader, line, at)
        else reader.opened?.(leader, line, [], true)
      } else {
        const rows = taken.rows.length
        reader.identity?.(one.text)
        const follows = one.about === undefined && one.connection !== leader
        const refusal = follows ? undefined : say(reader, feed.name, one, at)
        const reason = refusal === undefined ? undefined : reasonOf(refusal)
        if (follows) reader.follow?.(one.text, one.connection, at)
        if (reason !== undefined) tried.refused++
        if (reason !== undefined && !(reason.length > 0 && reason.length <= REASON_MAX))
          throw new Error(`a reason of ${reason.length} characters`)
        if (follows && taken.rows.length !== rows) throw new Error('a connection that follows made rows')
      }
      taken.out.end()
    }
    tried.rows += taken.rows.length
    tried.side += Object.values(taken.side).reduce((sum, rows) => sum + rows.length, 0)
  })
  return faultOf(fc.check(property, { numRuns: runs }))
}

function say(
  reader: Reader,
  feed: FeedName,
  { about, text, connection }: Sent & { connection: number },
  at: Receipt,
) {
  if (about === undefined) return reader.frame(text, connection, at)
  return reader.answer?.(text, { ...about, feed, status: 200, sent_us: at.wall_us }, at)
}

/** Texts as bytes, in the encoding that was meant and in others. */
const encoders: readonly ((text: string) => Uint8Array)[] = [
  (text) => Buffer.from(text, 'utf8'),
  (text) => Buffer.from(text, 'utf8'),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(text, 'latin1').subarray(0, -1),
  (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text, 'utf8')]),
  (text) =>
    Buffer.concat([
      Buffer.from(text.slice(0, 40), 'utf8'),
      Buffer.from([0xff, 0xc0, 0x80]),
      Buffer.from(text.slice(40)),
    ]),
]

/**
 * The same through a journal’s records and the normaliser: rows of whole groups that a tape may hold, no failure of a reader
 * hidden among the refusals, and the same rows from a state that was stored half-way.
 */
export function fuzzNormaliser(feed: Feed, runs: number): string | undefined {
  const records = fc
    .array(fc.tuple(sentTo(feed), fc.constantFrom(...encoders), fc.constantFrom(1, 1, 2)), { maxLength: 10 })
    .map((list) => [
      ...opening(feed.name),
      ...list.map(([sent, encode, connection], i) => recordOf(feed.name, sent, encode, connection, i)),
    ])
  const feeds = [feed, listerBeside(feed)]
  const property = fc.property(records, fc.nat(), (list, cut) => {
    let normaliser = createNormaliser({ feeds })
    const other = createNormaliser({ feeds })
    for (const [i, record] of list.entries()) {
      if (i === cut % list.length) {
        const state: unknown = JSON.parse(JSON.stringify(normaliser.state()))
        normaliser = createNormaliser({ feeds, state })
      }
      normaliser.take(record)
      other.take(record)
      const rows = rowsOf(normaliser.columns)
      const side = normaliser.columns.length === 0 ? '' : JSON.stringify(rows)
      checkColumns(normaliser)
      if (JSON.stringify(rowsOf(other.columns)) !== (side === '' ? '[]' : side))
        throw new Error('other rows from a stored state')
      if (JSON.stringify(normaliser.drain().side) !== JSON.stringify(other.drain().side))
        throw new Error('other side rows from a stored state')
    }
    const hidden = other.totals.refused.find(({ reason }) => reason.includes('the reader failed'))
    if (hidden !== undefined) throw new Error(hidden.reason)
  })
  return faultOf(fc.check(property, { numRuns: runs }))
}

/** A source that lists the market of the examples. */
function listerBeside(feed: Feed): Feed {
  return {
    ...feed,
    name: listerOf(feed.name),
    read: (out) => ({
      frame() {
        out.list(EXAMPLE_LISTING, 0, {})
        return undefined
      },
      state: () => null,
    }),
  }
}
const listerOf = (feed: FeedName): FeedName => (feed === 'gamma' ? 'binance' : 'gamma')
const LISTER = 9

function opening(feed: FeedName): JournalRecord[] {
  const opened = (of: FeedName, connection: number, leads: boolean): JournalRecord => ({
    type: 'note',
    ...receipt(connection),
    note: { note: 'opened', connection, feed: of, line: `${of}/0`, leads, keys: [] },
  })
  return [
    opened(listerOf(feed), LISTER, true),
    { type: 'frame', ...receipt(LISTER), connection: LISTER, seq: 0, bytes: new Uint8Array() },
    opened(feed, 1, true),
    opened(feed, 2, false),
  ]
}

function recordOf(
  feed: FeedName,
  { about, text }: Sent,
  encode: (text: string) => Uint8Array,
  connection: number,
  seq: number,
): JournalRecord {
  const at = receipt(1_000 * (seq + 1))
  const bytes = encode(text)
  if (about === undefined) return { type: 'frame', ...at, connection, seq, bytes }
  return { type: 'answer', ...at, about: { ...about, feed, status: 200, sent_us: RECEIVED_US }, bytes }
}

/** Kinds that are the recorder’s own. */
const OWN_KINDS: readonly number[] = [Kind.FEED_DOWN, Kind.FEED_UP, Kind.CLOCK_STEP]

function checkColumns({ columns, instruments }: ReturnType<typeof createNormaliser>): void {
  const { length, flags } = columns
  if (length === 0) return
  createRowCheck(instruments).check(columns, 0, length, 'drained')
  if ((flags[length - 1]! & Flag.LAST) === 0) throw new Error('a group without an end')
  for (const row of rowsOf(columns)) {
    if (OWN_KINDS.includes(row.kind) && row.instrument === ALL_INSTRUMENTS) continue
    const fault = feedRowFault(row, instruments)
    if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify(row)}`)
  }
}

function rowsOf(columns: Columns) {
  return Array.from({ length: columns.length }, (_, i) => rowAt(columns, i))
}

function faultOf<T>(details: fc.RunDetails<T>): string | undefined {
  if (!details.failed) return undefined
  const cause =
    details.errorInstance instanceof Error ? details.errorInstance.stack : String(details.errorInstance)
  return `${cause}\nfor ${JSON.stringify(details.counterexample).slice(0, 2_000)}`
}
