import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { anyRecord, faultyFile, frame, HEAD, OPTIONS, plain, systemError } from './fixtures.ts'
import {
  createJournal,
  type JournalEnd,
  JournalError,
  type JournalOptions,
  type JournalRecord,
  openJournal,
} from './index.ts'

/** Write records to a journal and close it. */
async function write(path: string, records: readonly JournalRecord[], options: Partial<JournalOptions> = {}) {
  const writer = createJournal(path, HEAD, { ...OPTIONS, ...options })
  for (const record of records) while (writer.append(record) === 'refused') await writer.drained()
  await writer.close()
}

type Read = { records: unknown[]; offsets: number[]; end: JournalEnd; offset: number }

/** Everything that can be read; null where the head cannot. */
async function read(path: string, from?: number): Promise<Read | null> {
  const reader = await openJournal(path, from).catch((thrown) => {
    expect(thrown).toMatchObject({
      code: expect.stringMatching(/^journal\.(head|begun)$/),
      fix: expect.any(String),
    })
    return null
  })
  if (reader === null) return null
  const found: Read = { records: [], offsets: [], end: 'clean', offset: 0 }
  found.end = await reader.read((record, offset) => {
    found.records.push(plain(record))
    found.offsets.push(offset)
  })
  found.offset = reader.offset
  await reader.close()
  return found
}

describe('a journal gives back what was appended', () => {
  test('any records, whatever the buffer, from the first or from any other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRecord, { maxLength: 60 }),
        fc.integer({ min: 4_096, max: 2 ** 16 }),
        fc.boolean(),
        fc.nat(),
        async (records, buffer_bytes, fsync, skip) => {
          await inFolder(async (folder) => {
            const path = join(folder, 'j')
            await write(path, records, { buffer_bytes, fsync })
            const all = (await read(path))!
            expect(all.records).toEqual(records.map(plain))
            expect(all.end).toBe('clean')
            expect(all.offset).toBe((await readFile(path)).length)
            if (records.length === 0) return
            const at = skip % records.length
            expect((await read(path, all.offsets[at]!))!.records).toEqual(records.slice(at).map(plain))
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a record larger than every buffer, between small ones', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'j')
      const big = new Uint8Array(5_000_000).fill(7)
      const records = [frame(0), { ...frame(1), bytes: big } as JournalRecord, frame(2)]
      await write(path, records, { buffer_bytes: 2 ** 24 })
      const reader = await openJournal(path)
      const same: boolean[] = []
      await reader.read((record) => {
        const { bytes } = records[same.length] as { bytes: Uint8Array }
        same.push(Buffer.compare((record as { bytes: Uint8Array }).bytes, bytes) === 0)
      })
      await reader.close()
      expect(same).toEqual([true, true, true])
    })
  })
})

describe('nothing half-written is taken for a record', () => {
  const records = [
    frame(0),
    {
      type: 'note',
      wall_us: 1,
      mono_us: 1,
      note: { note: 'state', state: { deep: ['é', 1.5] } },
    } as JournalRecord,
    {
      type: 'answer',
      wall_us: 2,
      mono_us: 2,
      about: { feed: 'gamma', request: 'events', path: '/events', status: 200, sent_us: 1 },
      bytes: new TextEncoder().encode('{"a":1}'),
    } as JournalRecord,
    frame(3, ''),
    frame(4),
  ]

  test('a file cut at every byte is exactly its whole records', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'j')
      await write(path, records)
      const whole = await readFile(path)
      const { offsets } = (await read(path))!
      const ends = [...offsets.slice(1), whole.length]
      for (let cut = whole.length; cut >= 0; cut--) {
        await truncate(path, cut)
        const found = await read(path)
        if (cut < offsets[0]!) {
          expect(found).toBeNull()
          continue
        }
        const kept = ends.filter((end) => end <= cut).length
        expect(found!.records).toEqual(records.slice(0, kept).map(plain))
        expect(found!.end).toBe(cut === (kept === 0 ? offsets[0] : ends[kept - 1]) ? 'clean' : 'torn')
        expect(found!.offset).toBe(kept === 0 ? offsets[0] : ends[kept - 1])
      }
    })
  })

  test('a flipped bit anywhere ends the reading before it, and is told', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'j')
      await write(path, records)
      const whole = await readFile(path)
      const { offsets } = (await read(path))!
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = Uint8Array.from(whole)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        await writeFile(path, flipped)
        const found = await read(path)
        if (bit >> 3 < offsets[0]!) {
          expect(found).toBeNull()
          continue
        }
        const hit = offsets.filter((offset) => offset <= bit >> 3).length - 1
        expect(found!.records).toEqual(records.slice(0, hit).map(plain))
        expect(found!.end).not.toBe('clean')
      }
    })
  })

  test('zeros behind the end, or a piece of another journal, are no records', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'j')
      await write(path, records)
      const { offset } = (await read(path))!
      await appendFile(path, new Uint8Array(4_096))
      expect(await read(path)).toMatchObject({ records: records.map(plain), end: 'corrupt', offset })
      const other = join(folder, 'k')
      const writer = createJournal(other, { ...HEAD, number: 2 }, OPTIONS)
      writer.append(frame(9))
      await writer.close()
      await truncate(path, offset)
      await appendFile(path, (await readFile(other)).subarray(-(8 + 25 + 7)))
      expect(await read(path)).toMatchObject({ records: records.map(plain), end: 'corrupt', offset })
    })
  })
})

