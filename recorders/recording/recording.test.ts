import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COLUMNS, type Columns, Flag } from '../../core/events/index.ts'
import { gather, inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, readSide, verifyDataset } from '../tape/index.ts'
import { DAY, feedLevels, level, makeNormaliser, optionsOf, START_US } from './fixtures.ts'
import { openData, openRecording, openRecordingWriter } from './index.ts'

const reading = { normaliser: makeNormaliser }

/** All rows of a dataset as they lie, without a cache. */
function rowsOf(dir: string): Promise<Columns> {
  return openDataset(dir).then((dataset) => gather(readColumns(dataset, { cache: false })))
}

describe('a recording', () => {
  test('is days that are datasets: the same rows and hash however often it was sealed', async () => {
    const hashes: string[] = []
    for (const every of [1_000, 13, 250]) {
      await inFolder(async (folder) => {
        const clock = { now: START_US }
        const dir = join(folder, 'r')
        const writer = await openRecordingWriter(dir, optionsOf(clock))
        for (let i = 0; i < 1_000; i += every) {
          feedLevels(writer, clock, i, Math.min(every, 1_000 - i))
          if (i % 2 === 0) await writer.seal()
        }
        await writer.stop('done')
        const day = join(dir, '2026-11-21')
        const { dataset_hash, rows } = await verifyDataset(day)
        expect(rows).toBe(1_001)
        hashes.push(dataset_hash)
        const found = await rowsOf(day)
        expect(found.seq).toEqual(Float64Array.from({ length: 1_001 }, (_, i) => i))
        const dataset = await openDataset(day)
        const side: unknown[] = []
        for await (const row of readSide(dataset, 'quirks')) side.push(row.number)
        expect(side).toEqual(Array.from(side, (_, i) => i))
        expect(side.length).toBeGreaterThan(100)
        // The day is whole: Parquet, plain names, and nothing that the manifest does not show.
        const names = await readdir(day)
        expect(names.sort()).toEqual(
          ['manifest.json', ...dataset.manifest.files.map(({ path }) => path)].sort(),
        )
        expect(names).toContain('side-quirks.jsonl')
        expect(names).toContain('instruments.json')
        expect(names.filter((name) => name.endsWith('.arrow'))).toEqual([])
      })
    }
    expect(new Set(hashes).size).toBe(1)
  })

  test('keeps every frame as it came, compressed, and only where asked', async () => {
    for (const raw of [true, false]) {
      await inFolder(async (folder) => {
        const clock = { now: START_US }
        const writer = await openRecordingWriter(folder, optionsOf(clock, { raw }))
        feedLevels(writer, clock, 0, 50)
        await writer.seal()
        feedLevels(writer, clock, 50, 50)
        await writer.stop('done')
        const names = await readdir(join(folder, 'raw', '2026-11-21')).catch(() => [])
        expect(names).toEqual(raw ? ['00000001.journal.zst', '00000002.journal.zst'] : [])
        expect(await readdir(join(folder, 'journal'))).toEqual(['00000003.journal'])
      })
    }
  })

  test('seals by size, by age and at midnight; a new day says again how things stand', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(folder, optionsOf(clock, { segment_mb: 0.001, segment_s: 60 }))
      feedLevels(writer, clock, 0, 100)
      await writer.seal()
      expect(writer.figures().sealed).toBeGreaterThan(1)
      const { journal } = writer.figures()
      clock.now += 61_000_000
      feedLevels(writer, clock, 100, 1)
      writer.tick()
      clock.now += 61_000_000
      writer.tick()
      expect(writer.figures().journal).toBeGreaterThan(journal)
      clock.now = START_US + DAY / 2 - 1_000
      feedLevels(writer, clock, 101, 3)
      expect(writer.figures().day).toBe('2026-11-22')
      await writer.stop('done')
      const first = await rowsOf(join(folder, '2026-11-21'))
      const second = await rowsOf(join(folder, '2026-11-22'))
      expect(first.local_us.every((us) => us < START_US + DAY / 2)).toBe(true)
      expect(second.local_us.every((us) => us >= START_US + DAY / 2)).toBe(true)
      expect(second.seq[0]).toBe(0)
      const restated = Array.from(second.flags).filter((flags) => (flags & Flag.SNAPSHOT) !== 0).length
      expect(restated).toBe(100)
      expect(second.length).toBe(103)
    })
  })

  test('is continued in its folder, on the same day: rows, side rows and hash go on', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const first = await openRecordingWriter(folder, optionsOf(clock))
      feedLevels(first, clock, 0, 500)
      await first.stop('enough')
      clock.now += 5_000_000
      const second = await openRecordingWriter(folder, optionsOf(clock))
      expect(second.id).toBe(first.id)
      expect(second.recovered).toMatchObject({ stopped: true, records: 0, torn_bytes: 0, damaged: [] })
      feedLevels(second, clock, 500, 500)
      await second.stop('enough')
      const day = join(folder, '2026-11-21')
      await verifyDataset(day)
      const rows = await rowsOf(day)
      expect(rows.seq).toEqual(Float64Array.from({ length: 1_001 }, (_, i) => i))
      const { gaps } = await openDataset(day)
      expect(gaps).toEqual([
        {
          market: null,
          feed: 'clob_market',
          from_us: START_US + 500_000,
          to_us: START_US + 5_500_000,
          reason: 'the recorder was stopped',
        },
      ])
      const numbers: unknown[] = []
      for await (const { number } of readSide(await openDataset(day), 'quirks')) numbers.push(number)
      expect(numbers).toEqual(Array.from(numbers, (_, i) => i))
    })
  })

  test('has one writer at a time; the lock of a process that is gone is taken over', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(folder, optionsOf(clock))
      await expect(openRecordingWriter(folder, optionsOf(clock))).rejects.toMatchObject({
        code: 'recording.locked',
        message: expect.stringContaining(`process ${process.pid}`),
      })
      feedLevels(writer, clock, 0, 5)
      await writer.abandon()
      expect(await readdir(folder)).toContain('recording.lock')
      const next = await openRecordingWriter(folder, optionsOf(clock))
      await next.stop('done')
      expect(await readdir(folder)).not.toContain('recording.lock')
    })
  })

  test('is not continued by a clock that stands before its end, unless that is accepted', async () => {
    for (const killed of [false, true]) {
      await inFolder(async (dir) => {
        const clock = { now: START_US }
        const first = await openRecordingWriter(dir, optionsOf(clock))
        feedLevels(first, clock, 0, 50)
        await (killed ? first.flush().then(() => first.abandon()) : first.stop('a pause'))
        const end_us = clock.now
        clock.now = end_us - 11e6
        await expect(openRecordingWriter(dir, optionsOf(clock))).rejects.toMatchObject({
          code: 'recording.time',
          message: expect.stringContaining('the recording ends at 2026-11-21T12:00:00.05'),
          fix: expect.stringContaining('--accept-clock'),
        })
        // As far as a time service sets a clock back, and further where that is accepted: never before the end.
        for (const [back_us, accept_clock] of [
          [9e6, false],
          [400 * DAY, true],
        ] as const) {
          clock.now = end_us - back_us
          const next = await openRecordingWriter(dir, optionsOf(clock, {}, { accept_clock }))
          expect(next.last_us).toBe(end_us)
          await next.stop('enough')
        }
        // A pause is no fault of a clock, however long.
        clock.now = end_us + 400 * DAY
        await (await openRecordingWriter(dir, optionsOf(clock))).stop('the end')
        expect((await verifyDataset(join(dir, '2026-11-21'))).rows).toBe(51)
      })
    }
  })

  test('refuses a folder of something else, and records that go back in time', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      await expect(openRecordingWriter('recorders/recording', optionsOf(clock))).rejects.toMatchObject({
        code: 'recording.occupied',
      })
      const writer = await openRecordingWriter(folder, optionsOf(clock))
      expect(() => writer.take(level({ now: START_US - 1 }, 0, 1, 1))).toThrow(
        expect.objectContaining({ code: 'recording.time' }),
      )
      await writer.stop('done')
      expect(await readFile(join(folder, 'recording.json'), 'utf8')).toContain(writer.id)
    })
  })
})

