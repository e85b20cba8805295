import { lstat, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * Where what was made of datasets is kept for the next time: the user's own cache folder and nowhere else. What lies beside a
 * dataset came with it, and what others can write anybody may have put there.
 */

/** The folder, or why there is none. */
export type CacheFolder = { path: string } | { refused: string }

const NAME = 'lockstep'
const MAC_CACHES = 'Library/Caches'

type Env = Readonly<Record<string, string | undefined>>

/** The user's cache folder: `XDG_CACHE_HOME` where it names one, else the system's usual place. */
export function userCacheFolder(
  env: Env = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = env.XDG_CACHE_HOME ?? ''
  // Empty is unset, and a path that is not absolute is none (XDG base directory specification).
  if (isAbsolute(named)) return join(named, NAME)
  const local = env.LOCALAPPDATA ?? ''
  if (platform === 'win32' && isAbsolute(local)) return join(local, NAME)
  return platform === 'darwin' ? join(homedir(), MAC_CACHES, NAME) : join(homedir(), '.cache', NAME)
}

/** The folder of caches of datasets, whether it is there or not. */
export function tapeCacheFolder(env?: Env): string {
  return join(userCacheFolder(env), 'tapes')
}

/** The folder of caches, made where it is not there; refused where others could have written into it. */
export async function openCacheFolder(): Promise<CacheFolder> {
  const path = tapeCacheFolder()
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await mkdir(path, { mode: 0o700 }).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown
    })
    // The folder above must be no one else's either: who may rename in it can put another one in its place.
    const why = (await refusal(path, 0o077)) ?? (await refusal(dirname(path), 0o022))
    return told(why === null ? { path } : { refused: why })
  } catch (thrown) {
    return told({ refused: `${path} cannot be made: ${(thrown as Error).message}` })
  }
}

/** Why the cache is not used; null while it is, or was not asked for. */
export function cacheRefusal(): string | null {
  return last_refusal
}

let last_refusal: string | null = null

/** Note why the cache cannot be used, for {@link cacheRefusal}. */
export function noteRefusal(why: string): void {
  last_refusal = why
}

function told(folder: CacheFolder): CacheFolder {
  last_refusal = 'refused' in folder ? folder.refused : null
  return folder
}

/** Why a folder is not ours alone; null where it is. @param open bits of the mode that must not be set */
async function refusal(path: string, open: number): Promise<string | null> {
  const { mode, uid, isDirectory } = await facts(path)
  if (!isDirectory) return `${path} is a link or a file, not a folder`
  const own = process.getuid?.()
  if (own === undefined) return null
  if (uid !== own) return `${path} belongs to another user`
  if ((mode & open) === 0) return null
  const allowed = (0o777 & ~open).toString(8)
  return `${path} is open to others (mode ${(mode & 0o777).toString(8)}; chmod ${allowed} closes it)`
}

async function facts(path: string): Promise<{ mode: number; uid: number; isDirectory: boolean }> {
  const found = await lstat(path)
  return { mode: found.mode, uid: found.uid, isDirectory: found.isDirectory() }
}
