import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Columns } from '../../core/events/index.ts'
import { gather } from '../../recorders/tape/fixtures.ts'
import { openDataset as openFolder, readColumns } from '../../recorders/tape/index.ts'
import { cli, json } from '../../test/fixtures/cli.ts'
import fairVectors from '../../test/fixtures/fair-vectors.json' with { type: 'json' }
import { temporary } from '../../test/fixtures/folders.ts'
import { smallDataset } from '../../test/fixtures/synthetic-dataset.ts'
import {
  addResting,
  BID,
  backtest,
  type ChartName,
  chart,
  fair,
  Gate,
  LabError,
  MICRO,
  openDataset,
  openRun,
  plot,
  type Run,
  rules,
  type Strategy,
  sql,
  standAside,
  table,
  tokenBest,
} from './index.ts'

const root = temporary()
const SMALL = join(root, 'small')
let run: Run

beforeAll(async () => {
  await smallDataset(SMALL)
  await smallDataset(join(root, 'other'), { seed: 8 })
  run = await backtest({ dataset: SMALL, strategy: 'random', out: join(root, 'run') })
})

afterEach(() => vi.unstubAllEnvs())

describe('a dataset', () => {
  test('opens with what it says about itself; without a path it is the shipped one', async () => {
    const dataset = await openDataset()
    expect(dataset.manifest.counts.markets).toBe(dataset.markets.length)
    expect(dataset.hash).toBe(dataset.manifest.dataset_hash)
    expect(dataset.manifest.attribution).toContain('CC BY 4.0')
    expect(dataset.gaps.length).toBeGreaterThan(0)
  })

  test('gives every row in chunks that stay what they were when the next ones come', async () => {
    const dataset = await openDataset()
    const kept = []
    const sums = []
    let rows = 0
    for await (const chunk of dataset.columns()) {
      rows += chunk.length
      if (kept.length === 5) continue
      kept.push(chunk)
      sums.push(sumOf(chunk))
    }
    expect(rows).toBe(dataset.manifest.counts.rows)
    expect(kept.map(sumOf)).toEqual(sums)
    expect(new Set(sums).size).toBe(5)
  })

  test('gives the rows that are asked for', async () => {
    const dataset = await openDataset(SMALL)
    const chunks = []
    for await (const chunk of dataset.columns({ chunk_rows: 1_000, from_row: 500 })) chunks.push(chunk)
    expect(chunks.length).toBeGreaterThan(2)
    const whole = await gather(readColumns(await openFolder(SMALL), { from_row: 500 }))
    expect(chunks.flatMap(({ seq }) => [...seq])).toEqual([...whole.seq])
  })

  test('answers the same by itself, in a query of its own, and again after it was closed', async () => {
    const dataset = await openDataset(SMALL)
    const query =
      'SELECT market, count(*) AS n, avg(spread) AS spread FROM bbo GROUP BY market ORDER BY market'
    const rows = await dataset.sql(query)
    expect(rows).toHaveLength(2)
    await dataset.close()
    expect(await dataset.sql(query)).toEqual(rows)
    expect(await sql(query, { data: dataset })).toEqual(rows)
    expect(await sql(query, { data: SMALL, threads: 2 })).toHaveLength(2)
    await dataset.close()
  })

  test('is the shipped one in a query that names none, and one of several where it names more', async () => {
    const [shipped] = await sql('SELECT count(*) AS n FROM events')
    expect(shipped!.n).toBe((await openDataset()).manifest.counts.rows)
    const both = await sql('SELECT DISTINCT dataset FROM events ORDER BY dataset', {
      data: [SMALL, join(root, 'other')],
    })
    expect(both).toEqual([{ dataset: 'other' }, { dataset: 'small' }])
  })
})

