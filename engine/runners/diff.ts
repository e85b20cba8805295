import { join } from 'node:path'
import { allocate, COLUMNS, type Columns, Flag, slice } from '../../core/events/index.ts'
import * as Snapshot from '../../core/machine/snapshot.ts'
import { differences, type FieldDifference } from '../../core/machine/state-diff.ts'
import * as World from '../../core/machine/world.ts'
import { literalPath, withDatabase } from '../../recorders/database.ts'
import { assertTables } from '../report/index.ts'
import { compareTables, unreadable } from './compare.ts'
import { codeVersion } from './identity.ts'
import type { Rerun } from './rerun.ts'
import { worldOf } from './world-of.ts'

/** How two runs differ. `fields` hold both sides; `rerun` says whether they were made again to find out. */
export type RunDiff = {
  equal: boolean
  first_event?: number
  time?: string
  fields?: FieldDifference[]
  rerun: boolean
  /** Checkpoints compared, and how many agree from the start. */
  checkpoints: { compared: number; equal: number }
}

type Checkpoint = { event: number; link: string }

/**
 * Bisect two runs to the first event after which they differ; they are equal where their chains and all their tables are: by their stored hash chains to the interval between two
 * checkpoints, then, where both can be made again by this very code, by running both to the message.
 */
export async function diffRuns(a: Rerun, b: Rerun, signal?: AbortSignal): Promise<RunDiff> {
  for (const { dir, file } of [a, b]) await assertTables(dir, file)
  const [left, right] = await Promise.all([readChain(a.dir), readChain(b.dir)])
  const equal = firstUnequal(left, right)
  const checkpoints = { compared: Math.max(left.length, right.length), equal }
  if (equal === left.length && equal === right.length) {
    // Equal chains tell of what was decided; the tables are what people read.
    const left_over = await fromTables(a, b, [])
    const same = left_over.fields!.length === 0
    return { equal: same, ...(!same && left_over), rerun: false, checkpoints }
  }
  const own = identityFields(a, b)
  const runnable =
    own.length === 0 && a.file.code_version === codeVersion() && b.file.code_version === codeVersion()
  if (!runnable) return { equal: false, ...(await fromTables(a, b, own)), rerun: false, checkpoints }
  const from = equal === 0 ? 0 : left[equal - 1]!.event
  const to = Math.max(left[equal]?.event ?? 0, right[equal]?.event ?? 0)
  const found = await bisect(a, b, from, to, signal)
  if (found !== null) return { equal: false, ...found, rerun: true, checkpoints }
  return { equal: false, ...(await fromTables(a, b, [])), rerun: true, checkpoints }
}

/** Checkpoints that agree from the start: a chain that differs once differs for good, so half-steps find the place. */
function firstUnequal(a: readonly Checkpoint[], b: readonly Checkpoint[]): number {
  let low = 0
  let high = Math.min(a.length, b.length)
  while (low < high) {
    const middle = (low + high) >> 1
    if (a[middle]!.link === b[middle]!.link) low = middle + 1
    else high = middle
  }
  return low
}

async function readChain(dir: string): Promise<Checkpoint[]> {
  const file = join(dir, 'hashes.parquet')
  const words = Array.from({ length: 8 }, (_, i) => `h${i}`).join(', ')
  return await withDatabase({ about: unreadable(file) }, async (connection) => {
    const result = await connection.runAndReadAll(
      `SELECT event, ${words} FROM read_parquet(${literalPath(file)}) ORDER BY "index"`,
    )
    return result.getRows().map(([event, ...link]) => ({ event: Number(event), link: link.join(' ') }))
  })
}

/** Configuration, seed and strategy: what explains a difference before any event does. */
function identityFields(a: Rerun, b: Rerun): FieldDifference[] {
  const pick = ({ file }: Rerun) => ({
    config: file.config,
    seed: file.seed,
    strategy: file.strategy,
    strategy_source: file.strategy_source.sha256,
  })
  return differences(pick(a), pick(b))
}

