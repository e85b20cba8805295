import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Dataset, openDataset, readColumns } from '../../../recorders/tape/index.ts'
import type { ActivityRow, Piece, Source } from './source.ts'
import { wholeGroups } from './whole-groups.ts'

/** Activity rows that are held in memory at most. */
const ACTIVITY_MAX = 1_000_000

/**
 * A dataset as a source. Activity of wallets is taken from its side table `wallet_activity`, where it has one.
 *
 * @throws TapeError as `openDataset` and, while it plays, as `readColumns`
 */
export async function fromDataset(dir: string): Promise<Source> {
  const dataset = await openDataset(dir)
  const activity = await activityOf(dataset)
  return {
    kind: 'dataset',
    name: dataset.dir,
    instruments: dataset.instruments,
    from_us: dataset.manifest.time_range.from_us,
    activity,
    notes: [],
    pieces: () => piecesOf(dataset),
  }
}

async function* piecesOf(dataset: Dataset): AsyncGenerator<Piece> {
  for await (const rows of wholeGroups(readColumns(dataset))) yield { rows }
}

async function activityOf(dataset: Dataset): Promise<ActivityRow[]> {
  const listed = dataset.manifest.files.some(({ path }) => path === 'side-wallet_activity.jsonl')
  if (!listed) return []
  const rows: ActivityRow[] = []
  const input = createReadStream(join(dataset.dir, 'side-wallet_activity.jsonl'))
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue
    const row = activityRow(JSON.parse(line) as Record<string, unknown>)
    if (row !== undefined) rows.push(row)
    if (rows.length === ACTIVITY_MAX) break
  }
  return rows.sort((a, b) => a.timestamp - b.timestamp)
}

const MICRO = 1_000_000
const TICKS = 10_000

/** A row as the venue lists it, of one as the recording keeps it. Rows without wallet or time are left out. */
function activityRow(raw: Record<string, unknown>): ActivityRow | undefined {
  const wallet = raw.wallet ?? raw.proxy_wallet
  const us = typeof raw.exch_us === 'number' ? raw.exch_us : raw.local_us
  if (typeof wallet !== 'string' || typeof us !== 'number') return undefined
  const scaled = (value: unknown, units: number) => (typeof value === 'number' ? value / units : null)
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return {
    proxy_wallet: wallet,
    timestamp: Math.floor(us / MICRO),
    condition_id: text(raw.condition_id),
    type: text(raw.type) || 'TRADE',
    size: scaled(raw.size ?? raw.shares, MICRO),
    usdc_size: scaled(raw.usdc_size ?? raw.usdc, MICRO),
    price: scaled(raw.price, TICKS),
    transaction_hash: text(raw.transaction_hash),
    token_id: text(raw.token_id),
    side: text(raw.side).toUpperCase(),
    outcome: text(raw.outcome),
    slug: text(raw.slug),
    event_slug: text(raw.slug),
  }
}
