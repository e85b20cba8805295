import { createHash } from 'node:crypto'
import { readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COLUMNS, type Columns, slice } from '../../core/events/index.ts'
import { cacheFolders } from './cache.ts'
import { canonicalJson } from './content-hash.ts'
import { openDataset, verifyDataset } from './dataset.ts'
import { gather, INSTRUMENTS, inFolder, randomColumns, writeDataset } from './fixtures.ts'
import { readColumns } from './read.ts'

const cacheFile = (dir: string, hash: string) => join(cacheFolders(dir)[0]!, `${hash}.arrow`)

describe('a dataset gives back what was written', () => {
  test('whatever the chunks, the segments and the form: same rows, same hash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          rows: fc.integer({ min: 1, max: 9_000 }),
          pieces: fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 }),
          segment_rows: fc.integer({ min: 500, max: 10_000 }),
          format: fc.constantFrom('parquet' as const, 'arrow' as const),
          chunk_rows: fc.integer({ min: 1, max: 4_000 }),
          cache: fc.boolean(),
        }),
        async ({ seed, rows, pieces, segment_rows, format, chunk_rows, cache }) => {
          await inFolder(async (folder) => {
            const columns = randomColumns(rows, seed)
            const dir = join(folder, 'd')
            const manifest = await writeDataset(dir, columns, { format, segment_rows }, pieces)
            expect(manifest.dataset_hash).toBe(plainHash(columns))
            const dataset = await openDataset(dir)
            expect(dataset.manifest).toEqual(manifest)
            expect(dataset.instruments).toEqual(INSTRUMENTS)
            const read = await gather(readColumns(dataset, { chunk_rows, cache }))
            expect(read).toEqual(columns)
            expect(await verifyDataset(dir)).toMatchObject({ dataset_hash: manifest.dataset_hash, rows })
          })
        },
      ),
      { numRuns: 25 },
    )
  })

  test('a slice by row or time is the same rows as filtering all of them', async () => {
    await inFolder(async (folder) => {
      const columns = randomColumns(100_000, 7)
      const first = columns.local_us[0]!
      const span = columns.local_us.at(-1)! - first
      const parquet = await writeDataset(join(folder, 'p'), columns, { segment_rows: 60_000 })
      await writeDataset(join(folder, 'a'), columns, { format: 'arrow', segment_rows: 60_000 })
      expect(parquet.files.filter(({ path }) => path.startsWith('tape')).map(({ rows }) => rows)).toEqual([
        60_000, 40_000,
      ])
      const datasets = [await openDataset(join(folder, 'p')), await openDataset(join(folder, 'a'))]
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 110_000 }),
          fc.double({ min: -0.1, max: 1.1, noNaN: true }),
          fc.double({ min: -0.1, max: 1.1, noNaN: true }),
          fc.constantFrom(0, 1),
          fc.boolean(),
          async (from_row, a, b, form, cache) => {
            const from_us = Math.round(first + a * span)
            const to_us = Math.round(first + b * span)
            const read = await gather(readColumns(datasets[form]!, { from_row, from_us, to_us, cache }))
            let start = Math.min(from_row, columns.length)
            while (start < columns.length && columns.local_us[start]! < from_us) start++
            let end = start
            while (end < columns.length && columns.local_us[end]! < to_us) end++
            expect(read).toEqual(slice(columns, start, end))
          },
        ),
        { numRuns: 40 },
      )
    })
  })

  test('the hash knows every bit of every column and of the side tables', async () => {
    await inFolder(async (folder) => {
      const columns = randomColumns(50, 1)
      columns.flags.fill(1)
      const hashes = new Set([(await writeDataset(join(folder, 'same'), columns)).dataset_hash])
      for (const [name] of COLUMNS) {
        const other = randomColumns(50, 1)
        other.flags.fill(1)
        other[name][49] = name === 'instrument' ? (other.instrument[49] === 0 ? 1 : 0) : other[name][49]! ^ 1
        if (name === 'local_us') other.local_us[49] = columns.local_us[49]! + 1
        hashes.add((await writeDataset(join(folder, name), other, { format: 'arrow' })).dataset_hash)
      }
      expect(hashes.size).toBe(1 + COLUMNS.length)
    })
  })
})

