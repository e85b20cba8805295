import { allocate, Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { DAY } from '../../core/units/index.ts'
import type { JournalRecord, Receipt } from '../journal/index.ts'
import type { Drained, Normaliser, SideRow } from '../normalise/normaliser.ts'
import { HEAD, INSTRUMENTS } from '../tape/fixtures.ts'
import type { Gap } from '../tape/index.ts'
import type { NormaliserFactory, RecordingOptions, RecordingWriter } from './index.ts'

/** A small normaliser and a made-up clock, for tests of whatever a recording is. */

export const START_US = Date.UTC(2026, 10, 21, 12) * 1_000
export { DAY }

type State = {
  levels: Record<string, number>
  rows: number
  side: number
  down_since: number | null
  refused: number
}

/**
 * Frames are `PRICE SIZE`, level changes of one token. Every seventh price also gives a row of a side table that the tape's
 * row refers to; what is no level is refused. A closed connection is a gap until another is opened.
 */
export const makeNormaliser: NormaliserFactory = (from) => {
  const state: State = structuredClone(
    (from as State | undefined) ?? { levels: {}, rows: 0, side: 0, down_since: null, refused: 0 },
  )
  const columns = allocate(65_536)
  let side: SideRow[] = []
  let gaps: Gap[] = []
  function row(at: Receipt, kind: number, price: number, size: number, flags: number, ref = 0): void {
    const i = columns.length++
    columns.local_us[i] = at.wall_us
    columns.exch_us[i] = 0
    columns.seq[i] = state.rows++
    columns.price[i] = price
    columns.size[i] = size
    columns.instrument[i] = 0
    columns.ref[i] = ref
    columns.kind[i] = kind
    columns.feed[i] = Feed.CLOB_MARKET
    columns.side[i] = kind === Kind.LEVEL ? Side.BID : Side.NONE
    columns.flags[i] = flags
  }
  function gap(from_us: number, to_us: number, reason: string): Gap {
    return { market: null, feed: 'clob_market', from_us, to_us, reason }
  }
  function frame(text: string, at: Receipt): void {
    const [price, size] = text.split(' ').map(Number)
    if (!(price! > 0 && size! >= 0)) {
      state.refused++
      return
    }
    state.levels[price!] = size!
    let ref = 0
    if (price! % 7 === 0) {
      ref = state.side++
      side.push({ local_us: at.wall_us, price: price!, number: ref })
    }
    row(at, Kind.LEVEL, price!, size!, Flag.LAST, ref)
  }
  return {
    columns,
    instruments: INSTRUMENTS,
    resolutions: [],
    take(record: JournalRecord) {
      if (record.type === 'frame') frame(new TextDecoder().decode(record.bytes), record)
      if (record.type === 'note') {
        const { note } = record
        if (note.note === 'closed') state.down_since = record.wall_us
        if (note.note === 'opened' && state.down_since !== null) {
          gaps.push(gap(state.down_since, record.wall_us, 'closed'))
          state.down_since = null
        }
        if (note.note === 'absent') gaps.push(gap(note.from_us, note.to_us, note.reason))
      }
      return []
    },
    drain(): Drained {
      const drained = { side: { quirks: side }, gaps }
      columns.length = 0
      side = []
      gaps = []
      return drained
    },
    openGaps: (now_us) => (state.down_since === null ? [] : [gap(state.down_since, now_us, 'closed')]),
    get totals() {
      const refused =
        state.refused === 0 ? [] : [{ reason: 'no level', count: state.refused, first: 'somewhere' }]
      return { messages: {}, events: {}, refused, unknown_fields: {}, duplicates: {} }
    },
    made: () => ({ rows: state.rows, gaps: 0, gap_us: 0 }),
    listing: (index) => ({
      index,
      market: INSTRUMENTS.markets[index]!,
      tokens: { up: '1', down: '2' },
      version: 'v1',
    }),
    malformed: {},
    restate(at) {
      state.rows = 0
      state.side = 0
      row(at, Kind.MARKET, 0, 0, Flag.LAST | Flag.SNAPSHOT)
      for (const price of Object.keys(state.levels))
        row(at, Kind.LEVEL, Number(price), state.levels[price]!, Flag.LAST | Flag.SNAPSHOT)
    },
    state: () => structuredClone(state),
  } satisfies Normaliser
}

/** A clock that stands until it is set. */
export type Clock = { now: number }

/** Options of a recording that seals only when told, unless settings say otherwise. */
export function optionsOf(
  clock: Clock,
  settings: Partial<RecordingOptions['settings']> = {},
  more: Partial<RecordingOptions> = {},
): RecordingOptions {
  return {
    settings: {
      flush_ms: 60_000,
      fsync: false,
      buffer_mb: 16,
      segment_mb: 1_000,
      segment_s: 86_400,
      raw: true,
      replaced_s: 600,
      compact_segments: 1_000,
      ...settings,
    },
    scope: { assets: ['btc'] },
    config: { 'recorder.flush_ms': 60_000 },
    head: HEAD,
    normaliser: makeNormaliser,
    now: () => ({ wall_us: clock.now, mono_us: clock.now - START_US }),
    ...more,
  }
}

/** A frame of a level change. */
export function level(clock: Clock, seq: number, price: number, size: number): JournalRecord {
  return {
    type: 'frame',
    wall_us: clock.now,
    mono_us: clock.now - START_US,
    connection: 1,
    seq,
    bytes: new TextEncoder().encode(`${price} ${size}`),
  }
}

/** Take `count` level changes, a millisecond apart, which depend on `from` alone. */
export function feedLevels(writer: RecordingWriter, clock: Clock, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    clock.now += 1_000
    writer.take(level(clock, i, 1 + ((i * 37) % 99), (i * 7_919) % 1_000))
  }
}
