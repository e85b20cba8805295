import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { pageNames, ROOT, readPage } from '../../docs/make/pages.ts'
import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { fencesOf } from '../docs/markdown.ts'
import { findReader } from './reader.ts'

/** What the pages say in Python. */

let python: string
beforeAll(() => {
  python = findReader()
})

test('the content hash computed in Python is the manifest’s', async () => {
  const out = execFileSync(python, [join(ROOT, 'docs/examples/dataset_hash.py'), SHIPPED])
  expect(out.toString().trim()).toBe((await openDataset(SHIPPED)).manifest.dataset_hash)
})

test('the Python blocks of the pages run', () => {
  const blocks = pageNames().flatMap((page) =>
    fencesOf(readPage(page)).filter(({ language, text }) => language === 'python' && !text.startsWith('"""')),
  )
  expect(blocks.length).toBeGreaterThan(0)
  for (const { text } of blocks) execFileSync(python, ['-c', text], { cwd: ROOT })
})
