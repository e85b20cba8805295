import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset } from '../../../recorders/tape/dataset.ts'
import { TapeError } from '../../../recorders/tape/errors.ts'
import type { Gaps } from '../data.ts'
import type { GapInterval, RunFile } from '../run-file.ts'

/** Gaps drawn; the longest are kept. */
export const GAPS_MAX = 2_000

/**
 * The gap intervals of a run: those it stored, else those of its datasets, where they still lie at the path that the
 * run remembers and carry the hash that it saw.
 */
export async function readGaps(run: RunFile): Promise<Gaps> {
  const stored = run.gaps.intervals
  if (stored !== undefined) return cut(stored.map(fromRun), 'run')
  const found: GapInterval[] = []
  let complete = run.datasets.length > 0
  for (const { path, dataset_hash } of run.datasets) {
    const intervals = await datasetGaps(path, dataset_hash, run)
    if (intervals === null) complete = false
    else found.push(...intervals)
  }
  return complete ? cut(found, 'dataset') : { intervals: [], total: 0, source: 'none' }
}

function fromRun(gap: NonNullable<RunFile['gaps']['intervals']>[number]): GapInterval {
  return {
    start_us: gap.start_us,
    end_us: gap.end_us,
    market: gap.market ?? null,
    cause: gap.cause ?? '',
  }
}

/** Null where the dataset is not there, is damaged, or is not the one that ran: the panel says so. */
async function datasetGaps(path: string, hash: string, run: RunFile): Promise<GapInterval[] | null> {
  if (!existsSync(join(path, 'manifest.json'))) return null
  try {
    const dataset = await openDataset(path)
    if (dataset.manifest.dataset_hash !== hash) return null
    return dataset.gaps.map((gap) => ({
      start_us: gap.from_us,
      end_us: gap.to_us,
      market: gap.market === null ? null : marketOf(run, dataset.instruments.markets[gap.market]?.slug),
      cause: gap.reason,
    }))
  } catch (error) {
    if (error instanceof TapeError) return null
    throw error
  }
}

/** A market by name: a run over several datasets numbers its markets anew. */
function marketOf(run: RunFile, slug: string | undefined): number | null {
  const index = run.markets.findIndex((market) => market.slug === slug)
  return index < 0 ? null : index
}

function cut(all: GapInterval[], source: Gaps['source']): Gaps {
  const longest = [...all].sort((a, b) => length(b) - length(a)).slice(0, GAPS_MAX)
  longest.sort((a, b) => a.start_us - b.start_us || a.end_us - b.end_us)
  return { intervals: longest, total: all.length, source }
}

function length(gap: GapInterval): number {
  return gap.end_us - gap.start_us
}
