import { isDeepStrictEqual } from 'node:util'

/** What was measured, each run by the wall clock and by the processor time of the thread that did it. */
export type Figure = {
  runs: number
  median: number
  min: number
  max: number
  /** Median of units a second of processor time: the wall's figure, were nothing else at work on the machine. */
  cpu_median: number
}

/** What one run did: how many units, and what came out of it. */
export type Done = { units: number; result: Record<string, unknown> }

/** Times what lies between `start` and `stop`, as often as they are called. */
export type Watch = { start(): void; stop(): void }

/**
 * Units a second: one run to warm up, which does not count, then `runs` of them. Every run must come to the same result,
 * the warm-up included, or nothing that was measured means anything.
 *
 * @throws BenchError `bench.unequal` when two runs differ
 */
export async function measure(
  runs: number,
  once: (watch: Watch) => Promise<Done> | Done,
): Promise<Figure & { units: number; result: Record<string, unknown> }> {
  const first = await timed(once)
  const all = []
  for (let i = 0; i < runs; i++) {
    const run = await timed(once)
    if (run.units !== first.units || !isDeepStrictEqual(run.result, first.result))
      throw new BenchError(
        'bench.unequal',
        `run ${i + 1} came to ${JSON.stringify(run.result)}, the warm-up to ${JSON.stringify(first.result)}`,
      )
    all.push(run)
  }
  return {
    ...spread(all.map(({ units, wall_s }) => units / wall_s)),
    cpu_median: Math.round(median(all.map(({ units, cpu_s }) => units / cpu_s))),
    units: first.units,
    result: first.result,
  }
}

/** Median, least and most of a few values, rounded to whole units. */
export function spread(values: readonly number[]): Omit<Figure, 'cpu_median'> {
  return {
    runs: values.length,
    median: Math.round(median(values)),
    min: Math.round(Math.min(...values)),
    max: Math.round(Math.max(...values)),
  }
}

/** The middle value; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

async function timed(
  once: (watch: Watch) => Promise<Done> | Done,
): Promise<Done & { wall_s: number; cpu_s: number }> {
  let wall_ms = 0
  let cpu_us = 0
  let started_ms = 0
  let usage = process.threadCpuUsage()
  const done = await once({
    start() {
      usage = process.threadCpuUsage()
      started_ms = performance.now()
    },
    stop() {
      wall_ms += performance.now() - started_ms
      const { user, system } = process.threadCpuUsage(usage)
      cpu_us += user + system
    },
  })
  return { ...done, wall_s: wall_ms / 1e3, cpu_s: cpu_us / 1e6 }
}

/** A measurement that cannot be trusted, or was asked for wrongly. */
export class BenchError extends Error {
  readonly code: string
  readonly fix: string
  constructor(code: string, message: string, fix = 'report it: the same input must give the same result') {
    super(message)
    this.name = 'Bench.BenchError'
    this.code = code
    this.fix = fix
  }
}
