import { defaults } from '../../core/config/index.ts'
import { Flag, type Instrument } from '../../core/events/index.ts'
import { SECOND } from '../../core/units/index.ts'
import { clobSettings } from '../clob/settings.ts'
import type { Feed, ReadSettings } from '../feeds/feed.ts'
import { FEEDS } from '../feeds/index.ts'
import type { Receipt } from '../journal/record.ts'
import { createCounts, totalsOf } from './counts.ts'
import { addMarketRow, createFeedOut } from './feed-out.ts'
import { guarded, type Served, takeAnswer, takeFrame } from './incoming.ts'
import { openGaps } from './ledger.ts'
import { createMaking, type Making, type MakingState, makingState, tellHealth } from './making.ts'
import type { Made, Normaliser } from './normaliser.ts'
import { RECORDER, type Readers, restateDown, takeNote } from './notes.ts'
import { clearRows, endGroup } from './rows.ts'
import { type NormaliserSettings, normaliserSettings } from './settings.ts'
import { lookAround } from './watch.ts'

/** How a normaliser is made. */
export type NormaliserOptions = {
  /** Sources whose frames are read; all by default. */
  feeds?: readonly Feed[]
  /** What {@link Normaliser.state} gave. */
  state?: unknown
  settings?: NormaliserSettings & Partial<ReadSettings>
}

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
  const reading: ReadSettings = { ...defaults(clobSettings), ...options.settings }
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
    served[feed.name] = { feed, out, reader: feed.read(out, state?.readers[feed.name], reading) }
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

/** Markets that are not over stand at the beginning of a tape. */
function restateMarkets(making: Making): void {
  const { registry, settings, now_us } = making
  registry.instruments.markets.forEach(({ end_us }, market) => {
    if (registry.resolved.has(market)) registry.sources[market]!.metadata = ''
    if (registry.resolved.has(market) || end_us < now_us - settings.restate_s * SECOND) return
    addMarketRow(making, market, Flag.SNAPSHOT)
    endGroup(making.rows)
  })
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
