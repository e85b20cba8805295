import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SECOND } from '../core/units/index.ts'
import { SHIPPED } from '../engine/runners/backtest-config.ts'
import { openTape, type Tape } from '../engine/runners/tape.ts'
import { createDataset } from '../recorders/tape/index.ts'
import { createMaker, instrumentsOf, PROFILE, rowsOf } from './made-tape.ts'
import { repeatedTape } from './repeated-tape.ts'

/** Change it with anything that changes the rows: tapes of another version are made anew. */
const VERSION = 1
const SEED = 1

/** What a tape is, for the reader of a figure. */
export type TapeFacts = {
  name: string
  how: string
  events: number
  markets: number
  rows_per_message: number
  messages_per_s: number
  trades_per_1000_events: number
}

/** A tape to measure on. */
export type BenchTape = { tape: Tape; facts: TapeFacts }

/** A tape of at least `events` rows, made once and kept in `dir` as a dataset of Arrow files. */
export async function madeTape(dir: string, events: number, signal?: AbortSignal): Promise<BenchTape> {
  const path = join(dir, `made-v${VERSION}-${events}`)
  if (!existsSync(join(path, 'manifest.json'))) await write(path, dir, events, signal)
  const tape = await openTape([path])
  const how = `bench/made-tape.ts, seed ${SEED}: five-minute windows with densities of the shipped recording, prints, four reference rows a second and more`
  return { tape, facts: factsOf('made', how, tape, 1) }
}

/** The shipped recording, again and again at later times, until there are at least `events` rows. */
export async function shippedTape(events: number): Promise<BenchTape> {
  const tape = await openTape([SHIPPED])
  const copies = Math.max(1, Math.ceil(events / tape.rows))
  const how = `datasets/btc-5m-2026-04-15 (real books, no prints), ${copies} times, each copy with windows of its own`
  return { tape: repeatedTape(tape, copies), facts: factsOf('shipped', how, tape, copies) }
}

function factsOf(name: string, how: string, tape: Tape, copies: number): TapeFacts {
  const { counts, time_range } = tape.datasets[0]!.manifest
  const seconds = (time_range.to_us - time_range.from_us) / SECOND
  return {
    name,
    how,
    events: counts.rows * copies,
    markets: counts.markets * copies,
    rows_per_message: round(counts.rows / counts.messages),
    messages_per_s: round(counts.messages / seconds),
    trades_per_1000_events: round((1_000 * (counts.kinds.TRADE ?? 0)) / counts.rows),
  }
}

async function write(path: string, dir: string, events: number, signal?: AbortSignal): Promise<void> {
  await mkdir(dir, { recursive: true })
  const maker = createMaker(SEED)
  const writer = await createDataset(
    path,
    {
      source: 'bench/made-tape.ts',
      licence: 'MIT',
      attribution: '',
      created_by: `lockstep bench, seed ${SEED}`,
      reference_profile: PROFILE,
      carries: { book: 'full', trades: true },
    },
    { format: 'arrow' },
  )
  try {
    for (const columns of rowsOf(maker, events)) {
      signal?.throwIfAborted()
      await writer.append(columns)
    }
    const instruments = instrumentsOf(maker.window + 1)
    const total = instruments.markets.length
    await writer.finish({
      assignment: 'assigned',
      windows: { total, recorded: 0, settlement: total, inferred_from_book: 0, unresolved: 0 },
      inferred: [],
      refused: [],
      instruments,
      resolutions: [],
      gaps: [],
    })
  } finally {
    await writer.abort()
  }
}

const round = (value: number) => Math.round(value * 100) / 100
