import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { openTable, readLines, readRows } from './text-file.ts'
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

  test('that is empty is refused', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), [''])
      await expect(openTable(file, ['a'])).rejects.toMatchObject({ code: 'import.file', file })
    })
  })
})
