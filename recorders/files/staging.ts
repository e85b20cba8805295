import { link, lstat, mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FileError } from './errors.ts'
import { makeMarked, sweepMarked } from './marker.ts'

/**
 * What is long in the making is made beside its place and renamed into it: it is there whole, or not at all. What killed processes
 * left half-made beside it is taken away by the next one that makes something there.
 */
export type Staging = {
  /** Where to make it, a file or a folder; nothing is there yet. */
  readonly path: string
  /** For what is needed on the way. @param name a plain name of our own */
  beside(name: string): string
  /** Give it its place, which must be free or an empty folder. @throws FileError `file.exists` */
  keep(): Promise<void>
  /** Give it its place. What is there gives way; where that fails, it stays. */
  replace(): Promise<void>
  /** Give up and leave nothing, not even folders that were made for it. Harmless when it has its place. */
  drop(): Promise<void>
}

const MADE = 'made'
/** What stood in the place, while it gives way. */
const BEFORE = 'before'
const NAME = /^\..*\.part-\d+-\w+$/
/** So that a long name stays one. */
const SHOWN = 100

/** Begin to make something at `place`. The folders above it are made. */
export async function stage(place: string): Promise<Staging> {
  const path = resolve(place)
  const folder = dirname(path)
  const highest = await mkdir(folder, { recursive: true })
  await sweepMarked(folder, NAME, (dir, { about }) => giveBack(dir, folder, about))
  const dir = await makeMarked(join(folder, `.${basename(path).slice(0, SHOWN)}.part-`), basename(path))
  let open = true
  const away = async () => {
    open = false
    await rm(dir, { recursive: true, force: true })
  }
  return {
    path: join(dir, MADE),
    beside: (name) => join(dir, name),
    async keep() {
      await putInFree(join(dir, MADE), path)
      await away()
    },
    async replace() {
      await exchange(join(dir, MADE), path, join(dir, BEFORE))
      await away()
    },
    async drop() {
      if (!open) return
      await away()
      await removeEmpty(folder, highest)
    },
  }
}

/** Remove a file that this process made, if it is there. */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** Put a short file in its place in one step. */
export async function replaceText(place: string, text: string): Promise<void> {
  const staging = await stage(place)
  try {
    await writeFile(staging.path, text, { flag: 'wx' })
    await staging.replace()
  } finally {
    await staging.drop()
  }
}

async function putInFree(made: string, path: string): Promise<void> {
  const folder = (await lstat(made)).isDirectory()
  // Only an empty folder can be removed so, and what is not there.
  if (folder) await rmdir(path).catch(() => undefined)
  try {
    // A file that is there would give way to another without a word; a second name for one is refused.
    await (folder ? rename(made, path) : link(made, path))
  } catch (thrown) {
    if ((await lstat(path).catch(() => null)) !== null) throw exists(path, thrown)
    if (folder) throw thrown
    // There are file systems without second names.
    await rename(made, path)
  }
}

function exists(path: string, cause: unknown): FileError {
  return new FileError(
    'file.exists',
    `${path}: there is something at that path already`,
    path,
    'remove it, or give another path',
    cause,
  )
}

async function exchange(made: string, path: string, before: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  // A file gives way to a file in one step; a folder has to be moved first.
  const moved = found?.isDirectory() === true && (await moveAway(path, before))
  try {
    await rename(made, path)
  } catch (thrown) {
    if (moved) await rename(before, path).catch(() => undefined)
    throw thrown
  }
}

/** False where another process was quicker. */
async function moveAway(path: string, to: string): Promise<boolean> {
  try {
    await rename(path, to)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw thrown
  }
}

/** What a killed process had moved out of its place, and had nothing to put there yet. */
async function giveBack(dir: string, folder: string, name: string): Promise<void> {
  const before = join(dir, BEFORE)
  if ((await lstat(before).catch(() => null)) === null) return
  if (name !== basename(name) || name === '' || name === '.' || name === '..') throw new Error('no name')
  const place = join(folder, name)
  if ((await lstat(place).catch(() => null)) === null) await rename(before, place)
}

/** Folders that were made for it and are still empty. */
async function removeEmpty(folder: string, highest: string | undefined): Promise<void> {
  if (highest === undefined) return
  for (let dir = folder; dir.startsWith(highest); dir = dirname(dir)) {
    const gone = await rmdir(dir).then(
      () => true,
      () => false,
    )
    if (!gone) return
  }
}
