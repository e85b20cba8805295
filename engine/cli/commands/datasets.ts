import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Micros, parseIso, UnitsError } from '../../../core/units/index.ts'
import pkg from '../../../package.json' with { type: 'json' }
import { type Listed, listData, openData, rebuildRecording } from '../../../recorders/recording/index.ts'
import {
  cutDataset,
  type Dataset,
  type MadeReport,
  mergeDatasets,
  verifyDataset,
} from '../../../recorders/tape/index.ts'
import { datasetInWords, listInWords, shown } from '../datasets-words.ts'
import { CliError } from '../errors.ts'
import type { Io, Progress } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'
import { whole } from '../run-summary.ts'

const EXAMPLES = `
Examples:
  $ engine datasets list                                             what is at hand, here and in datasets/
  $ engine datasets describe datasets/btc-5m-2026-04-15              a manifest in words; whole with --json
  $ engine datasets verify datasets/btc-5m-2026-04-15                every hash; exit code 1 when one is wrong
  $ engine datasets cut datasets/btc-5m-2026-04-15 --from 2026-04-15T12:00:00Z --to 2026-04-15T12:30:00Z --out half-hour
  $ engine datasets cut datasets/btc-5m-2026-04-15 --market btc-updown-5m-1776254400 --out one-window
  $ engine datasets merge monday tuesday --out both
  $ engine datasets rebuild recordings/btc --out again               rows made anew from the frames of a recording

Where a dataset is asked for, a recording is taken as its days. A cut says again, in rows flagged SNAPSHOT, how books stood
at its start; what is made says in its manifest what it was made of.`

/** A dataset whose hashes are right. */
type Verified = { dataset: string; dataset_hash: string; rows: number; files: number }

/** `engine datasets`: look at datasets and make new ones of them. */
export function command(program: Command, io: Io): void {
  const parent = program
    .command('datasets')
    .description('list, describe, verify, cut, merge and rebuild datasets')
    .addHelpText('after', EXAMPLES)
  parent
    .command('list')
    .description('datasets and recordings in a folder and below it')
    .argument('[folder...]', 'where to look; default: datasets/ and the current folder')
    .action(async (folders: string[], _: unknown, self: Command) => {
      const places = folders.length > 0 ? folders : ['datasets', '.']
      const datasets: Listed[] = []
      const seen = new Set<string>()
      for (const place of places) {
        const path = resolve(io.cwd, place)
        if (folders.length > 0 && !existsSync(path)) throw noFolder(place)
        for (const one of await listData(path)) {
          if (!seen.has(one.path)) datasets.push(one)
          seen.add(one.path)
        }
      }
      emit(io, globals(self).json, { datasets }, () => listInWords(io, datasets))
    })
  parent
    .command('describe')
    .description('what a dataset says about itself')
    .argument('<dataset>', 'dataset folder, or recording')
    .action(async (path: string, _: unknown, self: Command) => {
      const datasets = await opened(io, [path])
      const manifests = datasets.map(({ manifest }) => manifest)
      emit(io, globals(self).json, manifests.length === 1 ? manifests[0] : { days: manifests }, () =>
        datasets.map((dataset) => datasetInWords(io, dataset)).join('\n'),
      )
    })
  parent
    .command('verify')
    .description('compute every hash again: of files, of rows')
    .argument('<dataset...>', 'dataset folders, or recordings')
    .action(async (paths: string[], _: unknown, self: Command) => {
      const verified: Verified[] = []
      for (const { dir } of await opened(io, paths)) {
        const bar = barOf(io, `verify ${shown(io, dir)}`)
        const found = await verifyDataset(dir, { signal: io.signal, progress: bar.progress })
        bar.stop()
        verified.push({ dataset: dir, ...found })
      }
      emit(io, globals(self).json, { verified }, () =>
        verified
          .map(({ dataset, dataset_hash, rows, files }) =>
            list(io, [
              ['dataset', shown(io, dataset)],
              ['hash', dataset_hash],
              ['verified', `${whole(rows)} rows in ${whole(files)} files`],
            ]),
          )
          .join('\n'),
      )
    })
  registerCut(parent, io)
  registerMerge(parent, io)
  registerRebuild(parent, io)
}

type CutArguments = { from?: string; to?: string; market?: string[]; out: string }

