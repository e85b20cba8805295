import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { TapeError } from '../tape/index.ts'
import { bookText, START_S, slugAt, writeRecording } from './fixtures.ts'
import { readTime } from './importer.ts'
import { findImporter, importers } from './registry.ts'

test('an importer is found by its kind; another kind is refused, naming those there are', () => {
  for (const importer of importers) expect(findImporter(importer.kind)).toBe(importer)
  expect(new Set(importers.map(({ kind }) => kind)).size).toBe(importers.length)
  expect(() => findImporter('tea-leaves')).toThrow(TapeError)
  expect(() => findImporter('tea-leaves')).toThrow('tea-leaves')
})

test('texts of options reach the import', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'book.parquet')
    const book = { bids: new Map([[4_900, 1e6]]), asks: new Map([[5_100, 1e6]]) }
    const rows = [0, 1].map((i) => {
      const recv_s = START_S + 300 * i + 1
      return { recv_s, slug: slugAt(i), raw: bookText(i, 0, book, recv_s * 1_000) }
    })
    await writeRecording(file, rows)
    const from = new Date((START_S + 300) * 1_000).toISOString()
    const report = await findImporter('clob-l2').run([file], { from }, { out: join(folder, 'out') })
    expect(report).toMatchObject({ rows_read: 2, events: 2, windows: { total: 1 } })
    const bad = findImporter('clob-l2').run([file], { to: 'tomorrow' }, { out: join(folder, 'no') })
    await expect(bad).rejects.toMatchObject({ code: 'import.time', field: 'to' })
  })
})

test('a time is ISO with a zone', () => {
  expect(readTime('2026-04-15T12:00:00Z', 'from')).toBe(1_776_254_400e6)
  expect(readTime('2026-04-15T14:00:00+02:00', 'from')).toBe(1_776_254_400e6)
  for (const text of ['2026-04-15', '2026-04-15T12:00:00', '1776254400', '', 'soonZ']) {
    expect(() => readTime(text, 'from'), text).toThrow('from')
  }
})
