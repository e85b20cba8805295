import {
  chmod,
  copyFile,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { COLUMNS } from '../../core/events/index.ts'
import { createArrowFile } from './arrow-writer.ts'
import { cacheRefusal, userCacheFolder } from './cache-folder.ts'
import { listCache, pruneCache, setCacheBound } from './cache-list.ts'
import { cacheNames } from './cache-stamp.ts'
import { canonicalJson } from './content-hash.ts'
import { openDataset } from './dataset.ts'
import { gather, INSTRUMENTS, inOwnCache, randomColumns, writeDataset } from './fixtures.ts'
import { readColumns } from './read.ts'

const read = async (dir: string) => gather(readColumns(await openDataset(dir)))

describe('the replay cache', () => {
  test('is standard Arrow: another reader sees the same rows', async () => {
    await inOwnCache(async (folder, cache) => {
      const columns = randomColumns(70_000, 3)
      const { dataset_hash } = await writeDataset(join(folder, 'd'), columns)
      await read(join(folder, 'd'))
      const table = tableFromIPC(await readFile(join(cache, cacheNames(dataset_hash).rows)))
      expect(table.schema.fields.map(({ name }) => name)).toEqual(COLUMNS.map(([name]) => name))
      for (const [name] of COLUMNS) expect(table.getChild(name)!.toArray()).toEqual(columns[name])
    })
  })

  test('is made once, in the user’s own folder, and nothing is left beside the dataset or half-made', async () => {
    await inOwnCache(async (folder, cache) => {
      const dir = join(folder, 'd')
      const columns = randomColumns(40_000, 3)
      const { dataset_hash } = await writeDataset(dir, columns)
      const dataset = await openDataset(dir)
      const both = [gather(readColumns(dataset)), gather(readColumns(dataset))]
      expect(await Promise.all(both)).toEqual([columns, columns])
      const { rows, stamp } = cacheNames(dataset_hash)
      const { ino } = await stat(join(cache, rows))
      await gather(readColumns(dataset))
      expect((await stat(join(cache, rows))).ino).toBe(ino)
      expect((await readdir(cache)).sort()).toEqual([rows, stamp])
      expect((await readdir(folder)).sort()).toEqual(['cache-home', 'd'])
      expect((await lstat(cache)).mode & 0o777).toBe(0o700)
    })
  })

  test('that was cut off, changed by one bit, or replaced is not believed, whatever times it is given', async () => {
    await inOwnCache(async (folder, cache) => {
      const dir = join(folder, 'd')
      const columns = randomColumns(40_000, 3)
      const { dataset_hash } = await writeDataset(dir, columns)
      expect(await read(dir)).toEqual(columns)
      const names = cacheNames(dataset_hash)
      const path = join(cache, names.rows)
      const spoil: (() => Promise<void>)[] = [
        async () => truncate(path, (await stat(path)).size - 1_000),
        async () => {
          const { atime, mtime } = await stat(path)
          const bytes = await readFile(path)
          bytes[bytes.length >> 1]! ^= 1
          await writeFile(path, bytes)
          await utimes(path, atime, mtime)
        },
        async () => {
          // The same size, the same name, other rows, and the stamp of the genuine one.
          const other = randomColumns(40_000, 3)
          other.size.fill(7)
          const writer = await createArrowFile(join(folder, 'planted'))
          await writer.append(other, 0, other.length)
          await writer.finish()
          await copyFile(join(folder, 'planted'), path)
        },
        async () => {
          await copyFile(path, join(folder, 'mine'))
          await writeFile(path, '')
          await rm(path)
          await symlink(join(folder, 'mine'), path)
        },
        async () => writeFile(join(cache, names.stamp), '{"version":2}'),
      ]
      for (const change of spoil) {
        await change()
        expect(await read(dir)).toEqual(columns)
      }
    })
  })

  test('of somebody else, beside a dataset or copied as a whole folder, is never read', async () => {
    await inOwnCache(async (folder, cache) => {
      const dir = join(folder, 'bundle', 'd')
      const columns = randomColumns(5_000, 3)
      const { dataset_hash } = await writeDataset(dir, columns)
      await read(dir)
      const planted = columns.size.slice()
      columns.size.fill(1)
      const writer = await createArrowFile(join(folder, 'planted'))
      await writer.append(columns, 0, columns.length)
      await writer.finish()
      columns.size.set(planted)
      await mkdir(join(folder, 'bundle', '.cache'))
      await copyFile(join(folder, 'planted'), join(folder, 'bundle', '.cache', `${dataset_hash}.arrow`))
      // A whole folder of caches with stamps that fit each other, from another machine.
      await cp(cache, join(folder, 'theirs', 'lockstep', 'tapes'), { recursive: true })
      await copyFile(
        join(folder, 'planted'),
        join(folder, 'theirs', 'lockstep', 'tapes', cacheNames(dataset_hash).rows),
      )
      await chmod(join(folder, 'theirs', 'lockstep'), 0o700)
      await chmod(join(folder, 'theirs', 'lockstep', 'tapes'), 0o700)
      process.env.XDG_CACHE_HOME = join(folder, 'theirs')
      expect(await read(dir)).toEqual(columns)
    })
  })

  test('of the genuine dataset does not serve one that claims its hash and says other things', async () => {
    await inOwnCache(async (folder) => {
      const dir = join(folder, 'd')
      await writeDataset(dir, randomColumns(500, 3))
      await read(dir)
      const dataset = await openDataset(dir)
      const [market] = INSTRUMENTS.markets
      const instruments = { ...INSTRUMENTS, markets: [{ ...market!, tick: 1 }] }
      await expect(gather(readColumns({ ...dataset, instruments }))).rejects.toMatchObject({
        code: 'tape.content_hash',
      })
      const counts = { ...dataset.manifest.counts, messages: 7 }
      await expect(
        gather(readColumns({ ...dataset, manifest: { ...dataset.manifest, counts } })),
      ).rejects.toMatchObject({ code: 'tape.counts', field: 'counts.messages' })
    })
  })

  test.skipIf(process.getuid === undefined)(
    'is not kept in a folder that others can write: the rows are read all the same, and why is told',
    async () => {
      await inOwnCache(async (folder, cache) => {
        const dir = join(folder, 'd')
        const columns = randomColumns(500, 3)
        await writeDataset(dir, columns)
        await mkdir(cache, { recursive: true })
        await chmod(cache, 0o777)
        expect(await read(dir)).toEqual(columns)
        expect(cacheRefusal()).toContain('open to others')
        expect(await readdir(cache)).toEqual([])
        await chmod(cache, 0o700)
        expect(await read(dir)).toEqual(columns)
        expect(cacheRefusal()).toBe(null)
        expect(await readdir(cache)).toHaveLength(2)
      })
    },
  )

  test('is closed when a reader stops early', async () => {
    await inOwnCache(async (folder) => {
      await writeDataset(join(folder, 'd'), randomColumns(80_000, 3))
      const dataset = await openDataset(join(folder, 'd'))
      let chunks = 0
      for await (const _ of readColumns(dataset)) if (++chunks === 2) break
      expect(chunks).toBe(2)
      expect((await gather(readColumns(dataset))).length).toBe(80_000)
    })
  })
})

describe('the user’s cache folder', () => {
  const home = homedir()
  test.each<[string, Record<string, string>, NodeJS.Platform, string]>([
    ['as XDG names it', { XDG_CACHE_HOME: '/x' }, 'linux', '/x/lockstep'],
    ['an empty name is none', { XDG_CACHE_HOME: '' }, 'linux', join(home, '.cache', 'lockstep')],
    [
      'a name that is no whole path is none',
      { XDG_CACHE_HOME: 'x' },
      'linux',
      join(home, '.cache', 'lockstep'),
    ],
    ['on macOS', {}, 'darwin', join(home, 'Library/Caches', 'lockstep')],
    ['on Windows', { LOCALAPPDATA: '/local' }, 'win32', '/local/lockstep'],
    ['on Windows without one', { LOCALAPPDATA: '' }, 'win32', join(home, '.cache', 'lockstep')],
  ])('%s', (_, env, platform, expected) => {
    expect(userCacheFolder(env, platform)).toBe(expected)
  })
})

describe('caches', () => {
  const three = async (folder: string): Promise<string[]> => {
    const hashes: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const { dataset_hash } = await writeDataset(join(folder, name), randomColumns(500, hashes.length))
      await read(join(folder, name))
      hashes.push(dataset_hash)
    }
    return hashes
  }
  /** Say when each was last used, in days ago. */
  const usedDaysAgo = async (cache: string, hashes: readonly string[], days: readonly number[]) => {
    for (const [i, hash] of hashes.entries()) {
      const time = new Date(Date.now() - days[i]! * 86_400_000)
      await utimes(join(cache, cacheNames(hash).stamp), time, time)
    }
  }

  test('are listed with their size and dataset, and removed by age or by size, the least recently used first', async () => {
    await inOwnCache(async (folder, cache) => {
      const hashes = await three(folder)
      await usedDaysAgo(cache, hashes, [1, 50, 3])
      const { entries, bytes } = await listCache()
      expect(entries.map(({ kind, dataset, dataset_hash }) => [kind, dataset, dataset_hash])).toEqual([
        ['rows', join(folder, 'b'), hashes[1]],
        ['rows', join(folder, 'c'), hashes[2]],
        ['rows', join(folder, 'a'), hashes[0]],
      ])
      expect(bytes).toBe(entries.reduce((sum, one) => sum + one.bytes, 0))
      const since = new Date(Date.now() - 30 * 86_400_000).toISOString()
      expect((await pruneCache({ used_since: since })).map(({ dataset_hash }) => dataset_hash)).toEqual([
        hashes[1],
      ])
      expect((await pruneCache({ max_bytes: entries[0]!.bytes })).map((one) => one.dataset_hash)).toEqual([
        hashes[2],
      ])
      expect((await readdir(cache)).sort()).toEqual(Object.values(cacheNames(hashes[0]!)).sort())
      expect(await pruneCache({ max_bytes: 0 })).toHaveLength(1)
      expect(await readdir(cache)).toEqual([])
    })
  })

  test('that no version of now reads are of no use; what is not ours is left alone', async () => {
    await inOwnCache(async (folder, cache) => {
      const [hash] = await three(folder)
      const parent = join(cache, '..')
      await writeFile(join(parent, `${hash}.arrow`), 'old')
      await writeFile(join(cache, `${'0'.repeat(64)}-v1.arrow`), 'older')
      await writeFile(join(cache, `${'1'.repeat(64)}-v2.json`), 'a stamp without rows')
      await writeFile(join(cache, 'notes.txt'), 'mine')
      await writeFile(join(parent, 'sql-history'), 'mine')
      const removed = await pruneCache({})
      expect(removed.map(({ kind }) => kind)).toEqual(['unused', 'unused', 'unused'])
      expect(await readdir(parent)).toEqual(['sql-history', 'tapes'])
      expect(await readdir(cache)).toHaveLength(7)
    })
  })

  test('make room for a new one, which stays', async () => {
    await inOwnCache(async (folder, cache) => {
      const hashes = await three(folder)
      await usedDaysAgo(cache, hashes, [1, 50, 3])
      const { entries } = await listCache()
      setCacheBound(() => (3.5 * entries[0]!.bytes) / 1e9)
      try {
        const { dataset_hash } = await writeDataset(join(folder, 'd'), randomColumns(500, 9))
        await read(join(folder, 'd'))
        const left = new Set((await listCache()).entries.map((one) => one.dataset_hash))
        expect(left).toEqual(new Set([hashes[0], hashes[2], dataset_hash]))
        setCacheBound(() => 0)
        const last = await writeDataset(join(folder, 'e'), randomColumns(500, 10))
        await read(join(folder, 'e'))
        expect((await listCache()).entries.map((one) => one.dataset_hash)).toEqual([last.dataset_hash])
      } finally {
        setCacheBound(() => 20)
      }
    })
  })
})

test('equal values have one canonical text: a stamp is compared by it', () => {
  expect(canonicalJson({ b: 1, a: { d: null, c: [2] } })).toBe(
    canonicalJson({ a: { c: [2], d: null }, b: 1 }),
  )
})
