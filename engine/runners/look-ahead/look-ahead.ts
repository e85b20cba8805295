import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { Trigger } from '../../../core/machine/records.ts'
import { formatIso } from '../../../core/units/index.ts'
import { below, makeScratch } from '../../../recorders/files/index.ts'
import type { Breach } from '../../purity/breaches.ts'
import type { RunInput } from '../execute.ts'
import { RunnerError } from '../runner-error.ts'
import type { LoadedStrategy } from '../strategies.ts'
import { elsewhere } from './elsewhere.ts'
import type { Job } from './messages.ts'
import { ChildError, FIRST_FILE, startProcess } from './process.ts'
import { type Sampled, sampleDecisions } from './sample.ts'
import { type Change, compareTraces, type Trace, type TraceFiles } from './trace.ts'
import { type Future, unfold } from './unfolding.ts'

/** Decisions that are checked where nobody says how many. */
export const SAMPLES = 256
export const SAMPLES_MAX = 10_000

/**
 * What was tried: the same run once more in one process, with nothing on disk after each decision, and with another future
 * there.
 */
export type Trial = 'again' | Future

/** The first decision that changed. `a` is the run with the whole dataset at hand, `b` the trial. */
export type FirstChange = Omit<Change, 'time_us' | 'market' | 'trigger'> & {
  trial: Trial
  time: string
  market: string
  trigger: string
  /** What the strategy failed with, where it did. */
  failed: string | null
}

/** Something that no decision may rest on, as `reads /home/me/prices.csv`, and in which run it was asked for first. */
export type Asked = { what: string; trial: 'whole' | Future }

/** Whether a strategy is caught: it asked for what it may not know, or decided otherwise without it. */
export function isCaught({ asked, changed }: LookAhead): boolean {
  return asked.length > 0 || changed > 0
}

/** What the look-ahead detector found. */
export type LookAhead = {
  /** Decisions after which the future was taken away. */
  decisions_checked: number
  /** Those of them by which something had changed. */
  changed: number
  /** Decisions of the run; each was held against the run with the whole dataset. */
  decisions: number
  trials: Trial[]
  first_change?: FirstChange
  /** What the strategy asked for and was refused: files, programs, the network. One such thing is enough. */
  asked: Asked[]
  /** Places of the strategy's own files that break the rules of the core. */
  impure: Breach[]
  wall_s: number
}

export type LookAheadOptions = {
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** Decisions to check, from 1 to {@link SAMPLES_MAX}. */
  samples?: number
  /** Of the choice of decisions and of the other futures. */
  seed?: number
  /** What the run's own chain ended with, where a run of the same code is at hand. */
  state_hash?: string
  signal?: AbortSignal
  /** Told steps done and steps in all. */
  progress?: (done: number, total: number) => void
}

/**
 * Find out whether any decision of a strategy depends on what comes after it. The run is made from its first row in
 * processes of their own: with the whole dataset, twice; then with a dataset folder that ends at each of many decisions and
 * grows only when it has been taken; then with one in which another future stands there. Every row of decisions and intents
 * is compared, bit by bit.
 *
 * @throws RunnerError `audit.run_failed` where the strategy fails with the whole dataset at hand, `audit.run` where the run
 * does not end as its folder says
 */
