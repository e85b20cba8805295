import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frame } from '../journal/fixtures.ts'
import { decodeHead, encodeHead, encodeRecord, type Measured, measure } from '../journal/format.ts'
import { type JournalHead, type JournalRecord, openPackedJournal } from '../journal/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { type Clock, feedLevels, level, makeNormaliser, optionsOf, START_US } from './fixtures.ts'
import { listData, openRecording, openRecordingWriter, readRaw, rebuildRecording } from './index.ts'

/** Recordings of somebody else: whatever stands in their files, nothing outside of them is touched. */

const reading = { normaliser: makeNormaliser }
const DAY_DIR = '2026-11-21'

/** The bytes of a journal, whatever its head says. */
function journal(head: JournalHead, records: readonly JournalRecord[]): Buffer {
  const { bytes, seed } = encodeHead(head)
  const measured: Measured = { bytes: 0, json: null }
  const parts: Uint8Array[] = [bytes]
  for (const record of records) {
    measure(record, measured)
    const part = Buffer.alloc(measured.bytes)
    encodeRecord(record, measured, seed, part, new DataView(part.buffer, part.byteOffset, part.length), 0)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

type World = {
  root: string
  dir: string
  victim: string
  clock: Clock
  head: JournalHead
  state: JournalRecord
}

/** A recording that was stopped, beside a folder of somebody’s own. */
async function withRecording(run: (world: World) => Promise<void>): Promise<void> {
  await inFolder(async (root) => {
    const [dir, victim] = [join(root, 'REC'), join(root, 'victim')]
    await mkdir(join(victim, 'inner'), { recursive: true })
    for (const name of ['precious.txt', 'tape-00000002.arrow', 'manifest.json.partial', 'inner/deep.txt'])
      await writeFile(join(victim, name), 'mine')
    const clock = { now: START_US }
    const writer = await openRecordingWriter(dir, optionsOf(clock))
    feedLevels(writer, clock, 0, 20)
    await writer.seal()
    feedLevels(writer, clock, 20, 20)
    await writer.stop('done')
    const [last] = await readdir(join(dir, 'journal'))
    const read = decodeHead(await readFile(join(dir, 'journal', last!)))
    if (typeof read === 'string' || 'fault' in read) throw new Error('no head')
    const state: JournalRecord = {
      type: 'note',
      wall_us: clock.now,
      mono_us: 0,
      note: { note: 'state', state: makeNormaliser().state() },
    }
    await run({ root, dir, victim, clock, head: read.head, state })
    for (const name of ['precious.txt', 'tape-00000002.arrow', 'manifest.json.partial', 'inner/deep.txt'])
      expect(await readFile(join(victim, name), 'utf8'), name).toBe('mine')
    expect((await readdir(victim)).sort()).toEqual([
      'inner',
      'manifest.json.partial',
      'precious.txt',
      'tape-00000002.arrow',
    ])
    expect((await readdir(root)).sort()).toEqual(['REC', 'victim'])
  })
}

/** Everything that reads or continues a recording; each may refuse, in words. */
async function useAll({ root, dir, clock }: World): Promise<unknown[]> {
  const refused: unknown[] = []
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (thrown) {
      refused.push(thrown)
      expect(thrown).toMatchObject({
        code: expect.stringMatching(/^[a-z]+\.[a-z_]+$/),
        fix: expect.any(String),
      })
    }
  }
  await attempt(async () => (await openRecording(dir, reading)).close())
  await attempt(() => listData(dir))
  await attempt(() => readRaw(dir, () => {}))
  await attempt(() => rebuildRecording(dir, join(root, 'made'), reading))
  await rm(join(root, 'made'), { recursive: true, force: true })
  await attempt(async () => {
    const writer = await openRecordingWriter(dir, optionsOf(clock))
    clock.now += 1_000
    writer.take(level(clock, 50, 7, 1))
    await writer.stop('done')
  })
  return refused
}

const temporary = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`lockstep-tail-${process.pid}-`))

