import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { verifyDataset } from '../tape/index.ts'
import { feedLevels, level, optionsOf, START_US } from './fixtures.ts'
import { openRecordingWriter } from './index.ts'
import { type Lock, lockRecording } from './lock.ts'

/** A process that was here and is no more. */
const GONE = {
  pid: spawnSync(process.execPath, ['-e', '']).pid,
  host: hostname(),
  started: '1',
  since: 'then',
}
const LOCK = 'recording.lock'

describe('a lock', () => {
  test('is held by one at a time, however many ask at once and whatever lies there', async () => {
    const before = fc.constantFrom<string | null>(
      null,
      JSON.stringify(GONE),
      JSON.stringify({ ...GONE, started: null }),
    )
    await fc.assert(
      fc.asyncProperty(
        before,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 3 }),
        async (text, count, rounds) => {
          await inFolder(async (dir) => {
            if (text !== null) await writeFile(join(dir, LOCK), text)
            for (let round = 0; round < rounds; round++) {
              const asked = await Promise.allSettled(
                Array.from({ length: count }, () => lockRecording(dir, 'now')),
              )
              const locks = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
              for (const one of asked)
                if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'recording.locked' })
              const good = locks.filter(stillHeld)
              expect(good).toHaveLength(1)
              await good[0]!.release()
              expect((await readdir(dir)).filter((name) => name.startsWith(LOCK))).toEqual([])
            }
          })
        },
      ),
      { numRuns: 30 },
    )
  })

  test('that nobody here can have written is not taken for a stale one', async () => {
    const put: ((path: string) => Promise<unknown>)[] = [
      (path) => writeFile(path, ''),
      (path) => writeFile(path, '{'),
      (path) => writeFile(path, 'null'),
      (path) => writeFile(path, JSON.stringify({ ...GONE, pid: 'one' })),
      (path) => writeFile(path, Buffer.from([0xff, 0xfe])),
      (path) => writeFile(path, JSON.stringify(GONE).padEnd(10_000)),
    ]
    for (const make of put)
      await inFolder(async (dir) => {
        await make(join(dir, LOCK))
        const size = (await stat(join(dir, LOCK))).size
        await expect(lockRecording(dir, 'now')).rejects.toMatchObject({
          code: 'recording.lock',
          file: join(dir, LOCK),
        })
        expect((await stat(join(dir, LOCK))).size).toBe(size)
      })
    await inFolder(async (dir) => {
      await writeFile(join(dir, 'other'), JSON.stringify(GONE))
      await symlink(join(dir, 'other'), join(dir, LOCK))
      await expect(lockRecording(dir, 'now')).rejects.toMatchObject({ code: 'file.kind' })
      await rm(join(dir, LOCK))
      await mkdir(join(dir, LOCK))
      await expect(lockRecording(dir, 'now')).rejects.toMatchObject({ code: 'file.kind' })
    })
  })

  test('of another machine stands, and of a living process here nobody is told to remove it', async () => {
    await inFolder(async (dir) => {
      await writeFile(join(dir, LOCK), JSON.stringify({ ...GONE, host: 'elsewhere' }))
      const refused = lockRecording(dir, 'now')
      await expect(refused).rejects.toMatchObject({
        code: 'recording.locked',
        fix: expect.stringContaining('on elsewhere'),
      })
      await rm(join(dir, LOCK))
      const own = await lockRecording(dir, 'now')
      const again = lockRecording(dir, 'now')
      await expect(again).rejects.toMatchObject({ fix: expect.not.stringContaining('remove') })
      await own.release()
    })
  })

  test('is nobody’s once another file has its name', async () => {
    await inFolder(async (dir) => {
      const lock = await lockRecording(dir, 'now')
      expect(stillHeld(lock)).toBe(true)
      const text = await readFile(join(dir, LOCK), 'utf8')
      await rm(join(dir, LOCK))
      expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'recording.lock_lost' }))
      const other = text.replace(/"id":"./, '"id":"-')
      await writeFile(join(dir, LOCK), other)
      expect(() => lock.check()).toThrow(expect.objectContaining({ code: 'recording.lock_lost' }))
      await lock.release()
      expect(await readFile(join(dir, LOCK), 'utf8')).toBe(other)
    })
  })
})

function stillHeld(lock: Lock): boolean {
  try {
    lock.check()
    return true
  } catch {
    return false
  }
}

describe('a recorder whose lock is removed', () => {
  test('stops at its next look, changes nothing any more, and the day of the other verifies, wherever it was', async () => {
    for (const place of [
      'between seals',
      'in the middle of a seal',
      'in the middle of a compaction',
    ] as const)
      await inFolder(async (dir) => {
        const clock = { now: START_US }
        let at = ''
        let reached = () => {}
        let go = Promise.withResolvers<void>()
        const steps = (what: string) => {
          if (at !== '' && what.includes(at)) reached()
        }
        const first = await openRecordingWriter(dir, optionsOf(clock, { compact_segments: 1_000 }, { steps }))
        feedLevels(first, clock, 0, 20)
        await first.seal()
        feedLevels(first, clock, 20, 20)
        await first.flush()
        let sealing: Promise<unknown> = Promise.resolve()
        if (place !== 'between seals') {
          at = place === 'in the middle of a seal' ? 'rename' : 'convert'
          go = Promise.withResolvers()
          reached = () => {
            at = ''
            // The step that was looked at a moment ago is taken; the next one is not.
            removeNow(dir)
            go.resolve()
          }
          sealing = (place === 'in the middle of a seal' ? first.seal() : first.stop('done')).catch(
            (thrown) => thrown,
          )
          await go.promise
          expect(await sealing).toMatchObject({ code: 'recording.lock_lost' })
        } else await rm(join(dir, LOCK))
        first.tick()
        const second = await openRecordingWriter(dir, optionsOf(clock))
        if (place !== 'in the middle of a compaction') {
          expect(first.fatal).toMatchObject({ code: 'recording.lock_lost' })
          expect(first.take(level(clock, 99, 1, 1))).toBe('refused')
        }
        feedLevels(second, clock, 40, 20)
        await expect(first.stop('done')).rejects.toMatchObject({ code: 'recording.lock_lost' })
        expect(await readdir(dir), place).toContain(LOCK)
        await second.seal()
        feedLevels(second, clock, 60, 5)
        await second.stop('done')
        const { rows } = await verifyDataset(join(dir, '2026-11-21'))
        expect(rows, place).toBe(66)
      })
  }, 60_000)

  test('and that still writes keeps another from starting', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      const first = await openRecordingWriter(dir, optionsOf(clock))
      feedLevels(first, clock, 0, 20)
      await first.flush()
      await rm(join(dir, LOCK))
      const journal = await open(join(dir, 'journal', '00000001.journal'), 'a')
      const writing = setInterval(() => void journal.write('x'), 50)
      const refused = openRecordingWriter(dir, optionsOf(clock))
      await expect(refused).rejects.toMatchObject({ code: 'recording.locked' })
      clearInterval(writing)
      await journal.close()
      await first.abandon()
    })
  })
})

function removeNow(dir: string): void {
  rmSync(join(dir, LOCK), { force: true })
}
