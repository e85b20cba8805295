import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withDatabase } from '../database.ts'
import { COUNT, FILE_BYTES, TEXT } from '../limits.ts'
import { inFolder } from '../tape/fixtures.ts'
import { type Recorded, writeRecording } from './fixtures.ts'
import { openRecording } from './receive-order.ts'

/** Some time of a recording, unix seconds. */
const BASE = 1_776_254_400
const at = (recv_s: number | null): Recorded => ({ recv_s, slug: 's', raw: String(recv_s) })
const later = (s: number) => at(BASE + s)

async function read(files: readonly string[]) {
  const recording = await openRecording(files)
  try {
    const rows = []
    for await (const batch of recording.read()) rows.push(...batch)
    return { recording, rows }
  } finally {
    recording.close()
  }
}

test('rows come in receive order, equal times in the order of files and rows, none lost or doubled', async () => {
  const piece = fc
    .array(
      fc.integer({ min: 1, max: 30 }).map((s) => BASE + s),
      { maxLength: 60 },
    )
    .map((t) => t.sort((a, b) => a - b))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(piece, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      async (made) => {
        await inFolder(async (folder) => {
          const files = made.map((_, i) => join(folder, `${i}.parquet`))
          const stored = made.map((pieces) => pieces.flat())
          for (const [i, times] of stored.entries()) await writeRecording(files[i]!, times.map(at))
          const { recording, rows } = await read(files)
          const all = stored.flatMap((times, i) =>
            times.map((recv_s, row) => ({ recv_s, file: `${i}.parquet`, row })),
          )
          expect(recording.rows).toBe(all.length)
          expect(rows.map(({ recv_s, file, row }) => ({ recv_s, file, row }))).toEqual(
            all.sort((a, b) => a.recv_s - b.recv_s),
          )
          const back = stored.flatMap((times) => times.filter((t, i) => i > 0 && t < times[i - 1]!))
          expect(recording.steps_back).toBe(back.length)
        })
      },
    ),
    { numRuns: 25 },
  )
})

test('a piece longer than what is held at once is read whole', async () => {
  await inFolder(async (folder) => {
    const times = Array.from({ length: 5_000 }, (_, i) => 1 + Math.floor(i / 3))
    await writeRecording(join(folder, 'a'), times.map(later))
    const { rows } = await read([join(folder, 'a')])
    expect(rows.map(({ row }) => row)).toEqual([...times.keys()])
  })
})

test('a row without a usable time is in no piece, and is named', async () => {
  await inFolder(async (folder) => {
    await writeRecording(join(folder, 'a'), [BASE, null, Number.NaN, -1, BASE * 1_000, BASE + 1].map(at))
    const { recording, rows } = await read([join(folder, 'a')])
    expect(rows.map(({ row }) => row)).toEqual([0, 5])
    expect(recording.untimed).toEqual([{ file: 'a', row: 1, count: 4 }])
    expect(recording.rows).toBe(6)
  })
})

test('a recording in no order at all is refused, not held in memory', async () => {
  await inFolder(async (folder) => {
    const times = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 5 : 1) + 3 - i / 100)
    await writeRecording(join(folder, 'a'), times.map(later))
    await expect(read([join(folder, 'a')])).rejects.toMatchObject({
      code: 'import.disorder',
      field: 'recv_s',
      file: join(folder, 'a'),
    })
  })
})

test('a recording whose every row is before the last is refused while its times are read', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a')
    await withDatabase({}, (connection) =>
      connection.run(
        `COPY (SELECT (${BASE} - i)::DOUBLE AS recv_s, 's' AS slug, 'm' AS raw FROM range(${COUNT.pieces + 10}) t(i)) TO '${file}' (FORMAT parquet)`,
      ),
    )
    await expect(openRecording([file])).rejects.toMatchObject({
      code: 'import.disorder',
      file,
      field: 'recv_s',
      row: COUNT.pieces,
    })
  })
})

describe('texts', () => {
  /** A file of one long text, which the file holds once, in so many rows. */
  async function longTexts(file: string, bytes: number, rows: number, type = 'VARCHAR'): Promise<void> {
    await withDatabase({ memory_mb: 2_048 }, async (connection) => {
      await connection.run(`CREATE TYPE giant AS ENUM (SELECT repeat('x', ${bytes}))`)
      const raw = type === 'VARCHAR' ? 'enum_first(NULL::giant)::giant' : `repeat('x', ${bytes})::${type}`
      await connection.run(
        `COPY (SELECT ${BASE}::DOUBLE AS recv_s, 's' AS slug, ${raw} AS raw FROM range(${rows})) TO '${file}' (FORMAT parquet)`,
      )
    })
  }

  test('are held a few megabytes at a time, however many rows there are', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'a')
      const bytes = 2_000_000
      await longTexts(file, bytes, 300)
      const recording = await openRecording([file])
      const sizes: number[] = []
      try {
        for await (const rows of recording.read()) {
          sizes.push(rows.length)
          for (const { raw, too_long } of rows) expect([raw!.length, too_long]).toEqual([bytes, false])
        }
      } finally {
        recording.close()
      }
      expect(sizes.reduce((sum, count) => sum + count, 0)).toBe(300)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1 + FILE_BYTES.texts / bytes)
    })
  })

  test.each(['VARCHAR', 'BLOB'])('longer than a message can be are never read: %s', async (type) => {
    await inFolder(async (folder) => {
      const file = join(folder, 'a')
      await longTexts(file, TEXT.frame_bytes + 1, 3, type)
      const { rows } = await read([file])
      expect(rows.map(({ raw, too_long, row }) => ({ raw, too_long, row }))).toEqual(
        [0, 1, 2].map((row) => ({ raw: null, too_long: true, row })),
      )
    })
  })

  test('of a slug are no longer than a name', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'a')
      await writeRecording(file, [
        { recv_s: BASE, slug: 's'.repeat(TEXT.name), raw: '' },
        { recv_s: BASE, slug: 's'.repeat(TEXT.name + 1), raw: '' },
      ])
      const { rows } = await read([file])
      expect(rows.map(({ slug }) => slug?.length ?? null)).toEqual([TEXT.name, null])
    })
  })
})

test('a damaged page is an error of the file, wherever it is met', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'a.parquet')
    // Texts that differ, so that the pages are of some size; what is not the footer is spoilt, a stretch at a time.
    const rows = Array.from({ length: 3_000 }, (_, i) => ({ ...later(i), raw: String(i).repeat(40) }))
    await writeRecording(file, rows)
    const whole = await readFile(file)
    const codes = new Set<unknown>()
    for (let at = 8; at + 200 < whole.length - 2_000; at += Math.ceil(whole.length / 16)) {
      const bytes = Buffer.from(whole)
      for (let i = 0; i < 200; i++) bytes[at + i] = bytes[at + i]! ^ 0xff
      await writeFile(file, bytes)
      await read([file]).then(
        () => undefined,
        (error: { code?: unknown; file?: unknown }) => {
          codes.add(error.code)
          expect(error.file).toBe(file)
        },
      )
    }
    expect([...codes]).toEqual(['import.file'])
  })
})
