import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
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
    expect(recording.untimed).toEqual([1, 2, 3, 4].map((row) => ({ file: 'a', row })))
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
