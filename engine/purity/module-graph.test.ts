import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporary } from '../../test/fixtures/folders.ts'
import { readSources } from '../strategies/sources.ts'
import { impurities } from './module-graph.ts'
import { reasonOf } from './reasons.ts'

const root = temporary()

/** Write files and ask about the first and all that it imports. */
async function found(files: Record<string, string>): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const { files: all } = await readSources(join(root, Object.keys(files)[0]!))
  return impurities(all, root).map(({ file, line, what }) => `${file}:${line} ${what}`)
}

test('a strategy that asks for nothing of the platform is pure', async () => {
  expect(
    await found({
      'pure.ts': `import { helper } from './aside.ts'
        import type { Stats } from 'node:fs'
        export const strategy = { on: () => helper(Math.floor(1.5)) }`,
      'aside.ts': 'export const helper = (x: number) => x + 1',
    }),
  ).toEqual([])
})

test('the file system, the clock, chance, the process and foreign packages are found, with file and line', async () => {
  expect(
    await found({
      'impure.ts': `import { readFileSync } from 'node:fs'
import { z } from 'zod'
import fs from 'fs/promises'
const now = Date.now()
const dice = Math.random()
const path = process.argv[2]
const later = await import('./later.ts')`,
      'later.ts': '',
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

test('also in what it imports, however far away, and in circles', async () => {
  expect(
    await found({
      'far.ts': "import { a } from './inner/a.ts'\nexport const x = a",
      'inner/a.ts': "export { b as a } from '../b.ts'",
      'b.ts': "import './far.ts'\nexport const b = performance.now()",
    }),
  ).toEqual(['b.ts:2 performance'])
})

test('what ships is pure, and so is the example of the documentation', async () => {
  for (const name of ['core/strategies/market-maker.ts', 'docs/examples/pair-bidder.ts']) {
    const file = fileURLToPath(new URL(`../../${name}`, import.meta.url))
    expect(impurities((await readSources(file)).files, root), name).toEqual([])
  }
})

test('the facade for strategies is pure, also beside the types of packages', async () => {
  expect(
    await found({
      'facade.ts':
        "import { addResting } from '@lockstep/lab'\nimport type { X } from 'zod'\nexport const a = addResting",
    }),
  ).toEqual([])
})

test.each([
  ['import node:fs', 'reaches files, programs or the network'],
  ['import fs/promises', 'reaches files, programs or the network'],
  ['import node:os', 'asks the machine'],
  ['import zod', 'a package that is not known to be pure'],
  ['import()', 'finds code or files while it runs'],
  ['eval', 'finds code or files while it runs'],
  ['Date', 'asks a clock'],
  ['Math.random', 'chance without a seed'],
  ['Math.exp', 'another engine may round it differently'],
  ['**', 'another engine may round it differently'],
  ['fetch', 'reaches the network or another thread'],
  ['sort() without an order', 'has no order of its own'],
  ['process', 'asks the platform'],
])('%s is said with its reason: %s', (what, reason) => {
  expect(reasonOf(what)).toBe(reason)
})
