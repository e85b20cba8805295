import { performance } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { defaults } from '../../core/config/index.ts'
import type { Columns } from '../../core/events/index.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import type { Table, TableName } from '../../core/machine/records.ts'
import * as World from '../../core/machine/world.ts'
import { byName } from '../../core/strategies/registry.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import type { Audit, Cell } from '../report/index.ts'
import { dependsOn, FILLS, LATENCIES_MS, notesOn } from './audit-words.ts'
import { compareFigures } from './compare.ts'
import type { RunInput } from './execute.ts'
import { codeVersion } from './identity.ts'
import { prepare } from './prepare.ts'
import type { RunFile } from './run-folder.ts'
import { RunnerError } from './runner-error.ts'
import { type Figures, figuresOf } from './summary.ts'

/** Strategies without an opinion: what they earn, chance and the fill model give away. */
const CONTROLS = ['random', 'nothing'] as const

/** Rows of an audit's tables before they are thrown away: nobody reads them. */
const TABLE_ROWS = 256

/** One run of the audit. */
type Entry = { fill: string; latency_ms: number; strategy: Strategy; config: MachineConfig; own: boolean }

export type AuditOptions = {
  /** What the run gave that is audited: made again, it must give the same. */
  run?: RunFile
  signal?: AbortSignal
  /** Told the rows done so far, in rows of the tape. */
  progress?: (rows: number) => void
}

/**
 * Run the same decisions under pessimistic, neutral and optimistic fills and six latencies, and two controls under the run's
 * own, in one pass: every chunk of the tape is decoded once and read by all worlds in turn.
 *
 * Latencies of the table are constant and the same both ways, whatever the run's own model of them.
 *
 * @throws RunnerError `audit.own_cell` where the run, made again beside the others, gives other figures than it gave: its
 * strategy remembers something outside its state, or the code has changed; and those of {@link prepare}
 */
export async function audit(input: RunInput, options: AuditOptions = {}): Promise<Audit> {
  const started = performance.now()
  const table = cellsOf(input)
  const inside = table.some(({ own }) => own)
  // Beside the table where it is none of its cells: what is audited is always run again.
  const entries = [
    ...table,
    ...(inside ? [] : [ownOf(input)]),
    ...CONTROLS.map((name) => controlOf(input, name)),
  ]
  const worlds = entries.map((entry) => createWorld(input, entry))
  await feedAll(input, worlds, options)
  const figures = worlds.map((world) => {
    World.end(world)
    return figuresOf(world)
  })
  const own = figures[entries.findIndex((entry) => entry.own)]!
  if (options.run !== undefined) assertOwn(options.run, own)
  const cells = table.map((entry, i) => cellOf(entry, figures[i]!))
  const controls = figures
    .slice(-CONTROLS.length)
    .map(({ net_pnl_usdc, fills }, i) => ({ strategy: CONTROLS[i]!, net_pnl_usdc, fills }))
  const { exchange } = input.config
  const run = {
    strategy: input.strategy.name,
    fill: exchange.fill,
    entry_latency_ms: exchange.entry_latency_ms,
    response_latency_ms: exchange.response_latency_ms,
    net_pnl_usdc: own.net_pnl_usdc,
    fills: own.fills,
    cell: inside,
  }
  return {
    cells,
    depends_on: dependsOn(cells),
    controls,
    notes: notesOn({ cells, controls, run }, input.tape.prints),
    run,
    code_version: codeVersion(),
    wall_s: (performance.now() - started) / 1_000,
  }
}

function cellsOf({ strategy, config }: RunInput): Entry[] {
  return FILLS.flatMap((fill) =>
    LATENCIES_MS.map((latency_ms) => {
      const exchange = {
        ...config.exchange,
        fill,
        latency_model: 'constant' as const,
        entry_latency_ms: latency_ms,
        response_latency_ms: latency_ms,
      }
      return {
        fill,
        latency_ms,
        strategy,
        config: { ...config, exchange },
        own: isOwn(config, fill, latency_ms),
      }
    }),
  )
}

function ownOf({ strategy, config }: RunInput): Entry {
  return {
    fill: config.exchange.fill,
    latency_ms: config.exchange.entry_latency_ms,
    strategy,
    config,
    own: true,
  }
}

/** The cell is the run itself. */
function isOwn({ exchange }: MachineConfig, fill: string, latency_ms: number): boolean {
  return (
    exchange.fill === fill &&
    exchange.latency_model === 'constant' &&
    exchange.entry_latency_ms === latency_ms &&
    exchange.response_latency_ms === latency_ms
  )
}

function controlOf({ config }: RunInput, name: string): Entry {
  const strategy = byName(name)
  return {
    fill: config.exchange.fill,
    latency_ms: config.exchange.entry_latency_ms,
    strategy,
    config: { ...config, strategy: defaults(strategy.settings) },
    own: false,
  }
}

function createWorld({ tape, seed }: RunInput, { strategy, config }: Entry): World.World {
  prepare({ tape, strategy, config, seed })
  return World.create({
    instruments: tape.instruments,
    profile: tape.profile,
    strategy,
    config,
    seed,
    prints: tape.prints,
    onFull: drop,
    table_rows: TABLE_ROWS,
  })
}

async function feedAll(
  { tape }: RunInput,
  worlds: readonly World.World[],
  { signal, progress }: AuditOptions,
): Promise<void> {
  let rows = 0
  for await (const columns of tape.read()) {
    for (const [i, world] of worlds.entries()) {
      World.feed(world, columns)
      progress?.(rows + share(columns, (i + 1) / worlds.length))
    }
    rows += columns.length
    // A signal can only arrive when the event loop gets a turn.
    await turn()
    signal?.throwIfAborted()
  }
}

function share(columns: Columns, part: number): number {
  return Math.floor(columns.length * part)
}

function cellOf({ fill, latency_ms }: Entry, figures: Figures): Cell {
  return {
    fill,
    latency_ms,
    net_pnl_usdc: figures.net_pnl_usdc,
    fills: figures.fills,
    unresolved_usdc: Math.round((figures.unresolved_value_usdc - figures.unresolved_cost_usdc) * 1e6) / 1e6,
  }
}

function assertOwn(run: RunFile, figures: Figures): void {
  const difference = compareFigures(run, figures)
  if (difference === null) return
  const { field, recorded, replayed } = difference
  const now = codeVersion()
  const moved = run.code_version !== now
  throw new RunnerError(
    'audit.own_cell',
    `run again beside the others, the run gives ${field} ${String(replayed)}, its run.json says ${String(recorded)}${moved ? `; the run was made by code ${run.code_version}, this is ${now}` : ': the strategy remembers something outside the state that init returns'}`,
    moved
      ? 'make the run again with engine backtest'
      : 'keep everything that a decision needs in the state; engine audit RUN --look-ahead shows the first decision that changes',
    { field },
  )
}

function drop(table: Table<TableName>): void {
  table.length = 0
}
