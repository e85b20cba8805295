import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { temporary } from '../../test/fixtures/folders.ts'
import { assertFresh } from './fresh.ts'

const root = temporary()
const url = (path: string) => pathToFileURL(join(root, path))
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

test('a package that is built of other sources than are there is refused, naming the first', () => {
  mkdirSync(join(root, 'core'))
  writeFileSync(join(root, 'core/a.ts'), '')
  writeFileSync(join(root, 'core/b.ts'), '')
  writeFileSync(join(root, 'inputs.json'), JSON.stringify({ 'core/a.ts': EMPTY, 'core/b.ts': EMPTY }))
  const check = () => assertFresh(url('inputs.json'), pathToFileURL(`${root}/`))
  expect(check).not.toThrow()
  writeFileSync(join(root, 'core/b.ts'), '// another\n')
  expect(check).toThrow(expect.objectContaining({ code: 'lab.stale', field: 'core/b.ts' }))
  writeFileSync(join(root, 'core/b.ts'), '')
  expect(check).not.toThrow()
  rmSync(join(root, 'core/a.ts'))
  expect(check).toThrow(/core\/a\.ts has changed since @lockstep\/lab was built; run `npm run build`/)
})
