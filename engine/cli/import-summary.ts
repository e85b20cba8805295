import { relative } from 'node:path'
import type { ImportReport } from '../../recorders/import/importer.ts'
import type { Io } from './io.ts'
import { list, table } from './output.ts'
import { whole } from './run-summary.ts'

/** What a person reads after an import: what came of it, what was refused, what was inferred. */
export function importSummary(io: Io, report: ImportReport, out: string): string {
  const { windows, gaps, refused, inferred } = report
  const short = relative(io.cwd, out)
  const refusedRows = refused.reduce((sum, { count }) => sum + count, 0)
  const parts = [
    list(io, [
      ['dataset', short === '' || short.startsWith('..') ? out : short],
      ['hash', report.dataset_hash],
      ['rows read', whole(report.rows_read)],
      ['refused', whole(refusedRows)],
      ['events', whole(report.events)],
      [
        'windows',
        `${whole(windows.total)}: ${windows.recorded} recorded, ${windows.settlement} by settlement series, ` +
          `${windows.inferred_from_book} by book, ${windows.unresolved} unresolved`,
      ],
      [
        'gaps',
        `${whole(gaps.count)} of the feed, ${seconds(gaps.seconds)}; ` +
          `${whole(gaps.markets.count)} of single markets, ${seconds(gaps.markets.seconds)}`,
      ],
    ]),
  ]
  if (refused.length > 0)
    parts.push(
      table(
        io,
        ['refused', 'rows', 'first'],
        refused.map(({ reason, count, first }) => [reason, count, first]),
      ),
    )
  for (const { what, how, agreement, exceptions } of inferred)
    parts.push(
      `inferred: ${what} (${agreement})\n  ${how}\n` +
        (exceptions === undefined ? '' : `  except ${shown(exceptions)}\n`),
    )
  return parts.join('\n')
}

/** Exceptions listed for people; the manifest has them all. */
const SHOWN_MAX = 3

function shown(exceptions: readonly string[]): string {
  const more = exceptions.length - SHOWN_MAX
  return `${exceptions.slice(0, SHOWN_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function seconds(s: number): string {
  return `${whole(Math.round(s))} s`
}
