import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SHIPPED } from '../engine/runners/backtest-config.ts'
import { type BenchOptions, type Entry, entry, loadNow, type Outcome } from './entry.ts'
import { BenchError, median } from './figure.ts'
import type { FirstRun } from './first-run.ts'

const FIRST_RUN = fileURLToPath(new URL('./first-run.ts', import.meta.url))
const COMMAND = fileURLToPath(new URL('../engine/cli/main.ts', import.meta.url))
const run = promisify(execFile)

/**
 * What a newcomer waits for: a fresh process that replays the shipped recording once, and the whole `engine backtest` with
 * its tables, its audit and its report. Files are in the page cache (nothing here may empty it) and the replay cache is made; code is
 * compiled anew, because every run is a process of its own.
 */
export async function coldCase({ runs }: BenchOptions): Promise<Outcome> {
  const load_before = loadNow()
  const firsts: FirstRun[] = []
  const commands: number[] = []
  for (let i = 0; i <= runs; i++) {
    const first = await firstRun()
    const command_s = await backtest()
    // The first of each reads the files.
    if (i === 0) continue
    firsts.push(first)
    commands.push(command_s)
  }
  const hashes = new Set(firsts.map(({ state_hash }) => state_hash))
  if (hashes.size !== 1) throw new BenchError('bench.unequal', `processes came to ${[...hashes].join(', ')}`)
  const result = { events: firsts[0]!.events, state_hash: firsts[0]!.state_hash, page_cache: 'warm' }
  const line = (name: string, what: string, unit: Entry['unit'], values: number[], digits: number) => {
    const round = (value: number) => Math.round(value * 10 ** digits) / 10 ** digits
    return entry({
      name,
      what,
      unit,
      runs: values.length,
      median: round(median(values)),
      min: round(Math.min(...values)),
      max: round(Math.max(...values)),
      cpu_median: null,
      bound: null,
      tape: 'shipped, once',
      load_before,
      result,
    })
  }
  const rates = firsts.map(({ events, run_s }) => events / run_s)
  return {
    entries: [
      line(
        'cold_load',
        'from the start of a process to its first line',
        's',
        firsts.map((f) => f.loaded_s),
        3,
      ),
      line('cold_replay', 'the first replay in a process', 'events/s', rates, 0),
      line('cold_backtest', '`engine backtest` whole: tables, audit and report too', 's', commands, 3),
    ],
    tapes: [],
  }
}

async function firstRun(): Promise<FirstRun> {
  const { stdout } = await run(process.execPath, [FIRST_RUN])
  return JSON.parse(stdout) as FirstRun
}

async function backtest(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'))
  try {
    const started_ms = performance.now()
    const words = ['backtest', SHIPPED, '--strategy', 'market-maker', '--out', join(folder, 'run'), '--json']
    await run(process.execPath, [COMMAND, ...words])
    return (performance.now() - started_ms) / 1e3
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
