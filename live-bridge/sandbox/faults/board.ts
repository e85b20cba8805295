import { Rng } from '../../../core/random/index.ts'
import type { FeedName } from '../../../recorders/journal/record.ts'
import { after } from '../../../recorders/long-timer.ts'
import type { FaultName, FaultSpec } from './fault.ts'

/** A fault that is on, and how often it has struck. */
export type ActiveFault = FaultSpec & { id: number; count: number }

/** Which faults are on. What they do is done by whoever asks; chance is drawn here, from a seed. */
export type FaultBoard = {
  /** In the order they were asked for. */
  readonly active: readonly ActiveFault[]
  /** How often each has struck since the sandbox began, those that are over too. */
  readonly counts: Readonly<Record<string, number>>
  readonly rng: Rng.Rng
  add(spec: FaultSpec): ActiveFault
  /** End faults: one by its number, those of a name, or all. @returns how many there were */
  clear(which: number | string | null): number
  /** The first fault of a name that is on for a feed. HOT: allocates nothing. */
  find(name: FaultName, feed: FeedName): ActiveFault | undefined
  /** It is on, and chance will have it so: counted. */
  strikes(name: FaultName, feed: FeedName): ActiveFault | undefined
  count(fault: ActiveFault, times?: number): void
}

/** What is to happen when a fault begins and when it is over. */
export type FaultHooks = { began(fault: ActiveFault): void; ended(fault: ActiveFault): void }

const MS = 1_000
/** Consumer of chance: see `Rng.create`. */
const STREAM = 900

/** No faults yet. */
export function createBoard(seed: number, hooks: FaultHooks): FaultBoard {
  const active: ActiveFault[] = []
  const counts: Record<string, number> = {}
  const timers = new Map<number, () => void>()
  const rng = Rng.create(seed, STREAM)
  let made = 0

  const end = (fault: ActiveFault) => {
    timers.get(fault.id)?.()
    timers.delete(fault.id)
    active.splice(active.indexOf(fault), 1)
    hooks.ended(fault)
  }
  const count = (fault: ActiveFault, times = 1) => {
    fault.count += times
    counts[fault.name] = (counts[fault.name] ?? 0) + times
  }
  const find = (name: FaultName, feed: FeedName) => {
    for (const fault of active)
      if (fault.name === name && (fault.feed === null || fault.feed === feed)) return fault
    return undefined
  }
  return {
    active,
    counts,
    rng,
    add(spec) {
      const fault: ActiveFault = { ...spec, id: ++made, count: 0 }
      active.push(fault)
      const for_s = spec.name === 'restart' ? Number(spec.args.down_s) : spec.for_s
      if (for_s !== null)
        timers.set(
          fault.id,
          after(for_s * MS, () => end(fault), false),
        )
      hooks.began(fault)
      return fault
    },
    clear(which) {
      const ending = active.filter(({ id, name }) => which === null || which === id || which === name)
      for (const fault of ending) end(fault)
      return ending.length
    },
    find,
    strikes(name, feed) {
      if (active.length === 0) return undefined
      const fault = find(name, feed)
      if (fault === undefined) return undefined
      if (Rng.uniform(rng) >= Number(fault.args.rate)) return undefined
      count(fault)
      return fault
    },
    count,
  }
}
