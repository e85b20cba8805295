import { mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COLUMNS, type Columns, Flag } from '../../core/events/index.ts'
import type { JournalFile, JournalRecord } from '../../recorders/journal/index.ts'
import {
  type Clock,
  DAY,
  level,
  makeNormaliser,
  optionsOf,
  START_US,
} from '../../recorders/recording/fixtures.ts'
import {
  openRecording,
  openRecordingWriter,
  type RecordingWriter,
  readRaw,
} from '../../recorders/recording/index.ts'
import { gather, inFolder } from '../../recorders/tape/fixtures.ts'
import { openDataset, readColumns, verifyDataset } from '../../recorders/tape/index.ts'

/** Level changes of the whole run, over two days. */
const LEVELS = 16
const DAYS = ['2026-11-21', '2026-11-22']

/** When a level change is received: the second half on the next day. */
function timeOf(i: number): number {
  return START_US + i * 1_000 + (i >= LEVELS / 2 ? DAY : 0)
}

/** A process that is killed at a step of its own on the disk: from then on nothing changes any more. */
type Doom = { steps: number; at: number }

function die(doom: Doom): void {
  if (doom.steps >= doom.at) throw new Error('killed')
}

function doomed(clock: Clock, doom: Doom, settings: Parameters<typeof optionsOf>[1] = {}) {
  return optionsOf(
    clock,
    { compact_segments: 1, replaced_s: 0, ...settings },
    {
      steps() {
        die(doom)
        doom.steps++
      },
      async create(path): Promise<JournalFile> {
        die(doom)
        const file = await open(path, 'wx')
        return {
          async write(...given) {
            die(doom)
            return file.write(...given)
          },
          datasync: () => file.datasync(),
          truncate: async () => {},
          close: () => file.close(),
        }
      },
    },
  )
}

/** Take level changes from `from` on, sealing now and then; to the end and a stop unless it is killed. */
async function live(dir: string, from: number, doom: Doom): Promise<void> {
  const clock = { now: timeOf(Math.min(from, LEVELS - 1)) }
  let writer: RecordingWriter | undefined
  try {
    writer = await openRecordingWriter(dir, doomed(clock, doom))
    for (let i = from; i < LEVELS; i++) {
      clock.now = timeOf(i)
      writer.take(level(clock, i, 1 + ((i * 37) % 99), 1 + i))
      if (i % 3 === 0) await writer.flush()
      if (i % 5 === 4) await writer.seal()
    }
    await writer.stop('done')
  } catch (thrown) {
    // The killed process's own error, or what follows of it in the one that simulates it.
    expect(doom.steps, String((thrown as Error).stack)).toBe(doom.at)
    await writer?.abandon().catch(() => undefined)
  }
}

/** Rows of each day by what stands on the disk. */
async function daysOf(dir: string): Promise<Columns[]> {
  const days: Columns[] = []
  for (const day of DAYS) {
    await verifyDataset(join(dir, day))
    days.push(await gather(readColumns(await openDataset(join(dir, day)), { cache: false })))
  }
  return days
}

/** How many level changes a reader finds, sealed or not, of which it sees each once and in order. */
async function found(dir: string): Promise<number> {
  if (!(await readdir(dir)).includes('recording.json')) return 0
  const recording = await openRecording(dir, { normaliser: makeNormaliser })
  const times: number[] = []
  for (const dataset of [...recording.days, ...recording.tails])
    for await (const columns of readColumns(dataset, { cache: false }))
      for (let row = 0; row < columns.length; row++)
        if ((columns.flags[row]! & Flag.SNAPSHOT) === 0) times.push(columns.local_us[row]!)
  await recording.close()
  expect(times).toEqual(Array.from(times, (_, i) => timeOf(i)))
  return times.length
}

const NEVER = Number.POSITIVE_INFINITY

async function reference(): Promise<{ days: Columns[]; steps: number; hashes: string[] }> {
  return inFolder(async (dir) => {
    const doom = { steps: 0, at: NEVER }
    await live(dir, 0, doom)
    const hashes: string[] = []
    for (const day of DAYS) hashes.push((await verifyDataset(join(dir, day))).dataset_hash)
    return { days: await daysOf(dir), steps: doom.steps, hashes }
  })
}

