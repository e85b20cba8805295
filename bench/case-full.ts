import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from '../engine/runners/execute.ts'
import { createTableWriter, drainAll } from '../engine/runners/table-writer.ts'
import { type BenchOptions, type Bound, type Entry, entry, loadNow, type Outcome } from './entry.ts'
import { measure } from './figure.ts'
import { marketMakerOn, resultOf } from './replays.ts'
import { type BenchTape, madeTape, shippedTape } from './tapes.ts'

const BOUND: Bound = { value: 5_000_000, is: 'at_least' }

/** The whole replay on the made tape: read, books, market maker, orders, queue fills, ledger, hash. Rows of tables are dropped. */
export async function fullCase(options: BenchOptions): Promise<Outcome> {
  const on = await madeTape(options.dir, options.events)
  return { entries: [await replays('full', 'replay of the made tape', on, options)], tapes: [on.facts] }
}

/** The same on the shipped recording, repeated. */
export async function shippedCase(options: BenchOptions): Promise<Outcome> {
  const on = await shippedTape(options.events)
  return {
    entries: [await replays('shipped', 'replay of the shipped recording', on, options)],
    tapes: [on.facts],
  }
}

async function replays(name: string, what: string, on: BenchTape, options: BenchOptions): Promise<Entry> {
  const load_before = loadNow()
  const input = marketMakerOn(on.tape)
  const { units: _, ...figure } = await measure(options.runs, async (watch) => {
    watch.start()
    const world = await execute(input)
    watch.stop()
    return { units: world.machine.state.counts.events, result: resultOf(world) }
  })
  return entry({
    name,
    what: `${what}, market maker, pessimistic queue fills`,
    unit: 'events/s',
    ...figure,
    bound: BOUND,
    tape: on.facts.name,
    load_before,
  })
}

/** A backtest of the shipped recording as the command runs it, its tables written as Parquet; without the report. */
export async function tablesCase(options: BenchOptions): Promise<Outcome> {
  const load_before = loadNow()
  const { tape, facts } = await shippedTape(options.events)
  const input = marketMakerOn(tape)
  const { units: _, ...figure } = await measure(options.runs, async (watch) => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'))
    try {
      watch.start()
      const writer = await createTableWriter()
      const world = await execute(input, { drain: (table) => writer.drain(table) })
      drainAll(writer, world.machine.records)
      await writer.finish(folder)
      watch.stop()
      return { units: world.machine.state.counts.events, result: resultOf(world) }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  return {
    entries: [
      entry({
        name: 'tables',
        what: 'the same with its tables written as Parquet',
        unit: 'events/s',
        ...figure,
        bound: null,
        tape: facts.name,
        load_before,
      }),
    ],
    tapes: [facts],
  }
}
