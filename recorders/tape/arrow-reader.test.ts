import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Float64, makeVector, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COLUMNS, type Columns } from '../../core/events/index.ts'
import { openArrowFile } from './arrow-reader.ts'
import { createArrowFile } from './arrow-writer.ts'
import { createContentHash } from './content-hash.ts'
import { TapeError } from './errors.ts'
import { gather, INSTRUMENTS, inFolder, randomColumns } from './fixtures.ts'

async function write(path: string, columns: Columns, batch_rows: number): Promise<Buffer> {
  const writer = await createArrowFile(path, batch_rows)
  await writer.append(columns, 0, columns.length)
  await writer.finish()
  return readFile(path)
}

async function* rowsOf(path: string): AsyncGenerator<Columns> {
  const reader = await openArrowFile(path)
  try {
    const buffer = new ArrayBuffer(reader.buffer_bytes)
    for (let batch = 0; batch + 1 < reader.starts.length; batch++) yield await reader.read(batch, buffer)
  } finally {
    await reader.close()
  }
}

function hashOf(columns: Columns): string {
  const hash = createContentHash()
  hash.update(columns)
  return hash.digest(INSTRUMENTS, [])
}

/** What became of a file: its rows as they were, an error of ours, or rows that the content hash tells from them. */
async function outcome(path: string, honest: string): Promise<'refused' | 'same' | 'other'> {
  try {
    return hashOf(await gather(rowsOf(path))) === honest ? 'same' : 'other'
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TapeError)
    expect(['tape.arrow', 'tape.column']).toContain((thrown as TapeError).code)
    expect((thrown as TapeError).file).toBe(path)
    return 'refused'
  }
}

describe('an Arrow file', () => {
  test('with any bytes changed is refused, or its rows are other rows: nothing ends the process or hangs', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a.arrow')
      const columns = randomColumns(300, 4)
      const whole = await write(path, columns, 128)
      const honest = hashOf(columns)
      const seen = { refused: 0, same: 0, other: 0 }
      // Metadata is what decides where things are: the head, the messages, and most of all the footer.
      const footer = whole.length - 1_800
      const place = fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: footer, max: whole.length - 1 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: whole.length - 1 }) },
      )
      const changes = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      })
      await fc.assert(
        fc.asyncProperty(changes, async (flips) => {
          const bytes = Buffer.from(whole)
          for (const [at, mask] of flips) bytes[at]! ^= mask
          await writeFile(path, bytes)
          seen[await outcome(path, honest)]++
        }),
        { numRuns: 3_000 },
      )
      expect(seen.refused).toBeGreaterThan(1_000)
      expect(seen.same).toBeGreaterThan(0)
    })
  }, 60_000)

  test('cut off anywhere is refused', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a.arrow')
      const columns = randomColumns(300, 4)
      const whole = await write(path, columns, 128)
      for (let length = 0; length < whole.length; length += 97) {
        await writeFile(path, whole.subarray(0, length))
        expect(await outcome(path, hashOf(columns))).toBe('refused')
      }
    })
  })

  test.each<[string, (view: DataView, block: number) => void]>([
    ['has a length below zero', (view, block) => view.setInt32(block + 8, -16, true)],
    ['has a body below zero', (view, block) => view.setBigInt64(block + 16, -8n, true)],
    ['has a body beyond memory', (view, block) => view.setBigInt64(block + 16, 2n ** 40n, true)],
    ['has a body beyond whole numbers', (view, block) => view.setBigInt64(block + 16, 2n ** 62n, true)],
    ['lies before the file', (view, block) => view.setBigInt64(block, -64n, true)],
    ['lies behind the file', (view, block) => view.setBigInt64(block, 2n ** 30n, true)],
    [
      'lies where another one is',
      (view, block) => view.setBigInt64(block + 24, view.getBigInt64(block, true), true),
    ],
  ])('whose footer names a batch that %s is refused', async (_, change) => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a.arrow')
      const columns = randomColumns(300, 4)
      const whole = await write(path, columns, 128)
      const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength)
      change(view, blocksIn(view))
      await writeFile(path, whole)
      expect(await outcome(path, hashOf(columns))).toBe('refused')
    })
  })

  test('of another program is read: columns in another order, batches of other lengths', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a.arrow')
      const columns = randomColumns(300, 4)
      const vectors = COLUMNS.map(([name]) => [name, makeVector(columns[name])] as const)
      const table = new Table(Object.fromEntries([...vectors].reverse()))
      await writeFile(path, tableToIPC(table, 'file'))
      expect(await outcome(path, hashOf(columns))).toBe('same')
    })
  })

  test('with a column that is no plain number, or another type, is refused by its name', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'a.arrow')
      const columns = randomColumns(3, 4)
      const vectors = Object.fromEntries(COLUMNS.map(([name]) => [name, makeVector(columns[name])]))
      const texts = vectorFromArray(['a', 'b', 'c'], new Utf8())
      await writeFile(path, tableToIPC(new Table({ note: texts, ...vectors } as never), 'file'))
      await expect(openArrowFile(path)).rejects.toMatchObject({ code: 'tape.column', field: 'note' })
      const kinds = vectorFromArray([1, 2, 3], new Float64())
      await writeFile(path, tableToIPC(new Table({ ...vectors, kind: kinds } as never), 'file'))
      await expect(openArrowFile(path)).rejects.toMatchObject({ code: 'tape.column', field: 'kind' })
    })
  })
})

/** Where the list of batches begins in a footer: its first block is at the byte behind the file's first message. */
function blocksIn(view: DataView): number {
  const length = view.getInt32(view.byteLength - 10, true)
  const footer = view.byteLength - 10 - length
  const root = footer + view.getUint32(footer, true)
  const table = root - view.getInt32(root, true)
  const field = root + view.getUint16(table + 4 + 2 * 3, true)
  return field + view.getUint32(field, true) + 4
}
