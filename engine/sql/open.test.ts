import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { feedLevels, makeNormaliser, optionsOf, START_US } from '../../recorders/recording/fixtures.ts'
import { openRecordingWriter } from '../../recorders/recording/index.ts'
import type { Catalog } from '../../recorders/sql/index.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import { openSources } from './open.ts'

const COUNTS =
  'SELECT dataset, count(*) FILTER (NOT snapshot) AS news FROM events GROUP BY dataset ORDER BY dataset'

describe('a recording', () => {
  test('is asked while it is written: its days, and what is not sealed yet; nothing in it changes', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const dir = join(folder, 'r')
      const writer = await openRecordingWriter(dir, optionsOf(clock))
      const open = (data: string): Promise<Catalog> =>
        openSources({ data: [data], run: null, cwd: folder, threads: 1 }, [], { normaliser: makeNormaliser })
      const ask = async (data: string, sql: string) => {
        const catalog = await open(data)
        try {
          return await catalog.query(sql)
        } finally {
          await catalog.close()
        }
      }
      await writer.flush()
      await expect(open('r')).rejects.toMatchObject({ code: 'sql.no_data' })
      feedLevels(writer, clock, 0, 60)
      await writer.flush()
      await writer.seal()
      feedLevels(writer, clock, 60, 25)
      await writer.flush()
      const before = readdirSync(dir, { recursive: true })
      expect(await ask('r', COUNTS)).toEqual([
        { dataset: '2026-11-21', news: 60 },
        { dataset: '2026-11-21-open', news: 25 },
      ])
      // The open part begins with what stood: 60 changes have set 60 different levels.
      const levels =
        'SELECT dataset, count(*) FILTER (snapshot) AS stood FROM book_changes GROUP BY ALL ORDER BY ALL'
      expect(await ask('*', levels)).toEqual([
        { dataset: '2026-11-21', stood: 0 },
        { dataset: '2026-11-21-open', stood: 60 },
      ])
      expect(readdirSync(dir, { recursive: true })).toEqual(before)
      feedLevels(writer, clock, 85, 15)
      await writer.stop('done')
      expect(await ask('r', COUNTS)).toEqual([{ dataset: '2026-11-21', news: 100 }])
    })
  })

  test('is read from a folder whose name would be a pattern, and not from the folder that the pattern finds', async () => {
    await inFolder(async (folder) => {
      for (const [name, levels] of [
        ['r[1]*?', 20],
        ['r1', 7],
      ] as const) {
        const clock = { now: START_US }
        const writer = await openRecordingWriter(join(folder, name), optionsOf(clock))
        feedLevels(writer, clock, 0, levels)
        await writer.stop('done')
      }
      const sources = { data: ['r[1]*?'], run: null, cwd: folder, threads: 1 }
      const catalog = await openSources(sources, [], { normaliser: makeNormaliser })
      try {
        expect(await catalog.query(COUNTS)).toEqual([{ dataset: '2026-11-21', news: 20 }])
      } finally {
        await catalog.close()
      }
    })
  })

  test('is found by a pattern, and a folder that is neither is not', async () => {
    await inFolder(async (folder) => {
      mkdirSync(join(folder, 'neither'))
      const sources = { run: null, cwd: folder, threads: 1 }
      await expect(openSources({ data: ['nei*'], ...sources }, [])).rejects.toMatchObject({
        code: 'sql.no_data',
      })
      await expect(openSources({ data: ['neither'], ...sources }, [])).rejects.toMatchObject({
        code: 'tape.missing',
      })
    })
  })
})
