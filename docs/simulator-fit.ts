import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { resolve } from '../core/config/index.ts'
import { Smoothing } from '../core/probability/index.ts'
import { Simulator, schema } from '../core/simulator/index.ts'
import { parseIso, SECOND } from '../core/units/index.ts'
import { beyond } from '../engine/fit/beyond.ts'
import * as Measure from '../engine/fit/measure.ts'
import { rangesOf } from '../engine/fit/resample.ts'
import { type Statistic, statistics } from '../engine/fit/statistics.ts'
import { importClobL2 } from '../recorders/import/clob-l2.ts'
import { recordedFiles, SHIPPED } from '../recorders/import/shipped.ts'
import { openDataset, readColumns } from '../recorders/tape/index.ts'
import { type Column, cellsOf, judge, keyOf, parseCell, show, showWith } from './make/fit-cells.ts'
import { table, whole } from './make/markdown.ts'

/**
 * `docs/simulator.md` between its marks: simulated markets beside recorded ones, statistic by statistic.
 *
 *     node docs/simulator-fit.ts               write the page
 *     node docs/simulator-fit.ts --check       say whether it is as it would be written
 *     node docs/simulator-fit.ts --recorded    what the recordings say, as JSON
 *     node docs/simulator-fit.ts --own         what ships and what is simulated say, as JSON
 *     node docs/simulator-fit.ts --choose 0.1  what markets are like where so much is foreseen, over several seeds
 *
 * The first three need the public recordings beside the repository. What was measured on them stands in the page: without
 * them the rest of it can still be made anew ({@link recordedOf}).
 */

export const PAGE = join(import.meta.dirname, 'simulator.md')
/** The simulation that is measured. */
const SEED = 27
const WINDOWS = 60
const START = '2026-06-01T00:00:00Z'
/** Simulations that a setting is chosen by: seeds that no example and no test uses. */
const CHOICE_SEEDS = [101, 102, 103, 104, 105, 106]
const CHOICE_WINDOWS = 100

/** Days of the recording of books, and the day of the oracle, as the page names them. */
const DAYS = ['13 April', '15 April'] as const
const ORACLE_DAY = '8 June'
const ORACLE_FILE = join(
  SHIPPED.recording,
  '..',
  'chainlink-1hz-2026-06-08',
  'BTCUSD-prices-2026-06-08.csv.gz',
)
/** Tapes of these columns. */
const SHIPPED_NAME = 'shipped'
const SIMULATED_NAME = 'simulated'

/** What the recordings say, by the day. */
export type Recorded = Record<string, Column>
/** One tape, measured, and its cells: with what other tapes of as many windows might show. */
export type Tape = { all: Statistic[]; column: Column }
/** A simulated one, what only it has, and its oracle. */
type SimulatedTape = Tape & { more: Statistic[]; oracle: Statistic[]; events: number }
export type Own = { shipped: Tape; simulated: SimulatedTape }

/** What can be measured without the recordings. */
async function measureOwn(): Promise<Own> {
  return { shipped: await measureDataset(SHIPPED.dir), simulated: measureSimulated() }
}

function measureSimulated(): SimulatedTape {
  const { measure, events } = simulate(SEED, WINDOWS)
  const { start_us, end_us } = measure.recorder.instruments.markets[0]!
  return {
    ...tapeOf(measure),
    more: beyond(measure, WINDOWS, (end_us - start_us) / SECOND),
    oracle: oracle(measure.smoothing),
    events,
  }
}

function simulate(
  seed: number,
  windows: number,
  params: Record<string, number> = {},
): { measure: Measure.Measure; events: number } {
  const simulator = Simulator.create({
    seed,
    series: '5m',
    start_us: parseIso(START),
    windows,
    // The recording's books came with their trades: the same tape with its prints told at once is looked at through the same keyhole.
    config: resolve(schema, { 'sim_market.late_prints': 0, ...params }),
  })
  const measure = Measure.create(Simulator.instruments(simulator), true)
  let events = 0
  for (const columns of Simulator.chunks(simulator, 32_768)) {
    Measure.read(measure, columns)
    events += columns.length
  }
  Measure.close(measure)
  return { measure, events }
}

/** A dataset's statistics. */
async function measureDataset(dir: string): Promise<Tape> {
  const dataset = await openDataset(dir)
  const measure = Measure.create(dataset.instruments, dataset.manifest.carries.trades)
  for await (const columns of readColumns(dataset, { cache: false })) Measure.read(measure, columns)
  Measure.close(measure)
  return tapeOf(measure)
}

