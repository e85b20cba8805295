import { defaults } from '../../core/config/index.ts'
import { Flag, type Instrument } from '../../core/events/index.ts'
import { SECOND } from '../../core/units/index.ts'
import type { Feed, Out, Reader } from '../feeds/feed.ts'
import { FEEDS } from '../feeds/index.ts'
import type { AnswerRecord, FeedName, FrameRecord, Receipt } from '../journal/record.ts'
import { type NormaliserSettings, normaliserSettings } from '../settings.ts'
import { Heard, hear } from './agreement.ts'
import { countRefused, createCounts, feedIndex, totalsOf } from './counts.ts'
import { addMarketRow, createFeedOut } from './feed-out.ts'
import { openGaps, refuseAt } from './ledger.ts'
import type { Line } from './lines.ts'
import { addSide, createMaking, type Making, type MakingState, makingState, tellHealth } from './making.ts'
import type { Made, Normaliser } from './normaliser.ts'
import { RECORDER, type Readers, restateDown, takeNote } from './notes.ts'
import { clearRows, dropGroup, endGroup } from './rows.ts'
import { lookAround } from './watch.ts'

/** How a normaliser is made. */
export type NormaliserOptions = {
  /** Sources whose frames are read; all by default. */
  feeds?: readonly Feed[]
  /** What {@link Normaliser.state} gave. */
  state?: unknown
  settings?: NormaliserSettings
}

type Served = { feed: Feed; out: Out; reader: Reader }
type State = { schema: typeof SCHEMA; making: MakingState; readers: Record<string, unknown> }

type Token = Extract<Instrument, { kind: 'token' }>

/** Version of the state. */
const SCHEMA = 1

/**
 * A normaliser, at the beginning or as a state left it. Rows are a function of the records alone: where they are cut into
 * batches, and whether a state was taken and restored in between, makes no difference.
 *
 * @throws NormaliseError `normalise.state` for a state of another version
 */
export function createNormaliser(options: NormaliserOptions = {}): Normaliser {
  const settings = options.settings ?? defaults(normaliserSettings)
  const state = options.state as State | undefined
  if (state !== undefined && state.schema !== SCHEMA)
    throw new NormaliseError(
      'normalise.state',
      `the state has schema ${JSON.stringify(state.schema)}, this version reads ${SCHEMA}: read the journal from its beginning`,
    )
  const making = createMaking(settings, state?.making)
  const served: Record<string, Served> = {}
  for (const feed of options.feeds ?? FEEDS) {
    const out = createFeedOut(making, feed)
    served[feed.name] = { feed, out, reader: feed.read(out, state?.readers[feed.name]) }
  }
  const readers: Readers = {
    reader: (feed) => served[feed]?.reader,
    dropsRepeats: (feed) => served[feed]?.feed.drops_repeats === true,
  }
  const at: Receipt = { wall_us: 0, mono_us: 0 }
  const { rows, registry } = making
  const made: Made = { rows: 0, gaps: 0, gap_us: 0 }

  return {
    columns: rows.columns,
    instruments: registry.instruments,
    resolutions: registry.resolutions,
    malformed: making.malformed,
    get totals() {
      return totalsOf(making.counts)
    },
    take(record) {
      if (making.wishes.length > 0) making.wishes = []
      tick(making, record)
      at.wall_us = making.now_us
      at.mono_us = record.mono_us
      making.line = -1
      if (record.type === 'frame') takeFrame(making, served, record, at)
      else if (record.type === 'answer') takeAnswer(making, served[record.about.feed], record, at)
      else guarded(making, RECORDER, () => takeNote(making, readers, record.note, at))
      endGroup(rows)
      if (making.now_us >= making.due_us) lookAround(making)
      return making.wishes
    },
    made() {
      const sum = { ...made }
      addMade(sum, making)
      return sum
    },
    listing(market) {
      const { version, up } = registry.sources[market]!
      const id = (token: number) => (registry.instruments.instruments[token] as Token).token_id
      const tokens = { up: id(up), down: id(up + 1) }
      return { index: market, market: registry.instruments.markets[market]!, tokens, version }
    },
    drain() {
      addMade(made, making)
      const drained = { side: making.side, gaps: making.ledger.finished }
      for (const [table, of] of Object.entries(making.side))
        making.side_passed[table] = (making.side_passed[table] ?? 0) + of.length
      making.side = {}
      making.ledger.finished = []
      clearRows(rows)
      return drained
    },
    openGaps: (now_us) => openGaps(making.ledger, making.lines.list, now_us),
    restate(receipt) {
      if (rows.columns.length > 0 || Object.keys(making.side).length > 0)
        throw new NormaliseError('normalise.not_drained', 'drain the rows of the tape that ends first')
      rows.passed = 0
      making.side_passed = {}
      making.counts = createCounts()
      tick(making, receipt)
      at.wall_us = making.now_us
      at.mono_us = receipt.mono_us
      making.line = -1
      restateMarkets(making)
      for (const { reader } of Object.values(served)) {
        reader.restate?.(at)
        endGroup(rows)
      }
      restateDown(making)
    },
    state() {
      const states = Object.fromEntries(
        Object.entries(served).map(([name, { reader }]) => [name, reader.state()]),
      )
      const whole: State = { schema: SCHEMA, making: makingState(making), readers: states }
      return structuredClone(whole)
    },
  }
}

/** Add what has gathered since the last drain. */
function addMade(sum: Made, { rows, ledger }: Making): void {
  sum.rows += rows.columns.length
  for (const { market, reason, from_us, to_us } of ledger.finished) {
    if (market !== null || reason.startsWith('refused')) continue
    sum.gaps++
    sum.gap_us += to_us - from_us
  }
}

