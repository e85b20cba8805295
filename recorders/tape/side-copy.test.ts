import { existsSync } from 'node:fs'
import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder, randomColumns, TAIL, writeDataset } from './fixtures.ts'
import { mergeDatasets, openDataset } from './index.ts'

test('a file that travels with a dataset is the one that its manifest means, never another in its place', async () => {
  await inFolder(async (dir) => {
    const [from, secret, out] = ['d', 'secret', 'made'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ]
    await writeDataset(from, randomColumns(10, 1), {}, [10], { ...TAIL, attachments: { LICENSE: 'free' } })
    await writeFile(secret, 'mine')
    const licence = join(from, 'LICENSE')
    const merge = async () => mergeDatasets([await openDataset(from)], { out, created_by: 'test' })
    for (const put of [() => symlink(secret, licence), () => writeFile(licence, 'mine')]) {
      await rm(licence)
      await put()
      // Links are refused where a dataset is opened, or at the latest here.
      await expect(merge()).rejects.toMatchObject({ file: licence, fix: expect.any(String) })
      expect(existsSync(out)).toBe(false)
    }
    await writeFile(licence, 'free')
    await merge()
    expect((await openDataset(out)).manifest.files.map(({ path }) => path)).toContain('LICENSE')
  })
})
