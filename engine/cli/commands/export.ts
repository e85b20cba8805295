import { relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Outcome } from '../../../core/events/index.ts'
import { type ExportReport, exportHftbacktest } from '../../../recorders/hftbacktest/index.ts'
import { openDataset } from '../../../recorders/tape/index.ts'
import type { Io, Progress } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'
import { whole } from '../run-summary.ts'

type Options = { market: string; outcome: Outcome; out: string }

const EXAMPLE = `
Example:
  $ engine export hftbacktest datasets/btc-5m-2026-04-15 --market btc-updown-5m-1776254400 --out window.npz`

/** `engine export FORM`: take data out of a dataset, for another program. A form is a subcommand. */
export function command(program: Command, io: Io): void {
  const parent = program
    .command('export')
    .description('take data out of a dataset, for another program')
    .addHelpText('after', EXAMPLE)
  parent
    .command('hftbacktest')
    .description(
      'one market as an event file of hftbacktest 2.x (npz): level changes, trades, resets of the book',
    )
    .argument('<dataset>', 'dataset folder')
    .requiredOption('--market <slug>', 'the market')
    .addOption(
      new Option('--outcome <outcome>', 'the token whose book it is; rows of the other one are mirrored')
        .choices(['up', 'down'])
        .default('up'),
    )
    .requiredOption('--out <file>', 'npz file to make; it must not exist')
    .addHelpText(
      'after',
      `
What does not fit such a file is counted by kind and left out: tick sizes, prices of references, outcomes. Beside the events
stands what hftbacktest passes over, so that "engine import hftbacktest" gives the same book and the same trades back.
${EXAMPLE}`,
    )
    .action(async (folder: string, options: Options, self: Command) => {
      const dataset = await openDataset(resolve(io.cwd, folder))
      let bar: Progress | undefined
      const report = await exportHftbacktest(dataset, {
        ...options,
        out: resolve(io.cwd, options.out),
        signal: io.signal,
        progress({ rows_read, rows_total }) {
          bar ??= io.progress(rows_total, 'export')
          bar.update(rows_read)
        },
      })
      bar?.stop()
      emit(io, globals(self).json, report, () => summary(io, report))
    })
}

/** What a person reads after an export. */
function summary(
  io: Io,
  { out, sha256, market, outcome, events, records, local_shift_us, left_out }: ExportReport,
) {
  const short = relative(io.cwd, out)
  const left = Object.keys(left_out).map((kind) => `${whole(left_out[kind]!)} ${kind}`)
  return list(io, [
    ['file', short.startsWith('..') ? out : short],
    ['sha256', sha256],
    ['market', `${market}, ${outcome}`],
    ['events', `${whole(events)} in ${whole(records)} records`],
    ['local times', local_shift_us === 0 ? 'as recorded' : `${whole(local_shift_us)} µs later than recorded`],
    ['left out', left.length === 0 ? 'nothing' : left.join(', ')],
  ])
}
