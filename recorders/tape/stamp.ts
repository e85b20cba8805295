import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolders } from './cache.ts'
import { type Dataset, readVerified, tapeFiles } from './dataset.ts'

/**
 * Datasets stored as Arrow are read where they lie, without a cache. Before their first use every row is checked and the
 * content hash is made; a stamp in the folder of caches then says so of exactly these files (length and time of change),
 * so that it is done once and again after any change. A stamp may be deleted at any time.
 */

/**
 * Check a dataset stored as Arrow, unless its stamp says that this was done.
 *
 * @throws TapeError as {@link readVerified}
 */
export async function ensureVerified(dataset: Dataset): Promise<void> {
  const text = await describe(dataset)
  const name = `${dataset.manifest.dataset_hash}-${digest(dataset.dir)}.verified`
  const folders = cacheFolders(dataset.dir)
  for (const folder of folders) {
    const found = await readFile(join(folder, name), 'utf8').catch(() => null)
    if (found === text) return
  }
  for await (const _ of readVerified(dataset)) {
    // Reading is the check.
  }
  for (const folder of folders) if (await leave(join(folder, name), folder, text)) return
}

/** Write the stamp; where no folder can be written the check is made anew every time. */
async function leave(path: string, folder: string, text: string): Promise<boolean> {
  const partial = `${path}.partial-${process.pid}`
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(partial, text)
    await rename(partial, path)
    return true
  } catch {
    await rm(partial, { force: true }).catch(() => undefined)
    return false
  }
}

async function describe(dataset: Dataset): Promise<string> {
  const files: unknown[] = []
  for (const { path } of tapeFiles(dataset)) {
    const { size, mtimeMs, ctimeMs, ino } = await stat(join(dataset.dir, path))
    files.push({ path, size, mtimeMs, ctimeMs, ino })
  }
  return `${JSON.stringify({ dataset_hash: dataset.manifest.dataset_hash, files })}\n`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
