import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { ReferenceProfile } from '../../core/events/index.ts'
import { MICRO } from '../../core/units/index.ts'
import { replaceText, stage } from '../../recorders/files/index.ts'
import { type AuditFile, hashTables, type TableHashes, writeReport } from '../report/index.ts'
import type { Asks } from '../strategies/asks.ts'
import { namesOf } from '../strategies/sources.ts'
import { audit } from './audit.ts'
import { type Capital, watchCapital } from './capital.ts'
import { execute, type RunInput } from './execute.ts'
import { type Foresight, watchForesight } from './foresight.ts'
import { accountOf, type GapAccount, type GapSum } from './gap-account.ts'
import { codeVersion, configHash, dataHash, runtime } from './identity.ts'
import { writeJournal } from './journal.ts'
import { type Refusals, watchRefusals } from './refusals.ts'
import { RunnerError } from './runner-error.ts'
import type { LoadedStrategy } from './strategies.ts'
import { type Figures, figuresOf, seconds } from './summary.ts'
import { createTableWriter, type TableWriter } from './table-writer.ts'
import { warningsOf } from './warnings.ts'

/** A silence of one market. */
export type GapInterval = { market: number; start_us: number; end_us: number; cause: string }

/** What a run came to. */
type Result = Figures &
  Capital & {
    refused: Refusals
    warnings: string[]
    calibration: Foresight | null
  }

/** What `run.json` holds: the result, and everything needed to run it again. */
export type RunFile = Result & {
  run: string
  dataset_hash: string
  config_hash: string
  /** Of what its datasets say beside their rows; absent in runs of version 0.1.0. */
  data_hash?: string
  code_version: string
  runtime: string
  /** Making the replay cache on first use, not part of wall_s. */
  prepare_s: number
  wall_s: number
  events_per_s: number
  peak_rss_mb: number
  gaps: GapSum & GapAccount & { policy: string; intervals: GapInterval[] }
  strategy: string
  /**
   * `files` are the strategy's own and those that it imports, seen from its folder; only where it stands in a file. `asks` is
   * what they ask of the platform.
   */
  strategy_source: {
    file: string | null
    sha256: string
    files?: { path: string; sha256: string }[]
    asks?: readonly Asks[]
  }
  fill: string
  gaps_policy: string
  seed: number
  config: Record<string, Record<string, unknown>>
  reference_profile: ReferenceProfile
  datasets: {
    path: string
    dataset_hash: string
    attribution: string
    licence: string
    inferred: unknown[]
  }[]
  markets: { slug: string; start_us: number; end_us: number }[]
  recording: { has_trades: boolean; messages: number; rows: number }
  /** SHA-256 of each table; absent in runs of version 0.1.0. */
  tables?: TableHashes
}

export type RunFolderOptions = {
  signal?: AbortSignal
  progress?: (rows: number) => void
  /** Draw report.html. Default true. */
  report?: boolean
  /** Make the audit that the report carries: the run again under other fills and latencies. Default as `report`. */
  audit?: boolean
  /** Told the rows of the tape that the audit has done so far. */
  auditProgress?: (rows: number) => void
}

/**
 * Run, and write the run folder: beside its place first, renamed into it when it is whole. An earlier run folder there is
 * replaced; anything else there is left alone.
 *
 * @returns what `run.json` holds
 * @throws RunnerError `run.out_exists` where the place is taken by something that is no run folder
 */
export async function writeRun(
  out: string,
  input: RunInput,
  loaded: LoadedStrategy,
  options: RunFolderOptions = {},
): Promise<RunFile> {
  const place = resolve(out)
  await assertFree(place)
  const staging = await stage(place)
  const part = staging.path
  let writer: TableWriter | null = null
  try {
    const tables = await createTableWriter()
    writer = tables
    await mkdir(part)
    const intervals: GapInterval[] = []
    const watch = watchCapital(input.config.portfolio.initial_cash_usdc)
    const refused = watchRefusals()
    const foresight = watchForesight(input.tape.instruments.markets)
    const prepare_s = await prepareTape(input)
    const started = performance.now()
    const world = await execute(input, {
      drain: (table) => {
        watch.observe(table)
        refused.observe(table)
        foresight.observe(table)
        tables.drain(table)
      },
      onGap: (market, start_us, end_us) => intervals.push({ market, start_us, end_us, cause: 'silence' }),
      ...(options.signal !== undefined && { signal: options.signal }),
      ...(options.progress !== undefined && { progress: options.progress }),
    })
    const wall_s = (performance.now() - started) / 1_000
    const file = describeRun(
      place,
      input,
      loaded,
      {
        ...figuresOf(world),
        ...watch.capital(),
        refused: refused.refusals(),
        warnings: warningsOf(input.tape),
        calibration: foresight.foresight(world.machine),
      },
      { prepare_s, wall_s },
      intervals,
      world.machine.state.counts.gap_us,
    )
    await tables.finish(part)
    file.tables = await hashTables(part)
    await writeFile(join(part, 'run.json'), `${JSON.stringify(file, null, 2)}\n`)
    await writeJournal(part, file.markets, Math.round(input.config.portfolio.initial_cash_usdc * MICRO))
    if (options.audit ?? options.report !== false)
      await storeAudit(part, await tryAudit(input, file, options))
    if (options.report !== false) await writeReport(part)
    await staging.replace()
    return file
  } finally {
    await writer?.abort()
    await staging.drop()
  }
}

