import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { TapeError } from '../tape/index.ts'
import { columnOf, openTable, readLines, readRows } from './text-file.ts'
import { writeLines } from './text-fixtures.ts'

async function gatherLines(file: string) {
  const found = []
  for await (const lines of readLines(file)) found.push(...lines)
  return found
}

describe('lines', () => {
  const line = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replace(/[\r\n\uFEFF]/g, 'é'))

  test('come whole, numbered and in order, plain or gzipped, with either line end, whatever the letters', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'lines')
      await fc.assert(
        fc.asyncProperty(
          fc.array(line, { maxLength: 30 }),
          fc.constantFrom('\n', '\r\n'),
          fc.boolean(),
          async (lines, end, gzipped) => {
            await writeLines(file, [lines.join(end)], gzipped ? 'gzip' : 'plain')
            const expected = lines.map((text, row) => ({ row, text })).filter(({ text }) => text !== '')
            expect(await gatherLines(file)).toEqual(expected)
          },
        ),
        { numRuns: 60 },
      )
    })
  })

  test('longer than a read of the disk are put together again', async () => {
    await inFolder(async (folder) => {
      const long = ['a'.repeat(200_000), 'ü'.repeat(70_001), 'end']
      expect(
        (await gatherLines(await writeLines(join(folder, 'long'), long))).map(({ text }) => text),
      ).toEqual(long)
    })
  })

  test.each([
    ['cut', 'is cut off'],
    ['missing', 'ENOENT'],
    ['broken', 'cannot be read'],
    ['endless', 'is no text in lines'],
    ['UTF-16', 'UTF-16'],
    ['UTF-16 without a mark', 'zero bytes'],
    ['zstd, cut', 'is cut off'],
    ['packed twice', 'twice'],
    ['an archive', 'zip archive'],
    ['Parquet', 'Parquet'],
  ])('of a file that is %s are refused in one sentence that names it', async (how, message) => {
    await inFolder(async (folder) => {
      const file = join(folder, 'lines.gz')
      if (how === 'cut')
        await writeLines(
          file,
          Array.from({ length: 5_000 }, (_, i) => `line ${i}`),
          'cut',
        )
      if (how === 'broken') await writeFile(file, gzipSync('line '.repeat(999)).fill(0x55, 12))
      if (how === 'UTF-16') await writeFile(file, Buffer.from('\uFEFFa,b', 'utf16le'))
      if (how === 'UTF-16 without a mark') await writeFile(file, Buffer.from('a,b\n', 'utf16le'))
      if (how === 'zstd, cut') await writeFile(file, zstdCompressSync('line '.repeat(99_999)).subarray(0, 40))
      if (how === 'packed twice') await writeFile(file, gzipSync(gzipSync('line')))
      if (how === 'an archive') await writeFile(file, 'PK\x03\x04 and so on')
      if (how === 'Parquet') await writeFile(file, 'PAR1 and so on')
      if (how === 'endless') await writeFile(file, Buffer.alloc(5 * 1024 * 1024, 97))
      await expect(gatherLines(file)).rejects.toMatchObject({
        code: 'import.file',
        file,
        message: expect.stringContaining(message),
      })
    })
  })
})

describe('a table', () => {
  test('has its columns in any order, others beside them; its rows are counted and numbered from 0', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), ['\uFEFFx, b ,a', '1,2,3', '', '4,5,6'])
      const table = await openTable(file, ['a', 'b'])
      expect(table).toMatchObject({ header: ['x', 'b', 'a'], rows: 2 })
      const rows = []
      for await (const batch of readRows(table)) rows.push(...batch)
      expect(rows).toEqual([
        { row: 0, cells: ['1', '2', '3'] },
        { row: 2, cells: ['4', '5', '6'] },
      ])
    })
  })

  test('without a column is refused, naming file, column and what there is', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), ['x,b', '1,2'])
      await expect(openTable(file, ['b', 'a'])).rejects.toMatchObject({
        code: 'import.column',
        file,
        field: 'a',
        message: expect.stringContaining('x, b'),
      })
    })
  })

  test('is quoted or not, in other capitals, and over several lines: names and cells are the same', async () => {
    await inFolder(async (folder) => {
      const text = '"a","B c",d\r\n"1","x\r\ny","3"\r\n\r\n4,"5, ""6""",7'
      const file = join(folder, 'a.csv')
      await writeFile(file, text)
      const table = await openTable(file, ['A', 'b c'])
      expect(table).toEqual({ file, header: ['a', 'B c', 'd'], rows: 2 })
      expect([columnOf(table, 'b C'), columnOf(table, 'D')]).toEqual([1, 2])
      const rows = []
      for await (const batch of readRows(table)) rows.push(...batch)
      expect(rows).toEqual([
        { row: 0, cells: ['1', 'x\ny', '3'] },
        { row: 3, cells: ['4', '5, "6"', '7'] },
      ])
    })
  })

  test('whose quoted cell is never closed is one error that names the line', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), ['a,b', '1,2', '3,"4', '5,6'])
      await expect(openTable(file, ['a'])).rejects.toMatchObject({ code: 'import.quotes', row: 2 })
    })
  })

  test('without a header is refused with the columns that are wanted; with one of them twice, too', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), ['1776254400000,1.5', '1776254460000,1.5'])
      await expect(openTable(file, ['time', 'close'])).rejects.toMatchObject({
        code: 'import.column',
        message: expect.stringContaining('names none of the columns time, close'),
      })
      const twice = await writeLines(join(folder, 'b.csv'), ['time,close,TIME,close', '1,2,3,4'])
      await expect(openTable(twice, ['time', 'close'])).rejects.toMatchObject({
        code: 'import.column',
        field: 'close',
        message: expect.stringContaining('twice'),
      })
    })
  })

  test('whose first line is anything at all never carries it into a message: no control characters, no length', async () => {
    const line = fc.string({ unit: 'binary', minLength: 1, maxLength: 3_000 })
    await inFolder(async (folder) => {
      const file = join(folder, 'a.csv')
      await fc.assert(
        fc.asyncProperty(line, fc.integer({ min: 1, max: 2_000 }), async (text, times) => {
          await writeFile(file, `${text.repeat(times).slice(0, 1_000_000)}\n`)
          const thrown = await openTable(file, ['wanted', 'too']).catch((error: unknown) => error)
          expect(thrown).toBeInstanceOf(TapeError)
          const { message } = thrown as TapeError
          expect(message.length).toBeLessThan(3_000)
          expect(message).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u)
        }),
        { numRuns: 40 },
      )
    })
  })

  test('that is empty is refused', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), [''])
      await expect(openTable(file, ['a'])).rejects.toMatchObject({ code: 'import.file', file })
    })
  })
})
