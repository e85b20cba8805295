import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolve } from '../core/config/index.ts'
import { Simulator, schema } from '../core/simulator/index.ts'
import { parseIso, SECOND } from '../core/units/index.ts'
import { beyond } from '../engine/fit/beyond.ts'
import * as Measure from '../engine/fit/measure.ts'
import { type Statistic, statistics } from '../engine/fit/statistics.ts'
import { importClobL2 } from '../recorders/import/clob-l2.ts'
import { recordedFiles, SHIPPED } from '../recorders/import/shipped.ts'
import { openDataset, readColumns } from '../recorders/tape/index.ts'
import { table, whole } from './make/markdown.ts'

/**
 * `docs/simulator.md` between its marks: simulated markets beside recorded ones, statistic by statistic.
 *
 *     node docs/simulator-fit.ts            write the page
 *     node docs/simulator-fit.ts --check    say whether it is as it would be written
 *
 * Both need the public recording of 15 April 2026 beside the repository; what is compared with the shipped part of it
 * needs nothing.
 */

export const PAGE = join(import.meta.dirname, 'simulator.md')
/** The simulation that is measured. */
export const SEED = 27
export const WINDOWS = 60
const START = '2026-06-01T00:00:00Z'

/** Beyond a factor of this a statistic is called unlike. */
const UNLIKE = 1.25
/** Shares and correlations are called unlike only if they are apart by more than this, too. */
const UNLIKE_SHARE = 0.03

/** A simulation's statistics, and those that only it has. */
export function measureSimulated(
  seed: number,
  windows: number,
): { all: Statistic[]; more: Statistic[]; events: number } {
  const simulator = Simulator.create({
    seed,
    series: '5m',
    start_us: parseIso(START),
    windows,
    // The recording's books came with their trades: the same tape with its prints told at once is looked at through the same keyhole.
    config: resolve(schema, { 'sim_market.late_prints': 0 }),
  })
  const measure = Measure.create(Simulator.instruments(simulator), true)
  let events = 0
  for (const columns of Simulator.chunks(simulator, 32_768)) {
    Measure.read(measure, columns)
    events += columns.length
  }
  Measure.close(measure)
  const { start_us, end_us } = Simulator.instruments(simulator).markets[0]!
  return {
    all: statistics(measure),
    more: beyond(measure, windows, (end_us - start_us) / SECOND),
    events,
  }
}

/** A dataset's statistics. */
export async function measureDataset(dir: string): Promise<Statistic[]> {
  const dataset = await openDataset(dir)
  const measure = Measure.create(dataset.instruments, dataset.manifest.carries.trades)
  for await (const columns of readColumns(dataset, { cache: false })) Measure.read(measure, columns)
  Measure.close(measure)
  return statistics(measure)
}

/** The recording of the whole day, by way of a dataset that is thrown away. */
async function measureDay(): Promise<Statistic[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-fit-'))
  try {
    const out = join(folder, 'day')
    const files = await recordedFiles(SHIPPED.recording, SHIPPED.day)
    await importClobL2(files, { out, klines: join(SHIPPED.recording, SHIPPED.klines) })
    return await measureDataset(out)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether the recording is at hand. */
export function hasRecording(): boolean {
  return existsSync(SHIPPED.recording)
}

/** Is the simulated value another than both recorded ones? */
export function unlike(recorded: readonly number[], simulated: number, unit: string): boolean {
  return recorded.every((value) => {
    if (value === simulated) return false
    const factor =
      value > 0 && simulated > 0 ? Math.max(value / simulated, simulated / value) : Number.POSITIVE_INFINITY
    if (factor <= UNLIKE) return false
    const small = unit.startsWith('share') || unit === ''
    return !small || Math.abs(value - simulated) > UNLIKE_SHARE
  })
}

/** The made part of the page. */
export async function makeFit(): Promise<string> {
  const shipped = await measureDataset(SHIPPED.dir)
  const day = await measureDay()
  const { all, more, events } = measureSimulated(SEED, WINDOWS)
  const apart: string[] = []
  const sections: string[] = []
  for (const group of new Set(all.map((one) => one.group))) {
    const rows = all.flatMap((one, i) => {
      if (one.group !== group) return []
      const recorded = [shipped[i]!.value, day[i]!.value]
      const marked = group !== CALIBRATION && unlike(recorded, one.value, one.unit)
      if (marked)
        apart.push(
          `- **${group}**, ${one.name}: ${show(one.value)} simulated, ${show(day[i]!.value)} recorded${unitOf(one)}.`,
        )
      return [
        [one.name, one.unit, show(recorded[0]!), show(recorded[1]!), show(one.value), marked ? 'unlike' : ''],
      ]
    })
    const note = group === CALIBRATION ? `\n\n${CALIBRATION_NOTE}` : ''
    sections.push(
      `### ${group}${note}\n\n${table(['', 'unit', 'shipped', 'whole day', 'simulated', ''], rows)}`,
    )
  }
  const only = table(
    ['', 'unit', 'simulated'],
    more.map(({ group, name, unit, value }) => [`${group}: ${name}`, unit, show(value)]),
  )
  return [
    `Recorded: the shipped dataset (15 April 2026, 12:00 to 15:00 UTC) and the whole recording of that day (08:00 to 16:00,
with holes). Simulated: seed ${SEED}, ${WINDOWS} windows, ${whole(events)} events, default settings. “Unlike” marks what differs by more than
a quarter from both.`,
    ...sections,
    `## Where it is unlike\n\nOf ${all.filter(({ group }) => group !== CALIBRATION).length} statistics that are judged ${apart.length} are unlike:\n\n${apart.join('\n')}`,
    `## What the recording cannot show\n\n${only}`,
  ].join('\n\n')
}

/** Few windows a bin: differences there are chance, and are not judged. */
const CALIBRATION = 'Calibration of the mid'
const CALIBRATION_NOTE = `Four looks at each window, and few windows: a tenth between outcome and mid is within chance, in the recording as in the
simulation. That traders’ belief comes true as often as it says is held by a test over 500 windows.`

function unitOf({ unit }: Statistic): string {
  return unit === '' ? '' : ` (${unit})`
}

function show(value: number): string {
  if (Number.isNaN(value)) return '–'
  const size = Math.abs(value)
  if (size >= 100) return whole(Math.round(value))
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

const BEGIN = '<!-- Made by `node docs/simulator-fit.ts`: do not edit from here … -->'
const END = '<!-- … to here. -->'

/** The page with its made part anew. */
export function fillPage(page: string, made: string): string {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${PAGE} lacks the marks of its made part`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${made.trim()}\n\n${page.slice(to)}`
}

if (import.meta.main) {
  if (!hasRecording()) {
    process.stderr.write(`The recording is not at hand: ${SHIPPED.recording}\n`)
    process.exit(1)
  }
  const page = readFileSync(PAGE, 'utf8')
  const filled = fillPage(page, await makeFit())
  if (!process.argv.includes('--check')) writeFileSync(PAGE, filled)
  else if (filled !== page) {
    process.stderr.write('docs/simulator.md is not as it would be written: node docs/simulator-fit.ts\n')
    process.exit(1)
  }
}
