import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { verifyDataset } from '../tape/index.ts'
import { DAY, feedLevels, makeNormaliser, optionsOf, START_US } from './fixtures.ts'
import { listData, openRecordingWriter, rebuildRecording } from './index.ts'

const CHILD = fileURLToPath(new URL('./rebuild.child.ts', import.meta.url))
const DAYS = ['2026-11-21', '2026-11-22']
const SEALS = 4

async function record(dir: string): Promise<void> {
  const clock = { now: START_US }
  const writer = await openRecordingWriter(dir, optionsOf(clock))
  for (let i = 0; i < SEALS; i++) {
    if (i === SEALS / 2) clock.now += DAY
    feedLevels(writer, clock, i * 30, 30)
    await writer.seal()
  }
  await writer.stop('done')
}

/**
 * Make it again in a process of its own, and kill that behind a journal: while it stands there, or while it goes on.
 *
 * @returns how many journals it had taken
 */
async function killed(from: string, to: string, behind: number, stands: boolean): Promise<number> {
  const words = [CHILD, from, to, String(stands ? behind : 0)]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let taken = 0
  for await (const line of createInterface({ input: child.stdout })) {
    taken = Number(line)
    if (taken === behind) child.kill('SIGKILL')
  }
  await closed
  return taken
}

async function hashes(dir: string): Promise<string[]> {
  const found: string[] = []
  for (const day of DAYS) found.push((await verifyDataset(join(dir, day))).dataset_hash)
  return found
}

test('a rebuild that is killed, wherever, leaves nothing that is taken for a recording, and the next is whole', async () => {
  await inFolder(async (root) => {
    const [from, to] = [join(root, 'rec'), join(root, 'again')]
    await record(from)
    const whole = await hashes(from)
    let journals = 0
    await rebuildRecording(from, join(root, 'first'), {
      normaliser: makeNormaliser,
      progress: (done) => {
        journals = done
      },
    })
    expect(journals).toBeGreaterThan(SEALS)
    expect(await hashes(join(root, 'first'))).toEqual(whole)
    for (const behind of [1, SEALS / 2 + 1, journals]) {
      expect(await killed(from, to, behind, true)).toBe(behind)
      expect(existsSync(to), `killed behind ${behind}`).toBe(false)
      const listed = await listData(root, { normaliser: makeNormaliser })
      expect(listed.map(({ path }) => path)).toEqual([join(root, 'first'), from])
    }
    // While the last journal is sealed and all is put in its place: there as a whole, or not there.
    expect(await killed(from, to, journals, false)).toBe(journals)
    if (existsSync(to)) expect(await hashes(to)).toEqual(whole)
    else {
      await rebuildRecording(from, to, { normaliser: makeNormaliser })
      expect(await hashes(to)).toEqual(whole)
    }
    // What the killed ones left beside it is gone with the next that was made here.
    await rebuildRecording(from, join(root, 'last'), { normaliser: makeNormaliser })
    expect((await readdir(root)).sort()).toEqual(['again', 'first', 'last', 'rec'])
  })
}, 60_000)
