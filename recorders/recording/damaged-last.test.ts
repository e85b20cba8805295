import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { verifyDataset } from '../tape/index.ts'
import { type Clock, DAY, feedLevels, optionsOf, START_US } from './fixtures.ts'
import { openRecordingWriter } from './index.ts'

const DAY_DIR = '2026-11-21'

/** A recording of 40 levels in two segments that was stopped, and the path of its last journal. */
async function stopped(dir: string, clock: Clock, raw: boolean): Promise<string> {
  const writer = await openRecordingWriter(dir, optionsOf(clock, { raw }))
  feedLevels(writer, clock, 0, 20)
  await writer.seal()
  feedLevels(writer, clock, 20, 20)
  await writer.stop('done')
  const [name, ...others] = await readdir(join(dir, 'journal'))
  expect(others).toEqual([])
  return join(dir, 'journal', name!)
}

/** Five bytes of the state, which is nearly all of a journal that nothing was written to. */
async function damage(journal: string): Promise<Buffer> {
  const whole = await readFile(journal)
  const bytes = Buffer.from(whole)
  for (let i = 1; i <= 5; i++) bytes[bytes.length - 10 * i]! ^= 0x55
  await writeFile(journal, bytes)
  return whole
}

/** Record one more level. @returns the rows of the day */
async function goOn(dir: string, clock: Clock, raw: boolean, day = DAY_DIR): Promise<number> {
  const writer = await openRecordingWriter(dir, optionsOf(clock, { raw }))
  feedLevels(writer, clock, 40, 1)
  await writer.stop('done')
  return (await verifyDataset(join(dir, day))).rows
}

describe('a last journal that is damaged', () => {
  test('is made good by those before it, where they were kept', async () => {
    await inFolder(async (dir) => {
      const clock = { now: START_US }
      const journal = await stopped(dir, clock, true)
      await damage(journal)
      expect(await goOn(dir, clock, true)).toBe(42)
    })
  })

  test.each(['once', 'and again'])(
    'and cannot be replaced: the error says which and why, %s',
    async (times) => {
      await inFolder(async (dir) => {
        const clock = { now: START_US }
        const journal = await stopped(dir, clock, false)
        await damage(journal)
        const refused = () => openRecordingWriter(dir, optionsOf(clock, { raw: false }))
        if (times === 'and again') await refused().catch(() => undefined)
        await expect(refused()).rejects.toMatchObject({
          code: 'recording.state_lost',
          file: expect.stringContaining(journal),
          message: expect.stringMatching(/2026-11-21 cannot be continued: its last journal is damaged/),
          fix: expect.stringContaining('go on in this one after 2026-11-21'),
        })
        expect((await verifyDataset(join(dir, DAY_DIR))).rows).toBe(41)
      })
    },
  )

  test('can be gone on from in each of the ways that the error names', async () => {
    for (const way of ['a copy', 'the next day'])
      await inFolder(async (dir) => {
        const clock = { now: START_US }
        const journal = await stopped(dir, clock, false)
        const whole = await damage(journal)
        await expect(goOn(dir, clock, false)).rejects.toMatchObject({ code: 'recording.state_lost' })
        if (way === 'a copy') await writeFile(journal, whole)
        else clock.now = START_US + DAY
        const rows = await goOn(dir, clock, false, way === 'a copy' ? DAY_DIR : '2026-11-22')
        expect(rows, way).toBe(way === 'a copy' ? 42 : 2)
        expect((await verifyDataset(join(dir, DAY_DIR))).rows).toBe(way === 'a copy' ? 42 : 41)
      })
  })

  test('is another thing than journals that are gone', async () => {
    await inFolder(async (root) => {
      const [dir, away] = [join(root, 'rec'), join(root, 'away')]
      const clock = { now: START_US }
      const journal = await stopped(dir, clock, false)
      await rename(journal, away)
      await expect(goOn(dir, clock, false)).rejects.toMatchObject({
        code: 'recording.state_lost',
        message: expect.stringContaining('its last journals are gone'),
      })
      await rm(away)
    })
  })
})