describe('the replay cache', () => {
  test('is standard Arrow: another reader sees the same rows', async () => {
    await inFolder(async (folder) => {
      const columns = randomColumns(70_000, 3)
      const { dataset_hash } = await writeDataset(join(folder, 'd'), columns)
      await gather(readColumns(await openDataset(join(folder, 'd'))))
      const table = tableFromIPC(await readFile(cacheFile(join(folder, 'd'), dataset_hash)))
      expect(table.schema.fields.map(({ name }) => name)).toEqual(COLUMNS.map(([name]) => name))
      for (const [name] of COLUMNS) expect(table.getChild(name)!.toArray()).toEqual(columns[name])
    })
  })

  test('is made once, and again when it is damaged', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      const columns = randomColumns(40_000, 3)
      const { dataset_hash } = await writeDataset(dir, columns)
      const dataset = await openDataset(dir)
      const both = [gather(readColumns(dataset)), gather(readColumns(dataset))]
      expect(await Promise.all(both)).toEqual([columns, columns])
      const file = cacheFile(dir, dataset_hash)
      const past = new Date('2026-01-01')
      await utimes(file, past, past)
      await gather(readColumns(dataset))
      expect((await stat(file)).mtime).toEqual(past)
      const { size } = await stat(file)
      await truncate(file, size - 1_000)
      expect(await gather(readColumns(dataset))).toEqual(columns)
      expect((await stat(file)).size).toBe(size)
      expect(await readdir(join(folder, '.cache'))).toEqual([`${dataset_hash}.arrow`])
    })
  })

  test('goes to the user cache folder where the folder beside the dataset cannot be used', async () => {
    await inFolder(async (folder) => {
      const before = process.env.XDG_CACHE_HOME
      process.env.XDG_CACHE_HOME = join(folder, 'user')
      try {
        const columns = randomColumns(10, 3)
        const { dataset_hash } = await writeDataset(join(folder, 'd'), columns)
        await writeFile(join(folder, '.cache'), 'a file where the folder should be')
        expect(await gather(readColumns(await openDataset(join(folder, 'd'))))).toEqual(columns)
        expect(await readdir(join(folder, 'user', 'lockstep'))).toEqual([`${dataset_hash}.arrow`])
      } finally {
        if (before === undefined) delete process.env.XDG_CACHE_HOME
        else process.env.XDG_CACHE_HOME = before
      }
    })
  })

  test('is closed when a reader stops early', async () => {
    await inFolder(async (folder) => {
      await writeDataset(join(folder, 'd'), randomColumns(80_000, 3))
      const dataset = await openDataset(join(folder, 'd'))
      let chunks = 0
      for await (const _ of readColumns(dataset)) if (++chunks === 2) break
      expect(chunks).toBe(2)
      expect((await gather(readColumns(dataset))).length).toBe(80_000)
    })
  })
})

/** The content hash as its definition reads, without the speed. */
function plainHash(columns: Columns): string {
  const bytes = new DataView(new ArrayBuffer(columns.length * 52))
  let at = 0
  for (let i = 0; i < columns.length; i++) {
    for (const [name, type] of COLUMNS) {
      const value = columns[name][i]!
      if (type === 'f64') bytes.setFloat64(at, value, true)
      else if (type === 'u32') bytes.setUint32(at, value, true)
      else bytes.setUint8(at, value)
      at += { f64: 8, u32: 4, u8: 1 }[type]
    }
  }
  const tail = canonicalJson({ rows: columns.length, resolutions: [], instruments: INSTRUMENTS })
  return createHash('sha256').update(bytes).update(tail).digest('hex')
}