function tapeOf(measure: Measure.Measure): Tape {
  const all = statistics(measure)
  const drawn = new Map(rangesOf([measure]).map(({ statistic, range }) => [keyOf(statistic), range]))
  return { all, column: cellsOf(all, drawn) }
}

/** Whether the recordings are at hand. */
export function hasRecordings(): boolean {
  return existsSync(SHIPPED.recording) && existsSync(ORACLE_FILE)
}

/** What the recordings at hand say. */
async function measureRecorded(): Promise<Recorded> {
  const [first, second] = DAYS
  return {
    [first]: (await measureDay('2026-04-13')).column,
    [second]: (await measureDay(SHIPPED.day, join(SHIPPED.recording, SHIPPED.klines))).column,
    [ORACLE_DAY]: measureOracle(),
  }
}

/** A whole day of the recording, by way of a dataset that is thrown away. */
async function measureDay(day: string, klines?: string): Promise<Tape> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-fit-'))
  try {
    const out = join(folder, 'day')
    const files = await recordedFiles(SHIPPED.recording, day)
    await importClobL2(files, { out, ...(klines === undefined ? {} : { klines }) })
    return await measureDataset(out)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The recorded day of the oracle. */
function measureOracle(): Column {
  const smoothing = Smoothing.create()
  const lines = gunzipSync(readFileSync(ORACLE_FILE)).toString('utf8').trim().split('\n').slice(1)
  for (const line of lines) {
    const [stamp_ms, , e18] = line.split(',') as [string, string, string]
    Smoothing.observe(smoothing, Number(e18), Number(stamp_ms) * 1_000)
  }
  return cellsOf(oracle(smoothing))
}

const ORACLE = 'The oracle, second by second'

/** What a smoothed series shows: its returns follow each other, and the short ones are too small. */
function oracle(smoothing: Smoothing.Smoothing): Statistic[] {
  const group = ORACLE
  const { lag_1, sigma } = Smoothing.measure(smoothing)
  const long = Smoothing.HORIZONS_S.length - 1
  return [
    { group, name: 'a move of one second with the next, correlation', unit: '', value: lag_1 },
    ...Smoothing.HORIZONS_S.slice(0, long).map((horizon_s, i) => ({
      group,
      name: `volatility by moves of ${horizon_s} s, over that by ${Smoothing.HORIZONS_S[long]} s`,
      unit: '',
      value: sigma[i]! / sigma[long]!,
    })),
  ]
}

/** The recorded columns of the page as it stands. */
export function recordedOf(page: string): Recorded {
  const recorded: Recorded = Object.fromEntries([...DAYS, ORACLE_DAY].map((day) => [day, {}]))
  let group = ''
  let names: string[] = []
  for (const line of madePart(page).split('\n')) {
    if (line.startsWith('#')) group = line.replace(/^#+ /, '')
    if (!line.startsWith('|')) continue
    const cells = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    if (cells[0] === '') names = cells
    else if (!cells[0]!.startsWith('---'))
      names.forEach((name, i) => {
        const column = recorded[name]
        if (column !== undefined) column[keyOf({ group, name: cells[0]! })] = cells[i]!
      })
  }
  return recorded
}

/** Few windows a bin: differences there are chance, and are not judged. */
const CALIBRATION = 'Calibration of the mid'
const CALIBRATION_NOTE = `Four looks at each window, and few windows: a tenth between outcome and mid is within chance, in the recording as in the
simulation. That traders’ belief comes true as often as it says is held by a test over 500 windows.`
const NOTES: Record<string, string> = {
  [CALIBRATION]: CALIBRATION_NOTE,
  'What the mid knows': `By how much the mid’s Brier score is better than that of the model of minute closes, 60, 120, 180 and 240 s into a window, when
its close is fresh; the mid 45, 30, 15 and 5 s before the end beside what that model said 60 s before; how far the mid is off
50 cents at the start, when prices say nothing yet; and the Brier score that the mid expects of itself, p (1 − p), towards the
end, an empty side taken for the end of the range.`,
}

/** The made part of the page. */
export function makeFit({ shipped, simulated }: Own, recorded: Recorded): string {
  const made = { ...simulated.column, ...cellsOf(simulated.oracle) }
  const found: { mark: string; line: string }[] = []
  let judged = 0
  const section = (
    group: string,
    all: readonly Statistic[],
    days: readonly string[],
    others: readonly Column[],
  ) => {
    const rows = all.map((one) => {
      const key = keyOf(one)
      const cells = days.map((day) => recorded[day]?.[key] ?? '')
      const mark = group === CALIBRATION ? '' : judge(cells, made[key]!, one.unit)
      if (group !== CALIBRATION) judged++
      if (mark !== '') found.push({ mark, line: lineOf(one, made[key]!, cells) })
      return [one.name, one.unit, ...others.map((column) => column[key] ?? '–'), ...cells, made[key]!, mark]
    })
    const head = ['', 'unit', ...others.map(() => SHIPPED_NAME), ...days, SIMULATED_NAME, '']
    const note = NOTES[group] === undefined ? '' : `\n\n${NOTES[group]}`
    return `### ${group}${note}\n\n${table(head, rows)}`
  }
  const groups = [...new Set(simulated.all.map((one) => one.group))]
  const sections = groups.map((group) =>
    section(
      group,
      simulated.all.filter((one) => one.group === group),
      DAYS,
      [shipped.column],
    ),
  )
  sections.push(section(ORACLE, simulated.oracle, [ORACLE_DAY], []))
  const only = table(
    ['', 'unit', SIMULATED_NAME],
    simulated.more.map(({ group, name, unit, value }) => [`${group}: ${name}`, unit, show(value)]),
  )
  const of = (mark: string) => found.filter((one) => one.mark === mark).map(({ line }) => line)
  return [
    `Recorded: the shipped dataset (15 April 2026, 12:00 to 15:00 UTC), and all of the two recorded days (13 April, 12:00 to 17:20;
15 April, 08:00 to 16:00; both with holes). Of the 13th there are books only: no price of BTC, and so no model and no outcome.
The oracle is that of 8 June 2026, one day. Simulated: seed ${SEED}, ${WINDOWS} windows, ${whole(simulated.events)} events, default settings.
In brackets: what other tapes of as many windows would show in 95 % of all cases (windows drawn anew). “Outside” marks what
lies outside of what the two days span, their brackets included; “unlike” what is beyond it by more than a quarter. A single
number of a single day spans nothing: there only “unlike” is said.`,
    ...sections,
    `## Where it is unlike\n\nOf ${judged} statistics that are judged ${of('unlike').length} are unlike:\n\n${list(of('unlike'))}\n\nand ${of('outside').length} more are outside of what the two days span:\n\n${list(of('outside'))}`,
    `## What the recording cannot show\n\n${only}`,
  ].join('\n\n')
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? '- none.' : lines.join('\n')
}

function lineOf({ group, name, unit }: Statistic, simulated: string, days: readonly string[]): string {
  const said = days.filter((day) => !Number.isNaN(parseCell(day).value)).join(' and ')
  return `- **${group}**, ${name}: ${simulated} simulated, ${said} recorded${unit === '' ? '' : ` (${unit})`}.`
}

/** What markets are like where so much of the variance is foreseen. */
function choose(foreseen: number): string {
  const tapes = CHOICE_SEEDS.map(
    (seed) => simulate(seed, CHOICE_WINDOWS, { 'sim_price.foreseen': foreseen }).measure,
  )
  const rows = rangesOf(tapes).map(({ statistic, range }) => [
    keyOf(statistic),
    statistic.unit,
    showWith(statistic.value, range),
  ])
  return table(['', 'unit', `foreseen ${foreseen}`], rows)
}

const BEGIN = '<!-- Made by `node docs/simulator-fit.ts`: do not edit from here … -->'
const END = '<!-- … to here. -->'

function madePart(page: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${PAGE} lacks the marks of its made part`)
  return page.slice(from + BEGIN.length, to)
}

/** The page with its made part anew. */
export function fillPage(page: string, made: string): string {
  return page.replace(madePart(page), () => `\n\n${made.trim()}\n\n`)
}

async function main(args: readonly string[]): Promise<string> {
  const chosen = args.indexOf('--choose')
  if (chosen >= 0) return choose(Number(args[chosen + 1]))
  if (args.includes('--own')) return JSON.stringify(await measureOwn())
  if (!hasRecordings())
    throw new Error(`The recordings are not at hand: ${SHIPPED.recording}, ${ORACLE_FILE}`)
  const recorded = await measureRecorded()
  if (args.includes('--recorded')) return JSON.stringify(recorded)
  const page = readFileSync(PAGE, 'utf8')
  const made = makeFit(await measureOwn(), recorded)
  const filled = fillPage(page, made)
  if (!args.includes('--check')) writeFileSync(PAGE, filled)
  else if (filled !== page)
    throw new Error(`${PAGE} is not as it would be written: node docs/simulator-fit.ts`)
  return 'docs/simulator.md is as measured.'
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await main(process.argv.slice(2))}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
