import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listData } from '../recording/index.ts'
import { openDataset, verifyDataset } from './dataset.ts'
import { inFolder, randomColumns, writeDataset } from './fixtures.ts'
import type { Manifest } from './manifest.ts'

/** Files of a dataset are files: what leads elsewhere, or never ends, is refused by its name and at once. */

const NAMES = ['manifest.json', 'instruments.json', 'gaps.json', 'tape-00000.parquet'] as const

async function withDataset(run: (dir: string, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const dir = join(folder, 'd')
    await writeDataset(dir, randomColumns(100, 1))
    await run(dir, folder)
  })
}

describe('in the place of a file of a dataset', () => {
  test.each(NAMES)('%s: a pipe, a device, a folder and a link are refused', async (name) => {
    await withDataset(async (dir, folder) => {
      const path = join(dir, name)
      await rename(path, join(folder, 'real'))
      const plant: (() => Promise<unknown>)[] = [
        async () => spawnSync('mkfifo', [path]),
        () => symlink('/dev/zero', path),
        () => symlink(join(folder, 'real'), path),
        () => mkdir(path),
      ]
      for (const put of plant) {
        await put()
        for (const attempt of [openDataset, verifyDataset])
          await expect(attempt(dir)).rejects.toMatchObject({
            code: 'file.kind',
            file: path,
            fix: expect.any(String),
          })
        const listed = await listData(folder)
        expect(listed).toMatchObject([{ path: dir, problem: expect.stringContaining(name) }])
        await rm(path, { recursive: true })
      }
    })
  })

  test('more than was said is not read', async () => {
    await withDataset(async (dir) => {
      await writeFile(join(dir, 'manifest.json'), ' '.repeat(17 * 2 ** 20))
      await expect(openDataset(dir)).rejects.toMatchObject({ code: 'file.large' })
    })
  })

  test.each([
    ['manifest.json', 'tape.manifest_json'],
    ['instruments.json', 'tape.side_table'],
  ])('%s: brackets without end are refused', async (name, code) => {
    await withDataset(async (dir) => {
      const text = `{"x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`
      await writeFile(join(dir, name), text)
      if (name !== 'manifest.json') await reseal(dir, name, text)
      await expect(openDataset(dir)).rejects.toMatchObject({ code, file: join(dir, name) })
    })
  })

  test('names are of bounded length, and keys that nobody knows are passed over', async () => {
    await withDataset(async (dir) => {
      const file = join(dir, 'instruments.json')
      const value = JSON.parse(await readFile(file, 'utf8')) as { markets: { slug: string }[] }
      const slug = 'x'.repeat(300)
      const text = JSON.stringify({ ...value, markets: [{ ...value.markets[0], slug }] })
      await writeFile(file, text)
      await reseal(dir, 'instruments.json', text)
      await expect(openDataset(dir)).rejects.toMatchObject({
        code: 'tape.side_table',
        field: 'markets.0.slug',
      })
    })
    await withDataset(async (dir) => {
      const file = join(dir, 'manifest.json')
      const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest
      await writeFile(file, JSON.stringify({ ...manifest, unheard_of: { a: [1] } }))
      expect((await openDataset(dir)).manifest).toEqual(manifest)
    })
  })
})

/** Make what the manifest says of a file fit it. */
async function reseal(dir: string, name: string, text: string): Promise<void> {
  const file = join(dir, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest
  const entry = manifest.files.find(({ path }) => path === name)!
  entry.sha256 = createHash('sha256').update(text).digest('hex')
  entry.bytes = text.length
  await writeFile(file, JSON.stringify(manifest))
}
