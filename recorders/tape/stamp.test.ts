import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openDataset } from './dataset.ts'
import { gather, inOwnCache, randomColumns, writeDataset } from './fixtures.ts'
import { readColumns } from './read.ts'

const NAME = 'tape-00000.arrow'

test('a dataset stored as Arrow is checked on first use, and a stamp says so', async () => {
  await inOwnCache(async (folder, cache) => {
    const dir = join(folder, 'd')
    const { dataset_hash } = await writeDataset(dir, randomColumns(500, 1), { format: 'arrow' })
    const dataset = await openDataset(dir)
    await gather(readColumns(dataset))
    const stamps = await readdir(cache)
    expect(stamps).toHaveLength(1)
    expect(stamps[0]).toContain(dataset_hash)
    const stamp = await readFile(join(cache, stamps[0]!), 'utf8')
    await gather(readColumns(dataset))
    expect(await readFile(join(cache, stamps[0]!), 'utf8')).toBe(stamp)
  })
})

test('after any change of its file it is checked again', async () => {
  await inOwnCache(async (folder) => {
    const dir = join(folder, 'd')
    await writeDataset(dir, randomColumns(500, 1), { format: 'arrow' })
    const dataset = await openDataset(dir)
    await gather(readColumns(dataset))
    const file = join(dir, NAME)
    const bytes = await readFile(file)
    // The middle of the file is in the body of its one batch.
    bytes[Math.floor(bytes.length / 2)]! ^= 1
    await writeFile(file, bytes)
    await expect(gather(readColumns(dataset))).rejects.toMatchObject({
      code: expect.stringMatching(/^tape\.(content_hash|order|value)$/),
    })
    await expect(gather(readColumns(dataset))).rejects.toThrow()
  })
})

test('two copies have a stamp each', async () => {
  await inOwnCache(async (folder, cache) => {
    for (const name of ['a', 'b']) {
      await writeDataset(join(folder, name), randomColumns(500, 1), { format: 'arrow' })
      await gather(readColumns(await openDataset(join(folder, name))))
    }
    expect(await readdir(cache)).toHaveLength(2)
  })
})

test('where no stamp can be written it is read all the same', async () => {
  await inOwnCache(async (folder) => {
    const dir = join(folder, 'd')
    await writeDataset(dir, randomColumns(500, 1), { format: 'arrow' })
    await writeFile(join(folder, 'file'), '')
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'file'))
    expect(await gather(readColumns(await openDataset(dir)))).toEqual(randomColumns(500, 1))
  })
})
