import type { Command } from 'commander'
import {
  type CacheEntry,
  cacheRefusal,
  cacheSettings,
  listCache,
  openCacheFolder,
  pruneCache,
} from '../../../recorders/tape/index.ts'
import { cacheBound } from '../cache-bound.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list, table } from '../output.ts'
import { globals } from '../run.ts'
import { whole } from '../run-summary.ts'

const EXAMPLES = `
Examples:
  $ engine cache ls                          replay caches, the least recently used first, with their size
  $ engine cache prune                       what no version of now reads, and what is beyond cache.max_gb
  $ engine cache prune --older-than 30d      what was not used for 30 days, too
  $ engine cache prune --max-gb 0            everything; it is made again when it is needed

A replay cache is made when a dataset is first run, so that it is read five times as fast from then on. It lies in your own
cache folder (XDG_CACHE_HOME) and may be removed at any time.`

type PruneOptions = { olderThan?: string; maxGb?: string }

/** `engine cache`: what replay caches take on disk, and less of it. */
export function command(program: Command, io: Io): void {
  const parent = program
    .command('cache')
    .description('replay caches: list them, remove them')
    .addHelpText('after', EXAMPLES)
  parent
    .command('ls')
    .description('replay caches with their size, dataset and last use')
    .action(async (_: unknown, self: Command) => {
      await openCacheFolder()
      const { folder, bytes, entries } = await listCache()
      const max_bytes = cacheBound(io, globals(self)) * 1e9
      const refused = cacheRefusal()
      emit(io, globals(self).json, { folder, bytes, max_bytes, refused, entries }, () =>
        inWords(io, { folder, bytes, max_bytes, refused, entries }),
      )
    })
  parent
    .command('prune')
    .description('remove replay caches that were not used for longest')
    .option('--older-than <time>', 'remove what was not used for so long: 30d, 12h')
    .option('--max-gb <gb>', 'keep at most so many gigabytes (default: cache.max_gb)')
    .action(async (options: PruneOptions, self: Command) => {
      const { olderThan, maxGb: given } = options
      const max_gb = given === undefined ? cacheBound(io, globals(self)) : gigabytes(given)
      const removed = await pruneCache({
        max_bytes: max_gb * 1e9,
        ...(olderThan !== undefined && { used_since: since(olderThan) }),
      })
      const bytes_removed = sum(removed)
      const { bytes: bytes_left } = await listCache()
      emit(io, globals(self).json, { removed, bytes_removed, bytes_left }, () =>
        list(io, [
          ['removed', `${whole(removed.length)}, ${megabytes(bytes_removed)} MB`],
          ['left', `${megabytes(bytes_left)} MB`],
        ]),
      )
    })
}

type Listing = {
  folder: string
  bytes: number
  max_bytes: number
  refused: string | null
  entries: readonly CacheEntry[]
}

function inWords(io: Io, { folder, bytes, max_bytes, refused, entries }: Listing): string {
  const head = list(io, [
    ['folder', folder],
    ['size', `${megabytes(bytes)} MB of at most ${whole(max_bytes / 1e6)} MB`],
    ...(refused === null ? [] : [['not used', refused] as const]),
  ])
  if (entries.length === 0) return `${head}no caches\n`
  const rows = entries.map((one) => [
    one.dataset ?? one.dataset_hash.slice(0, 12),
    WORDS[one.kind],
    one.used.slice(0, 16).replace('T', ' '),
    megabytes(one.bytes),
  ])
  return `${head}${table(io, ['dataset', 'what', 'last used', 'MB'], rows)}`
}

const WORDS: Readonly<Record<CacheEntry['kind'], string>> = {
  rows: 'rows',
  checked: 'note of a check',
  unused: 'nothing reads it any more',
}

function gigabytes(text: string): number {
  const value = Number(text)
  const { min, max } = cacheSettings.max_gb
  if (text.trim() !== '' && value >= min && value <= max) return value
  throw new CliError(
    'usage.option',
    `--max-gb ${text} is not a number from ${min} to ${max}`,
    'give one such as 20',
    {
      field: '--max-gb',
    },
  )
}

const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 }

/** The ISO time that was so long ago. */
function since(text: string): string {
  const found = /^(\d{1,5})([hdw])$/.exec(text)
  if (found === null)
    throw new CliError(
      'usage.option',
      `--older-than ${text} is no length of time`,
      'give one such as 30d or 12h',
      {
        field: '--older-than',
      },
    )
  return new Date(Date.now() - Number(found[1]) * HOURS[found[2]!]! * 3_600_000).toISOString()
}

function sum(entries: readonly CacheEntry[]): number {
  return entries.reduce((bytes, one) => bytes + one.bytes, 0)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}
