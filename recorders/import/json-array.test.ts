import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { readJsonArray } from './json-array.ts'

async function elements(file: string): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const some of readJsonArray(file)) {
    for (const { row, text } of some) {
      expect(row).toBe(found.length)
      found.push(JSON.parse(text))
    }
  }
  return found
}

test('elements come back whatever they hold, indented or not, gzipped or not', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.json')
    const object = fc.dictionary(fc.string(), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(fc.array(object), fc.nat(3), fc.boolean(), async (values, indent, gzip) => {
        const text = JSON.stringify(values, null, indent)
        await writeFile(file, gzip ? gzipSync(text) : text)
        expect(await elements(file)).toEqual(JSON.parse(text))
      }),
      { numRuns: 200 },
    )
  })
})

test('an element may begin in one piece of the file and end in another', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.json')
    // Pieces are 64 KiB: strings with braces and escapes lie across their borders.
    const values = Array.from({ length: 40 }, (_, i) => ({
      i,
      text: '{"\\}'.repeat(1_000 + i),
      more: [{ i }],
    }))
    await writeFile(file, JSON.stringify(values))
    expect(await elements(file)).toEqual(values)
  })
})

test('what is no array of objects is refused with the file and how far it went', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.json')
    for (const [text, row] of [
      ['', 0],
      ['{"a":1}', 0],
      ['[{"a":1}', 1],
      ['[{"a":1},{"b"', 1],
      ['[{"a":1},3]', 1],
      ['[{"a":1}] x', 1],
      [`[{"a":"${'x'.repeat(5 * 1024 * 1024)}`, 0],
    ] as const) {
      await writeFile(file, text)
      await expect(elements(file), text.slice(0, 40)).rejects.toMatchObject({
        code: 'import.json',
        file,
        row,
      })
    }
  })
})
