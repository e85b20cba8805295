// The Node that bits are promised for (docs/determinism.md): where it is, and whether it is the one that it should be. Plain
// JavaScript that Node 18 can parse.
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LIST = JSON.parse(readFileSync(new URL('./node-binaries.json', import.meta.url), 'utf8'))
const BLOCK = 1 << 20
/** Files whose hash is remembered. */
const REMEMBERED = 8

/** The version that is pinned. */
export const VERSION = LIST.version
/** What is known of this version on this platform: package (null where none is in the lock) and SHA-256; null for others. */
export const KNOWN = LIST.binaries[`${process.platform}-${process.arch}`] ?? null
/** Where the hashes are from. */
export const ORIGIN = LIST.origin

/** Path of the pinned Node as `npm ci` installs it, null where it is not there. */
export function pinnedNode(root = ROOT) {
  if (KNOWN === null || KNOWN.package === null) return null
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const file = join(root, 'node_modules', KNOWN.package, 'bin', name)
  return existsSync(file) ? realpathSync(file) : null
}

/** Whether a Node came with the packages of this checkout, so that its hash must be the one in the list. */
export function isInstalled(file, root = ROOT) {
  const modules = join(root, 'node_modules')
  return existsSync(modules) && realpathSync(file).startsWith(`${realpathSync(modules)}${sep}`)
}

/**
 * Hold a Node of the pinned version against the list. The whole file is hashed once; then its stamp (device, inode, size and
 * times) is held against what was remembered in the user's cache folder.
 *
 * @returns null where it is the one, else what is wrong
 */
export function faultOf(file, cache = cacheFolder()) {
  if (KNOWN === null) return null
  const sha256 = hashOf(realpathSync(file), cache)
  if (sha256 === KNOWN.sha256) return null
  return {
    code: 'runtime.binary',
    message: `${file} is not the Node ${VERSION} that is pinned: its SHA-256 is ${sha256}, the recorded one ${KNOWN.sha256}`,
    fix: 'remove node_modules and run `npm ci`; if it stays so, do not run it and ask where it came from',
    file,
  }
}

function hashOf(file, cache) {
  const stat = statSync(file, { bigint: true })
  const stamp = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ')
  const place = cache === null ? null : join(cache, 'node-binaries.json')
  const remembered = recall(place)
  const known = remembered.find((one) => one.file === file && one.stamp === stamp)
  if (known !== undefined) return known.sha256
  const sha256 = hashFile(file)
  const others = remembered.filter((one) => one.file !== file).slice(0, REMEMBERED - 1)
  remember(place, [{ file, stamp, sha256 }, ...others])
  return sha256
}

function hashFile(file) {
  const hash = createHash('sha256')
  const block = Buffer.allocUnsafe(BLOCK)
  const open = openSync(file, 'r')
  try {
    for (let got = readSync(open, block); got > 0; got = readSync(open, block)) {
      hash.update(block.subarray(0, got))
    }
  } finally {
    closeSync(open)
  }
  return hash.digest('hex')
}

/** Nothing is believed that others may write. */
function recall(place) {
  try {
    for (const path of [dirname(place), place]) {
      const { uid, mode } = statSync(path)
      if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return []
    }
    const list = JSON.parse(readFileSync(place, 'utf8'))
    return Array.isArray(list) ? list.filter((one) => typeof one?.sha256 === 'string') : []
  } catch {
    return []
  }
}

/** Without a place to remember, the file is hashed each time. */
function remember(place, list) {
  if (place === null) return
  const beside = `${place}.${process.pid}`
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 })
    writeFileSync(beside, `${JSON.stringify(list)}\n`, { mode: 0o600 })
    renameSync(beside, place)
  } catch {}
}

/** The user's own cache folder, null where there is none. */
function cacheFolder() {
  const { XDG_CACHE_HOME: named, LOCALAPPDATA: local } = process.env
  if (named !== undefined && isAbsolute(named)) return join(named, 'lockstep')
  if (process.platform === 'win32') return local === undefined ? null : join(local, 'lockstep')
  const home = homedir()
  if (!isAbsolute(home)) return null
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'lockstep')
    : join(home, '.cache', 'lockstep')
}
