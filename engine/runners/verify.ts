import { Chain } from '../../core/hash/index.ts'
import type { World } from '../../core/machine/world.ts'
import type { Micros } from '../../core/units/index.ts'
import { makeScratch } from '../../recorders/files/index.ts'
import { compareFigures, compareTables, type Difference } from './compare.ts'
import { execute } from './execute.ts'
import { configHash } from './identity.ts'
import type { Rerun } from './rerun.ts'
import { standAt } from './stand.ts'
import { figuresOf } from './summary.ts'
import { createTableWriter } from './table-writer.ts'

export type Verification = {
  equal: boolean
  state_hash: string
  recorded_hash: string
  events: number
  first_difference?: Difference
}

/**
 * Run again and compare every table, row by row, the hash chain and the figures with what was stored.
 *
 * @returns equal, or the first difference with both sides
 */
export async function verify(
  rerun: Rerun,
  options: { signal?: AbortSignal; progress?: (rows: number) => void; chunk_rows?: number } = {},
): Promise<Verification> {
  const scratch = await makeScratch('replay')
  const writer = await createTableWriter()
  let finished = false
  try {
    const world = await execute(rerun.input, { drain: (table) => writer.drain(table), ...options })
    await writer.finish(scratch.path)
    finished = true
    const difference =
      (await compareTables(rerun.dir, scratch.path)) ??
      compareFigures(rerun.file, figuresOf(world)) ??
      compareIdentity(rerun)
    return {
      equal: difference === null,
      state_hash: Chain.hex(world.machine.state.chain),
      recorded_hash: rerun.file.state_hash,
      events: world.machine.state.counts.events,
      ...(difference !== null && { first_difference: difference }),
    }
  } finally {
    if (!finished) await writer.abort()
    await scratch.remove()
  }
}

/** The configuration that stands in a run folder is the one that its hash is of. Runs of version 0.1.0 hash it otherwise. */
function compareIdentity({ file, tape }: Rerun): Difference | null {
  const hash = configHash(file.config, tape)
  if (file.data_hash === undefined || file.config_hash === hash) return null
  const place = { event: null, time: null, kind: 'run' as const, row: 0, field: 'config_hash' }
  return { ...place, recorded: file.config_hash, replayed: hash }
}

/**
 * Run again up to a time and compare what had happened by then.
 *
 * @returns the comparison, and the world as it stood
 */
export async function verifyUntil(
  rerun: Rerun,
  until_us: Micros,
  options: { signal?: AbortSignal; progress?: (rows: number) => void } = {},
): Promise<Verification & { world: World }> {
  const scratch = await makeScratch('replay')
  const writer = await createTableWriter()
  let finished = false
  try {
    const world = await standAt(rerun.input, until_us, { drain: (table) => writer.drain(table), ...options })
    await writer.finish(scratch.path)
    finished = true
    const difference = await compareTables(rerun.dir, scratch.path, until_us)
    return {
      equal: difference === null,
      state_hash: Chain.hex(world.machine.state.chain),
      recorded_hash: rerun.file.state_hash,
      events: world.machine.state.counts.events,
      ...(difference !== null && { first_difference: difference }),
      world,
    }
  } finally {
    if (!finished) await writer.abort()
    await scratch.remove()
  }
}
