import type { Table, TableName } from '../../../core/machine/records.ts'
import * as World from '../../../core/machine/world.ts'
import type { Micros } from '../../../core/units/index.ts'
import { openDataset, readColumns } from '../../../recorders/tape/index.ts'
import { execute, type RunInput } from '../execute.ts'
import { loadSources, shippedStrategy } from '../strategies.ts'
import { figuresOf } from '../summary.ts'
import { openTape } from '../tape.ts'
import type { Ask, Job, Reply } from './messages.ts'
import { refusals, watchRefusals } from './refusals.ts'
import { traceWriter } from './trace.ts'

/**
 * A run in a process of its own, told over the channel what to do next. It knows the dataset by its folder, as any backtest
 * does; whether that folder holds the future is not its affair.
 */

/** The run in steps: what stands when the next thing is asked. */
type Stepping = { job: Job; world: World.World; rows: number; drain: (table: Table<TableName>) => void }

/** A reply as it is known where it is found. */
type Answer = { kind: 'done'; state_hash: string } | { kind: 'failed'; message: string }

let stepping: Stepping | null = null
/** Asked one after the other. */
let last: Promise<void> = Promise.resolve()

if (import.meta.main) {
  watchRefusals()
  process.on('message', (message) => {
    last = last.then(() => serve(message as Ask))
  })
}

async function serve(ask: Ask): Promise<void> {
  let answered: Answer
  try {
    answered = await answer(ask)
  } catch (thrown) {
    answered = { kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) }
  }
  const reply: Reply = { ...answered, refused: refusals() }
  process.send!(reply)
}

async function answer(ask: Ask): Promise<Answer> {
  if (ask.kind === 'run') return wholeRun(ask.job, ask.traces)
  if (ask.kind === 'step') return step(ask.job, ask.rows, ask.until_us)
  const { world, drain } = stepping!
  world.until_us = Number.POSITIVE_INFINITY
  World.end(world)
  drainAll(world, drain)
  return { kind: 'done', state_hash: figuresOf(world).state_hash }
}

/** The whole tape from its first row, as a backtest would, once a trace. */
async function wholeRun(job: Job, traces: Job['trace'][]): Promise<Answer> {
  const input = await inputOf(job)
  let state_hash = ''
  for (const trace of traces) {
    const world = await execute(input, { drain: traceWriter(trace) })
    state_hash ||= figuresOf(world).state_hash
  }
  return { kind: 'done', state_hash }
}

/** Read on to a moment: everything due by then happens, and nothing after it has. */
async function step(job: Job, rows: number, moment: Micros | null): Promise<Answer> {
  stepping ??= await begin(job)
  const { world, drain } = stepping
  const until_us = moment ?? Number.POSITIVE_INFINITY
  world.until_us = until_us
  const dataset = await openDataset(job.datasets[0]!)
  for await (const columns of readColumns(dataset, { from_row: stepping.rows, cache: false })) {
    World.feed(world, columns)
    if (columns.local_us[columns.length - 1]! > until_us) break
  }
  stepping.rows = rows
  const { events } = world.machine.state.counts
  if (events !== rows) throw new Error(`${events} rows were read where the tape had ${rows}`)
  if (moment !== null) World.wait(world, moment)
  drainAll(world, drain)
  return { kind: 'done', state_hash: '' }
}

async function begin(job: Job): Promise<Stepping> {
  const { tape, strategy, config, seed } = await inputOf(job)
  const drain = traceWriter(job.trace)
  const world = World.create({
    instruments: tape.instruments,
    profile: tape.profile,
    strategy,
    config,
    seed,
    prints: tape.prints,
    onFull: drain,
  })
  return { job, world, rows: 0, drain }
}

async function inputOf(job: Job): Promise<RunInput> {
  const { strategy } =
    job.sources === null ? shippedStrategy(job.strategy) : await loadSources(job.strategy, job.sources)
  return { tape: await openTape(job.datasets), strategy, config: job.config, seed: job.seed }
}

function drainAll(world: World.World, drain: (table: Table<TableName>) => void): void {
  for (const table of Object.values(world.machine.records)) drain(table as Table<TableName>)
}
