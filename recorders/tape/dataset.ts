import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { z } from 'zod'
import type { Columns, Instruments, Resolution } from '../../core/events/index.ts'
import { FileError, openPlain, readPlain, readPlainText } from '../files/index.ts'
import { FILE_BYTES } from '../limits.ts'
import { openArrowFile } from './arrow-reader.ts'
import { createContentHash } from './content-hash.ts'
import { TapeError } from './errors.ts'
import { checkRowFigures, checkSideFigures, rowFigures } from './figures.ts'
import { type Gap, type Manifest, parseJson, parseManifest, parseTable, sideTables } from './manifest.ts'
import { createRowCheck } from './row-check.ts'
import { checkSides } from './side-check.ts'
import { createTally } from './tally.ts'

/** An opened dataset: its folder, what it says about itself, and its side tables. The rows stay on disk. */
export type Dataset = {
  dir: string
  /** What to call it to people where its folder is a temporary one: see {@link nameOf}. */
  shown?: string
  manifest: Manifest
  instruments: Instruments
  resolutions: Resolution[]
  gaps: Gap[]
}

/** What a dataset is called in a message: its folder, or what the user gave where that is none of theirs. */
export function nameOf({ dir, shown }: Dataset): string {
  return shown ?? dir
}

const RESTORE = 'restore the file from its source, or import the dataset again'

/**
 * Open a dataset folder: the manifest's schema, the presence and size of every file, and the side tables are checked.
 * Rows are not hashed here: {@link verifyDataset} does that, and so does the first read.
 *
 * @throws TapeError `tape.missing`, `tape.manifest_json`, `tape.schema_version`, `tape.manifest`, `tape.file_missing`,
 * `tape.file_size`, `tape.side_table`, `tape.side_value`, `tape.file_hash`, `tape.counts` or `tape.empty`, naming file and
 * field
 */
export async function openDataset(path: string): Promise<Dataset> {
  const dir = resolve(path)
  const file = join(dir, 'manifest.json')
  const text = await readPlainText(file, FILE_BYTES.manifest).catch((thrown: unknown) => {
    // A pipe, a link, something too large: that is there, and not what it should be.
    if (thrown instanceof FileError) throw thrown
    const recording = existsSync(join(dir, 'recording.json'))
    throw new TapeError(
      'tape.missing',
      recording
        ? `${dir}: a recording, not a dataset: each of its days is one`
        : `${dir}: no dataset there, manifest.json cannot be read`,
      { file },
      recording
        ? 'give one of its days, the folders in it'
        : 'give the folder of a dataset; engine datasets list shows those at hand',
      thrown,
    )
  })
  const manifest = parseManifest(text, file)
  for (const entry of manifest.files) await checkSize(dir, entry)
  const [instruments, instrumentsFile] = await sideTable(dir, manifest, 'instruments', sideTables.instruments)
  const [resolutions, resolutionsFile] = await sideTable(dir, manifest, 'resolutions', sideTables.resolutions)
  const [gaps, gapsFile] = await sideTable(dir, manifest, 'gaps', sideTables.gaps)
  checkSides(instruments, resolutions, gaps, {
    instruments: instrumentsFile,
    resolutions: resolutionsFile,
    gaps: gapsFile,
  })
  checkRows(file, manifest)
  checkSideFigures(manifest, { instruments, resolutions, gaps }, file)
  return { dir, manifest, instruments, resolutions, gaps }
}

/** The tape files of a dataset in tape order. */
export function tapeFiles(dataset: Dataset): Manifest['files'] {
  return dataset.manifest.files.filter(({ path }) => path.endsWith('.parquet') || path.endsWith('.arrow'))
}

/**
 * Every row of a dataset as its files hold it, checked for order and for values on the way and at the end against the
 * content hash and the figures of the manifest: no cache, no slicing. The columns are reused.
 *
 * @throws TapeError `tape.content_hash` with the recorded and the found hash, and `tape.counts`, after the last row; `tape.order`,
 * `tape.value`, `tape.parquet`, `tape.arrow` or `tape.column` where the files are at fault
 */
export async function* readVerified(dataset: Dataset): AsyncGenerator<Columns> {
  const hash = createContentHash()
  const manifestFile = join(dataset.dir, 'manifest.json')
  const check = createRowCheck(dataset.instruments)
  const tally = createTally()
  for (const { path, rows } of tapeFiles(dataset)) {
    const file = join(dataset.dir, path)
    const before = tally.rows
    for await (const columns of readTapeFile(file)) {
      check.check(columns, 0, columns.length, file)
      hash.update(columns)
      tally.add(columns, 0, columns.length)
      yield columns
    }
    if (tally.rows - before !== rows) throw wrongRows(manifestFile, path, rows, tally.rows - before)
  }
  const found = hash.digest(dataset.instruments, dataset.resolutions)
  const { dataset_hash: recorded } = dataset.manifest
  if (found !== recorded) {
    throw new TapeError(
      'tape.content_hash',
      `${manifestFile}: dataset_hash says ${recorded}, the ${tally.rows} rows and side tables give ${found}`,
      { file: manifestFile, field: 'dataset_hash' },
      RESTORE,
    )
  }
  checkRowFigures(dataset.manifest, rowFigures(tally, dataset.instruments), manifestFile)
}

