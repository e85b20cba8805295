import { createHash } from 'node:crypto'
import { below, openPlain, readPlainText, replaceText } from '../files/index.ts'
import { openCacheFolder } from './cache-folder.ts'
import { CACHE_VERSION } from './cache-stamp.ts'
import { type Dataset, readVerified, tapeFiles } from './dataset.ts'
import { identityFrom, statedBy } from './identity.ts'

/**
 * Datasets stored as Arrow are read where they lie, without a cache, and others where there is no folder for one. Before their first use every row is checked and the
 * content hash is made; a stamp in the user's folder of caches then says so of exactly these files and of what the dataset
 * states, so that it is done once and again after any change. A stamp may be deleted at any time.
 */

/**
 * Check the rows of a dataset as they lie, unless its stamp says that this was done.
 *
 * @throws TapeError as {@link readVerified}
 */
export async function ensureVerified(dataset: Dataset): Promise<void> {
  const text = await describe(dataset)
  if (proved.has(text)) return
  const folder = await openCacheFolder()
  const name = `${dataset.manifest.dataset_hash}-${digest(dataset.dir)}.verified`
  const path = 'refused' in folder ? null : below(folder.path, name)
  const known =
    path !== null && (await readPlainText(path, Buffer.byteLength(text)).catch(() => null)) === text
  if (!known) {
    for await (const _ of readVerified(dataset)) {
      // Reading is the check.
    }
  }
  proved.add(text)
  if (known) return
  // Where it cannot be written, the check is made anew every time.
  if (path !== null) await replaceText(path, text).catch(() => undefined)
}

/** What this process knows to hold. */
const proved = new Set<string>()

async function describe(dataset: Dataset): Promise<string> {
  const files: unknown[] = []
  for (const { path } of tapeFiles(dataset)) {
    const file = await openPlain(below(dataset.dir, path))
    try {
      files.push({ path, ...identityFrom(await file.stat({ bigint: true })) })
    } finally {
      await file.close()
    }
  }
  return `${JSON.stringify({ version: CACHE_VERSION, stated: statedBy(dataset), files })}\n`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