export async function lookAhead(
  input: RunInput,
  loaded: LoadedStrategy,
  options: LookAheadOptions,
): Promise<LookAhead> {
  const started = performance.now()
  const scratch = await makeScratch('audit')
  const bench = benchOf(scratch.path, input, loaded, options)
  const impure = await impuritiesOf(loaded, options.cwd)
  try {
    // The replay cache is made here, where it may be written.
    for await (const _first of input.tape.read()) break
    const runs = await wholeRuns(bench)
    // Nothing to compare: it does not run without what it was refused.
    if (runs.traces === null) {
      return { ...NOTHING, asked: askedOf({ whole: runs.refused }), impure, wall_s: secondsSince(started) }
    }
    const { traces, state_hash } = runs
    const [whole, again] = traces
    const sampled = sampleDecisions(whole, options.samples ?? SAMPLES, options.seed ?? 1)
    const total = 2 + 2 * (sampled.length + 1)
    let done = 2
    options.progress?.(done, total)
    const onStep = () => options.progress?.(++done, total)
    // Both are waited for, also where one fails: nothing may be written when the place is cleared away.
    const [cut, perturbed] = await both(
      blindRun(bench, 'cut', sampled, onStep),
      blindRun(bench, 'perturbed', sampled, onStep),
    )
    const trials = [
      { trial: 'again' as const, trace: again, failed: null },
      { trial: 'cut' as const, ...cut },
      { trial: 'perturbed' as const, ...perturbed },
    ]
    const changes = trials.flatMap(({ trial, trace, failed }) => {
      const change = compareTraces(whole, trace)
      return change === null ? [] : [{ trial, failed, change }]
    })
    const first = changes.sort((a, b) => a.change.decision - b.change.decision)[0]
    const asked = askedOf({ whole: runs.refused, cut: cut.refused, perturbed: perturbed.refused })
    // A strategy that is caught explains by itself why its run ended otherwise.
    if (first === undefined && asked.length === 0) assertSame(options.state_hash, state_hash)
    return {
      decisions_checked: sampled.length,
      changed:
        first === undefined ? 0 : sampled.filter((one) => one.decision >= first.change.decision).length,
      decisions: (sampled.at(-1)?.decision ?? -1) + 1,
      trials: trials.map(({ trial }) => trial),
      ...(first !== undefined && { first_change: named(input, first) }),
      asked,
      impure,
      wall_s: secondsSince(started),
    }
  } finally {
    await scratch.remove()
  }
}

/** Of a strategy that did not come to a single decision. */
const NOTHING = { decisions_checked: 0, changed: 0, decisions: 0, trials: [] }

function secondsSince(started: number): number {
  return (performance.now() - started) / 1_000
}

/** Each thing once, with the run that asked for it first. */
function askedOf(refused: Partial<Record<Asked['trial'], readonly string[]>>): Asked[] {
  const found = new Map<string, Asked>()
  for (const [trial, list] of Object.entries(refused) as [Asked['trial'], readonly string[]][]) {
    for (const what of list) if (!found.has(what)) found.set(what, { what, trial })
  }
  return [...found.values()]
}

/** Wait for both, then fail as the first that failed. */
async function both<T>(a: Promise<T>, b: Promise<T>): Promise<[T, T]> {
  await Promise.allSettled([a, b])
  return [await a, await b]
}

/** What all runs have in common. */
type Bench = {
  root: string
  job: Omit<Job, 'trace' | 'datasets'>
  input: RunInput
  datasets: string[]
  words: (datasets: readonly string[]) => string[]
  options: LookAheadOptions
}

function benchOf(root: string, input: RunInput, loaded: LoadedStrategy, options: LookAheadOptions): Bench {
  const strategy = loaded.file ?? input.strategy.name
  return {
    root,
    job: { strategy, sources: loaded.sources, config: input.config, seed: input.seed },
    input,
    datasets: input.tape.datasets.map(({ dir }) => dir),
    words: (datasets) => ['backtest', ...datasets, '--strategy', strategy],
    options,
  }
}

/** The run as anybody makes it, twice in one process: its own place, its own dataset, all of it there. */
async function wholeRuns(
  bench: Bench,
): Promise<{ traces: [Trace, Trace] | null; state_hash: string; refused: readonly string[] }> {
  const { datasets, options } = bench
  const scratch = below(bench.root, 'whole')
  await mkdir(scratch)
  const first = openTrace(bench.root, 'whole')
  const second = openTrace(bench.root, 'again')
  const child = startProcess({
    argv: bench.words(datasets),
    cwd: options.cwd,
    env: { ...options.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch },
    files: [...first.files, ...second.files],
    // It reads what it likes, as a backtest does, but passes nothing on to the runs that may not know.
    permissions: { read: 'all', write: scratch, addons: true },
    ...(options.signal !== undefined && { signal: options.signal }),
  })
  try {
    const traces = [filesAt(0), filesAt(2)]
    const state_hash = await child.ask({
      kind: 'run',
      job: { ...bench.job, datasets, trace: traces[0]! },
      traces,
    })
    return { traces: [first.trace, second.trace], state_hash, refused: child.refused }
  } catch (thrown) {
    if (!(thrown instanceof ChildError)) throw thrown
    if (child.refused.length > 0) return { traces: null, state_hash: '', refused: child.refused }
    throw new RunnerError(
      'audit.run_failed',
      `${bench.job.strategy} fails on the whole dataset already: ${thrown.message}`,
      'correct the strategy; engine backtest shows the same',
    )
  } finally {
    await child.stop()
    first.close()
    second.close()
  }
}