function wrongRows(file: string, path: string, recorded: number, found: number): TapeError {
  return new TapeError(
    'tape.counts',
    `${file}: files says that ${path} has ${recorded} rows, found ${found}`,
    { file, field: 'files.rows' },
    RESTORE,
  )
}

/** Rows of one tape file, Parquet or Arrow, chunk by chunk. */
export async function* readTapeFile(path: string): AsyncGenerator<Columns> {
  if (path.endsWith('.parquet')) {
    // Native code, which the other format does without: a run that may load none reads Arrow.
    const { readParquet } = await import('./parquet.ts')
    yield* readParquet(path)
    return
  }
  const reader = await openArrowFile(path)
  try {
    const buffer = new ArrayBuffer(reader.buffer_bytes)
    for (let batch = 0; batch + 1 < reader.starts.length; batch++) yield await reader.read(batch, buffer)
  } finally {
    await reader.close()
  }
}

export type VerifyOptions = {
  signal?: AbortSignal
  /** Told how many rows of how many were read. */
  progress?: (done: number, total: number) => void
}

/**
 * Recompute every file's SHA-256 and the content hash.
 *
 * @returns what was found equal
 * @throws TapeError `tape.file_hash` or `tape.content_hash`, saying recorded and found; and all of {@link readVerified}
 */
export async function verifyDataset(
  path: string,
  { signal, progress }: VerifyOptions = {},
): Promise<{ dataset_hash: string; rows: number; files: number }> {
  const dataset = await openDataset(path)
  const { manifest } = dataset
  for (const entry of manifest.files) {
    const file = join(dataset.dir, entry.path)
    assertHash(file, entry.sha256, await sha256Of(file))
  }
  let rows = 0
  for await (const columns of readVerified(dataset)) {
    signal?.throwIfAborted()
    rows += columns.length
    progress?.(rows, manifest.counts.rows)
  }
  return { dataset_hash: manifest.dataset_hash, rows, files: manifest.files.length }
}

function assertHash(file: string, recorded: string, found: string): void {
  if (found === recorded) return
  throw new TapeError(
    'tape.file_hash',
    `${file}: sha256 recorded ${recorded}, found ${found}`,
    { file, field: 'files.sha256' },
    RESTORE,
  )
}

/** SHA-256 of a file, lower-case hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  const opened = await openPlain(file)
  await pipeline(opened.createReadStream(), hash)
  return hash.digest('hex')
}

async function checkSize(dir: string, entry: Manifest['files'][number]): Promise<void> {
  const file = join(dir, entry.path)
  const opened = await openPlain(file).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
    throw new TapeError(
      'tape.file_missing',
      `${file}: listed in the manifest, not in the folder`,
      { file, field: 'files' },
      RESTORE,
      thrown,
    )
  })
  const found = await opened.stat().finally(() => opened.close())
  if (found.size === entry.bytes) return
  throw new TapeError(
    'tape.file_size',
    `${file}: ${entry.bytes} bytes recorded, ${found.size} found`,
    { file, field: 'files.bytes' },
    RESTORE,
  )
}

/** A side table, and the file that it is in. */
async function sideTable<T>(
  dir: string,
  manifest: Manifest,
  name: string,
  schema: z.ZodType<T>,
): Promise<[T, string]> {
  // A dataset that still grows writes a new file each time, with a number: the manifest says which one holds.
  const named = new RegExp(`^${name}(-\\d+)?\\.json$`)
  const entry = manifest.files.find(({ path }) => named.test(path))
  if (entry === undefined) {
    const manifestFile = join(dir, 'manifest.json')
    throw new TapeError(
      'tape.file_missing',
      `${manifestFile}: files does not list ${name}.json`,
      { file: manifestFile, field: 'files' },
      RESTORE,
    )
  }
  const file = join(dir, entry.path)
  const text = await readPlain(file, Math.min(FILE_BYTES.side, entry.bytes))
  const table = parseTable(
    schema,
    parseJson(text.toString('utf8'), file, 'tape.side_table'),
    file,
    'tape.side_table',
  )
  // Rows have their check on first use; these are small and decide as much, so that they are checked at every use.
  assertHash(file, entry.sha256, createHash('sha256').update(text).digest('hex'))
  return [table, file]
}

function checkRows(file: string, manifest: Manifest): void {
  const rows = manifest.files
    .filter(({ path }) => path.endsWith('.parquet') || path.endsWith('.arrow'))
    .reduce((sum, entry) => sum + entry.rows, 0)
  if (rows === 0) throw new TapeError('tape.empty', `${file}: the tape has no rows`, { file }, RESTORE)
  if (manifest.counts.rows === rows) return
  throw new TapeError(
    'tape.counts',
    `${file}: counts.rows says ${manifest.counts.rows}, found ${rows}`,
    { file, field: 'counts.rows' },
    RESTORE,
  )
}
