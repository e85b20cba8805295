import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { LabError } from './lab-error.ts'

declare const LOCKSTEP_BUNDLED: boolean | undefined

/**
 * The built package must be made of the sources that are there: a run states the version of the code by its sources, and
 * an older bundle would run other code than it says.
 *
 * @throws LabError `lab.stale` naming the first source that has changed since
 */
export function assertFresh(inputs: URL, root: URL): void {
  const hashes = JSON.parse(readFileSync(inputs, 'utf8')) as Record<string, string>
  for (const path of Object.keys(hashes)) {
    const file = new URL(path, root)
    const found = existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'gone'
    if (found === hashes[path]) continue
    throw new LabError(
      'lab.stale',
      `${path} has changed since @lockstep/lab was built`,
      'run `npm run build`',
      path,
    )
  }
}

if (typeof LOCKSTEP_BUNDLED !== 'undefined')
  assertFresh(new URL('dist/inputs.json', import.meta.url), new URL('../../', import.meta.url))
