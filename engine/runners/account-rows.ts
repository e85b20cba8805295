import type { Columns } from '../../core/events/index.ts'
import { ACCOUNT_KINDS, type Dataset, RULE_OF } from '../../recorders/tape/index.ts'

/**
 * Rows that tell of the account of whoever recorded. A run has an account of its own, to which they did not happen: it passes
 * them over, and says so. How many there are is proved when a dataset is first read.
 */

/** How many such rows datasets have, by kind. */
export function accountRows(datasets: readonly Dataset[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const kind of ACCOUNT_KINDS) {
    const { name } = RULE_OF[kind]!
    const rows = datasets.reduce((sum, { manifest }) => sum + (manifest.counts.kinds[name] ?? 0), 0)
    if (rows > 0) found[name] = rows
  }
  return found
}

/** The kind of a row that says nothing. */
const NOTHING = 0

/** The rows with those of an account made to say nothing; as many as before, so that places in a tape stay what they are. */
export function passingOver(
  rows: AsyncIterable<Columns>,
  datasets: readonly Dataset[],
): AsyncIterable<Columns> {
  return Object.keys(accountRows(datasets)).length === 0 ? rows : silenced(rows)
}

async function* silenced(rows: AsyncIterable<Columns>): AsyncGenerator<Columns> {
  for await (const columns of rows) {
    const { kind, length } = columns
    for (let i = 0; i < length; i++) if (ACCOUNT_KINDS.includes(kind[i]!)) kind[i] = NOTHING
    yield columns
  }
}
