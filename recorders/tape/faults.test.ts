import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, test } from 'vitest'
import type { Columns } from '../../core/events/index.ts'
import { createArrowFile } from './arrow-writer.ts'
import { openDataset, sha256Of, verifyDataset } from './dataset.ts'
import { TapeError } from './errors.ts'
import { gather, HEAD, inFolder, inOwnCache, randomColumns, TAIL, writeDataset } from './fixtures.ts'
import type { Manifest } from './manifest.ts'
import { readColumns } from './read.ts'
import { createDataset } from './writer.ts'

const NAME = 'tape-00000.parquet'

describe('a tape that cannot be trusted is refused with one clear error', () => {
  test('no dataset in the folder', async () => {
    await inFolder(async (folder) => {
      await expect(openDataset(folder)).rejects.toMatchObject({
        code: 'tape.missing',
        file: join(folder, 'manifest.json'),
      })
    })
  })

  test.each([
    ['no JSON', () => 'nonsense', 'tape.manifest_json', undefined],
    [
      'an unknown schema version',
      (m) => edit(m, { schema_version: 2 }),
      'tape.schema_version',
      'schema_version',
    ],
    ['no schema version', (m) => edit(m, { schema_version: undefined }), 'tape.manifest', 'schema_version'],
    ['a missing field', (m) => edit(m, { licence: undefined }), 'tape.manifest', 'licence'],
    ['a hash that is none', (m) => edit(m, { dataset_hash: 'abc' }), 'tape.manifest', 'dataset_hash'],
    [
      'a path out of the folder',
      (m) => editFile(m, { path: '../x.parquet' }),
      'tape.manifest',
      'files.0.path',
    ],
    [
      'a file that is not there',
      (m) => editFile(m, { path: 'tape-9.parquet' }),
      'tape.file_missing',
      'files',
    ],
    ['a wrong size', (m) => editFile(m, { bytes: 7 }), 'tape.file_size', 'files.bytes'],
    ['rows that do not add up', (m) => editFile(m, { rows: 7 }), 'tape.counts', 'counts.rows'],
    ['an empty tape', (m) => editFile(m, { rows: 0 }), 'tape.empty', undefined],
    [
      'instruments not listed',
      (m) => edit(m, { files: m.files.filter(({ path }) => path !== 'instruments.json') }),
      'tape.file_missing',
      'files',
    ],
  ] as [string, (m: Manifest) => string, string, string | undefined][])(
    'manifest: %s',
    async (_, change, code, field) => {
      await inFolder(async (folder) => {
        const dir = join(folder, 'd')
        const manifest = await writeDataset(dir, randomColumns(100, 1))
        await writeFile(join(dir, 'manifest.json'), change(manifest))
        const error = await fault(openDataset(dir))
        expect(error).toMatchObject({ code, fix: expect.any(String) })
        expect(error.field).toBe(field)
        expect(error.message).toContain(error.file)
      })
    },
  )

  test('a lying dataset hash: recorded against found, on reading and on verifying, and no cache is left', async () => {
    await inOwnCache(async (folder, cache) => {
      const dir = join(folder, 'd')
      const manifest = await writeDataset(dir, randomColumns(100, 1))
      const lie = 'f'.repeat(64)
      await writeFile(join(dir, 'manifest.json'), edit(manifest, { dataset_hash: lie }))
      const dataset = await openDataset(dir)
      for (const attempt of [() => verifyDataset(dir), () => gather(readColumns(dataset))]) {
        const error = await fault(attempt())
        expect(error).toMatchObject({ code: 'tape.content_hash', field: 'dataset_hash' })
        expect(error.message).toContain(lie)
        expect(error.message).toContain(manifest.dataset_hash)
      }
      expect(await readdir(cache)).toEqual([])
    })
  })

  test('a truncated tape file', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      const manifest = await writeDataset(dir, randomColumns(5_000, 1))
      await truncate(join(dir, NAME), manifest.files[0]!.bytes - 100)
      expect(await fault(openDataset(dir))).toMatchObject({ code: 'tape.file_size', file: join(dir, NAME) })
      // Even with the size made to fit, nothing is read from it.
      const size = manifest.files[0]!.bytes - 100
      await writeFile(join(dir, 'manifest.json'), editFile(manifest, { bytes: size }))
      const dataset = await openDataset(dir)
      expect(await fault(gather(readColumns(dataset)))).toMatchObject({
        code: 'tape.parquet',
        file: join(dir, NAME),
      })
    })
  })

  test('a corrupted tape file: any flipped byte is found', async () => {
    await inOwnCache(async (folder, cache) => {
      const dir = join(folder, 'd')
      await writeDataset(dir, randomColumns(5_000, 1))
      const dataset = await openDataset(dir)
      const whole = await readFile(join(dir, NAME))
      for (let at = 10; at < whole.length; at += Math.floor(whole.length / 20)) {
        const flipped = Uint8Array.from(whole)
        flipped[at] = flipped[at]! ^ 0x40
        await writeFile(join(dir, NAME), flipped)
        expect(await fault(verifyDataset(dir))).toMatchObject({
          code: 'tape.file_hash',
          file: join(dir, NAME),
        })
        await gather(readColumns(dataset)).then(
          // A byte that carries no value, such as the writer's name, changes no row.
          (rows) => expect(rows).toEqual(randomColumns(5_000, 1)),
          (thrown) =>
            expect([
              'tape.parquet',
              'tape.content_hash',
              'tape.order',
              'tape.value',
              'tape.column',
            ]).toContain((thrown as TapeError).code),
        )
        await rm(cache, { recursive: true, force: true })
      }
    })
  })

  test('a reordered tape: the row where time goes back', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      await writeDataset(dir, randomColumns(500, 1), { format: 'arrow' })
      const columns = randomColumns(500, 1)
      const early = columns.local_us[0]! - 1
      columns.local_us[321] = early
      await replaceTape(dir, columns)
      expect(await fault(verifyDataset(dir))).toMatchObject({
        code: 'tape.order',
        file: join(dir, 'tape-00000.arrow'),
        field: 'local_us',
        row: 321,
      })
    })
  })

  test('a row of an instrument that does not exist', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      await writeDataset(dir, randomColumns(500, 1), { format: 'arrow' })
      const columns = randomColumns(500, 1)
      columns.instrument[77] = 2
      await replaceTape(dir, columns)
      expect(await fault(verifyDataset(dir))).toMatchObject({
        code: 'tape.value',
        field: 'instrument',
        row: 77,
      })
    })
  })

  test('a missing column', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      const manifest = await writeDataset(dir, randomColumns(500, 1))
      const file = join(dir, NAME)
      const instance = await DuckDBInstance.create(':memory:')
      const connection = await instance.connect()
      await connection.run(`COPY (SELECT * EXCLUDE (size) FROM '${file}') TO '${file}.new' (FORMAT parquet)`)
      instance.closeSync()
      const bytes = await readFile(`${file}.new`)
      await writeFile(file, bytes)
      const sha256 = await sha256Of(file)
      await writeFile(join(dir, 'manifest.json'), editFile(manifest, { bytes: bytes.length, sha256 }))
      expect(await fault(verifyDataset(dir))).toMatchObject({ code: 'tape.column', field: 'size', file })
    })
  })

  test('a damaged side table', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      await writeDataset(dir, randomColumns(500, 1))
      const file = join(dir, 'instruments.json')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('"5m"', '"5x"'))
      expect(await fault(openDataset(dir))).toMatchObject({
        code: 'tape.side_table',
        file,
        field: 'markets.0.series',
      })
    })
  })
})

