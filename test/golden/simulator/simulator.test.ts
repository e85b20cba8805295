import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resolve } from '../../../core/config/index.ts'
import { Kind } from '../../../core/events/index.ts'
import { Simulator, schema } from '../../../core/simulator/index.ts'
import { formatIso, parseIso } from '../../../core/units/index.ts'
import { createContentHash } from '../../../recorders/tape/index.ts'
import { temporary } from '../../fixtures/folders.ts'
import { ROOT } from '../../structure/project.ts'
import { goldenNames, matchGolden } from '../golden.ts'

/** One seed gives one tape, to the last bit: what it was is written down here. */

const START = '2026-06-01T00:00:00Z'
const WINDOWS = 3
const SEEDS = [27, 2_026]
const KINDS = Object.entries(Kind)

/** A tape in a few lines: its content hash, its rows by kind, and how each window ended. */
function portrait(seed: number, chunk: number): { text: string; hash: string } {
  const simulator = Simulator.create({
    seed,
    series: '5m',
    start_us: parseIso(START),
    windows: WINDOWS,
    config: resolve(schema),
  })
  const hash = createContentHash()
  const counts: Record<string, number> = {}
  const lines: string[] = []
  const resolutions: { market: number; up_payout: number; known_us: number; class: 'recorded' }[] = []
  const instruments = Simulator.instruments(simulator)
  let rows = 0
  for (const columns of Simulator.chunks(simulator, chunk)) {
    hash.update(columns)
    rows += columns.length
    for (let i = 0; i < columns.length; i++) {
      const name = KINDS.find(([, kind]) => kind === columns.kind[i])![0]
      counts[name] = (counts[name] ?? 0) + 1
      if (name !== 'RESOLVED') continue
      const token = instruments.instruments[columns.instrument[i]!]!
      if (token.kind !== 'token') throw new Error('a resolution of no market')
      const { market } = token
      resolutions.push({
        market,
        up_payout: columns.price[i]!,
        known_us: columns.local_us[i]!,
        class: 'recorded',
      })
      lines.push(
        `${instruments.markets[market]!.slug} pays ${columns.price[i]} since ${formatIso(columns.local_us[i]!)}`,
      )
    }
  }
  const digest = hash.digest(instruments, resolutions)
  const kinds = Object.keys(counts)
    .sort()
    .map((name) => `${name} ${counts[name]}`)
  const lost = Simulator.lostFeeds(simulator).map(
    ({ feed, from_us }) => `${feed} lost at ${formatIso(from_us)}`,
  )
  return {
    text: [`content hash ${digest}`, `rows ${rows}`, ...kinds, ...lines, ...lost].join('\n'),
    hash: digest,
  }
}

describe('a simulation', () => {
  test.each(SEEDS)('of seed %i is its golden', (seed) => {
    matchGolden(`simulator/seed-${seed}.txt`, portrait(seed, 32_768).text)
  })

  test('there is a test for each golden', () => {
    expect(goldenNames('simulator', '.txt')).toEqual(SEEDS.map((seed) => `simulator/seed-${seed}.txt`).sort())
  })

  test('is the same in other chunks, and written by the command in another process, zone and language', () => {
    const { hash } = portrait(SEEDS[0]!, 999)
    const out = join(temporary(), 'made')
    const engine = join(ROOT, 'engine/cli/main.ts')
    const words = ['simulate', '--seed', `${SEEDS[0]}`, '--windows', `${WINDOWS}`, '--out', out, '--json']
    const env = { ...process.env, TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }
    const ran = spawnSync(process.execPath, [engine, ...words], { env, encoding: 'utf8' })
    expect(ran.stderr).toBe('')
    expect(JSON.parse(ran.stdout)).toMatchObject({ dataset_hash: hash, windows: WINDOWS })
  })
})
