import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { joinInstruments, openDataset, reasonOf } from '../tape/index.ts'
import { FILE, isDay } from './layout.ts'
import { type OpenOptions, openRecording } from './open.ts'
import { readRecordingFile } from './recording-file.ts'

/** A folder that holds events, as a list shows it. */
export type Listed = {
  path: string
  kind: 'dataset' | 'recording'
  /** ISO times of the first and the last row; null where there is none. */
  from: string | null
  to: string | null
  rows: number
  windows: number
  bytes: number
  dataset_hash: string | null
  /** Days of a recording; 1 for a dataset. */
  days: number
  /** What is wrong with it, in words. */
  problem: string | null
}

/** How deep folders are looked for. */
const DEPTH_MAX = 4
/** Folders that hold other things. */
const PASSED = new Set(['node_modules', 'raw', 'journal'])

/** Datasets and recordings in a folder and below it, by path. Nothing is hashed; what is damaged is listed with what is wrong. */
export async function listData(path: string, options: OpenOptions = {}): Promise<Listed[]> {
  const found: Listed[] = []
  await walk(resolve(path), 0, found, options)
  return found
}

async function walk(dir: string, depth: number, found: Listed[], options: OpenOptions): Promise<void> {
  if (existsSync(join(dir, FILE))) {
    found.push(await listRecording(dir, options))
    return
  }
  if (existsSync(join(dir, 'manifest.json'))) {
    const one = await listDataset(dir)
    if (one !== null) found.push(one)
    return
  }
  if (depth === DEPTH_MAX) return
  const entries = await readdir(dir, { withFileTypes: true }).catch((thrown: NodeJS.ErrnoException) => {
    // Whatever is in there is gone past, and that is said.
    if (thrown.code !== 'ENOENT' && thrown.code !== 'ENOTDIR')
      found.push({
        ...nothing(dir, 'dataset'),
        problem: `the folder cannot be looked into: ${reasonOf(thrown)}`,
      })
    return []
  })
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !PASSED.has(entry.name))
    .map(({ name }) => name)
  for (const name of names.sort()) await walk(join(dir, name), depth + 1, found, options)
}

/** Null for a manifest of something else. */
async function listDataset(path: string): Promise<Listed | null> {
  try {
    const { manifest } = await openDataset(path)
    return {
      path,
      kind: 'dataset',
      from: manifest.time_range.from,
      to: manifest.time_range.to,
      rows: manifest.counts.rows,
      windows: manifest.windows.total,
      bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      dataset_hash: manifest.dataset_hash,
      days: 1,
      problem: null,
    }
  } catch (thrown) {
    if (!(await saysDataset(path))) return null
    return { ...nothing(path, 'dataset'), days: 1, problem: reasonOf(thrown) }
  }
}

/** Other programs have files of that name too. */
async function saysDataset(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => [])
  return names.some((name) => /^(tape-|instruments).*\.(parquet|arrow|json)$/.test(name))
}

async function listRecording(path: string, options: OpenOptions): Promise<Listed> {
  const listed = nothing(path, 'recording')
  try {
    await readRecordingFile(path)
    for (const name of (await readdir(path)).filter(isDay).sort()) {
      const day = existsSync(join(path, name, 'manifest.json')) ? await listDataset(join(path, name)) : null
      if (day === null) continue
      listed.from ??= day.from
      listed.to = day.to ?? listed.to
      listed.rows += day.rows
      listed.windows += day.windows
      listed.bytes += day.bytes
      listed.days++
      listed.problem ??= day.problem
    }
    listed.bytes += (await bytesIn(join(path, 'journal'))) + (await bytesIn(join(path, 'raw')))
    if (listed.problem === null) await addOpen(path, listed, options)
  } catch (thrown) {
    listed.problem = reasonOf(thrown)
  }
  return listed
}

/** What is not sealed yet; a window that goes on from one part to the next is one. */
async function addOpen(path: string, listed: Listed, options: OpenOptions): Promise<void> {
  const { days, tails, close } = await openRecording(path, options)
  try {
    if (tails.length === 0) return
    const known = new Set(days.map(({ manifest }) => manifest.recording?.day))
    for (const { manifest } of tails) {
      const { from, to } = manifest.time_range
      listed.from ??= from
      listed.to = to
      listed.rows += manifest.counts.rows
      if (!known.has(from.slice(0, 10))) listed.days++
    }
    listed.windows = joinInstruments([...days, ...tails]).instruments.markets.length
  } finally {
    await close()
  }
}

async function bytesIn(path: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true }).catch(() => []))
    if (entry.isFile())
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      )
  return bytes
}

function nothing(path: string, kind: Listed['kind']): Listed {
  return {
    path,
    kind,
    from: null,
    to: null,
    rows: 0,
    windows: 0,
    bytes: 0,
    dataset_hash: null,
    days: 0,
    problem: null,
  }
}
