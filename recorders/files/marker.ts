import { lstat, mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isGone, type Owner, ownerIn, self } from './owner.ts'
import { readPlainText } from './plain.ts'

/**
 * Folders for what is not finished. Each carries a mark: whose it is. What a killed process left is taken away by the next one,
 * and nothing else ever is.
 */

const MARK = '.lockstep'
const MARK_BYTES_MAX = 4_096

/** What the mark of a folder says. */
export type Marked = Owner & { about: string }

/** Make a folder of our own, for nobody else to look into. @param prefix path and beginning of its name */
export async function makeMarked(prefix: string, about: string): Promise<string> {
  const path = await mkdtemp(`${prefix}${process.pid}-`)
  try {
    await writeFile(join(path, MARK), `${JSON.stringify({ ...self(), about })}\n`, { flag: 'wx' })
    return path
  } catch (thrown) {
    await rm(path, { recursive: true, force: true })
    throw thrown
  }
}

/**
 * Take away the marked folders in `dir` whose process is no more.
 *
 * @param name what their names look like
 * @param before may save something from one
 */
export async function sweepMarked(
  dir: string,
  name: RegExp,
  before: (path: string, mark: Marked) => Promise<void> = async () => {},
): Promise<void> {
  for (const one of await readdir(dir).catch(() => [])) {
    if (!name.test(one)) continue
    const path = join(dir, one)
    const mark = await markOf(path)
    if (mark === null || !(await isGone(mark))) continue
    try {
      await before(path, mark)
      await rm(path, { recursive: true, force: true })
    } catch {
      // Another process was quicker, or it is not to be removed: it harms nobody.
      await rmdir(path).catch(() => undefined)
    }
  }
}

/** Whose a folder is; null for anything that we did not make. */
async function markOf(path: string): Promise<Marked | null> {
  try {
    const found = await lstat(path)
    if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) return null
    const read: unknown = JSON.parse(await readPlainText(join(path, MARK), MARK_BYTES_MAX))
    const owner = ownerIn(read)
    const { about } = read as { about?: unknown }
    return owner === null || typeof about !== 'string' ? null : { ...owner, about }
  } catch {
    return null
  }
}