describe('files that were replaced', () => {
  test('stay for readers who are at them, and go with a later seal', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(
        folder,
        optionsOf(clock, { compact_segments: 2, replaced_s: 10 }),
      )
      const day = join(folder, '2026-11-21')
      for (let i = 0; i < 3; i++) {
        feedLevels(writer, clock, i * 10, 10)
        await writer.seal()
      }
      const before = await readdir(day)
      expect(before).toContain('tape-00000001-00000003.parquet')
      expect(before).toContain('tape-00000001.arrow')
      expect(before).toContain('instruments-00000001.json')
      clock.now += 11_000_000
      feedLevels(writer, clock, 30, 10)
      await writer.seal()
      const { manifest } = await openDataset(day)
      const left = (await readdir(day)).filter((name) => !manifest.files.some(({ path }) => path === name))
      expect(left.sort()).toEqual([
        'gaps-00000003.json',
        'instruments-00000003.json',
        'manifest.json',
        'resolutions-00000003.json',
      ])
      await writer.stop('done')
    })
  })
})

describe('while it is written', () => {
  test('readers see every flushed record, as rows that seals confirm, and change nothing', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(folder, optionsOf(clock))
      let expected = 0
      for (const [i, seals] of [false, true, false, false, true, false].entries()) {
        feedLevels(writer, clock, i * 100, 100)
        expected += 100
        await writer.flush()
        if (seals) await writer.seal()
        const before = await readdir(folder, { recursive: true })
        const recording = await openRecording(folder, reading)
        let changes = 0
        for (const dataset of [...recording.days, ...recording.tails]) {
          await verifyDataset(dataset.dir)
          for await (const columns of readColumns(dataset, { cache: false }))
            for (let row = 0; row < columns.length; row++)
              if ((columns.flags[row]! & Flag.SNAPSHOT) === 0) changes++
        }
        expect(changes).toBe(expected)
        expect(recording.tails.length).toBe(seals ? 0 : 1)
        await recording.close()
        expect(await readdir(folder, { recursive: true })).toEqual(before)
      }
      const tails = (await openData(folder, reading)).at(-1)!
      const tail = await gather(readColumns(tails, { cache: false }))
      await writer.stop('done')
      const sealed = await rowsOf(join(folder, '2026-11-21'))
      // Behind what it says again at its start the tail is what the day became, but for the numbers of rows.
      for (const [name] of COLUMNS) {
        if (name === 'seq' || name === 'ref') continue
        expect(tail[name].slice(-100)).toEqual(sealed[name].slice(-100))
      }
    })
  })

  test('a dataset is opened as one; a folder that is neither, and a recording without a row, are refused', async () => {
    await inFolder(async (folder) => {
      await expect(openData(folder, reading)).rejects.toMatchObject({ code: 'tape.missing' })
      const clock = { now: START_US }
      const dir = join(folder, 'r')
      const writer = await openRecordingWriter(dir, optionsOf(clock))
      await writer.flush()
      await expect(openData(dir, reading)).rejects.toMatchObject({ code: 'recording.empty' })
      await expect(openDataset(dir)).rejects.toMatchObject({ code: 'tape.missing' })
      feedLevels(writer, clock, 0, 10)
      await writer.stop('done')
      const [day, ...more] = await openData(dir, reading)
      expect(more).toEqual([])
      expect(await openData(day!.dir)).toEqual([day])
    })
  })

  test('many readers at once, through seals and compactions underneath, never see half a state', async () => {
    await inFolder(async (folder) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(folder, optionsOf(clock, { compact_segments: 3 }))
      feedLevels(writer, clock, 0, 10)
      await writer.seal()
      let done = false
      const read = async () => {
        let seen = 0
        while (!done) {
          const recording = await openRecording(folder, reading)
          let changes = 0
          for (const dataset of [...recording.days, ...recording.tails])
            for await (const columns of readColumns(dataset, { cache: false }))
              for (let row = 0; row < columns.length; row++)
                if ((columns.flags[row]! & Flag.SNAPSHOT) === 0) changes++
          expect(changes).toBeGreaterThanOrEqual(seen)
          seen = changes
          await recording.close()
        }
        return seen
      }
      const readers = [read(), read(), read()]
      for (let i = 1; i <= 12; i++) {
        feedLevels(writer, clock, i * 10, 10)
        await writer.flush()
        await writer.seal()
      }
      done = true
      for (const seen of await Promise.all(readers)) expect(seen).toBeLessThanOrEqual(130)
      await writer.stop('done')
      expect((await openDataset(join(folder, '2026-11-21'))).manifest.counts.rows).toBe(131)
    })
  })
})
