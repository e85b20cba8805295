/**
 * The same events, the same strategy, the same fills: Lockstep beside hftbacktest and nautilus_trader. See
 * docs/side-by-side.md. `npm run side-by-side -- --help`
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '../../engine/cli/output.ts'
import { CASES } from './cases.ts'
import { EnvironmentError, HFTBACKTEST, NAUTILUS, pythonOf, rustProgram } from './environment.ts'
import { writeEvents } from './event-file.ts'
import { play } from './match.ts'
import { type Measured, machineNow } from './measured.ts'
import { pinnedTo } from './player.ts'
import { convertForHftbacktest, hftbacktest, hftbacktestInRust, nautilus, type Side } from './sides.ts'
import { byEvents, circumstances, outcomes, preparations, speeds, summary, type Text } from './table.ts'

const ROOT = join(import.meta.dirname, '../..')
const MEASURED = join(import.meta.dirname, 'measured.json')

const HELP = `npm run side-by-side: Lockstep beside hftbacktest 2.4.4 and nautilus_trader, on one processor.

  --events <n>           events beside hftbacktest (default: 10000000)
  --nautilus-events <n>  events beside nautilus_trader, which keeps an object for each; 0: without it (default: 1000000)
  --seed <n>             seed of the events (default: 42)
  --runs <n>             runs that count, after a warm-up (default: 5)
  --no-rust              without hftbacktest's core in Rust, which is built where there is cargo
  --only <case>          only this case; may be repeated: ${CASES.map(({ name }) => name).join(', ')}
  --cpu <n>              processor that every side is kept on (default: the last)
  --keep                 keep the figures in bench/side-by-side/measured.json, from which npm run docs makes the page
  --json                 one JSON object on stdout
  --help                 this text

It fails when a side does not come to the same trades, position, cash, calls and book. Python environments are made
in .cache at the first time, which needs python3 with venv and a package index; the program in Rust likewise.
`

type Plan = { events: number; sides: readonly Side[]; npz: (events_file: string) => string }

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000000' },
    'nautilus-events': { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '42' },
    runs: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true, default: CASES.map(({ name }) => name) },
    cpu: { type: 'string', default: String(cpus().length - 1) },
    'no-rust': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else {
  try {
    const measured = await measure()
    if (values.keep) writeFileSync(MEASURED, written(measured))
    process.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : text(measured))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'fix' in error)) throw error
    progress(`${error.message}\n${error.fix}`)
    process.exitCode = 1
  }
}

async function measure(): Promise<Measured> {
  const cpu = whole('cpu')
  const pin = pinnedTo(cpu)
  const measured: Measured = {
    ...machineNow(pin.length > 0 ? cpu : null),
    runs: whole('runs'),
    conversion: null,
    matches: [],
    absent: [],
  }
  const scratch = join(ROOT, '.cache', `side-by-side.${process.pid}`)
  mkdirSync(scratch, { recursive: true })
  try {
    for (const plan of plans(measured)) {
      const events_file = join(scratch, `events-${plan.events}`)
      progress(`writing ${plan.events} events`)
      writeEvents(events_file, whole('seed'), plan.events)
      const files = { events_file, npz: plan.npz(events_file) }
      for (const game of CASES.filter(({ name }) => values.only.includes(name))) {
        progress(`${game.name}: ${['Lockstep', ...plan.sides.map(({ title }) => title)].join(' · ')}`)
        const { events } = plan
        const input = {
          game,
          seed: whole('seed'),
          events,
          others: plan.sides,
          files,
          runs: measured.runs,
          pin,
        }
        measured.matches.push(await play(input))
      }
      rmSync(scratch, { recursive: true, force: true })
      mkdirSync(scratch)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return measured
}

/** Who plays over how many events; a side without its environment is noted as absent. */
function* plans(measured: Measured): Generator<Plan> {
  const absent: { side: string; why: string }[] = []
  measured.absent = absent
  const have = (side: string, make: () => string): string | null => {
    try {
      progress(`environment of ${side}`)
      return make()
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error
      absent.push({ side, why: error.message })
      progress(error.message)
      return null
    }
  }
  const hft = have('hftbacktest', () => pythonOf(HFTBACKTEST))
  if (hft !== null) {
    const rust = values['no-rust'] ? null : have('hftbacktest in Rust', rustProgram)
    const events = whole('events')
    const npz = (events_file: string) => {
      progress('converting for hftbacktest')
      const path = `${events_file}.npz`
      const latency = CASES[0]!.settings.feed_latency
      measured.conversion = { events, ...convertForHftbacktest(hft, events_file, path, latency) }
      return path
    }
    const sides = [hftbacktest(hft, 'vector'), hftbacktest(hft, 'map')]
    yield { events, sides: rust === null ? sides : [...sides, hftbacktestInRust(rust)], npz }
  }
  const events = whole('nautilus-events')
  const other = events === 0 ? null : have('nautilus_trader', () => pythonOf(NAUTILUS))
  if (other !== null) yield { events, sides: [nautilus(other)], npz: () => '' }
}

/** As a file that is kept: seconds to the tenth of a millisecond, a list of numbers on one line. */
function written(measured: Measured): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value
  const spread = JSON.stringify(measured, rounded, 2)
  return `${spread.replace(/\[\s+([\d.,\s-]+?)\s+\]/g, (_, list: string) => `[${list.replace(/\s+/g, ' ')}]`)}\n`
}

function text(measured: Measured): string {
  const shown = ({ head, rows }: Text) => table({ color: process.stdout.isTTY }, head, rows)
  return [
    ...byEvents(measured.matches).flatMap((matches) => [shown(speeds(matches)), shown(outcomes(matches))]),
    shown(preparations(measured)),
    [...summary(measured.matches), ...circumstances(measured)].join('\n'),
    '',
  ].join('\n')
}

function whole(name: 'events' | 'nautilus-events' | 'seed' | 'runs' | 'cpu'): number {
  const value = Number(values[name])
  const least = name === 'events' || name === 'runs' ? 1 : 0
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`--${name} ${values[name]} is refused: expected a whole number from ${least}`)
  return value
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}
