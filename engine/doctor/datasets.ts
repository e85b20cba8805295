import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset, sha256Of } from '../../recorders/tape/index.ts'
import type { Problem } from './installation.ts'

/** A dataset as found: whether its manifest, files and, where that is quick, their hashes are as they should be. */
export type DatasetHealth = {
  path: string
  dataset_hash: string | null
  rows: number
  windows: number
  bytes: number
  files: 'verified' | 'not hashed' | 'wrong'
  problem: Problem | null
}

/** Datasets up to this size are hashed on the spot: about a second. */
const HASHED_BYTES_MAX = 256 * 2 ** 20

/**
 * Look at every dataset in these folders: manifest, presence and size of files, and the SHA-256 of small ones.
 * `engine datasets verify` checks the rows too.
 */
export async function datasets(folders: readonly string[]): Promise<DatasetHealth[]> {
  const found: DatasetHealth[] = []
  for (const path of new Set(folders.flatMap(inside))) found.push(await examine(path))
  return found
}

async function examine(path: string): Promise<DatasetHealth> {
  const health: DatasetHealth = {
    path,
    dataset_hash: null,
    rows: 0,
    windows: 0,
    bytes: 0,
    files: 'wrong',
    problem: null,
  }
  try {
    const { manifest } = await openDataset(path)
    health.dataset_hash = manifest.dataset_hash
    health.rows = manifest.counts.rows
    health.windows = manifest.windows.total
    health.bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
    if (health.bytes > HASHED_BYTES_MAX) return { ...health, files: 'not hashed' }
    for (const file of manifest.files) {
      if ((await sha256Of(join(path, file.path))) === file.sha256) continue
      return {
        ...health,
        problem: problem(`${join(path, file.path)} is not the file that its manifest describes`),
      }
    }
    return { ...health, files: 'verified' }
  } catch (error) {
    return { ...health, problem: problem((error as Error).message) }
  }
}

function inside(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'manifest.json')))
    .map((entry) => join(folder, entry.name))
    .sort()
}

const problem = (what: string): Problem => ({
  severity: 'error',
  what,
  fix: 'restore the dataset from where it came from, or import it again',
})