describe('a file that grows', () => {
  test('can be followed: what is flushed is there for a reader that was there before', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'j')
      const writer = createJournal(path, HEAD, OPTIONS)
      await writer.flush()
      const reader = await openJournal(path)
      const seen: unknown[] = []
      for (let seq = 0; seq < 50; seq++) {
        writer.append(frame(seq, 'x'.repeat(seq * 97)))
        if (seq % 3 === 0) await writer.flush()
        const end = await reader.read((record) => seen.push((record as { seq: number }).seq))
        expect(end).toBe('clean')
        expect(seen.length).toBe(writer.flushed.records)
      }
      await writer.close()
      await reader.read((record) => seen.push((record as { seq: number }).seq))
      expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i))
      await reader.close()
    })
  })
})

describe('the writer says what is safe', () => {
  test('flush is done when the disk has all that was appended before it, one sync at a time', async () => {
    const file = faultyFile()
    let syncing = 0
    const gates: (() => void)[] = []
    file.onSync = async () => {
      expect(++syncing).toBe(1)
      await new Promise<void>((resolve) => gates.push(resolve))
      syncing--
    }
    const writer = createJournal('j', HEAD, { ...OPTIONS, create: async () => file })
    writer.append(frame(0))
    const done: string[] = []
    const first = writer.flush().then(() => done.push('first'))
    await until(() => gates.length === 1)
    expect(writer.flushed.records).toBe(1)
    expect(writer.durable.records).toBe(0)
    writer.append(frame(1))
    const second = writer.flush().then(() => done.push('second'))
    await until(() => writer.flushed.records === 2)
    gates.shift()!()
    await first
    expect(writer.durable.records).toBe(1)
    expect(done).toEqual(['first'])
    await until(() => gates.length === 1)
    gates.shift()!()
    await second
    expect(writer.durable).toEqual(writer.appended)
    file.onSync = () => {}
    await writer.close()
    expect(file.closed).toBe(true)
  })

  test('without a flush it writes by itself after flush_ms', async () => {
    const file = faultyFile()
    const writer = createJournal('j', HEAD, { ...OPTIONS, flush_ms: 1, create: async () => file })
    writer.append(frame(0))
    await until(() => writer.durable.records === 1)
    await writer.close()
  })

  test('beyond its bound it says full, beyond twice as much it refuses, and tells when there is room again', async () => {
    const file = faultyFile()
    let gate: () => void = () => {}
    const opened = new Promise<void>((resolve) => {
      gate = resolve
    })
    const writer = createJournal('j', HEAD, {
      ...OPTIONS,
      buffer_bytes: 10_000,
      create: async () => {
        await opened
        return file
      },
    })
    const answers: string[] = []
    for (let seq = 0; seq < 300; seq++) answers.push(writer.append(frame(seq, 'x'.repeat(67))))
    expect([...new Set(answers)]).toEqual(['kept', 'full', 'refused'])
    expect(answers.filter((answer) => answer === 'kept').length).toBe(99)
    expect(writer.pending_bytes).toBeLessThanOrEqual(20_000)
    expect(
      writer.append({ type: 'note', wall_us: 0, mono_us: 0, note: { note: 'stop', reason: '' } }),
    ).not.toBe('refused')
    let drained = false
    const waiting = writer.drained().then(() => {
      drained = true
    })
    expect(drained).toBe(false)
    gate()
    await writer.flush()
    await waiting
    expect(writer.append(frame(0))).toBe('kept')
    await writer.close()
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'j'), file.data)
      const kept = answers.filter((answer) => answer !== 'refused').length
      expect((await read(join(folder, 'j')))!.records.length).toBe(kept + 2)
    })
  })
})

