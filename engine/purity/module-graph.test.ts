import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporary } from '../../test/fixtures/folders.ts'
import { impurities } from './module-graph.ts'

const root = temporary()

/** Write files and ask about the first. */
function found(files: Record<string, string>): string[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return impurities(join(root, Object.keys(files)[0]!), root).map(
    ({ file, line, what }) => `${file}:${line} ${what}`,
  )
}

test('a strategy that asks for nothing of the platform is pure', () => {
  expect(
    found({
      'pure.ts': `import { helper } from './aside.ts'
        import type { Stats } from 'node:fs'
        export const strategy = { on: () => helper(Math.floor(1.5)) }`,
      'aside.ts': 'export const helper = (x: number) => x + 1',
    }),
  ).toEqual([])
})

test('the file system, the clock, chance, the process and foreign packages are found, with file and line', () => {
  expect(
    found({
      'impure.ts': `import { readFileSync } from 'node:fs'
import { z } from 'zod'
import fs from 'fs/promises'
const now = Date.now()
const dice = Math.random()
const path = process.argv[2]
const later = await import('./later.ts')`,
    }),
  ).toEqual([
    'impure.ts:1 import node:fs',
    'impure.ts:2 import zod',
    'impure.ts:3 import fs/promises',
    'impure.ts:4 Date',
    'impure.ts:5 Math.random',
    'impure.ts:6 process',
    'impure.ts:7 await',
    'impure.ts:7 import()',
  ])
})

test('also in what it imports, however far away, and in circles', () => {
  expect(
    found({
      'far.ts': "import { a } from './inner/a.ts'\nexport const x = a",
      'inner/a.ts': "export { b as a } from '../b.ts'",
      'b.ts': "import './far.ts'\nexport const b = performance.now()",
    }),
  ).toEqual(['b.ts:2 performance'])
})

test('what ships is pure, and so is the example of the documentation', () => {
  for (const name of ['core/strategies/market-maker.ts', 'docs/examples/pair-bidder.ts']) {
    const file = fileURLToPath(new URL(`../../${name}`, import.meta.url))
    expect(impurities(file, root), name).toEqual([])
  }
})