describe('a process that is killed', () => {
  test('at any step of sealing, compacting, turning the day or stopping: the next one loses nothing that was flushed, and its days are those of a run that nobody killed', async () => {
    const whole = await reference()
    expect(whole.steps).toBeGreaterThan(60)
    for (let at = 0; at < whole.steps; at++) {
      await inFolder(async (dir) => {
        await live(dir, 0, { steps: 0, at })
        const survived = await found(dir)
        await live(dir, survived, { steps: 0, at: NEVER })
        const days = await daysOf(dir)
        for (const [i, day] of days.entries())
          for (const [name] of COLUMNS)
            expect(day[name], `killed at ${at}, ${survived} survived: ${name}`).toEqual(whole.days[i]![name])
        expect(await readdir(join(dir, 'journal'))).toHaveLength(1)
      })
    }
  }, 240_000)

  test('and killed again at any step of its recovery, as often as it likes', async () => {
    const whole = await reference()
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.steps }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 }),
        async (first, later) => {
          await inFolder(async (dir) => {
            await live(dir, 0, { steps: 0, at: first })
            let survived = await found(dir)
            for (const at of later) {
              await live(dir, survived, { steps: 0, at })
              const now = await found(dir)
              expect(now).toBeGreaterThanOrEqual(survived)
              survived = now
            }
            await live(dir, survived, { steps: 0, at: NEVER })
            const hashes: string[] = []
            for (const day of DAYS) hashes.push((await verifyDataset(join(dir, day))).dataset_hash)
            expect(hashes).toEqual(whole.hashes)
          })
        },
      ),
      { numRuns: 10 },
    )
  }, 240_000)
})

describe('what is lost is told', () => {
  test('a torn record is cut off, and the time from the last whole one is a gap', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(dir, optionsOf(clock))
      for (let i = 0; i < 20; i++) {
        clock.now = START_US + i * 1_000
        writer.take(level(clock, i, 50, 1 + i))
      }
      await writer.flush()
      await writer.abandon()
      const journal = join(dir, 'journal', '00000001.journal')
      await truncate(journal, (await stat(journal)).size - 3)
      clock.now += 9_000_000
      const next = await openRecordingWriter(dir, optionsOf(clock))
      expect(next.recovered).toMatchObject({ stopped: false, records: 19, damaged: [] })
      expect(next.recovered.torn_bytes).toBeGreaterThan(0)
      await next.stop('done')
      const { gaps, manifest } = await openDataset(join(dir, '2026-11-21'))
      expect(manifest.counts.rows).toBe(20)
      expect(gaps).toEqual([
        {
          market: null,
          feed: 'clob_market',
          from_us: START_US + 18_000,
          to_us: clock.now,
          reason: expect.stringContaining('killed'),
        },
      ])
    })
  })

  test('a process that is killed as it begins, at any step, hides nothing of the absence before it', async () => {
    const MINUTE_US = 60_000_000
    let steps = 0
    for (let at = 0; at <= steps; at++) {
      await inFolder(async (dir) => {
        const clock = { now: START_US }
        const first = await openRecordingWriter(dir, optionsOf(clock))
        first.take(level(clock, 0, 50, 1))
        await first.flush()
        await first.abandon()
        clock.now = START_US + MINUTE_US
        const doom = { steps: 0, at }
        // Nothing is written but what the beginning itself asks for.
        await openRecordingWriter(dir, doomed(clock, doom, { flush_ms: 3_600_000 })).then(
          (second) => second.abandon().catch(() => undefined),
          () => undefined,
        )
        if (doom.steps === at) steps++
        clock.now = START_US + 2 * MINUTE_US
        await (await openRecordingWriter(dir, optionsOf(clock))).stop('done')
        const absent: [number, number][] = []
        await readRaw(dir, (record) => {
          if (record.type === 'note' && record.note.note === 'absent')
            absent.push([record.note.from_us, record.note.to_us])
        })
        expect(absent[0]![0], `killed at ${at}`).toBe(START_US)
        expect(absent.at(-1)![1]).toBe(START_US + 2 * MINUTE_US)
      })
    }
    expect(steps).toBeGreaterThan(3)
  })

  test('a damaged journal gives its readable prefix, and says where it is damaged', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(dir, optionsOf(clock))
      for (let i = 0; i < 20; i++) {
        clock.now = START_US + i * 1_000
        writer.take(level(clock, i, 50, 1 + i))
      }
      await writer.flush()
      await writer.abandon()
      const journal = join(dir, 'journal', '00000001.journal')
      const bytes = await readFile(journal)
      bytes[bytes.length - 100]! ^= 1
      await writeFile(journal, bytes)
      const next = await openRecordingWriter(dir, optionsOf(clock))
      expect(next.recovered.damaged).toEqual([
        { file: journal, reason: expect.stringMatching(/^damaged at byte \d+ of \d+$/) },
      ])
      expect(next.recovered.records).toBeLessThan(20)
      await next.stop('done')
    })
  })

  test('a gap that was open at a seal is not told twice when it ends after a restart', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(dir, optionsOf(clock))
      writer.take(level(clock, 0, 50, 1))
      clock.now += 1_000
      const note = (what: 'closed' | 'opened'): JournalRecord => ({
        type: 'note',
        wall_us: clock.now,
        mono_us: 0,
        note:
          what === 'closed'
            ? { note: 'closed', connection: 1, code: 1006, reason: '' }
            : { note: 'opened', connection: 2, feed: 'clob_market', line: 'x', leads: true, keys: [] },
      })
      writer.take(note('closed'))
      clock.now += 1_000
      await writer.seal()
      const day = join(dir, '2026-11-21')
      expect((await openDataset(day)).gaps).toMatchObject([{ reason: 'closed' }])
      await writer.abandon()
      const next = await openRecordingWriter(dir, optionsOf(clock))
      clock.now += 1_000
      next.take(note('opened'))
      await next.stop('done')
      const reasons = (await openDataset(day)).gaps.map(({ reason, to_us }) => [reason, to_us])
      expect(reasons.filter(([reason]) => reason === 'closed')).toEqual([['closed', clock.now]])
    })
  })
})

