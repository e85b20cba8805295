import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { ask } from '../fixtures/run-tables.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

/** A strategy of one's own, as one file outside of the repository. */

const root = temporary()
const DATA = join(root, 'data')
const FILE = join(root, 'bidder.ts')
const STRATEGY = new URL('../../core/strategies/strategy.ts', import.meta.url).href

const SOURCE = `
import { addResting, type Strategy } from '${STRATEGY}'

/** Bids for five shares of Up some ticks below the touch. */
export const strategy: Strategy<{ depth: number }> = {
  name: 'bidder',
  settings: {
    depth: { type: 'number', default: 2, min: 1, max: 20, integer: true, unit: 'ticks', doc: 'below the touch' },
  },
  needs_model: false,
  init: (config) => ({ depth: config.depth as number }),
  on(state, view, desired) {
    const price = view.best_bid - state.depth * view.tick
    if (view.best_bid > 0 && price > 0) addResting(desired, 0, 1, 0, price, 5_000_000, false)
  },
}
`

beforeAll(async () => {
  await smallDataset(DATA, { windows: 1 })
  writeFileSync(FILE, SOURCE)
})

const backtest = (out: string, more: string[] = []) =>
  json(['backtest', DATA, '--strategy', FILE, '--no-report', '--out', join(root, out), ...more])

describe('a strategy from a file', () => {
  test('runs, and the run says which file it was by its hash', async () => {
    const result = await backtest('run')
    expect(result).toMatchObject({
      strategy: 'bidder',
      strategy_source: { file: FILE, sha256: createHash('sha256').update(SOURCE).digest('hex') },
    })
    const [orders] = await ask(
      join(root, 'run'),
      'SELECT count(*) AS n, min(size) AS size, max(outcome) AS outcome, max(side) AS side FROM {orders}',
    )
    expect(orders).toMatchObject({ size: 5_000_000, outcome: 0, side: 1 })
    expect(orders!.n).toBeGreaterThan(10)
  })

  test('bids where its own settings say, and they are checked as any other', async () => {
    const distance = `SELECT max((d.best_bid - i.price) / 100) AS ticks FROM {intents} i JOIN {decisions} d USING (decision) WHERE i.kind = 1`
    await backtest('deep', ['--param', 'strategy.depth=7'])
    expect(await ask(join(root, 'deep'), distance)).toEqual([{ ticks: 7 }])
    const ran = await cli([
      'backtest',
      DATA,
      '--strategy',
      FILE,
      '--param',
      'strategy.depth=99',
      '--json',
      '--out',
      join(root, 'x'),
    ])
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(oneObject(ran.err)).toMatchObject({ code: 'config.range', field: 'strategy.depth' })
  })

  test('is found below the present folder, and its run goes to a folder of its name', async () => {
    await json(['backtest', 'data', '--strategy', './bidder.ts', '--no-report'], { cwd: root })
    expect(JSON.parse(readFileSync(join(root, 'runs', 'bidder', 'run.json'), 'utf8')).strategy).toBe('bidder')
  })

  test('says in summary, run.json and report what it asks of the platform, each with its reason', async () => {
    const file = join(root, 'curious.ts')
    const head = "import { MICRO } from '@lockstep/lab'\nimport { x } from './other.ts'\n"
    writeFileSync(file, `${head}${SOURCE}\nvoid [MICRO ** 1, x]\n`)
    writeFileSync(join(root, 'other.ts'), 'export const x = Date.now()\n')
    const out = join(root, 'curious')
    const ran = await cli(['backtest', DATA, '--strategy', file, '--out', out, '--no-audit'])
    expect(ran).toMatchObject({ code: 0, err: '' })
    const said =
      'asks for what a strategy may not know: ** (curious.ts:20, another engine may round it differently); Date (other.ts:1, asks a clock)'
    expect(ran.out).toContain(`strategy   ${said}\n`)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(said)
    const { strategy_source } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    expect(strategy_source.asks.map(({ file: at, what }: Record<string, string>) => [at, what])).toEqual([
      ['curious.ts', '**'],
      ['other.ts', 'Date'],
    ])
    const pure = await cli(['backtest', DATA, '--strategy', FILE, '--no-report', '--out', join(root, 'pure')])
    expect(pure.out).not.toContain('asks for')
  })

  test('is replayed, explained, and refused once the file is another', async () => {
    await backtest('kept')
    expect(await json(['replay', join(root, 'kept'), '--verify', '--strategy', FILE])).toMatchObject({
      equal: true,
    })
    const explained = await json(['explain', join(root, 'kept'), '--decision', '100', '--trust'])
    expect(explained.desired).toHaveLength(1)
    appendFileSync(FILE, '// another thought\n')
    const ran = await cli(['replay', join(root, 'kept'), '--trust', '--json'])
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(oneObject(ran.err)).toMatchObject({
      code: 'run.strategy',
      file: FILE,
      field: 'strategy_source.sha256',
    })
  })
})

describe('a mistake in a strategy', () => {
  const wrong = async (name: string, line: string) => {
    const file = join(root, `${name}.ts`)
    writeFileSync(
      file,
      SOURCE.replace('const price = view.best_bid', `${line}\n    const price = view.best_bid`),
    )
    const ran = await cli([
      'backtest',
      DATA,
      '--strategy',
      file,
      '--no-report',
      '--out',
      join(root, name),
      '--json',
    ])
    expect(ran.code).toBe(1)
    return { file, error: oneObject(ran.err) }
  }

  test.each([
    ['price', 'addResting(desired, 0, 1, 0, 0.52, 20e6, false)', /price 0\.52 is refused.*0\.52 USDC = 5200/],
    ['size', 'addResting(desired, 0, 1, 0, 5200, Number.NaN, false)', /size NaN is refused/],
  ])('a %s in another unit is told with file, line, market, time and the rule', async (name, line, said) => {
    const { file, error } = await wrong(name, line)
    expect(error).toMatchObject({ code: 'strategy.row', file, row: 13, field: name })
    expect(error.message).toMatch(said)
    expect(error.message).toMatch(/^strategy bidder, btc-updown-\S+ at 20\d\d-\d\d-\d\dT[\d:.]+Z: /)
  })

  test('what its code throws is its own, and no defect of the engine', async () => {
    const { file, error } = await wrong('throws', "if (view.decision > 3) throw new TypeError('boom')")
    expect(error).toMatchObject({ code: 'strategy.failed', file, row: 13 })
    expect(error.message).toMatch(/^strategy bidder, btc-updown-.*: TypeError: boom$/)
    expect(error.stack).toBeUndefined()
  })
})
