import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CASES } from '../../bench/side-by-side/cases.ts'
import { HFTBACKTEST, pythonOf } from '../../bench/side-by-side/environment.ts'
import { writeEvents } from '../../bench/side-by-side/event-file.ts'
import { play } from '../../bench/side-by-side/match.ts'
import { pinnedTo } from '../../bench/side-by-side/player.ts'
import { convertForHftbacktest, hftbacktest } from '../../bench/side-by-side/sides.ts'

/** Lockstep beside hftbacktest's own Python package, over the same events. */

const SEED = 11
const EVENTS = 100_000

let folder: string
let files: { events_file: string; npz: string }
let python: string
beforeAll(() => {
  python = pythonOf(HFTBACKTEST)
  folder = mkdtempSync(join(tmpdir(), 'lockstep-side-by-side-'))
  files = { events_file: join(folder, 'events'), npz: join(folder, 'events.npz') }
  writeEvents(files.events_file, SEED, EVENTS)
  convertForHftbacktest(python, files.events_file, files.npz, CASES[0]!.settings.feed_latency)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(['10 ms', 'every event'])('both come to the same trades, position and cash: %s', async (name) => {
  const game = CASES.find((one) => one.name === name)!
  const others = [hftbacktest(python, 'vector')]
  const { scores } = await play({
    game,
    seed: SEED,
    events: EVENTS,
    others,
    files,
    runs: 1,
    pin: pinnedTo(0),
  })
  const [ours, theirs] = scores
  expect(scores.map(({ side }) => side)).toEqual(['Lockstep', 'hftbacktest, array book'])
  expect(theirs!.version).toBe('2.4.4')
  expect(theirs!.outcome).toEqual(ours!.outcome)
  expect(ours!.outcome.trades).toBeGreaterThan(300)
})
