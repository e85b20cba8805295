import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Columns, Instruments, Resolution } from '../../core/events/index.ts'
import { recordedProfile } from '../feeds/profile.ts'
import { below, namesIn, readPlainText } from '../files/index.ts'
import { FILE_BYTES } from '../limits.ts'
import type { Totals } from '../normalise/normaliser.ts'
import {
  type ContentHash,
  canonicalJson,
  countWindows,
  createContentHash,
  createTally,
  type DatasetHead,
  type Gap,
  type Manifest,
  openDataset,
  parseManifest,
  profileHash,
  readTapeFile,
  SCHEMA_VERSION,
  summariseGaps,
  tapeFiles,
} from '../tape/index.ts'
import { fileEntry } from '../tape/writer.ts'
import { makeFolder, removeFile, replaceFile, type Steps, writeSynced } from './durable.ts'
import { RecordingError } from './errors.ts'
import { dayPath, digits, isMade } from './layout.ts'

/** One day of a recording as a dataset that grows: what it counts, and the manifest that its folder shows. */
export type Day = {
  readonly name: string
  readonly dir: string
  /** Rows so far, those included that no file holds yet. */
  readonly rows: number
  /** As it was last written; null before the first seal. */
  readonly manifest: Manifest | null
  /** Count rows that follow those before. */
  add(columns: Columns): void
  /** Gaps that have ended. */
  addGaps(gaps: readonly Gap[]): void
  /** How the day stands now, as the next manifest will say it; null without a row. */
  stand(journal: number, what: Standing): Stand | null
  /**
   * Show a new state: its files are written, then the manifest is replaced.
   *
   * @returns names of files that it shows no more: to be removed once no reader can be at them
   */
  commit(stand: Stand, tape: Manifest['files'], side: Readonly<Record<string, string>>): Promise<string[]>
  /** Show the same rows in other files. As {@link commit}. */
  replace(files: Manifest['files']): Promise<string[]>
}

/** What the normaliser says of the day at a seal. */
export type Standing = {
  instruments: Instruments
  resolutions: readonly Resolution[]
  open_gaps: readonly Gap[]
  refused: Totals['refused']
}

/** A day at a moment: its manifest but for the files, and the texts of its side tables. */
export type Stand = {
  journal: number
  manifest: Omit<Manifest, 'files'>
  texts: { instruments: string; resolutions: string; gaps: string }
}

/** What all days of a recording share. */
export type DayOptions = { dir: string; id: string; head: DatasetHead; steps: Steps }

/**
 * Open a day, new or to be continued. Of one to be continued every row is read again for the content hash. What a seal that was
 * cut off left is removed: files by the names that it gives, up to the journal `number`, which the manifest does not list.
 *
 * @throws RecordingError `recording.day` for a folder that is no day of this recording; TapeError as `openDataset`
 */
export async function openDay(name: string, number: number, options: DayOptions): Promise<Day> {
  const { id, steps } = options
  const dir = dayPath(options.dir, name)
  await makeFolder(dir)
  const found = await readDayManifest(dir)
  if (found !== null && (found.recording?.id !== id || found.recording.day !== name)) {
    throw new RecordingError(
      'recording.day',
      `${dir}: is not a day of this recording`,
      dir,
      'move it elsewhere, or record into another folder',
    )
  }
  await removeLeft(dir, found, number, steps)
  const hash = createContentHash()
  if (found === null) return growDay(name, options, null, hash, [])
  const dataset = await openDataset(dir)
  for (const { path } of tapeFiles(dataset))
    for await (const columns of readTapeFile(below(dir, path))) hash.update(columns)
  const ended = dataset.gaps.slice(0, dataset.gaps.length - found.recording!.open_gaps)
  return growDay(name, options, found, hash, ended)
}

/** A day that begins now: it has no folder yet. */
export function newDay(name: string, options: DayOptions): Day {
  return growDay(name, options, null, createContentHash(), [])
}

