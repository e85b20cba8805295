import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sortedKeys } from '../../core/config/index.ts'
import { Kind } from '../../core/events/index.ts'
import { openPlain } from '../files/index.ts'
import type { Dataset } from './dataset.ts'
import { parseJson } from './manifest.ts'

/**
 * Side tables of a dataset: rows too wide for a tape, as JSON lines. A dataset that still grows has a file for each seal,
 * `side-NAME-00000007.jsonl`, which are one table in the order of the manifest; a finished one has `side-NAME.jsonl`.
 */

/** Which table the column `ref` of a kind of rows points into. */
export const REF_TABLES: Readonly<Record<number, string>> = {
  [Kind.MARKET]: 'market_metadata',
  [Kind.WALLET_TRADE]: 'wallet_activity',
}

const FILE = /^side-([a-z][a-z0-9_]*)(-\d+)?\.jsonl$/

/** Files of each side table, as full paths in order. */
export function sideFiles({ dir, manifest }: Dataset): Record<string, string[]> {
  const tables: Record<string, string[]> = {}
  for (const { path } of manifest.files) {
    const name = FILE.exec(path)?.[1]
    if (name === undefined) continue
    tables[name] ??= []
    tables[name].push(join(dir, path))
  }
  return tables
}

/** Names of the side tables that a dataset has. */
export function sideNames(dataset: Dataset): string[] {
  return sortedKeys(sideFiles(dataset))
}

/**
 * Rows of a side table in order, one by one; none where the dataset has no such table.
 *
 * @throws TapeError `tape.side_row` for a line that is not JSON
 */
export async function* readSide(dataset: Dataset, name: string): AsyncGenerator<Record<string, unknown>> {
  for (const file of sideFiles(dataset)[name] ?? []) {
    const stream = (await openPlain(file)).createReadStream()
    try {
      for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
        if (line !== '') yield parseJson(line, file, 'tape.side_row') as Record<string, unknown>
    } finally {
      stream.destroy()
    }
  }
}