/** Have the replay cache made before the run is timed: it is made once, and checks the dataset's hash. @returns seconds */
async function prepareTape({ tape }: RunInput): Promise<number> {
  const started = performance.now()
  for await (const _first of tape.read()) break
  return (performance.now() - started) / 1_000
}

/** Put an audit into a run folder, where the report finds it: written beside and renamed. */
export async function storeAudit(dir: string, file: AuditFile): Promise<void> {
  await replaceText(join(dir, 'audit.json'), `${JSON.stringify(file, null, 2)}\n`)
}

/**
 * The audit, or why there is none: what goes wrong under other assumptions does not take the run away, nor does a stop: the run
 * is whole by then.
 */
async function tryAudit(input: RunInput, run: RunFile, options: RunFolderOptions): Promise<AuditFile> {
  const { signal, auditProgress: progress } = options
  try {
    return await audit(input, { run, ...(signal !== undefined && { signal }), ...(progress && { progress }) })
  } catch (thrown) {
    if (signal?.aborted === true)
      return {
        failed: {
          code: 'audit.stopped',
          message: 'stopped before it was done',
          fix: `engine audit ${run.run} makes it`,
        },
      }
    const { code, message, fix } = thrown as { code?: unknown; message?: unknown; fix?: unknown }
    return {
      failed: {
        code: typeof code === 'string' ? code : 'audit.failed',
        message: String(message),
        fix: typeof fix === 'string' ? fix : 'see what the strategy does under other fills and latencies',
      },
    }
  }
}

function describeRun(
  place: string,
  input: RunInput,
  loaded: LoadedStrategy,
  figures: Result,
  times: { prepare_s: number; wall_s: number },
  intervals: GapInterval[],
  gap_us: number,
): RunFile {
  const { tape, config } = input
  const { datasets } = tape
  return {
    run: basename(place),
    dataset_hash: tape.dataset_hash,
    config_hash: configHash(config, tape),
    data_hash: dataHash(tape),
    code_version: codeVersion(),
    runtime: runtime(),
    ...figures,
    ...times,
    events_per_s: Math.round(figures.events / times.wall_s),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1_024),
    gaps: {
      count: intervals.length,
      seconds: seconds(gap_us),
      policy: config.exchange.gaps,
      ...accountOf(tape, intervals),
      intervals,
    },
    strategy: input.strategy.name,
    strategy_source: {
      file: loaded.file,
      sha256: loaded.sha256,
      ...(loaded.sources !== null && { files: namesOf(loaded.sources.files) }),
      ...(loaded.asks.length > 0 && { asks: loaded.asks }),
    },
    fill: config.exchange.fill,
    gaps_policy: config.exchange.gaps,
    seed: input.seed,
    config: config as unknown as Record<string, Record<string, unknown>>,
    reference_profile: tape.profile,
    datasets: datasets.map(({ dir, manifest }) => ({
      path: dir,
      dataset_hash: manifest.dataset_hash,
      attribution: manifest.attribution,
      licence: manifest.licence,
      inferred: manifest.inferred,
    })),
    markets: tape.instruments.markets.map(({ slug, start_us, end_us }) => ({ slug, start_us, end_us })),
    recording: {
      has_trades: tape.prints,
      messages: datasets.reduce((sum, { manifest }) => sum + manifest.counts.messages, 0),
      rows: tape.rows,
    },
  }
}

async function assertFree(place: string): Promise<void> {
  const found = await stat(place).catch(() => null)
  if (found === null) return
  const names = found.isDirectory() ? await readdir(place) : []
  if (found.isDirectory() && (names.length === 0 || names.includes('run.json'))) return
  throw new RunnerError(
    'run.out_exists',
    `${place} is there already and is no run folder`,
    'choose another --out, or move it away',
    { file: place },
  )
}