describe('a disk that fails', () => {
  test('short writes, a full disk and space again: every record once, in order, and never half of one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ take: fc.integer({ min: 0, max: 400 }), fails: fc.boolean() }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.array(anyRecord, { minLength: 1, maxLength: 40 }),
        async (faults, records) => {
          const file = faultyFile()
          const left = [...faults]
          file.onWrite = (length) => {
            const fault = left.shift()
            if (fault === undefined) return length
            if (fault.fails) throw systemError('ENOSPC')
            return Math.min(length, fault.take)
          }
          const writer = createJournal('j', HEAD, { ...OPTIONS, create: async () => file })
          await inFolder(async (folder) => {
            const path = join(folder, 'j')
            for (const record of records) {
              writer.append(record)
              await writer.flush().catch((thrown) => {
                expect(thrown).toMatchObject({ code: 'journal.failed', fix: 'free some disk space' })
                expect(writer.error).toBe(thrown)
                writer.retry()
              })
              const safe = writer.durable.records
              await writeFile(path, file.data)
              const found = await read(path)
              if (found === null) expect(safe).toBe(0)
              else {
                expect(found.records).toEqual(records.slice(0, found.records.length).map(plain))
                expect(found.records.length).toBeGreaterThanOrEqual(safe)
              }
            }
            while (
              await writer.close().then(
                () => false,
                () => true,
              )
            )
              writer.retry()
            await writeFile(path, file.data)
            expect(await read(path)).toMatchObject({ records: records.map(plain), end: 'clean' })
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a failed write leaves no torn tail: the file ends with a whole record', async () => {
    const file = faultyFile()
    const writer = createJournal('j', HEAD, { ...OPTIONS, create: async () => file })
    writer.append(frame(0))
    await writer.flush()
    const { length } = file.data
    let taken = 0
    file.onWrite = (wanted) => {
      if (taken++ > 0) throw systemError('ENOSPC')
      return wanted - 3
    }
    writer.append(frame(1))
    await expect(writer.flush()).rejects.toMatchObject({ code: 'journal.failed' })
    expect(file.data.length).toBe(length)
    expect(writer.append(frame(2))).toBe('kept')
    await expect(writer.flush()).rejects.toBe(writer.error)
    file.onWrite = (wanted) => wanted
    writer.retry()
    await writer.close()
    expect(writer.durable.records).toBe(3)
  })

  test('a sync that fails is a failure of the journal: nobody is told that it is safe', async () => {
    const file = faultyFile()
    const writer = createJournal('j', HEAD, { ...OPTIONS, create: async () => file })
    file.onSync = () => {
      throw systemError('EIO')
    }
    writer.append(frame(0))
    await expect(writer.flush()).rejects.toMatchObject({
      code: 'journal.failed',
      fix: 'check the disk and the folder',
    })
    expect(writer.durable.records).toBe(0)
    file.onSync = () => {}
    writer.retry()
    await writer.close()
    expect(writer.durable.records).toBe(1)
  })
})

/** Let the loop turn until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve))
}

describe('a journal that waits for the one before it', () => {
  test('fails with it, once, and waits for nothing then; asked to try again it fails again', async () => {
    let asked = 0
    const before = new JournalError('journal.failed', 'the one before', 'before', 'free some disk space')
    const after = {
      // biome-ignore lint/suspicious/noThenProperty: it is asked as a promise is, and counts how often
      then(resolve: () => void, reject: (error: Error) => void) {
        // Whoever asks without end is let go, so that the count can be told.
        if (++asked > 50) resolve()
        else reject(before)
      },
    } as unknown as Promise<void>
    const file = faultyFile()
    let made = 0
    const create = async () => {
      made++
      return file
    }
    const writer = createJournal('j', HEAD, { ...OPTIONS, after, create })
    writer.append(frame(0))
    await expect(writer.flush()).rejects.toBe(before)
    expect(writer.error).toBe(before)
    await new Promise((resolve) => setImmediate(resolve))
    expect([asked, made]).toEqual([1, 0])
    writer.retry()
    await expect(writer.close()).rejects.toBe(before)
    expect([asked, made]).toEqual([2, 0])
    const drained = writer.drained()
    await writer.abandon()
    await drained
    await writer.drained()
  })

  test('one that cannot be closed says so, and is let go all the same', async () => {
    const file = faultyFile()
    file.close = async () => {
      throw systemError('EIO')
    }
    const writer = createJournal('j', HEAD, { ...OPTIONS, create: async () => file })
    writer.append(frame(0))
    await expect(writer.close()).rejects.toMatchObject({ code: 'journal.failed', file: 'j' })
    await writer.abandon()
  })
})
