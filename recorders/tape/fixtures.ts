import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allocate, COLUMNS, type Columns, Feed, type Instruments, Kind } from '../../core/events/index.ts'
import type { Manifest } from './manifest.ts'
import { countWindows } from './tally.ts'
import { createDataset, type DatasetHead, type DatasetOptions, type DatasetTail } from './writer.ts'

/** Small made-up datasets for tests of whatever reads or writes a tape. */

export const HEAD: DatasetHead = {
  source: 'made up',
  licence: 'CC0',
  attribution: 'nobody',
  created_by: 'a test',
  reference_profile: {
    name: 'none',
    settlement: null,
    spot: null,
    fast: [],
    bar_s: 0,
    stale_ms: 0,
    min_venues: 0,
    notes: [],
    overrides: {},
  },
  carries: { book: 'full', trades: false },
}

export const INSTRUMENTS: Instruments = {
  markets: [
    {
      slug: 'btc-updown-5m-1776254400',
      asset: 'btc',
      series: '5m',
      start_us: 1776254400e6,
      end_us: 1776254700e6,
      created_us: null,
      condition_id: '0x1',
      tick: null,
      min_size: null,
      fee: null,
      settlement: null,
      taker_hold_ms: null,
    },
  ],
  instruments: [
    { kind: 'token', market: 0, outcome: 'up', token_id: '1' },
    { kind: 'token', market: 0, outcome: 'down', token_id: '2' },
  ],
}

export const TAIL: DatasetTail = {
  assignment: 'assigned',
  windows: { total: 1, recorded: 0, settlement: 0, inferred_from_book: 0, unresolved: 1 },
  inferred: [],
  refused: [],
  instruments: INSTRUMENTS,
  resolutions: [],
  gaps: [],
}

/** A tail of these instruments, with the windows that its outcomes give. */
export function tailOf(instruments: Instruments, changes: Partial<DatasetTail> = {}): DatasetTail {
  const windows = countWindows(instruments.markets.length, changes.resolutions ?? [])
  return { ...TAIL, windows, instruments, ...changes }
}

/** `rows` rows of two tokens from a seed: times that repeat, numbers up to the largest, every kind that tokens have. */
export function randomColumns(rows: number, seed: number): Columns {
  const columns = allocate(rows)
  columns.length = rows
  let state = seed >>> 0
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
  let now = 1776254400e6
  for (let i = 0; i < rows; i++) {
    now += next(3) * next(1_000)
    const kind = KINDS[next(KINDS.length)]!
    const level = kind === Kind.LEVEL || kind === Kind.TRADE
    columns.local_us[i] = now
    columns.exch_us[i] = now - next(200_000)
    columns.seq[i] = next(10) === 0 ? Number.MAX_SAFE_INTEGER - i : i
    columns.price[i] = level ? 1 + next(9_999) : kind === Kind.TICK_SIZE ? 100 : 0
    columns.size[i] = level ? 1 + next(1 << 24) * next(1 << 24) : 0
    columns.instrument[i] = kind === Kind.FEED_DOWN && next(2) === 0 ? 0xffffffff : next(2)
    columns.ref[i] = next(1 << 24) * 256
    columns.kind[i] = kind
    columns.feed[i] = FEEDS[next(FEEDS.length)]!
    columns.side[i] = level ? 1 + next(2) : 0
    columns.flags[i] = next(8)
  }
  return columns
}

const KINDS = [
  Kind.LEVEL,
  Kind.LEVEL,
  Kind.TRADE,
  Kind.TICK_SIZE,
  Kind.BOOK_RESET,
  Kind.ALIVE,
  Kind.FEED_DOWN,
]
const FEEDS = [Feed.NONE, Feed.CLOB_MARKET, Feed.KALSHI, Feed.SIMULATOR]

/** Write a dataset of these rows, appended in pieces of the given lengths (repeated; at least 1 each). */
export async function writeDataset(
  out: string,
  columns: Columns,
  options: DatasetOptions = {},
  pieces: readonly number[] = [columns.length],
  tail: DatasetTail = TAIL,
): Promise<Manifest> {
  const writer = await createDataset(out, HEAD, options)
  try {
    for (let row = 0, piece = 0; row < columns.length; piece++) {
      const end = Math.min(columns.length, row + pieces[piece % pieces.length]!)
      await writer.append(columns, row, end)
      row = end
    }
    return await writer.finish(tail)
  } finally {
    await writer.abort()
  }
}

/** Copy what an iterable of reused chunks yields into one table. */
export async function gather(chunks: AsyncIterable<Columns>): Promise<Columns> {
  const parts: Columns[] = []
  let rows = 0
  for await (const chunk of chunks) {
    const copy = allocate(chunk.length)
    copy.length = chunk.length
    for (const [name] of COLUMNS) copy[name].set(chunk[name].subarray(0, chunk.length))
    parts.push(copy)
    rows += chunk.length
  }
  const whole = allocate(rows)
  for (const part of parts) {
    for (const [name] of COLUMNS) whole[name].set(part[name], whole.length)
    whole.length += part.length
  }
  return whole
}

/** Run with a fresh folder, and with one for caches that nothing else uses. */
export async function inOwnCache<T>(run: (folder: string, cache: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const before = process.env.XDG_CACHE_HOME
    process.env.XDG_CACHE_HOME = join(folder, 'cache-home')
    try {
      return await run(folder, join(folder, 'cache-home', 'lockstep', 'tapes'))
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME
      else process.env.XDG_CACHE_HOME = before
    }
  })
}

/** Run with a fresh folder that is removed afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'))
  try {
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
