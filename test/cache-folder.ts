import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder of caches for all tests of one run, so that none of them touches the user's own, and a dataset that several read is
 * prepared once.
 *
 * @returns takes it away
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-test-caches-'))
  process.env.XDG_CACHE_HOME = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
