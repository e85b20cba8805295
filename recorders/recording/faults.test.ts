import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Flag } from '../../core/events/index.ts'
import { systemError } from '../journal/fixtures.ts'
import type { JournalFile } from '../journal/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { readColumns, verifyDataset } from '../tape/index.ts'
import { type Clock, DAY, level, makeNormaliser, optionsOf, START_US } from './fixtures.ts'
import { openRecording, openRecordingWriter, type RecordingWriter } from './index.ts'

/** A disk on which, from one of its operations on, nothing succeeds any more, or that one does not. */
type Fault = { at: number; lasts: boolean }

const BUFFER_MB = 0.002
const LEVELS = 8
/** All operations were tried in turn; these are tried each time. */
const STRIDE = 7

function faulty(clock: Clock, fault: Fault) {
  let done = 0
  const attempt = (what: string) => {
    const now = done++
    if (now === fault.at || (fault.lasts && now > fault.at))
      throw systemError(`ENOSPC on ${what}`.slice(0, 6))
  }
  const options = optionsOf(
    clock,
    { compact_segments: 2, replaced_s: 0, buffer_mb: BUFFER_MB, fsync: true, flush_ms: 1 },
    {
      steps: attempt,
      async create(path): Promise<JournalFile> {
        attempt('create')
        const file = await open(path, 'wx')
        return {
          async write(...given) {
            attempt('write')
            return file.write(...given)
          },
          async datasync() {
            attempt('datasync')
          },
          async truncate(length) {
            attempt('truncate')
            await file.truncate(length)
          },
          async close() {
            await file.close()
            attempt('close')
          },
        }
      },
    },
  )
  return { options, count: () => done }
}

/** When a level change is received: the second half on the next day. */
function timeOf(i: number): number {
  return START_US + i * 1_000 + (i >= LEVELS / 2 ? DAY : 0)
}

/** Record through two seals, a midnight and a stop. @returns how many changes are surely kept, and what was thrown */
async function live(
  dir: string,
  fault: Fault,
): Promise<{ safe: number; thrown: unknown; operations: number }> {
  const clock = { now: timeOf(0) }
  const { options, count } = faulty(clock, fault)
  let safe = 0
  let ticking: NodeJS.Timeout | undefined
  try {
    const writer = await openRecordingWriter(dir, options)
    // As a session does: what failed is tried again.
    ticking = setInterval(() => writer.tick(), 2)
    let taken = 0
    for (let i = 0; i < LEVELS; i++) {
      clock.now = timeOf(i)
      if (writer.take(level(clock, i, 1 + i, 1 + i)) !== 'refused' && taken === i) taken++
      await writer.flush().then(
        () => {
          safe = taken
        },
        () => undefined,
      )
      // Sealing waits for the disk, as long as it takes.
      if (i % 3 === 2) await Promise.race([writer.seal().catch(() => undefined), failing(writer)])
      expect(writer.pending_bytes).toBeLessThan(3 * BUFFER_MB * 1e6)
    }
    await writer.stop('done')
    return { safe, thrown: null, operations: count() }
  } catch (thrown) {
    return { safe, thrown, operations: count() }
  } finally {
    clearInterval(ticking)
  }
}

/** When the disk has been seen to fail. */
async function failing(writer: RecordingWriter): Promise<void> {
  while (writer.error === null && writer.figures().waiting_seals > 0)
    await new Promise((resolve) => setImmediate(resolve))
}

/** Level changes that a reader finds, sealed or not, by their times. */
async function found(dir: string): Promise<number[]> {
  const recording = await openRecording(dir, { normaliser: makeNormaliser })
  const times: number[] = []
  for (const dataset of [...recording.days, ...recording.tails])
    for await (const columns of readColumns(dataset, { cache: false }))
      for (let row = 0; row < columns.length; row++)
        if ((columns.flags[row]! & Flag.SNAPSHOT) === 0) times.push(columns.local_us[row]!)
  await recording.close()
  return times
}

describe('a disk that fails, at any operation of a recording', () => {
  test.each([
    ['for good', true, 2],
    ['once', false, 5],
  ])(
    '%s: the recording ends with one error or none, what was safe is there, and the next start goes on',
    async (_, lasts, first) => {
      const whole = await inFolder((dir) => live(dir, { at: Number.POSITIVE_INFINITY, lasts }))
      expect(whole.thrown).toBeNull()
      expect(whole.operations).toBeGreaterThan(60)
      for (let at = first; at < whole.operations; at += STRIDE)
        await inFolder(async (dir) => {
          const { safe, thrown } = await live(dir, { at, lasts })
          const where = `at ${at}`
          if (thrown !== null)
            expect(thrown, where).toMatchObject({
              code: expect.stringMatching(/^([a-z]+\.[a-z_]+|ENOSPC)$/),
              message: expect.not.stringContaining('\n'),
            })
          if (!(await readdir(dir)).includes('recording.json')) return
          const before = await found(dir)
          expect(before.length, where).toBeGreaterThanOrEqual(safe)
          expect(before, where).toEqual(before.map((_, i) => timeOf(i)))
          const clock = { now: timeOf(LEVELS) }
          const next = await openRecordingWriter(dir, optionsOf(clock))
          clock.now += 1_000
          next.take(level(clock, LEVELS, 7, 7))
          await next.stop('done')
          expect((await found(dir)).length, where).toBe(before.length + 1)
          for (const day of (await readdir(dir)).filter((name) => name.startsWith('2026')))
            if ((await readdir(join(dir, day))).includes('manifest.json')) await verifyDataset(join(dir, day))
        })
    },
    240_000,
  )

  test('a full disk across a turn, then a stop: one error that says what is lost, and nobody is left waiting', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      let full = false
      const writer = await openRecordingWriter(
        dir,
        optionsOf(
          clock,
          { flush_ms: 1, segment_s: 1, buffer_mb: 1 },
          {
            steps(what) {
              if (full) throw systemError(what.startsWith('remove') ? 'EIO' : 'ENOSPC')
            },
            async create(path) {
              if (full) throw systemError('ENOSPC')
              const file = await open(path, 'wx')
              return {
                async write(...given) {
                  if (full) throw systemError('ENOSPC')
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
      writer.take(level(clock, 0, 7, 1))
      await writer.flush()
      full = true
      for (let i = 1; i < 40; i++) {
        clock.now += 500_000
        writer.take(level(clock, i, 1 + i, 1))
        writer.tick()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const drained = writer.drained()
      const stopped = writer.stop('stopped')
      await expect(stopped).rejects.toMatchObject({
        code: 'journal.failed',
        message: expect.stringMatching(
          /^\S+\.journal: cannot be written: ENOSPC: made up; \d+ records \(\d+ bytes\) .* are lost$/,
        ),
        fix: expect.stringContaining('free some disk space'),
      })
      await drained
      full = false
      const next = await openRecordingWriter(dir, optionsOf(clock))
      expect(next.recovered).toMatchObject({ records: 1, damaged: [] })
      await next.stop('done')
      const { rows } = await verifyDataset(join(dir, '2026-11-21'))
      expect(rows).toBe(2)
    })
  })
})
