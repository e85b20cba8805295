import { below } from '../files/index.ts'
import type { Manifest } from '../tape/index.ts'
import { fileEntry } from '../tape/writer.ts'
import { type Day, isSide } from './day.ts'
import { moveFile, pour, removeFile, type Steps, syncFile } from './durable.ts'
import { RecordingError } from './errors.ts'

/** Rows of one Parquet file at most, unless a single segment has more. */
const FILE_ROWS = 2_000_000
/** How hard zstd tries: quicker than for datasets that ship, since a recorder has other work. */
const LEVEL = 9

/**
 * Turn a day's Arrow segments into Parquet, several to a file. The rows, and so the hash, stay what they are.
 *
 * @param whole the day is over: its side tables get one file each and their plain names
 * @returns files that the manifest shows no more: to be removed once no reader can be at them
 */
export async function compact(day: Day, whole: boolean, steps: Steps): Promise<string[]> {
  const { manifest, dir } = day
  if (manifest === null) return []
  const files: Manifest['files'] = []
  let group: Manifest['files'] = []
  let rows = 0
  const flush = async () => {
    if (group.length === 0) return
    files.push(await convert(dir, group, rows, steps))
    group = []
    rows = 0
  }
  for (const entry of manifest.files) {
    if (entry.path.endsWith('.arrow')) {
      if (rows + entry.rows > FILE_ROWS) await flush()
      group.push(entry)
      rows += entry.rows
    } else if (entry.path.endsWith('.parquet')) {
      await flush()
      files.push(entry)
    }
  }
  await flush()
  const others = manifest.files.filter(({ path }) => !/\.(arrow|parquet)$/.test(path))
  files.push(...(whole ? await plainNames(dir, others, steps) : others))
  if (files.every(({ path }, i) => path === manifest.files[i]?.path)) return []
  return day.replace(files)
}

async function convert(
  dir: string,
  group: Manifest['files'],
  rows: number,
  steps: Steps,
): Promise<Manifest['files'][number]> {
  const numbers = group.map(({ path }) => numberOf(path, dir))
  const name = `tape-${numbers[0]}-${numbers.at(-1)}.parquet`
  const to = below(dir, name)
  const beside = `${to}.partial`
  await removeFile(beside, steps)
  steps(`convert ${to}`)
  // Native code, which whoever only reads what is recorded does without.
  const { arrowToParquet } = await import('../tape/parquet.ts')
  await arrowToParquet(
    group.map(({ path }) => below(dir, path)),
    beside,
    LEVEL,
  )
  await syncFile(beside, steps)
  await moveFile(beside, to, steps)
  return fileEntry(dir, name, rows)
}

/**
 * Side tables under their plain names, each in one file. A name that the manifest shows already is left alone, and so are
 * the parts that came after it: a file that readers may be at never changes.
 */
async function plainNames(dir: string, files: Manifest['files'], steps: Steps): Promise<Manifest['files']> {
  const shown = new Set(files.map(({ path }) => path))
  const parts = new Map<string, Manifest['files']>()
  for (const entry of files) {
    const plain = entry.path.replace(/-\d+(\.jsonl?)$/, '$1')
    parts.set(plain, [...(parts.get(plain) ?? []), entry])
  }
  const named: Manifest['files'] = []
  for (const [plain, entries] of parts) {
    if (shown.has(plain) || (!isSide(plain) && entries.length > 1)) named.push(...entries)
    else named.push(await concatenate(dir, plain, entries, steps))
  }
  return named
}

async function concatenate(
  dir: string,
  name: string,
  parts: Manifest['files'],
  steps: Steps,
): Promise<Manifest['files'][number]> {
  const to = below(dir, name)
  const beside = `${to}.partial`
  steps(`write ${to}`)
  await pour(
    parts.map(({ path }) => below(dir, path)),
    beside,
  )
  await syncFile(beside, steps)
  await moveFile(beside, to, steps)
  return fileEntry(dir, name, 0)
}

/** The journal that a segment was made of, as its name has it. */
function numberOf(path: string, dir: string): string {
  const found = /^tape-(\d{8})\.arrow$/.exec(path)
  if (found !== null) return found[1]!
  throw new RecordingError(
    'recording.day',
    `${dir}: ${path} is no segment of a journal`,
    below(dir, path),
    'its manifest was changed: restore it, or move the day elsewhere',
  )
}