describe('a journal of somebody else', () => {
  const DAYS = [
    '../victim',
    '../../victim',
    '..',
    '.',
    '',
    '/etc',
    'raw',
    'journal',
    '2026-02-30',
    '2026-11-21/../../victim',
    'a\0b',
  ]

  test.each(DAYS)(
    'that names the day %j is refused, and nothing is made or removed anywhere',
    async (day) => {
      await withRecording(async (world) => {
        const { dir, head, state, clock } = world
        const before = await temporary()
        const bytes = journal({ ...head, number: 99, day, begins: true, stopped: false }, [
          state,
          frame(0, 'x', clock.now),
        ])
        await writeFile(join(dir, 'journal', '00000099.journal'), bytes)
        const refused = await useAll(world)
        expect(refused.length).toBeGreaterThanOrEqual(3)
        for (const one of refused) expect(one).toMatchObject({ code: 'journal.foreign' })
        expect(await temporary()).toEqual(before)
        await verifyDataset(join(dir, DAY_DIR))
      })
    },
  )

  test('whose head says anything at all leads nowhere', async () => {
    const odd = fc.oneof(
      fc.string(),
      fc.constant('../victim'),
      fc.double(),
      fc.jsonValue(),
      fc.constant(null),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.record({ recording: odd, number: odd, day: odd, begins: odd, stopped: odd }, { requiredKeys: [] }),
        fc.jsonValue({ noUnicodeString: false }),
        async (said, state) => {
          await withRecording(async (world) => {
            const { dir, head, clock } = world
            const note: JournalRecord = {
              type: 'note',
              wall_us: clock.now,
              mono_us: 0,
              note: { note: 'state', state },
            }
            const whole = { ...head, number: 99, ...said } as JournalHead
            await writeFile(
              join(dir, 'journal', '00000099.journal'),
              journal(whole, [note, frame(0, 'x', clock.now)]),
            )
            await useAll(world)
          })
        },
      ),
      { numRuns: 8 },
    )
  }, 120_000)

  test('that has the name of another number is refused', async () => {
    await withRecording(async (world) => {
      const { dir, head, state } = world
      await writeFile(join(dir, 'journal', '00000099.journal'), journal({ ...head, number: 98 }, [state]))
      for (const one of await useAll(world)) expect(one).toMatchObject({ code: 'journal.foreign' })
    })
  })
})

describe('links in a recording', () => {
  test('are not followed, whatever they stand for', async () => {
    const put: Record<string, (dir: string, victim: string) => Promise<unknown>> = {
      'a day': async (dir, victim) => {
        await rename(join(dir, DAY_DIR), join(dir, '2026-11-20'))
        await symlink(victim, join(dir, DAY_DIR))
      },
      'a later day': (dir, victim) => symlink(victim, join(dir, '2026-11-22')),
      journals: async (dir, victim) => {
        await rm(join(dir, 'journal'), { recursive: true })
        await symlink(victim, join(dir, 'journal'))
      },
      raw: async (dir, victim) => {
        await rm(join(dir, 'raw'), { recursive: true })
        await symlink(victim, join(dir, 'raw'))
      },
      'a day of raw': async (dir, victim) => {
        await rm(join(dir, 'raw', DAY_DIR), { recursive: true })
        await symlink(victim, join(dir, 'raw', DAY_DIR))
      },
      'the next segment': (dir, victim) =>
        symlink(join(victim, 'precious.txt'), join(dir, DAY_DIR, 'tape-00000003.arrow')),
      'what becomes the manifest': (dir, victim) =>
        symlink(join(victim, 'precious.txt'), join(dir, DAY_DIR, 'manifest.json.partial')),
      'what becomes recording.json': (dir, victim) =>
        symlink(join(victim, 'precious.txt'), join(dir, 'recording.json.partial')),
      'the lock': (dir, victim) => symlink(join(victim, 'precious.txt'), join(dir, 'recording.lock')),
    }
    for (const [what, make] of Object.entries(put))
      await withRecording(async (world) => {
        await make(world.dir, world.victim)
        await useAll(world).catch((thrown: unknown) => {
          throw new Error(what, { cause: thrown })
        })
      })
  }, 60_000)
})

test('recovery removes what a seal can have left, and nothing that somebody put there', async () => {
  await withRecording(async ({ dir, clock }) => {
    const day = join(dir, DAY_DIR)
    const left = [
      ...[
        'tape-00000003.arrow',
        'tape-00000001-00000003.parquet.partial',
        'gaps-00000002.json',
        'side-quirks-00000003.jsonl',
      ],
      ...['instruments-00000003.json', 'manifest.json.partial'],
    ]
    const mine = [
      'notes.txt',
      'tape-99999999.arrow',
      'tape-3.arrow',
      'side-.jsonl',
      '.tape-00000003.arrow',
      'LICENSE',
    ]
    for (const name of [...left, ...mine]) await writeFile(join(day, name), 'x')
    await mkdir(join(day, 'gaps-00000003.json'))
    const writer = await openRecordingWriter(dir, optionsOf(clock))
    const names = await readdir(day)
    await writer.stop('done')
    for (const name of left) expect(names, name).not.toContain(name)
    for (const name of [...mine, 'gaps-00000003.json']) expect(await readdir(day), name).toContain(name)
  })
})

