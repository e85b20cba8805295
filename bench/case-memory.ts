import { execute } from '../engine/runners/execute.ts'
import { type BenchOptions, entry, loadNow, type Outcome } from './entry.ts'
import { marketMakerOn, resultOf } from './replays.ts'
import { type BenchTape, madeTape, shippedTape } from './tapes.ts'

const MIB = 1024 * 1024
/** Places along the tape at which memory is looked at. */
const TENTHS = 10

/** Memory of one replay of the made tape, from the start of the process: its peak, and how it grew along the tape. */
export async function memoryCase(options: BenchOptions): Promise<Outcome> {
  return replayed('memory', await madeTape(options.dir, options.events))
}

/** The same on the shipped recording, repeated. */
export async function shippedMemoryCase(options: BenchOptions): Promise<Outcome> {
  return replayed('memory_shipped', await shippedTape(options.events))
}

async function replayed(name: string, { tape, facts }: BenchTape): Promise<Outcome> {
  const load_before = loadNow()
  const rss_mib: number[] = []
  const started_ms = performance.now()
  const world = await execute(marketMakerOn(tape), {
    progress: (rows) => {
      while (rss_mib.length < TENTHS && rows >= ((rss_mib.length + 1) * tape.rows) / TENTHS)
        rss_mib.push(Math.round(process.memoryUsage.rss() / MIB))
    },
  })
  const seconds = Math.round((performance.now() - started_ms) / 100) / 10
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  return {
    entries: [
      entry({
        name,
        what: 'peak of a replay in a process of its own, with Node and all code',
        unit: 'MiB',
        runs: 1,
        median: peak,
        min: peak,
        max: peak,
        cpu_median: null,
        bound: { value: 512, is: 'at_most' },
        tape: facts.name,
        load_before,
        result: { ...resultOf(world), rss_mib_by_tenth: rss_mib, seconds },
      }),
    ],
    tapes: [facts],
  }
}