/** Time goes on, and never back. HOT. */
function tick(making: Making, { wall_us }: Receipt): void {
  if (wall_us >= making.now_us) {
    making.now_us = wall_us
    if (making.clamped === 0) return
    const detail = 'records with a time before the one ahead of them; they got its time'
    tellHealth(making, RECORDER, 'clock_back', '', detail, making.clamped)
    making.clamped = 0
  } else making.clamped++
}

/** HOT. */
function takeFrame(
  making: Making,
  served: Readonly<Record<string, Served>>,
  record: FrameRecord,
  at: Receipt,
): void {
  const connection = making.lines.connections.get(record.connection)
  if (connection === undefined) {
    refuseFrame(making, RECORDER, '', record, 'an unknown connection')
    return
  }
  const { line } = connection
  making.counts.messages[feedIndex(line.feed)]!++
  const one = served[line.feed]
  if (one === undefined) {
    refuseFrame(making, line.feed, line.line, record, 'no reader of this feed')
    return
  }
  const { reader } = one
  const text = textOf(record.bytes)
  const leads = line.leader === record.connection
  making.line = line.index
  let reason: string | undefined
  try {
    const repeats = line.agreement !== null && repeated(making, line, reader, text, record.connection, leads)
    if (!leads) reader.follow?.(text, record.connection, at)
    else if (!repeats || one.feed.drops_repeats !== true) reason = reader.frame(text, record.connection, at)
  } catch (thrown) {
    dropGroup(making.rows)
    reason = `the reader failed: ${(thrown as Error).message}`
  }
  endGroup(making.rows)
  if (reason !== undefined) refuseFrame(making, line.feed, line.line, record, reason)
}

/** Hold what a frame says against what was said; true when its own connection has said all of it before. */
function repeated(
  making: Making,
  line: Line,
  reader: Reader,
  text: string,
  connection: number,
  leads: boolean,
): boolean {
  const identities = reader.identity?.(text) ?? null
  if (identities === null || identities.length === 0) return false
  let fresh = 0
  let own = 0
  for (const identity of identities) {
    const heard = hear(line.agreement!, identity, connection, making.now_us)
    if (heard === Heard.REPEATED) own++
    else if (heard === Heard.NEW) fresh++
  }
  const repeats = own === identities.length
  if (repeats || (!leads && fresh === 0)) making.counts.duplicates[feedIndex(line.feed)]!++
  return repeats
}

function takeAnswer(making: Making, one: Served | undefined, record: AnswerRecord, at: Receipt): void {
  const { about, bytes } = record
  const { feed, request, path, status } = about
  const index = feedIndex(feed)
  if (index >= 0) making.counts.messages[index]!++
  let reason: string | undefined
  if (one?.reader.answer === undefined) reason = 'no reader of this feed’s answers'
  else if (status < 200 || status > 299) tellHealth(making, feed, 'http_status', '', path, status)
  else {
    guarded(making, feed, () => {
      reason = one.reader.answer!(textOf(bytes), about, at)
    })
  }
  if (reason === undefined) return
  countRefused(making.counts, feed, reason, `answer ${path}`)
  making.malformed[feed] = (making.malformed[feed] ?? 0) + 1
  quarantine(making, feed, '', null, null, request, reason, bytes)
}

/** A reader that throws is a mistake in it; the recording goes on, and says so. */
function guarded(making: Making, feed: FeedName | typeof RECORDER, run: () => void): void {
  try {
    run()
  } catch (thrown) {
    dropGroup(making.rows)
    const reason = `the reader failed: ${(thrown as Error).message}`
    countRefused(making.counts, feed, reason, `at ${making.now_us}`)
    tellHealth(making, feed, 'reader_failed', '', reason)
  }
}

function refuseFrame(
  making: Making,
  feed: FeedName | typeof RECORDER,
  line: string,
  { connection, seq, bytes }: FrameRecord,
  reason: string,
): void {
  countRefused(making.counts, feed, reason, `connection ${connection} frame ${seq}`)
  making.malformed[feed] = (making.malformed[feed] ?? 0) + 1
  refuseAt(making.ledger, feed, making.now_us, reason, SECOND)
  quarantine(making, feed, line, connection, seq, '', reason, bytes)
}

function quarantine(
  making: Making,
  feed: string,
  line: string,
  connection: number | null,
  frame: number | null,
  request: string,
  reason: string,
  bytes: Uint8Array,
): void {
  const { quarantine_rows, quarantine_bytes } = making.settings
  const count = (making.side_passed.quarantine ?? 0) + (making.side.quarantine?.length ?? 0)
  if (count >= quarantine_rows) return
  const excerpt = textOf(bytes.subarray(0, quarantine_bytes))
  addSide(making, 'quarantine', {
    feed,
    line,
    connection,
    frame,
    request,
    reason,
    bytes: bytes.length,
    excerpt,
  })
}

/** Markets that are not over stand at the beginning of a tape. */
function restateMarkets(making: Making): void {
  const { registry, settings, now_us } = making
  registry.instruments.markets.forEach(({ end_us }, market) => {
    if (registry.resolved.has(market) || end_us < now_us - settings.restate_s * SECOND) return
    addMarketRow(making, market, Flag.SNAPSHOT)
    endGroup(making.rows)
  })
}

/** HOT. A socket's bytes are a Buffer, which makes text fastest; others become one without a copy. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8')
}

/** A mistake in how the normaliser is used. */
export class NormaliseError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Normalise.NormaliseError'
    this.code = code
  }
}
