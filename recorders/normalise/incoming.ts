import { SECOND } from '../../core/units/index.ts'
import type { Feed, Out, Reader, Refusal } from '../feeds/feed.ts'
import type { AnswerRecord, FeedName, FrameRecord, Receipt } from '../journal/record.ts'
import { Heard, hear } from './agreement.ts'
import { countRefused, feedIndex } from './counts.ts'
import { refuseAt } from './ledger.ts'
import type { Line } from './lines.ts'
import { addSide, type Making, tellHealth } from './making.ts'
import { RECORDER } from './notes.ts'
import { dropGroup, endGroup } from './rows.ts'

/** A feed with its reader, and where that puts its rows. */
export type Served = { feed: Feed; out: Out; reader: Reader }

/** Take a frame: rows where its connection leads, otherwise what is worth comparing. HOT. */
export function takeFrame(
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
  let refusal: Refusal | undefined
  try {
    const repeats = line.agreement !== null && repeated(making, line, reader, text, record.connection, leads)
    if (!leads) reader.follow?.(text, record.connection, at)
    else if (!repeats || one.feed.drops_repeats !== true) refusal = reader.frame(text, record.connection, at)
  } catch (thrown) {
    dropGroup(making.rows)
    refusal = `the reader failed: ${(thrown as Error).message}`
  }
  endGroup(making.rows)
  if (refusal !== undefined) refuseFrame(making, line.feed, line.line, record, refusal, one.feed.told_secrets)
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

/** Take an answer to a request. */
export function takeAnswer(making: Making, one: Served | undefined, record: AnswerRecord, at: Receipt): void {
  const { about, bytes } = record
  const { feed, request, path, status } = about
  const index = feedIndex(feed)
  if (index >= 0) making.counts.messages[index]!++
  let refusal: Refusal | undefined
  if (one?.reader.answer === undefined) refusal = 'no reader of this feed’s answers'
  else if (status < 200 || status > 299) tellHealth(making, feed, 'http_status', '', path, status)
  else {
    guarded(making, feed, () => {
      refusal = one.reader.answer!(textOf(bytes), about, at)
    })
  }
  if (refusal === undefined) return
  const { reason, place } = partsOf(refusal)
  countRefused(making.counts, feed, reason, `answer ${path}${place}`)
  making.malformed[feed] = (making.malformed[feed] ?? 0) + 1
  quarantine(making, feed, '', null, null, request, reason + place, bytes, one?.feed.told_secrets)
}

/** A reader that throws is a mistake in it; the recording goes on, and says so. */
export function guarded(making: Making, feed: FeedName | typeof RECORDER, run: () => void): void {
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
  refusal: Refusal,
  told_secrets = false,
): void {
  const { reason, place } = partsOf(refusal)
  countRefused(making.counts, feed, reason, `connection ${connection} frame ${seq}${place}`)
  making.malformed[feed] = (making.malformed[feed] ?? 0) + 1
  refuseAt(making.ledger, feed, making.now_us, reason, SECOND)
  quarantine(making, feed, line, connection, seq, '', reason + place, bytes, told_secrets)
}

/** The reason, by which refusals are counted, and the place behind it, empty where all is refused. */
function partsOf(refusal: Refusal): { reason: string; place: string } {
  if (typeof refusal === 'string') return { reason: refusal, place: '' }
  return { reason: refusal.reason, place: `, at ${refusal.place}` }
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
  told_secrets = false,
): void {
  const { quarantine_rows, quarantine_bytes } = making.settings
  const count = (making.side_passed.quarantine ?? 0) + (making.side.quarantine?.length ?? 0)
  if (count >= quarantine_rows) return
  const excerpt = told_secrets ? '' : textOf(bytes.subarray(0, quarantine_bytes))
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

/** HOT. A socket's bytes are a Buffer, which makes text fastest; others become one without a copy. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8')
}
