import { createHash } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COLUMNS, type Columns, slice } from '../../core/events/index.ts'
import { canonicalJson, createContentHash } from './content-hash.ts'
import { openDataset, verifyDataset } from './dataset.ts'
import { gather, INSTRUMENTS, inFolder, randomColumns, writeDataset } from './fixtures.ts'
import { readColumns } from './read.ts'

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

  test('the hash knows every bit of every column and of the side tables', () => {
    const hashOf = (columns: Columns, instruments = INSTRUMENTS) => {
      const hash = createContentHash()
      hash.update(columns)
      return hash.digest(instruments, [])
    }
    const hashes = new Set([hashOf(randomColumns(50, 1))])
    for (const [name] of COLUMNS) {
      const other = randomColumns(50, 1)
      other[name][49] = name === 'local_us' ? other.local_us[49]! + 1 : other[name][49]! ^ 1
      hashes.add(hashOf(other))
    }
    const [market] = INSTRUMENTS.markets
    hashes.add(hashOf(randomColumns(50, 1), { ...INSTRUMENTS, markets: [{ ...market!, tick: 10 }] }))
    const price_bands = [{ from: 0, step: 10 }]
    hashes.add(hashOf(randomColumns(50, 1), { ...INSTRUMENTS, markets: [{ ...market!, price_bands }] }))
    expect(hashes.size).toBe(3 + COLUMNS.length)
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
