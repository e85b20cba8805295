import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MS } from '../../../core/units/index.ts'
import { openDataset } from '../../../recorders/tape/index.ts'
import { type SettleReport, settle } from '../../runners/settle.ts'
import { CliError, EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list, table } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine import chainlink-1hz BTCUSD-prices-2026-06-08.csv.gz --markets BTC-5m-markets-2026-06-08.jsonl.gz --out chainlink
  $ engine settle chainlink                 every window that the series can decide, against the official outcome
  $ engine settle chainlink --max-age 3000  values up to three seconds before a start or end count too
  $ engine settle chainlink --json | jq .disagree

Exit code 1 when an official outcome is another than the series gives.`

/** Windows without a verdict that are listed for people; the JSON has them all. */
const LISTED_MAX = 20

/** `engine settle`: the settlement engine against the official outcomes of a dataset. */
export function command(program: Command, io: Io): void {
  program
    .command('settle')
    .description(
      'settle the windows of a dataset by its settlement series, and compare with official outcomes',
    )
    .argument('<dataset>', 'dataset folder')
    .option(
      '--max-age <ms>',
      'how old a value may be at the start or end of a window; by default as a run takes it, by the series',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (path: string, options: { maxAge?: string }, self: Command) => {
      const { maxAge } = options
      const dataset = await openDataset(resolve(io.cwd, path))
      const bar = io.progress(dataset.manifest.counts.rows, 'settle')
      const report = await settle(dataset, {
        ...(maxAge !== undefined && { max_age_us: maxAgeOf(maxAge) * MS }),
        signal: io.signal,
        progress: (rows) => bar.update(rows),
      })
      bar.stop()
      if (report.disagree.length > 0) io.exitCode = EXIT.FAILED
      emit(io, globals(self).json, report, () => inWords(io, report))
    })
}

function inWords(io: Io, report: SettleReport): string {
  const { windows, computable, official, compared, agree, strikes, disagree, not_computable } = report
  const parts = [
    list(io, [
      ['series', report.series],
      ['windows', windows],
      ['computable', computable],
      ...(report.stand_in > 0 ? [['  by a stand-in', report.stand_in] as [string, number]] : []),
      ['official outcomes', official],
      ['agree', compared === 0 ? null : `${agree} of ${compared}`],
      [
        'strikes',
        `${strikes.equal} of ${strikes.compared} equal the series at the start (${strikes.stated} stated)`,
      ],
    ]),
  ]
  if (compared === 0)
    parts.push(
      official === 0
        ? 'Nothing was compared: the dataset has no official outcome.\n'
        : 'Nothing was compared: no window with an official outcome is computable.\n',
    )
  if (disagree.length > 0)
    parts.push(
      table(
        io,
        ['disagree'],
        disagree.map((slug) => [slug]),
      ),
    )
  if (not_computable.length > 0) {
    const shown = not_computable.slice(0, LISTED_MAX).map(({ slug, reason }) => [slug, reason])
    const more = not_computable.length - shown.length
    parts.push(
      table(io, ['not computable', ''], shown) + (more > 0 ? `and ${more} more: --json lists them\n` : ''),
    )
  }
  return parts.join('\n')
}

function maxAgeOf(text: string): number {
  const ms = Number(text)
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= 86_400_000 && text.trim() !== '') return ms
  throw new CliError(
    'usage.option',
    `--max-age ${text} is not a whole number of milliseconds`,
    'give 0 to 86400000',
    {
      field: '--max-age',
    },
  )
}