test('what a manifest lists and no seal made stays when the day goes on', async () => {
  await withRecording(async ({ dir, clock }) => {
    const file = join(dir, DAY_DIR, 'manifest.json')
    const manifest = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(join(dir, DAY_DIR, 'precious.txt'), 'mine')
    const sha256 = '67b176705b46206614219f47a05aee7ae6a3edbe850bbbe214c536b989aea4d2'
    manifest.files.push({ path: 'precious.txt', sha256, bytes: 4, rows: 0 })
    await writeFile(file, JSON.stringify(manifest))
    const writer = await openRecordingWriter(dir, optionsOf(clock, { replaced_s: 0 }))
    feedLevels(writer, clock, 40, 5)
    await writer.stop('done')
    expect(await readdir(join(dir, DAY_DIR))).toContain('precious.txt')
    expect((await openDataset(join(dir, DAY_DIR))).manifest.counts.rows).toBe(46)
  })
})

describe('a packed journal', () => {
  test('is unpacked while it is read: nothing is written anywhere', async () => {
    await withRecording(async ({ dir }) => {
      const before = (await readdir(tmpdir())).filter((name) =>
        name.startsWith(`lockstep-raw-${process.pid}-`),
      )
      let frames = 0
      await readRaw(dir, (record) => {
        if (record.type === 'frame') frames++
        expect(existsSync(join(dir, 'unpacked.journal'))).toBe(false)
      })
      expect(frames).toBe(40)
      expect(
        (await readdir(tmpdir())).filter((name) => name.startsWith(`lockstep-raw-${process.pid}-`)),
      ).toEqual(before)
    })
  })

  test('that unpacks to more than a journal can have, or not at all, is refused by name', async () => {
    await withRecording(async ({ root, dir, head }) => {
      const [name] = await readdir(join(dir, 'raw', DAY_DIR))
      const packed = join(dir, 'raw', DAY_DIR, name!)
      const good = await readFile(packed)
      const first = journal({ ...head, number: 1, stopped: false }, [])
      await writeFile(packed, await zeros(first, 10_000_000))
      const reader = await openPackedJournal(packed, 1_000_000)
      await expect(reader.read(() => {})).rejects.toMatchObject({ code: 'journal.large', file: packed })
      await reader.close()
      for (const [bytes, code] of [
        [good.subarray(0, good.length - 5), 'journal.packed'],
        [Buffer.from('no zstd at all'), 'journal.packed'],
        [zstdCompressSync(Buffer.from('no journal')), 'journal.begun'],
      ] as const) {
        await writeFile(packed, bytes)
        const rebuilt = rebuildRecording(dir, join(root, 'made'), reading)
        await expect(rebuilt, code).rejects.toMatchObject({ code, file: packed, fix: expect.any(String) })
        await expect(
          readRaw(dir, () => {}),
          code,
        ).rejects.toMatchObject({ code, file: packed })
      }
    })
  })

  test('is bounded by the size that the recording turns its journals at', async () => {
    await withRecording(async ({ root, dir, head }) => {
      const file = JSON.parse(await readFile(join(dir, 'recording.json'), 'utf8'))
      file.settings['recorder.segment_mb'] = 1
      await writeFile(join(dir, 'recording.json'), JSON.stringify(file))
      const [name] = await readdir(join(dir, 'raw', DAY_DIR))
      const packed = join(dir, 'raw', DAY_DIR, name!)
      const first = journal({ ...head, number: 1, stopped: false }, [])
      await writeFile(packed, await zeros(first, 310_000_000))
      const rebuilt = rebuildRecording(dir, join(root, 'made'), reading)
      await expect(rebuilt).rejects.toMatchObject({ code: 'journal.large', file: packed })
    })
  }, 60_000)
})

/** A journal with zeros behind it, packed: much of nearly nothing. */
async function zeros(before: Buffer, bytes: number): Promise<Buffer> {
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  const piece = Buffer.alloc(2 ** 22)
  const pieces = function* () {
    yield before
    for (let written = 0; written < bytes; written += piece.length) yield piece
  }
  const packed: Buffer[] = []
  for await (const part of Readable.from(pieces()).compose(zstd)) packed.push(part as Buffer)
  return Buffer.concat(packed)
}