describe('a disk that is full', () => {
  test('stops nothing for good: records wait, beyond the bound they are refused, and with space again all that was taken is there', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      let full = false
      const writer = await openRecordingWriter(
        dir,
        optionsOf(
          clock,
          { buffer_mb: 0.01, flush_ms: 1 },
          {
            async create(path) {
              const file = await open(path, 'wx')
              return {
                async write(...given) {
                  if (full) throw Object.assign(new Error('ENOSPC: made up'), { code: 'ENOSPC' })
                  return file.write(...given)
                },
                datasync: () => file.datasync(),
                truncate: (length) => file.truncate(length),
                close: () => file.close(),
              }
            },
          },
        ),
      )
      full = true
      let taken = 0
      let refused = 0
      for (let i = 0; i < 1_000; i++) {
        clock.now = START_US + i
        if (writer.take(level(clock, i, 50, 1 + i)) === 'refused') refused++
        else taken++
      }
      expect(refused).toBeGreaterThan(0)
      expect(writer.full).toBe(true)
      expect(writer.pending_bytes).toBeLessThan(30_000)
      await expect(writer.flush()).rejects.toMatchObject({ code: 'journal.failed' })
      expect(writer.error).toMatchObject({ code: 'journal.failed', fix: 'free some disk space' })
      full = false
      writer.tick()
      await writer.drained()
      expect(writer.error).toBeNull()
      await writer.stop('done')
      expect((await openDataset(join(dir, '2026-11-21'))).manifest.counts.rows).toBe(1 + taken)
    })
  })

  test('a step that failed after a seal is done again, the seal is not', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      let failures = 0
      const steps = (what: string) => {
        if (!what.includes('remove') || !what.includes('instruments-') || failures > 0) return
        failures++
        throw Object.assign(new Error('EIO: made up'), { code: 'EIO' })
      }
      const writer = await openRecordingWriter(dir, optionsOf(clock, { replaced_s: 0 }, { steps }))
      const seal = (i: number) => {
        clock.now += 1_000
        writer.take(level(clock, i, 50, 1 + i))
        return writer.seal()
      }
      await seal(0)
      await expect(seal(1)).rejects.toMatchObject({ code: 'EIO' })
      expect(writer.error).toMatchObject({ code: 'EIO' })
      writer.tick()
      await seal(2)
      expect(failures).toBe(1)
      await writer.stop('done')
      const { rows } = await verifyDataset(join(dir, '2026-11-21'))
      expect(rows).toBe(4)
    })
  })

  test('a segment that could not be written is made again from the journal', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      const writer = await openRecordingWriter(dir, optionsOf(clock))
      for (let i = 0; i < 20_000; i++) {
        clock.now += 1
        writer.take(level(clock, i, 1 + (i % 99), 1 + i))
      }
      await writer.flush()
      // The file cannot be made: a folder has its name.
      await mkdir(join(dir, '2026-11-21', 'tape-00000002.arrow'), { recursive: true })
      await writer.seal()
      for (let i = 0; i < 20_000; i++) {
        clock.now += 1
        writer.take(level(clock, i, 1 + (i % 99), 2 + i))
      }
      await expect(writer.seal()).rejects.toMatchObject({ code: 'ERR_FS_EISDIR' })
      await rm(join(dir, '2026-11-21', 'tape-00000002.arrow'), { recursive: true })
      writer.tick()
      await writer.stop('done')
      const { rows } = await verifyDataset(join(dir, '2026-11-21'))
      expect(rows).toBe(40_001)
    })
  })
})