/** The first row that the runs left differently, with all its fields that differ. */
async function fromTables(
  a: Rerun,
  b: Rerun,
  own: FieldDifference[],
): Promise<Pick<RunDiff, 'first_event' | 'time' | 'fields'>> {
  const found = await compareTables(a.dir, b.dir)
  if (found === null) return { fields: own }
  const path = `${found.kind}[${found.row}].${found.field}`
  return {
    ...(found.event !== null && { first_event: found.event }),
    ...(found.time !== null && { time: found.time }),
    fields: [...own, { path, a: found.recorded, b: found.replayed }],
  }
}

type Side = { rerun: Rerun; state: Uint8Array; rows: Columns }

/** Run both to `from`, keep the rows to `to` in memory, and halve the messages between until one step tells them apart. */
async function bisect(
  a: Rerun,
  b: Rerun,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<Pick<RunDiff, 'first_event' | 'fields'> | null> {
  const sides: [Side, Side] = [await sideAt(a, from, to, signal), await sideAt(b, from, to, signal)]
  const same_rows = equalRows(sides[0].rows, sides[1].rows)
  const ends = messageEnds(sides[0].rows, sides[1].rows)
  let low = -1
  let high = ends.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ends[middle]! <= same_rows && sameAt(sides, ends[middle]!)) low = middle
    else high = middle
  }
  if (high === ends.length) return null
  const before = low < 0 ? 0 : ends[low]!
  const states = sides.map((side) => stateAfter(side, ends[high]!)) as [Snapshot.RunState, Snapshot.RunState]
  const rows = rowDifferences(sides, before, ends[high]!, from)
  return { first_event: from + before, fields: [...rows, ...differences(...states)] }
}

async function sideAt(rerun: Rerun, from: number, to: number, signal?: AbortSignal): Promise<Side> {
  const world = worldOf(rerun.input)
  const rows = allocate(Math.max(0, to - from))
  let at = 0
  for await (const columns of rerun.input.tape.read()) {
    signal?.throwIfAborted()
    const head = Math.min(columns.length, Math.max(0, from - at))
    if (head > 0) World.feed(world, slice(columns, 0, head))
    const tail = Math.min(columns.length, to - at)
    if (tail > head) keep(rows, slice(columns, head, tail))
    at += columns.length
    if (at >= to) break
  }
  return { rerun, state: World.snapshot(world), rows }
}

function keep(into: Columns, from: Columns): void {
  for (const [name] of COLUMNS) into[name].set(from[name].subarray(0, from.length), into.length)
  into.length += from.length
}

/** Rows, counted from the first, that are the same on both sides. */
function equalRows(a: Columns, b: Columns): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if (COLUMNS.some(([name]) => a[name][i] !== b[name][i])) return i
  return n
}

/** Row counts at which a message ends on both sides, ascending. */
function messageEnds(a: Columns, b: Columns): number[] {
  const ends: number[] = []
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if ((a.flags[i]! & b.flags[i]! & Flag.LAST) !== 0) ends.push(i + 1)
  return ends
}

function worldAfter(side: Side, rows: number): World.World {
  const world = worldOf(side.rerun.input, { from: Snapshot.decode(side.state) })
  World.feed(world, slice(side.rows, 0, rows))
  return world
}

function stateAfter(side: Side, rows: number): Snapshot.RunState {
  const { machine, exchange } = worldAfter(side, rows)
  return { machine: machine.state, exchange: exchange.state }
}

function sameAt(sides: readonly [Side, Side], rows: number): boolean {
  const [a, b] = sides.map((side) => {
    const state = stateAfter(side, rows)
    return [...Snapshot.digest(state), ...state.machine.chain.pending].join()
  })
  return a === b
}

function rowDifferences(
  sides: readonly [Side, Side],
  from: number,
  to: number,
  offset: number,
): FieldDifference[] {
  const out: FieldDifference[] = []
  for (let i = from; i < to; i++) {
    for (const [name] of COLUMNS) {
      const a = sides[0].rows[name][i]
      const b = sides[1].rows[name][i]
      if (a !== b) out.push({ path: `tape[${offset + i}].${name}`, a, b })
    }
  }
  return out
}