describe('a backtest', () => {
  test.each([
    ['its defaults', {}, []],
    [
      'fill, gaps, seed, profile and settings',
      {
        fill: 'queue-optimistic',
        gaps: 'ignore',
        seed: 9,
        profile: 'micro',
        params: { 'exchange.entry_latency_ms': 40, 'machine.quote_interval_ms': 250 },
      },
      [
        '--fill=queue-optimistic',
        '--gaps=ignore',
        '--seed=9',
        '--profile=micro',
        '--param=exchange.entry_latency_ms=40',
        '--param=machine.quote_interval_ms=250',
      ],
    ],
  ] as const)('has the state hash and the figures of the command line: %s', async (_, options, flags) => {
    const here = await backtest({ dataset: SMALL, ...options })
    const out = join(root, 'cli')
    const there = await json(['backtest', SMALL, '--no-report', '--out', out, ...flags], { cwd: root })
    expect(here.state_hash).toBe(there.state_hash)
    const written = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Record<string, unknown>
    expect(timeless(here.figures)).toEqual(timeless(written))
    await here.close()
  })

  test('does not look at the environment or at a configuration file that was not named', async () => {
    vi.stubEnv('LOCKSTEP_EXCHANGE__FILL', 'bbo')
    const folder = join(root, 'elsewhere')
    mkdirSync(folder)
    const file = join(folder, 'lockstep.toml')
    writeFileSync(file, '[exchange]\nfill = "depth"\n')
    const before = process.cwd()
    const spy = vi.spyOn(process, 'cwd').mockReturnValue(folder)
    try {
      const plain = await backtest({ dataset: SMALL, strategy: 'random' })
      expect(plain.state_hash).toBe(run.state_hash)
      expect(plain.figures.fill).toBe('queue-pessimistic')
      const named = await backtest({ dataset: SMALL, strategy: 'random', config: file })
      expect(named.figures.fill).toBe('depth')
    } finally {
      spy.mockRestore()
    }
    expect(process.cwd()).toBe(before)
  })

  test('takes a strategy as an object, as a file and by name, and names its source', async () => {
    const bidder: Strategy<{ size: number }> = {
      name: 'joins-the-bid',
      settings: {
        size: { type: 'number', default: 10, min: 5, max: 100, unit: 'shares', doc: 'size of each bid' },
      },
      needs_model: false,
      init: (config) => ({ size: Number(config.size) * MICRO }),
      on(state, view, desired) {
        const best = tokenBest(view.book, 0, BID)
        if (view.time_us < view.start_us || best < 0) standAside(desired, Gate.NOT_STARTED)
        else addResting(desired, 0, 1, 0, best, state.size, false)
      },
    }
    const inline = await backtest({ dataset: SMALL, strategy: bidder })
    expect(inline.figures.intents).toBeGreaterThan(0)
    expect(inline.figures.strategy_source).toEqual({
      file: null,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const other = await backtest({
      dataset: SMALL,
      strategy: { ...bidder, init: () => ({ size: 7 * MICRO }) },
    })
    expect(other.figures.strategy_source.sha256).not.toBe(inline.figures.strategy_source.sha256)
    expect(other.state_hash).not.toBe(inline.state_hash)

    const file = join(root, 'joins-the-bid.ts')
    writeFileSync(file, fileOf(bidder))
    const fromFile = await backtest({ dataset: SMALL, strategy: file })
    expect(fromFile.state_hash).toBe(inline.state_hash)
    expect(fromFile.figures.strategy_source.file).toBe(file)
    writeFileSync(file, fileOf(bidder).replace('default: 10', 'default: 20'))
    const edited = await backtest({ dataset: SMALL, strategy: file })
    expect(edited.state_hash, 'an edited file is loaded again').not.toBe(inline.state_hash)
  })

  test.each([
    [{ seed: -1 }, 'lab.seed'],
    [{ seed: 0.5 }, 'lab.seed'],
    [{ profile: 'macro' }, 'lab.profile'],
    [{ strategy: 'market-taker' }, 'strategy.unknown'],
    [{ strategy: { name: 'x' } as never }, 'strategy.shape'],
    [{ strategy: { ...nothing(), name: 'market-maker' } }, 'strategy.name'],
    [{ params: { 'exchange.nothing': 1 } }, 'config.unknown'],
    [{ fill: 'best' as never }, 'config.choice'],
    [{ dataset: join(root, 'nowhere') }, 'tape.missing'],
  ])('refuses %o', async (options, code) => {
    await expect(backtest({ dataset: SMALL, ...options })).rejects.toMatchObject({ code })
  })

  test('that is stopped leaves nothing', async () => {
    const controller = new AbortController()
    const out = join(root, 'stopped')
    const stopped = backtest({
      dataset: SMALL,
      out,
      signal: controller.signal,
      progress: () => controller.abort(),
    })
    await expect(stopped).rejects.toThrow()
    expect(existsSync(out)).toBe(false)
  })
})

describe('a run', () => {
  test('has tables that agree with its figures', async () => {
    const { figures } = run
    const fills = await run.table('fills')
    expect(fills.length).toBe(figures.fills)
    expect(fills.flags('maker').filter(Boolean).length).toBe(figures.maker_fills)
    const amounts = fills.numbers('amount')
    expect(amounts.reduce((a, b) => a + b, 0)).toBeCloseTo(figures.volume_usdc, 6)
    expect(new Set(fills.texts('outcome'))).toEqual(new Set(['up', 'down']))
    const times = fills.times('time')
    expect(times.every((time) => time instanceof Date)).toBe(true)
    expect((await run.table('decisions')).length).toBe(figures.decisions)
    expect((await run.table('intents')).length).toBe(figures.intents)
    expect((await run.table('orders')).length).toBe(figures.orders)
    const windows = await run.table('windows')
    expect(windows.length).toBe(figures.windows.total)
    expect(windows.numbers('net').reduce((a, b) => a + b, 0)).toBeCloseTo(figures.net_pnl_usdc, 6)
    const equity = await run.table('equity')
    expect(Math.max(...equity.numbers('drawdown'))).toBeCloseTo(figures.max_drawdown_usdc, 6)
    const ledger = await run.table('ledger')
    const cash = ledger.numbers('cash').reduce((a, b) => a + b, 0)
    const start = Number(figures.config.portfolio!.initial_cash_usdc)
    expect(start + cash).toBeCloseTo(ledger.numbers('balance').at(-1)!, 6)
    expect((await run.table('risk_events')).length).toBe((await run.sql('SELECT 1 FROM risk_events')).length)
  })

  test('has tables whose rows are those of a query, and whose columns say what they are', async () => {
    const fills = await run.table('fills')
    expect(fills.rows()).toEqual(await run.sql('SELECT * FROM fills'))
    expect(fills.columns.find(({ name }) => name === 'price')).toMatchObject({ type: 'DOUBLE', unit: 'USDC' })
    expect(() => fills.numbers('outcome')).toThrow(LabError)
    expect(() => fills.texts('price')).toThrow(
      /no column of texts named price; use one of market, outcome, side/,
    )
    await expect(run.table('fees')).rejects.toMatchObject({ code: 'lab.table' })
  })

  test('stands in one catalog with its dataset', async () => {
    const rows = await run.sql(
      'SELECT f.fill, b.bid, b.ask FROM fills f ASOF JOIN bbo b ON b.market = f.market AND f.time >= b.time',
    )
    expect(rows.length).toBe(run.figures.fills)
    const views = await run.sql<{ view: string }>('SELECT DISTINCT "view" FROM views')
    expect(views.map(({ view }) => view)).toEqual(expect.arrayContaining(['bbo', 'fills', 'windows']))
  })

  test('opened again from its folder is the same; with another dataset it is refused', async () => {
    const again = await openRun(run.dir)
    expect(again.state_hash).toBe(run.state_hash)
    expect((await again.table('fills')).rows()).toEqual((await run.table('fills')).rows())
    await again.close()
    const wrong = await openRun(run.dir, join(root, 'other'))
    await expect(wrong.sql('SELECT 1')).rejects.toMatchObject({ code: 'lab.dataset' })
    await expect(openRun(root)).rejects.toMatchObject({ code: 'run.missing' })
  })

  test('of which a table is missing names the file', async () => {
    const copy = join(root, 'torn')
    cpSync(run.dir, copy, { recursive: true })
    rmSync(join(copy, 'fills.parquet'))
    const torn = await openRun(copy)
    await expect(torn.table('orders')).rejects.toMatchObject({
      code: 'sql.missing_table',
      message: expect.stringContaining(join(copy, 'fills.parquet')),
    })
  })

  test('draws its report where it is asked to', async () => {
    const path = join(root, 'a report.html')
    expect(await run.report(path)).toBe(path)
    expect(readFileSync(path, 'utf8')).toContain('<!doctype html>')
    expect(await run.report()).toBe(join(run.dir, 'report.html'))
  })
})

describe('drawings', () => {
  const names: ChartName[] = [
    'headline',
    'equity',
    'split',
    'inventory',
    'windows',
    'markouts',
    'calibration',
    'lifetimes',
    'idle',
    'gaps',
  ]
  test.each(names)('of a run: %s', async (name) => {
    const { title, html, svg } = await chart(run, name)
    expect(html).toContain(`<h3>${title.replaceAll('&', '&amp;')}</h3>`)
    if (svg === '') expect(['headline', 'idle', 'calibration']).toContain(name)
    else expect(svg).toMatch(/^<svg [^>]*background:#[\s\S]*<\/svg>$/)
  })

  test('are as wide as the page they are for', async () => {
    const width = async (place: 'narrow' | 'medium' | 'wide') =>
      Number(/ width="(\d+)"/.exec((await chart(run, 'equity', place)).svg)![1])
    expect(await width('narrow')).toBeLessThan(await width('medium'))
    expect(await width('medium')).toBeLessThan(await width('wide'))
    await expect(chart(run, 'nothing' as never)).rejects.toMatchObject({ code: 'lab.chart' })
  })

  test('with Plot come as SVG on a ground of their own', () => {
    const svg = plot({ width: 200, height: 100, x: { domain: [0, 1] }, marks: [] }, 'An <empty> axis')
    expect(svg).toMatch(/^<svg [^>]*style="background:#[\s\S]*<\/svg>$/)
    expect(svg).toContain('An &lt;empty&gt; axis')
  })

  test('of rows are tables in which text stays text', () => {
    const rows = [
      {
        name: '<b>',
        n: 1234567,
        x: 0.1 + 0.2,
        at: new Date(Date.UTC(2026, 3, 15, 12)),
        gone: null,
        list: [1],
      },
      { name: 'b', n: 2, x: Number.NaN, at: new Date(0), gone: null, list: [] },
    ]
    const html = table(rows, { limit: 1 })
    for (const cell of ['&lt;b&gt;', '>1234567<', '>0.3<', '>2026-04-15 12:00:00<', '>–<', '>[1]<'])
      expect(html).toContain(cell)
    expect(html).toContain('1 more rows of 2')
    expect(html).not.toContain('<b>')
    expect(table(rows, { digits: 3 })).toContain('>0.300<')
    expect(table([])).toContain('no rows')
  })
})

describe('calculators', () => {
  test('the model gives the published test points', () => {
    expect(fairVectors.rows.length).toBeGreaterThan(5)
    for (const row of fairVectors.rows) {
      const answer = fair(row as Parameters<typeof fair>[0])
      expect(Math.abs(answer.q_up - row.q_up)).toBeLessThan(1e-9)
    }
  })

  test.each([
    [{ s0: 0, st: 1, sigma: 0, tau: 1 }, 's0'],
    [{ s0: 1, st: -1, sigma: 0, tau: 1 }, 'st'],
    [{ s0: 1, st: 1, sigma: Number.NaN, tau: 1 }, 'sigma'],
    [{ s0: 1, st: 1, sigma: 0, tau: Number.POSITIVE_INFINITY }, 'tau'],
    [{ s0: 1, st: 1, sigma: 0, tau: 1, mu: Number.NaN }, 'mu'],
    [{ s0: 1, st: 1, sigma: 0, tau: 1, settlement: 'mean' as never }, 'settlement'],
    [{ s0: 1, st: 1, sigma: 0, tau: 1, settlement: 'twap' as const, lookback: 0 }, 'lookback'],
    [{ s0: 1, st: 1, sigma: 0, tau: 1, settlement: 'twap' as const }, 'mean'],
  ])('the model refuses %o', (input, field) => {
    expect(() => fair(input)).toThrow(expect.objectContaining({ code: 'lab.fair', field }))
  })

  test('the rules are those of the command line', async () => {
    const slug = 'btc-updown-5m-1777373700'
    expect(rules(slug)).toEqual(await json(['rules', '--market', slug]))
    const at = '2026-04-28T11:02:00Z'
    expect(rules(slug, { at })).toEqual(await json(['rules', '--market', slug, '--at', at]))
    const older = 'bitcoin-up-or-down-november-20-1pm-et'
    expect((await cli(['rules', '--market', older])).code).toBe(1)
    expect(() => rules(older)).toThrow()
    expect(rules(older, { year: 2025 }).window_start).toMatch(/^2025-11-20T18/)
  })
})

function sumOf({ local_us, price, size }: Columns): number {
  let sum = 0
  for (let i = 0; i < price.length; i++) sum += (local_us[i]! % 1e6) + price[i]! * (i % 7) + (size[i]! % 1e9)
  return sum
}

/** What a run file says, but for its name, and how long it took and how much memory. */
function timeless(file: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(file).filter(([name]) => name !== 'run' && !/_(s|mb)$/.test(name)))
}

function nothing(): Strategy {
  return { name: 'nothing-at-all', settings: {}, needs_model: false, init: () => null, on() {} }
}

/** The strategy of the test as a file beside the sources. */
function fileOf(strategy: { name: string }): string {
  const from = (path: string) => JSON.stringify(new URL(`../../core/${path}`, import.meta.url).href)
  return `
import { BID } from ${from('book/book.ts')}
import { tokenBest } from ${from('book/token.ts')}
import { Gate } from ${from('risk/codes.ts')}
import { addResting, standAside } from ${from('strategies/strategy.ts')}
export const strategy = {
  name: '${strategy.name}',
  settings: { size: { type: 'number', default: 10, min: 5, max: 100, unit: 'shares', doc: 'size of each bid' } },
  needs_model: false,
  init: (config: { size: number }) => ({ size: config.size * ${MICRO} }),
  on(state: { size: number }, view: any, desired: any) {
    const best = tokenBest(view.book, 0, BID)
    if (view.time_us < view.start_us || best < 0) standAside(desired, Gate.NOT_STARTED)
    else addResting(desired, 0, 1, 0, best, state.size, false)
  },
}
`
}
