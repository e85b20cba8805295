import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MachineConfig } from '../../../core/machine/machine.ts'
import { ResolutionCode } from '../../../core/machine/records.ts'
import type { Strategy } from '../../../core/strategies/strategy.ts'
import { formatIso, MICRO } from '../../../core/units/index.ts'
import { execute } from '../../../engine/runners/execute.ts'
import { figuresOf } from '../../../engine/runners/summary.ts'
import type { Tape } from '../../../engine/runners/tape.ts'
import { GoldenError, matchGolden } from '../golden.ts'
import * as DecisionTrace from './decision-trace.ts'

/**
 * The golden of a whole run, two files: a text with its figures, its windows and the links of its hash chain, and a trace
 * of its decisions, which is only opened when the text differs, to show where the run began to go another way.
 */

const FOLDER = dirname(dirname(fileURLToPath(import.meta.url)))
/** Digits of a link that are kept: enough to tell two runs apart. */
const LINK_DIGITS = 16

/** What a run is made of. */
export type GoldenInput = { tape: Tape; strategy: Strategy; config: MachineConfig; seed: number }
/** A run as a golden keeps it. */
export type GoldenRun = { text: string; trace: DecisionTrace.DecisionTrace; slugs: string[] }

/** Run, and keep what a golden keeps. */
export async function makeGolden(input: GoldenInput, keep: DecisionTrace.Keep): Promise<GoldenRun> {
  const rows: Record<string, Record<string, number[]>> = {}
  const world = await execute(input, {
    drain(table) {
      rows[table.name] ??= {}
      const kept = rows[table.name]!
      for (const [name, column] of Object.entries(table.columns)) {
        kept[name] ??= []
        for (let row = 0; row < table.length; row++) kept[name].push(column[row]!)
      }
      table.length = 0
    },
  })
  const trace = DecisionTrace.traceOf(rows.decisions!, keep)
  const slugs = input.tape.instruments.markets.map(({ slug }) => slug)
  const lines = [
    `strategy ${input.strategy.name}`,
    `fill ${input.config.exchange.fill}`,
    `seed ${input.seed}`,
    `dataset ${input.tape.dataset_hash}`,
    ...figureLines(figuresOf(world)),
    ...windowLines(rows.windows!, slugs),
    ...chainLines(rows.hashes!),
    `decisions ${keep} ${trace.length} ${DecisionTrace.digestAll(trace)}`,
  ]
  return { text: `${lines.join('\n')}\n`, trace, slugs }
}

/**
 * Hold a run to its golden, or write the golden in bless mode.
 *
 * @param name below test/golden, without ending
 * @param folder another folder than test/golden, for the tests of this function
 * @throws GoldenError that names the first decision that differs, its time and each field from both sides, then the first
 * line of the text that does
 */
export async function matchRun(name: string, run: GoldenRun, folder: string = FOLDER): Promise<void> {
  const file = join(folder, `${name}.parquet`)
  const text = join(folder, `${name}.txt`)
  if (process.env.BLESS === '1') {
    mkdirSync(dirname(file), { recursive: true })
    // What says the same is not written anew.
    if (!(await isTraceOf(file, run))) await DecisionTrace.writeTrace(file, run.trace)
    matchGolden(`${name}.txt`, run.text, folder)
    return
  }
  for (const part of [file, text]) {
    if (!existsSync(part)) throw new GoldenError(`golden ${part} does not exist. To write it: npm run bless`)
  }
  try {
    matchGolden(`${name}.txt`, run.text, folder)
  } catch (thrown) {
    if (!(thrown instanceof GoldenError)) throw thrown
    const parts = [
      decisionPart(await DecisionTrace.readTrace(file), run),
      checkpointPart(readFileSync(text, 'utf8'), run.text),
      thrown.message,
    ]
    throw new GoldenError(parts.join('\n'))
  }
  if (await isTraceOf(file, run)) return
  throw new GoldenError(`${name}.parquet is not that of ${name}.txt. To write both: npm run bless`)
}

/** Whether a file is there and holds this run's decisions, by their digests. */
async function isTraceOf(file: string, { trace }: GoldenRun): Promise<boolean> {
  if (!existsSync(file)) return false
  const stored = await DecisionTrace.readTrace(file, ['digest'])
  return stored.length === trace.length && DecisionTrace.digestAll(stored) === DecisionTrace.digestAll(trace)
}

/** The first link of the chain that differs, and the events that it seals. */
function checkpointPart(stored: string, made: string): string {
  const [a, b] = [stored, made].map((text) =>
    text.split('\n').filter((line) => line.startsWith('checkpoint ')),
  )
  const at = b!.findIndex((line, i) => line !== a![i])
  if (at < 0) return `All ${a!.length} checkpoints are the same.`
  const since = at === 0 ? 0 : b![at - 1]!.split(' ')[3]
  return `First differing checkpoint: ${at} of ${a!.length}, over events ${since} to ${b![at]!.split(' ')[3]}.`
}

/** Where two runs part, for a person. */
function decisionPart(stored: DecisionTrace.DecisionTrace, { trace, slugs }: GoldenRun): string {
  const row = DecisionTrace.firstDifference(stored, trace)
  if (row < 0) {
    return 'No decision that is kept differs: what differs is below, in orders, fills or the books, or in a decision between.'
  }
  const side = row < trace.length ? trace : stored
  const at = (name: string) => side.columns[name]![row]!
  const where = `decision ${at('decision')}, ${formatIso(at('time_us'))}, ${slugs[at('market')] ?? `market ${at('market')}`}, after ${at('event')} events`
  if (row >= stored.length) return `First difference: ${where}: made, not stored.`
  if (row >= trace.length) return `First difference: ${where}: stored, not made.`
  const fields = DecisionTrace.KEPT.map(([name]) => name).filter(
    (name) => !Object.is(stored.columns[name]![row], trace.columns[name]![row]),
  )
  const shown = fields.filter((name) => name !== 'digest')
  const lines = shown.map(
    (name) =>
      `  ${name.padEnd(9)} stored ${shownAs(name, stored.columns[name]![row]!)}, made ${shownAs(name, trace.columns[name]![row]!)}`,
  )
  if (shown.length === 0) lines.push('  only in columns, or in digits, that the golden does not keep')
  return [`First difference: ${where}`, ...lines].join('\n')
}

function shownAs(name: string, value: number): string {
  return name === 'time_us' ? formatIso(value) : String(value)
}

function figureLines(figures: object, prefix = ''): string[] {
  return Object.entries(figures).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? figureLines(value, `${prefix}${name}.`)
      : [`${prefix}${name} ${value}`],
  )
}

function windowLines(columns: Record<string, number[]>, slugs: readonly string[]): string[] {
  const classes = Object.keys(ResolutionCode) as (keyof typeof ResolutionCode)[]
  return columns.market!.map((market, row) => {
    const of = classes.find((name) => ResolutionCode[name] === columns.class![row])
    return `window ${slugs[market]} ${of?.toLowerCase()} up ${columns.up_payout![row]} fills ${columns.fills![row]} net ${columns.net![row]! / MICRO}`
  })
}

function chainLines(columns: Record<string, number[]>): string[] {
  return columns.index!.map((index, row) => {
    const words = [0, 1, 2, 3, 4, 5, 6, 7].map((word) =>
      columns[`h${word}`]![row]!.toString(16).padStart(8, '0'),
    )
    return `checkpoint ${index} event ${columns.event![row]} ${formatIso(columns.time_us![row]!)} ${words.join('').slice(0, LINK_DIGITS)}`
  })
}
