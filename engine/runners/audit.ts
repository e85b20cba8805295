import { performance } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { defaults } from '../../core/config/index.ts'
import type { Columns } from '../../core/events/index.ts'
import { configure } from '../../core/exchange/config.ts'
import type { MachineConfig } from '../../core/machine/machine.ts'
import type { Table, TableName } from '../../core/machine/records.ts'
import * as World from '../../core/machine/world.ts'
import { byName } from '../../core/strategies/registry.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import { signOf } from '../luck/index.ts'
import type { Audit, Cell } from '../report/index.ts'
import { LATENCIES_MS, rowsFor } from './audit-assumptions.ts'
import { notesOn } from './audit-notes.ts'
import { dependsOn } from './audit-words.ts'
import { isRuined } from './capital.ts'
import { compareFigures } from './compare.ts'
import { controlOf, DICE, diceSeeds, IDLE } from './controls.ts'
import type { RunInput } from './execute.ts'
import { codeVersion } from './identity.ts'
import { prepare } from './prepare.ts'
import type { RunFile } from './run-folder.ts'
import { RunnerError } from './runner-error.ts'
import { type Figures, figuresOf } from './summary.ts'

/** Rows of an audit's tables before they are thrown away: nobody reads them. */
const TABLE_ROWS = 256

/** One run of the audit. */
type Entry = {
  row: { fill: string; slip_bps?: number }
  latency_ms: number
  strategy: Strategy
  config: MachineConfig
  seed: number
  own: boolean
}

export type AuditOptions = {
  /** What the run gave that is audited: made again, it must give the same. */
  run?: RunFile
  signal?: AbortSignal
  /** Told the rows done so far, in rows of the tape. */
  progress?: (rows: number) => void
}

/**
 * Run the same decisions under three assumptions on fills and six latencies, and controls under the run's own, in one pass:
 * every chunk of the tape is decoded once and read by all worlds in turn.
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
  const seeds = diceSeeds(input.seed)
  const dice = seeds.map((seed) => entryOf(input, DICE, seed))
  // Beside the table where it is none of its cells: what is audited is always run again.
  const entries = [...table, ...(inside ? [] : [ownOf(input)]), ...dice, entryOf(input, IDLE, input.seed)]
  const worlds = entries.map((entry) => createWorld(input, entry))
  await feedAll(input, worlds, options)
  const results = worlds.map(endOf)
  const own = results[entries.findIndex((entry) => entry.own)]!
  if (options.run !== undefined) assertOwn(options.run, own.figures)
  const cells = table.map((entry, i) => cellOf(entry, results[i]!))
  const { volume_usdc } = own.figures
  const thrown = results.slice(-1 - seeds.length).map(({ figures }) => figures)
  const controls = [
    controlOf(DICE, seeds, thrown.slice(0, -1), volume_usdc),
    controlOf(IDLE, [input.seed], thrown.slice(-1), volume_usdc),
  ]
  const { exchange } = input.config
  const run = {
    strategy: input.strategy.name,
    fill: exchange.fill,
    ...(table[0]!.row.slip_bps !== undefined && { slip_bps: exchange.slip_bps }),
    entry_latency_ms: exchange.entry_latency_ms,
    response_latency_ms: exchange.response_latency_ms,
    ...resultOf(own),
    cell: inside,
  }
  return {
    cells,
    depends_on: dependsOn({ cells, controls, run }),
    controls,
    notes: notesOn({ cells, controls, run }, input.tape.prints),
    run,
    code_version: codeVersion(),
    wall_s: (performance.now() - started) / 1_000,
  }
}

function cellsOf(input: RunInput): Entry[] {
  const { strategy, config, seed, tape } = input
  const touch = tape.datasets.some(({ manifest }) => manifest.carries.book !== 'full')
  return rowsFor(touch ? 'touch' : 'full').flatMap((row) =>
    LATENCIES_MS.map((latency_ms): Entry => {
      const exchange = {
        ...config.exchange,
        ...row,
        taken_depth: 'by-fill' as const,
        latency_model: 'constant' as const,
        entry_latency_ms: latency_ms,
        response_latency_ms: latency_ms,
      }
      const cell = { ...config, exchange }
      return { row, latency_ms, strategy, config: cell, seed, own: isOwn(config, cell) }
    }),
  )
}

function ownOf({ strategy, config, seed }: RunInput): Entry {
  const { fill, entry_latency_ms: latency_ms } = config.exchange
  return { row: { fill }, latency_ms, strategy, config, seed, own: true }
}

/** The cell is the run itself: it fills by the same rules, at the same times. */
function isOwn({ exchange: run }: MachineConfig, { exchange: cell }: MachineConfig): boolean {
  return (
    run.fill === cell.fill &&
    configure(run).taken_depth === configure(cell).taken_depth &&
    (run.fill !== 'bbo' || run.slip_bps === cell.slip_bps) &&
    run.latency_model === 'constant' &&
    run.entry_latency_ms === cell.entry_latency_ms &&
    run.response_latency_ms === cell.response_latency_ms
  )
}

function entryOf({ config }: RunInput, name: string, seed: number): Entry {
  const strategy = byName(name)
  const { fill, entry_latency_ms: latency_ms } = config.exchange
  const own = { ...config, strategy: defaults(strategy.settings) }
  return { row: { fill }, latency_ms, strategy, config: own, seed, own: false }
}

function createWorld({ tape }: RunInput, { strategy, config, seed }: Entry): World.World {
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

/** What one world came to. */
type End = { figures: Figures; ruined: boolean }

function endOf(world: World.World): End {
  World.end(world)
  const { equity } = world.machine.state.equity
  const figures = figuresOf(world)
  return { figures, ruined: isRuined(figures.initial_cash_usdc, equity) }
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

function cellOf({ row, latency_ms }: Entry, end: End): Cell {
  const { unresolved_value_usdc, unresolved_cost_usdc } = end.figures
  const unresolved_usdc = Math.round((unresolved_value_usdc - unresolved_cost_usdc) * 1e6) / 1e6
  return { ...row, latency_ms, ...resultOf(end), unresolved_usdc }
}

function resultOf({ figures, ruined }: End) {
  const { net_pnl_usdc, net_pnl_interval_usdc, fills, maker_fills, volume_usdc } = figures
  return {
    net_pnl_usdc,
    net_pnl_interval_usdc,
    sign: signOf(figures),
    fills,
    maker_fills,
    volume_usdc,
    ruined,
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
