import { describe, Stopped } from '../engine/cli/errors.ts'
import { bookCase } from './case-book.ts'
import { coldCase } from './case-cold.ts'
import { fullCase, shippedCase, tablesCase } from './case-full.ts'
import { memoryCase, shippedMemoryCase } from './case-memory.ts'
import { oracleCase } from './case-oracle.ts'
import { partsCase } from './case-parts.ts'
import { tapeCase } from './case-tape.ts'
import type { BenchOptions, Outcome } from './entry.ts'
import { type CaseName, MAKE } from './names.ts'
import { madeTape } from './tapes.ts'

/**
 * Every case, each measured in a process of its own: what one has made the compiler believe of shared code (types, what
 * is worth inlining), and what it left in memory, is no part of another's figure.
 */
const CASES: Readonly<Record<CaseName, (options: BenchOptions) => Promise<Outcome> | Outcome>> = {
  book: bookCase,
  full: fullCase,
  shipped: shippedCase,
  tables: tablesCase,
  oracle: oracleCase,
  tape: tapeCase,
  memory: memoryCase,
  memory_shipped: shippedMemoryCase,
  cold: coldCase,
  parts: partsCase,
}

/** See {@link MAKE}. A stop leaves nothing half-made. */
async function make({ dir, events }: BenchOptions): Promise<Outcome> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop.abort(new Stopped(signal)))
  const { tape, facts } = await madeTape(dir, events, stop.signal)
  // The first reading checks every row, once for all processes: that too is part of no figure.
  for await (const _ of tape.read()) break
  return { entries: [], tapes: [facts] }
}

const [name, options] = process.argv.slice(2) as [CaseName | typeof MAKE, string]
const measured = name === MAKE ? make : CASES[name]
try {
  const outcome = await measured(JSON.parse(options) as BenchOptions)
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: describe(error) })}\n`)
  process.exitCode = 1
}