function growDay(
  name: string,
  { dir: parent, id, head, steps }: DayOptions,
  found: Manifest | null,
  hash: ContentHash,
  gaps: Gap[],
): Day {
  const dir = dayPath(parent, name)
  const tally = createTally(found ?? undefined)
  let first = found?.recording?.journals.first
  let manifest = found

  async function show(next: Manifest): Promise<string[]> {
    const text = `${JSON.stringify(next, null, 2)}\n`
    const path = join(dir, 'manifest.json')
    parseManifest(text, path)
    await replaceFile(path, text, steps)
    const shown = new Set(next.files.map((one) => one.path))
    const replaced = (manifest?.files ?? []).filter((one) => !shown.has(one.path))
    manifest = next
    return replaced.map((one) => one.path)
  }

  return {
    name,
    dir,
    get rows() {
      return tally.rows
    },
    get manifest() {
      return manifest
    },
    add(columns) {
      hash.update(columns, 0, columns.length)
      tally.add(columns, 0, columns.length)
    },
    addGaps: (ended) => void gaps.push(...ended),
    stand(journal, { instruments, resolutions, open_gaps, refused }) {
      if (tally.rows === 0) return null
      first ??= journal
      const ledger = [...gaps, ...open_gaps]
      const { series, assets, time_range, counts } = tally.figures(instruments)
      const reference_profile = recordedProfile(instruments)
      const assignment = 'assigned'
      return {
        journal,
        texts: {
          instruments: `${canonicalJson(instruments)}\n`,
          resolutions: `${canonicalJson(resolutions)}\n`,
          gaps: `${canonicalJson(ledger)}\n`,
        },
        manifest: {
          schema_version: SCHEMA_VERSION,
          dataset_hash: hash.copy().digest(instruments, resolutions),
          profile_hash: profileHash({ ...head, reference_profile, assignment }),
          ...head,
          reference_profile,
          series,
          assets,
          assignment,
          time_range,
          counts,
          windows: countWindows(instruments.markets.length, resolutions),
          gaps: summariseGaps(ledger),
          inferred: [],
          refused: refused.map((one) => ({ ...one })),
          recording: {
            id,
            day: name,
            journals: { first, last: journal },
            open_gaps: open_gaps.length,
          },
        },
      }
    },
    async commit({ journal, manifest: body, texts }, tape, side) {
      await makeFolder(dir)
      const files: Manifest['files'] = [...kept(manifest, isTape), ...tape, ...kept(manifest, isSide)]
      const write = async (path: string, text: string) => {
        await writeSynced(below(dir, path), text, steps)
        files.push(await fileEntry(dir, path, 0))
      }
      const number = digits(journal)
      for (const name of Object.keys(side).sort()) await write(`side-${name}-${number}.jsonl`, side[name]!)
      for (const name of ['instruments', 'resolutions', 'gaps'] as const)
        await write(`${name}-${number}.json`, texts[name])
      return show({ ...body, files })
    },
    replace: (files) => show({ ...manifest!, files }),
  }
}

/** The manifest in a day's folder; null where there is none yet. */
export async function readDayManifest(dir: string): Promise<Manifest | null> {
  const file = join(dir, 'manifest.json')
  const text = await readPlainText(file, FILE_BYTES.manifest).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  })
  return text === null ? null : parseManifest(text, file)
}

/** Remove what a seal that was cut off left, or one that was replaced. What nobody here can have made stays. */
async function removeLeft(
  dir: string,
  manifest: Manifest | null,
  number: number,
  steps: Steps,
): Promise<void> {
  const listed = new Set(['manifest.json', ...(manifest?.files ?? []).map(({ path }) => path)])
  for (const name of await namesIn(dir)) {
    if (listed.has(name) || !isMade(name, number)) continue
    // A folder of such a name nobody here made.
    if (!(await lstat(below(dir, name))).isDirectory()) await removeFile(below(dir, name), steps)
  }
}

export function isTape(path: string): boolean {
  return path.endsWith('.arrow') || path.endsWith('.parquet')
}

export function isSide(path: string): boolean {
  return path.endsWith('.jsonl')
}

function kept(manifest: Manifest | null, which: (path: string) => boolean): Manifest['files'] {
  return (manifest?.files ?? []).filter(({ path }) => which(path))
}
