import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Dataset, openDataset, readColumns } from '../../../recorders/tape/index.ts'
import { activityOf } from './activity.ts'
import type { Piece, Source } from './source.ts'
import { wholeGroups } from './whole-groups.ts'

const ACTIVITY = 'side-wallet_activity.jsonl'
/** Activity rows that are held in memory at most. */
const ACTIVITY_MAX = 1_000_000

/**
 * A dataset as a source. Activity of wallets is taken from its side table `wallet_activity`, where it has one.
 *
 * @throws TapeError as `openDataset` and, while it plays, as `readColumns`
 */
export async function fromDataset(dir: string): Promise<Source> {
  const dataset = await openDataset(dir)
  const activity = activityOf(await sideRows(dataset))
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

async function sideRows(dataset: Dataset): Promise<Record<string, unknown>[]> {
  const listed = dataset.manifest.files.some(({ path }) => path === ACTIVITY)
  if (!listed) return []
  const rows: Record<string, unknown>[] = []
  const input = createReadStream(join(dataset.dir, ACTIVITY))
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') rows.push(JSON.parse(line) as Record<string, unknown>)
    if (rows.length === ACTIVITY_MAX) break
  }
  return rows
}
