import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { byName } from '../../../core/strategies/registry.ts'
import type { Strategy } from '../../../core/strategies/strategy.ts'
import { formatIso } from '../../../core/units/index.ts'
import { backtestConfig } from '../../../engine/runners/backtest-config.ts'
import { openTape, type Tape } from '../../../engine/runners/tape.ts'
import { smallDataset } from '../../fixtures/synthetic-dataset.ts'
import { readTrace, writeTrace } from './decision-trace.ts'
import { type GoldenRun, makeGolden, matchRun } from './golden-run.ts'

/** A change of behaviour is planted: the golden must catch it and say which decision it is, by name and from both sides. */

const MAKER = byName('market-maker')
const data = mkdtempSync(join(tmpdir(), 'lockstep-golden-data-'))
let folder = ''
let tape: Tape
let kept: GoldenRun

beforeAll(async () => {
  await smallDataset(join(data, 'd'))
  tape = await openTape([join(data, 'd')])
  kept = await run(MAKER)
})
afterAll(() => rmSync(data, { recursive: true }))
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-golden-'))
  await bless('run', kept)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function run(
  strategy: Strategy,
  params: string[] = [],
  keep: 'every' | 'acting' = 'every',
): Promise<GoldenRun> {
  const config = backtestConfig(strategy, tape, { cwd: data, env: {}, params })
  return makeGolden({ tape, strategy, config, seed: 1 }, keep)
}

async function bless(name: string, made: GoldenRun): Promise<void> {
  vi.stubEnv('BLESS', '1')
  await matchRun(name, made, folder)
  vi.stubEnv('BLESS', '')
}

/** What the golden says of a run. */
async function verdict(made: GoldenRun, name = 'run'): Promise<string> {
  return matchRun(name, made, folder).then(
    () => 'the same',
    (error: Error) => error.message,
  )
}

/** The market maker, but from decision `from` on it changes its mind; it notes the first decision where it did. */
function planted(from: number): Strategy & { first: { decision: number; time_us: number; wanted: number } } {
  const first = { decision: -1, time_us: 0, wanted: 0 }
  return {
    ...MAKER,
    first,
    on(state, view, desired) {
      MAKER.on(state, view, desired)
      if (view.decision < from || desired.length === 0) return
      if (first.decision < 0)
        Object.assign(first, { decision: view.decision, time_us: view.time_us, wanted: desired.length })
      desired.length--
    },
  }
}

describe('a golden of a run', () => {
  test('is met by the same run', async () => {
    expect(await verdict(await run(MAKER))).toBe('the same')
  })

  test('names decision, time, market, field and both values where a change was planted', async () => {
    for (const from of [0, 1234, 3000]) {
      const strategy = planted(from)
      const said = await verdict(await run(strategy))
      const { decision, time_us, wanted } = strategy.first
      expect(decision).toBeGreaterThanOrEqual(from)
      expect(said).toMatch(
        new RegExp(
          `^First difference: decision ${decision}, ${formatIso(time_us)}, btc-updown-5m-\\d+, after \\d+ events\n`,
        ),
      )
      expect(said).toContain(`  desired   stored ${wanted}, made ${wanted - 1}\n`)
      expect(said).toContain('npm run bless')
    }
  })

  test('names the first checkpoint that differs, too', async () => {
    const said = await verdict(await run(planted(3000)))
    expect(said).toMatch(/\nFirst differing checkpoint: \d+ of \d+, over events \d+ to \d+\.\n/)
  })

  test('sees what is too small to be kept: the digest of the row tells', async () => {
    // A microsecond more in a minute: volatility moves in its ninth digit.
    const half = await run(MAKER, ['volatility.half_life_s=60.000001'])
    const said = await verdict(half)
    const digests = [kept, half].map(({ trace }) => trace.columns.digest!)
    const row = digests[0]!.findIndex((digest, i) => digest !== digests[1]![i])
    expect(row).toBeGreaterThanOrEqual(0)
    expect(said).toContain(`First difference: decision ${row}, `)
    expect(said).toContain('only in columns, or in digits, that the golden does not keep')
  })

  test('says when no decision differs and something else does', async () => {
    const made = { ...kept, text: kept.text.replace(/volume_usdc .*/, 'volume_usdc 1') }
    const said = await verdict(made)
    expect(said).toMatch(/^No decision that is kept differs/)
    expect(said).toContain('made:   volume_usdc 1')
  })

  test('says when there are fewer decisions, or more', async () => {
    const shorter = {
      ...kept,
      text: `${kept.text}x`,
      trace: { ...kept.trace, length: kept.trace.length - 1 },
    }
    expect(await verdict(shorter)).toMatch(/^First difference: decision \d+, .*: stored, not made\.\n/)
    await bless('shorter', shorter)
    expect(await verdict(kept, 'shorter')).toMatch(
      /^First difference: decision \d+, .*: made, not stored\.\n/,
    )
  })

  test('that keeps those that acted names the first of them', async () => {
    await bless('acting', await run(MAKER, [], 'acting'))
    const strategy = planted(1234)
    const made = await run(strategy, [], 'acting')
    const said = await verdict(made, 'acting')
    const named = Number(/decision (\d+)/.exec(said)![1])
    expect(named).toBeGreaterThanOrEqual(strategy.first.decision)
    expect(named).toBeLessThan(strategy.first.decision + 100)
  })

  test('is written whole, and not written anew when it says the same', async () => {
    const file = join(folder, 'run.parquet')
    expect(await readTrace(file)).toEqual(kept.trace)
    const before = statSync(file).mtimeMs
    await bless('run', kept)
    expect(statSync(file).mtimeMs).toBe(before)
    await bless('run', await run(planted(100)))
    expect(await verdict(kept)).toContain('First difference')
  })

  test('that is missing, or of which one half is, says how to write it', async () => {
    expect(await verdict(kept, 'none')).toMatch(/none\.parquet does not exist.*npm run bless/)
    rmSync(join(folder, 'run.txt'))
    expect(await verdict(kept)).toMatch(/run\.txt does not exist.*npm run bless/)
  })

  test('of which the halves do not belong together is refused', async () => {
    const other = await run(planted(500))
    await writeTrace(join(folder, 'run.parquet'), other.trace)
    expect(await verdict(kept)).toMatch(/run\.parquet is not that of run\.txt/)
    expect(existsSync(join(folder, 'run.txt'))).toBe(true)
  })

  test('cannot be met by an edited text', async () => {
    const file = join(folder, 'run.txt')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/fills (\d+)/, 'fills 1'))
    expect(await verdict(kept)).toContain('stored: fills 1')
  })
})
