import { fileURLToPath } from 'node:url'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { describe, EXIT, sentence } from '../engine/cli/errors.ts'
import { processIo } from '../engine/cli/io.ts'
import { emit } from '../engine/cli/output.ts'
import type { BenchOptions, Outcome } from './entry.ts'
import { BenchError } from './figure.ts'
import { type CaseName, EXTRA, MAKE, NAMES, ON_MADE } from './names.ts'
import { printed } from './print.ts'
import { measureApart } from './process.ts'
import { type Report, reportOf } from './report.ts'

const EVENTS = 10_000_000
const RUNS = 5
const DIR = fileURLToPath(new URL('../.cache/bench', import.meta.url))

const HELP = `
Cases: ${NAMES.join(', ')}; without --only all but ${EXTRA.join(', ')}.

Examples:
  $ npm run bench                                           every figure beside its bound: some minutes
  $ npm run --silent bench -- --json                        the same as one JSON object
  $ npm run bench -- --only full,shipped --runs 3
  $ npm run bench -- --only memory_shipped --events 50000000  memory along a long tape

Every case runs in a process of its own: one run to warm up, then the runs that count; the median is the figure. Tapes
are kept in .cache/bench (half a gigabyte); remove it at any time.`

type Options = { json?: boolean; only?: CaseName[]; events: number; runs: number; dir: string }

/** `npm run bench`. Exit 0 measured, 1 a case failed or two runs differed, 2 usage; a missed bound is a result, not a failure. */
async function main(argv: readonly string[]): Promise<number> {
  const io = processIo()
  const json = argv.includes('--json')
  const program = new Command('bench')
    .description('Measure how fast Lockstep is, beside the bounds of its design.')
    .option('--json', 'one JSON object on stdout')
    .option('--only <cases>', 'cases to run, separated by commas', caseNames)
    .option('--events <n>', 'least events of a tape', whole(1_000, 1_000_000_000), EVENTS)
    .option('--runs <n>', 'runs that count, after one to warm up', whole(1, 1_000), RUNS)
    .option('--dir <folder>', 'where tapes are kept', DIR)
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
  try {
    const { only, events, runs, dir } = program.parse(argv, { from: 'user' }).opts<Options>()
    const names = only ?? NAMES.filter((name) => !EXTRA.includes(name))
    const report = await measureAll(names, { events, runs, dir })
    emit(io, json, report, () => printed(io, report))
    return EXIT.DONE
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.DONE
    const { report, exit } = describe(error instanceof CommanderError ? usage(error) : error)
    io.stderr.write(json ? `${JSON.stringify(report)}\n` : sentence(report).replace(/^engine/, 'bench'))
    return exit
  }

  async function measureAll(names: readonly CaseName[], options: BenchOptions): Promise<Report> {
    const outcomes: Outcome[] = []
    const progress = io.progress(names.length, 'making the tape')
    try {
      if (names.some((name) => ON_MADE.includes(name))) await measureApart(MAKE, options, io.signal)
      for (const [done, name] of names.entries()) {
        progress.update(done, `measuring ${name}`)
        outcomes.push(await measureApart(name, options, io.signal))
      }
    } finally {
      progress.stop()
    }
    return reportOf(outcomes, options)
  }
}

function caseNames(text: string): CaseName[] {
  const words = text.split(',').map((word) => word.trim())
  const unknown = words.find((word) => !NAMES.some((name) => name === word))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`there is no case "${unknown}"; there are ${NAMES.join(', ')}`)
  return NAMES.filter((name) => words.includes(name))
}

function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`)
    return value
  }
}

function usage(error: CommanderError): BenchError {
  const message = error.message.replace(/^error: /, '')
  return new BenchError('usage.bench', message, 'see `npm run bench -- --help`')
}

process.exitCode = await main(process.argv.slice(2))
