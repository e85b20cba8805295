import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesOf, isTest, LAYERS, ROOT } from './project.ts'

/**
 * What opens something that a stranger may have made stands in one file each, so that its bounds and its errors are
 * there once.
 */
const DOORS = [
  { what: 'DuckDB', made: /\bDuckDBInstance\.(create|fromCache)\b/, in: ['recorders/database.ts'] },
]

test.each(DOORS)('$what is opened in one place', ({ made, in: doors }) => {
  const found = LAYERS.flatMap((layer) => filesOf(layer))
    .filter((file) => !isTest(file) && !/fixtures\.ts$/.test(file))
    .filter((file) => made.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(found).toEqual(doors)
})