/** The run with no future at hand: it goes on only when each sampled decision has been taken. */
async function blindRun(
  bench: Bench,
  future: Future,
  sampled: readonly Sampled[],
  onStep: () => void,
): Promise<{ trace: Trace; failed: string | null; refused: readonly string[] }> {
  const { input, options } = bench
  const { signal, cwd, env } = options
  const own = below(bench.root, future)
  const place = await elsewhere(own, cwd, bench.datasets, env)
  const { trace, files, close } = openTrace(bench.root, future)
  const tape = await unfold(place.dataset, input.tape, future, options.seed ?? 1)
  const child = startProcess({
    argv: bench.words([place.dataset]),
    cwd: place.cwd,
    env: place.env,
    files,
    permissions: { read: [own], write: below(own, 'home'), addons: false },
    ...(signal !== undefined && { signal }),
  })
  const job: Job = { ...bench.job, datasets: [place.dataset], trace: filesAt(0) }
  try {
    for (const { event, time_us } of sampled) {
      const rows = await tape.reveal(event, time_us)
      await child.ask({ kind: 'step', job, rows, until_us: time_us })
      onStep()
    }
    const rows = await tape.revealAll()
    await child.ask({ kind: 'step', job, rows, until_us: null })
    await child.ask({ kind: 'end' })
    onStep()
    return { trace, failed: null, refused: child.refused }
  } catch (thrown) {
    if (!(thrown instanceof ChildError)) throw thrown
    return { trace, failed: thrown.message, refused: child.refused }
  } finally {
    await child.stop()
    await tape.close()
    close()
  }
}

/** Files of a trace outside of every place that a run can know by its path. */
function openTrace(root: string, name: string): { trace: Trace; files: number[]; close(): void } {
  const trace = { decisions: below(root, `${name}.decisions`), intents: below(root, `${name}.intents`) }
  const files = [openSync(trace.decisions, 'w'), openSync(trace.intents, 'w')]
  return {
    trace,
    files,
    close: () => {
      for (const file of files) closeSync(file)
    },
  }
}

function filesAt(offset: number): TraceFiles {
  return { decisions: FIRST_FILE + offset, intents: FIRST_FILE + offset + 1 }
}

function assertSame(recorded: string | undefined, made: string): void {
  if (recorded === undefined || recorded === made) return
  throw new RunnerError(
    'audit.run',
    `the run ends with state hash ${made}, its folder says ${recorded}`,
    'see with engine replay RUN --verify where it differs',
    { field: 'state_hash' },
  )
}

function named(
  { tape }: RunInput,
  { trial, failed, change }: { trial: Trial; failed: string | null; change: Change },
): FirstChange {
  const { time_us, market, trigger, ...rest } = change
  const name = Object.entries(Trigger).find(([, code]) => code === trigger)?.[0]
  return {
    trial,
    ...rest,
    time: formatIso(time_us),
    market: tape.instruments.markets[market]?.slug ?? String(market),
    trigger: name?.toLowerCase() ?? String(trigger),
    failed,
  }
}

/** The parser is large, and nothing else needs it. */
async function impuritiesOf({ sources }: LoadedStrategy, cwd: string): Promise<Breach[]> {
  if (sources === null) return []
  const { impurities } = await import('../../purity/module-graph.ts')
  return impurities(sources.files, cwd)
}
