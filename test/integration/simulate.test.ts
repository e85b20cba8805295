import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { FILL_MODELS } from '../../core/exchange/settings.ts'
import { openDataset, verifyDataset } from '../../recorders/tape/index.ts'
import { cli, json } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'

/** `engine simulate` as an outsider sees it: one object, one dataset, and a dataset that everything else can use. */

const root = temporary()
const MADE = join(root, 'made')
// Fewer events than usual, so that every fill model can be run; connections that are lost now and then.
const SMALL = ['--param', 'sim_makers.acts_per_s=80', '--param', 'sim_outages.per_hour=6', '--windows', '3']

const RESULT = z.looseObject({
  dataset_hash: z.string().regex(/^[0-9a-f]{64}$/),
  events: z.int().positive(),
  windows: z.int().positive(),
})
let result: z.infer<typeof RESULT>

beforeAll(async () => {
  result = RESULT.parse(await json(['simulate', '--seed', '3', '--out', MADE, ...SMALL]))
})

describe('the dataset', () => {
  test('is whole, and says that it was simulated, and how', async () => {
    expect(result.windows).toBe(3)
    expect(await verifyDataset(MADE)).toMatchObject({
      dataset_hash: result.dataset_hash,
      rows: result.events,
    })
    const { manifest, resolutions, gaps } = await openDataset(MADE)
    expect(manifest).toMatchObject({
      source: 'simulated',
      licence: 'MIT',
      assignment: 'assigned',
      carries: { book: 'full', trades: true },
      windows: { total: 3, recorded: 3, settlement: 0, inferred_from_book: 0, unresolved: 0 },
      inferred: [],
      refused: [],
    })
    expect(manifest.reference_profile).toMatchObject({ settlement: 'chainlink-spot', spot: 'chainlink-spot' })
    expect(manifest.reference_profile.fast).toHaveLength(3)
    expect(resolutions.map(({ market }) => market)).toEqual([0, 1, 2])
    expect(gaps.length).toBeGreaterThan(0)
    expect(manifest.gaps.count).toBe(gaps.length)
    const recipe = JSON.parse(readFileSync(join(MADE, 'simulation.json'), 'utf8'))
    expect(recipe).toMatchObject({ seed: 3, series: '5m', start: '2026-06-01T00:00:00Z', windows: 3 })
    expect(recipe.settings.sim_makers.acts_per_s).toBe(80)
  })

  test('is settled by its series as the venue resolved it, where no outage hides a boundary', async () => {
    const report = await json<{ windows: number; compared: number; agree: number; disagree: string[] }>([
      'settle',
      MADE,
    ])
    expect(report).toMatchObject({ windows: 3, official: 3, disagree: [] })
    expect(report.agree).toBe(report.compared)
    expect(report.compared).toBeGreaterThan(0)
  })

  test.each([...FILL_MODELS])('is traded with %s fills to the last micro-USDC', async (fill) => {
    const run = await json<Record<string, number> & { windows: Record<string, number> }>([
      'backtest',
      MADE,
      '--fill',
      fill,
      '--no-report',
      '--out',
      join(root, fill),
    ])
    expect(run.ledger_residual_micro).toBe(0)
    expect(run.events).toBe(result.events)
    expect(run.windows.traded).toBeGreaterThan(0)
    expect(run.windows.unresolved).toBe(0)
    expect(run.fills).toBeGreaterThan(0)
  })
})

describe('the command', () => {
  test('says in words what it made', async () => {
    const out = join(root, 'words')
    const quiet = ['--param', 'sim_makers.acts_per_s=2', '--param', 'sim_takers.per_s=0.5', '--windows', '1']
    const ran = await cli(['simulate', '--seed', '1', '--out', out, ...quiet])
    expect(ran.code).toBe(0)
    expect(ran.err).toBe('')
    const { manifest } = await openDataset(out)
    expect(ran.out).toContain(manifest.dataset_hash)
    expect(ran.out).toContain(String(manifest.counts.rows))
  })

  test('takes settings from a file and from the environment, the flag above both', async () => {
    const file = join(root, 'sim.toml')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(file, '[sim_makers]\nacts_per_s = 3\ncount = 4\n[sim_takers]\nper_s = 0.4\n')
    const out = join(root, 'layers')
    await json(
      [
        'simulate',
        '--seed',
        '1',
        '--windows',
        '1',
        '--out',
        out,
        '--config',
        file,
        '--param',
        'sim_makers.count=5',
      ],
      { env: { LOCKSTEP_SIM_TAKERS__PER_S: '0.3', LOCKSTEP_EXCHANGE__FILL: 'bbo' } },
    )
    const { settings } = JSON.parse(readFileSync(join(out, 'simulation.json'), 'utf8'))
    expect(settings.sim_makers).toMatchObject({ acts_per_s: 3, count: 5 })
    expect(settings.sim_takers.per_s).toBe(0.3)
  })

  test('stopped half-way leaves nothing behind', async () => {
    const controller = new AbortController()
    const out = join(root, 'stopped')
    const ran = cli(['simulate', '--seed', '1', '--windows', '50', '--out', out], {
      signal: controller.signal,
      progress: () => ({
        update: (done) => {
          if (done > 0) controller.abort()
        },
        stop: () => {},
      }),
    })
    expect((await ran).code).not.toBe(0)
    expect(existsSync(out)).toBe(false)
    expect(readdirSync(root).filter((name) => name.startsWith('stopped'))).toEqual([])
  })

  test.each([
    [['--seed', 'x', '--windows', '1'], 2, 'usage.option'],
    [['--seed', '1', '--windows', '0'], 2, 'usage.option'],
    [['--seed', '1', '--windows', '1', '--series', '1d'], 2, 'usage.option'],
    [['--seed', '1', '--windows', '1', '--start', 'today'], 2, 'usage.time'],
    [['--seed', '1', '--windows', '1', '--start', '2026-06-01T00:01:00Z'], 1, 'rules.unknown_market'],
    [['--seed', '1', '--windows', '9', '--start', '2026-08-06T23:45:00Z'], 1, 'simulate.rules_change'],
    [['--seed', '1', '--windows', '1', '--param', 'sim_makers.nonsense=1'], 2, 'config.unknown'],
    [['--seed', '1', '--windows', '1', '--param', 'sim_makers.count=0'], 2, 'config.range'],
    [['--windows', '1'], 2, 'usage.missing_mandatory_option_value'],
  ])('refuses %j', async (words, code, error) => {
    const out = join(root, 'refused')
    const ran = await cli(['simulate', ...words, '--out', out, '--json'])
    expect(JSON.parse(ran.err)).toMatchObject({ code: error })
    expect(ran.code).toBe(code)
    expect(existsSync(out)).toBe(false)
  })

  test('refuses a folder that holds something', async () => {
    const ran = await cli(['simulate', '--seed', '1', '--windows', '1', '--out', MADE, '--json'])
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.err)).toMatchObject({ code: 'tape.exists' })
  })
})