function registerCut(parent: Command, io: Io): void {
  parent
    .command('cut')
    .description('a range of time, or some markets, as a dataset of its own')
    .argument('<dataset>', 'dataset folder, or recording of one day')
    .option('--from <iso>', 'first time, included')
    .option('--to <iso>', 'last time, excluded')
    .option('--market <slug...>', 'markets to keep, with the reference series of their assets')
    .requiredOption('--out <dir>', 'dataset folder to make; it must not exist, or be empty')
    .action(async (path: string, options: CutArguments, self: Command) => {
      const { from, to, market } = options
      if (from === undefined && to === undefined && market === undefined)
        throw new CliError(
          'usage.cut',
          'nothing is said about what to cut',
          'give --from, --to or --market',
          {
            field: '--from',
          },
        )
      const [dataset, ...more] = await opened(io, [path])
      if (more.length > 0)
        throw new CliError(
          'usage.cut',
          `${path} is a recording of several days`,
          'cut one of its days, the folders in it, or merge them first',
          { field: 'dataset', file: resolve(io.cwd, path) },
        )
      const bar = barOf(io, 'cut')
      const out = resolve(io.cwd, options.out)
      const made = await cutDataset(dataset!, {
        ...(from !== undefined && { from_us: timeOf('--from', from) }),
        ...(to !== undefined && { to_us: timeOf('--to', to) }),
        ...(market !== undefined && { markets: market }),
        out,
        created_by: `lockstep ${pkg.version}, datasets cut`,
        signal: io.signal,
        progress: bar.progress,
      })
      bar.stop()
      emit(io, globals(self).json, { out, ...made }, () => madeInWords(io, out, made))
    })
}

function registerMerge(parent: Command, io: Io): void {
  parent
    .command('merge')
    .description('several datasets as one, in the order of time')
    .argument('<dataset...>', 'dataset folders, or recordings; at equal times in this order')
    .requiredOption('--out <dir>', 'dataset folder to make; it must not exist, or be empty')
    .action(async (paths: string[], options: { out: string }, self: Command) => {
      const bar = barOf(io, 'merge')
      const out = resolve(io.cwd, options.out)
      const made = await mergeDatasets(await opened(io, paths), {
        out,
        created_by: `lockstep ${pkg.version}, datasets merge`,
        signal: io.signal,
        progress: bar.progress,
      })
      bar.stop()
      emit(io, globals(self).json, { out, ...made }, () => madeInWords(io, out, made))
    })
}

function registerRebuild(parent: Command, io: Io): void {
  parent
    .command('rebuild')
    .description('the rows of a recording made again from its frames: after a parser was mended')
    .argument('<recording>', 'folder of a recording whose frames were kept (recorder.raw)')
    .requiredOption('--out <dir>', 'folder of the new recording; it must not exist, or be empty')
    .option('--no-raw', 'do not keep the frames in the new one, too')
    .action(async (path: string, options: { out: string; raw: boolean }, self: Command) => {
      const bar = barOf(io, 'rebuild')
      const made = await rebuildRecording(resolve(io.cwd, path), resolve(io.cwd, options.out), {
        raw: options.raw,
        signal: io.signal,
        progress: bar.progress,
      })
      bar.stop()
      emit(io, globals(self).json, made, () =>
        list(io, [
          ['recording', shown(io, made.out)],
          ['journals', whole(made.journals)],
          ['records', whole(made.records)],
          ['events', whole(made.events)],
        ]),
      )
    })
}

async function opened(io: Io, paths: readonly string[]): Promise<Dataset[]> {
  const datasets: Dataset[] = []
  for (const path of paths) datasets.push(...(await openData(resolve(io.cwd, path))))
  return datasets
}

function madeInWords(io: Io, out: string, { dataset_hash, rows, restated, windows }: MadeReport): string {
  return list(io, [
    ['dataset', shown(io, out)],
    ['hash', dataset_hash],
    [
      'rows',
      restated === 0 ? whole(rows) : `${whole(rows)}, ${whole(restated)} of them said again at the start`,
    ],
    ['windows', whole(windows)],
  ])
}

/** A bar that is drawn once the length of the work is known. */
function barOf(io: Io, label: string): { progress(done: number, total: number): void; stop(): void } {
  let bar: Progress | undefined
  return {
    progress(done, total) {
      bar ??= io.progress(total, label)
      bar.update(done)
    },
    stop: () => bar?.stop(),
  }
}

function timeOf(field: string, text: string): Micros {
  try {
    return parseIso(text)
  } catch (thrown) {
    if (!(thrown instanceof UnitsError)) throw thrown
    throw new CliError('usage.time', thrown.message, 'write it as 2026-04-15T12:00:00Z', { field })
  }
}

function noFolder(path: string): CliError {
  return new CliError('datasets.folder', `${path} does not exist`, 'name an existing folder', {
    file: path,
  })
}
