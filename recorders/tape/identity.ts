import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { canonicalJson } from './content-hash.ts'
import type { Dataset } from './dataset.ts'
import type { RowFigures } from './figures.ts'

/**
 * By what something that was checked once is known again: a file by where it lies and when it last changed, a dataset by all
 * that it says which its rows could contradict.
 */

/** A file as the system knows it. Whoever changes the file, or puts another in its place, changes one of these. */
export type FileIdentity = { dev: string; ino: string; size: string; mtime_ns: string; ctime_ns: string }

/** The identity of an open file; null for one that is not this user's. */
export async function identityOf(file: FileHandle): Promise<FileIdentity | null> {
  const { dev, ino, size, mtimeNs, ctimeNs, uid } = await file.stat({ bigint: true })
  const own = process.getuid?.()
  if (own !== undefined && Number(uid) !== own) return null
  return identityFrom({ dev, ino, size, mtimeNs, ctimeNs })
}

/** The identity that a look at a file gave. */
export function identityFrom(
  found: Record<'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs', bigint>,
): FileIdentity {
  const { dev, ino, size, mtimeNs, ctimeNs } = found
  return {
    dev: String(dev),
    ino: String(ino),
    size: String(size),
    mtime_ns: String(mtimeNs),
    ctime_ns: String(ctimeNs),
  }
}

/** What a dataset states of its rows: its hash, its side tables (which are inside that hash) and its figures. */
export type Stated = { dataset_hash: string; sides: string; figures: RowFigures }

/** What a dataset states; a check of its rows proved it, or will. */
export function statedBy({ manifest, instruments, resolutions }: Dataset): Stated {
  const { rows, messages, kinds } = manifest.counts
  return {
    dataset_hash: manifest.dataset_hash,
    sides: createHash('sha256').update(canonicalJson({ instruments, resolutions })).digest('hex'),
    figures: { time_range: manifest.time_range, counts: { rows, messages, kinds } },
  }
}
