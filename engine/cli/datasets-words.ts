import { relative } from 'node:path'
import type { Listed } from '../../recorders/recording/index.ts'
import type { Dataset } from '../../recorders/tape/index.ts'
import { sideNames } from '../../recorders/tape/index.ts'
import type { Io } from './io.ts'
import { list, table } from './output.ts'
import { whole } from './run-summary.ts'

/** What a person reads of datasets: a list, and one in words. */

/** A path as seen from where the command was started, where that is shorter. */
export function shown(io: Io, path: string): string {
  const short = relative(io.cwd, path)
  if (short === '') return '.'
  return short.startsWith('..') ? path : short
}

export function listInWords(io: Io, found: readonly Listed[]): string {
  if (found.length === 0)
    return 'No dataset and no recording here. Import one, simulate one or record one: engine --help\n'
  return table(
    io,
    ['path', 'kind', 'from', 'to', 'rows', 'windows', 'MB', 'problem'],
    found.map((one) => [
      shown(io, one.path),
      one.kind === 'dataset' ? 'dataset' : `recording, ${one.days} ${one.days === 1 ? 'day' : 'days'}`,
      minute(one.from),
      minute(one.to),
      one.rows,
      one.windows,
      megabytes(one.bytes),
      one.problem ?? '',
    ]),
  )
}

export function datasetInWords(io: Io, dataset: Dataset): string {
  const { manifest } = dataset
  const { counts, windows, gaps, carries } = manifest
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  const kinds = Object.keys(counts.kinds).map((kind) => `${whole(counts.kinds[kind]!)} ${kind}`)
  const sides = sideNames(dataset)
  const refused = manifest.refused.reduce((sum, { count }) => sum + count, 0)
  return [
    list(io, [
      ['dataset', shown(io, dataset.dir)],
      ['hash', manifest.dataset_hash],
      ['source', manifest.source],
      ['licence', manifest.licence],
      ['attribution', manifest.attribution],
      ['made by', manifest.created_by],
      ['time', `${manifest.time_range.from} to ${manifest.time_range.to}`],
      ['assets', manifest.assets.join(', ')],
      ['series', manifest.series.join(', ')],
      ['books', carries.book === 'full' ? 'full depth' : carries.book === 'top' ? 'the touch' : 'none'],
      ['trades', carries.trades ? 'recorded' : 'not recorded'],
      ['Up token', manifest.assignment === 'assigned' ? 'known' : 'not known: no strategy runs on it'],
      ['rows', `${whole(counts.rows)}: ${kinds.join(', ')}`],
      ['messages', whole(counts.messages)],
      [
        'windows',
        `${whole(windows.total)}: ${whole(windows.recorded)} recorded, ${whole(windows.settlement)} by settlement series, ` +
          `${whole(windows.inferred_from_book)} by book, ${whole(windows.unresolved)} unresolved`,
      ],
      [
        'gaps',
        `${whole(gaps.count)} of the feed, ${whole(Math.round(gaps.seconds))} s; ` +
          `${whole(gaps.markets.count)} of single markets, ${whole(Math.round(gaps.markets.seconds))} s`,
      ],
      ['refused', whole(refused)],
      ['side tables', sides.length === 0 ? 'none' : sides.join(', ')],
      ['reference', manifest.reference_profile.name],
      ['files', `${whole(manifest.files.length)}, ${megabytes(bytes)} MB`],
    ]),
    ...(manifest.made_of === undefined
      ? []
      : [
          `${manifest.made_of.how}, of\n`,
          ...manifest.made_of.datasets.map((one) => `  ${one.dataset_hash}\n`),
        ]),
    ...manifest.inferred.map(({ what, how, agreement }) => `inferred: ${what} (${agreement})\n  ${how}\n`),
  ].join('')
}

function minute(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 16).replace('T', ' ')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