describe('nothing is half-written', () => {
  test.each([
    ['time that goes back', 'local_us', 1, 'tape.order'],
    ['a fraction', 'price', 0.5, 'tape.value'],
    ['−0', 'size', -0, 'tape.value'],
    ['a number that is none', 'exch_us', Number.NaN, 'tape.value'],
  ] as const)('%s is refused and the folder stays as it was', async (_, field, value, code) => {
    await inFolder(async (folder) => {
      const columns = randomColumns(10, 1)
      columns[field][5] = value
      expect(await fault(writeDataset(join(folder, 'd'), columns))).toMatchObject({ code, field, row: 5 })
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('an empty tape is not written', async () => {
    await inFolder(async (folder) => {
      expect(await fault(writeDataset(join(folder, 'd'), randomColumns(0, 1)))).toMatchObject({
        code: 'tape.empty',
      })
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('until the end the dataset is not there, and giving up leaves nothing', async () => {
    await inFolder(async (folder) => {
      const writer = await createDataset(join(folder, 'd'), HEAD)
      await writer.append(randomColumns(10, 1))
      expect(await readdir(folder)).not.toContain('d')
      await writer.abort()
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('whatever is at the path already is not overwritten, also when it came later', async () => {
    await inFolder(async (folder) => {
      const mine = join(folder, 'mine')
      await writeFile(mine, 'x')
      for (const path of [folder, mine]) {
        expect(await fault(createDataset(path, HEAD))).toMatchObject({ code: 'tape.exists', file: path })
      }
      const late = join(folder, 'late')
      const writer = await createDataset(late, HEAD)
      await writer.append(randomColumns(10, 1))
      await writeFile(late, 'y')
      expect(await fault(writer.finish(TAIL))).toMatchObject({ code: 'tape.exists', file: late })
      expect(await readFile(mine, 'utf8')).toBe('x')
      expect(await readFile(late, 'utf8')).toBe('y')
      expect((await readdir(folder)).sort()).toEqual(['late', 'mine'])
    })
  })

  test('attachments are listed and hashed with the rest', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'd')
      const tail = { ...TAIL, attachments: { LICENSE: 'free\n' } }
      const { files } = await writeDataset(dir, randomColumns(10, 1), {}, [10], tail)
      expect(files.map(({ path }) => path)).toContain('LICENSE')
      await writeFile(join(dir, 'LICENSE'), 'FREE\n')
      expect(await fault(verifyDataset(dir))).toMatchObject({ code: 'tape.file_hash' })
    })
  })
})

async function fault(attempt: Promise<unknown>): Promise<TapeError> {
  const thrown: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(TapeError)
  return thrown as TapeError
}

function edit(manifest: Manifest, change: Record<string, unknown>): string {
  return JSON.stringify({ ...manifest, ...change })
}

function editFile(manifest: Manifest, change: Partial<Manifest['files'][number]>): string {
  const [first, ...rest] = manifest.files
  return edit(manifest, { files: [{ ...first, ...change }, ...rest] })
}

/** Put other rows into an Arrow dataset and mend its manifest, all but the content hash. */
async function replaceTape(dir: string, columns: Columns): Promise<void> {
  const file = join(dir, 'tape-00000.arrow')
  const writer = await createArrowFile(file)
  await writer.append(columns, 0, columns.length)
  await writer.finish()
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as Manifest
  const change = { sha256: await sha256Of(file), bytes: (await readFile(file)).length }
  await writeFile(join(dir, 'manifest.json'), editFile(manifest, change))
}
