import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRun, type SyntheticRun, writeRun } from '../../test/golden/report/synthetic.ts'
import type { ReportData } from './data.ts'
import { loadReport } from './load.ts'
import { readGaps } from './read/gaps.ts'
import { ReportError, type RunFile } from './run-file.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-report-load-'))
let made: SyntheticRun
let data: ReportData

beforeAll(async () => {
  made = makeRun({ seed: 3, windows: 9 })
  await writeRun(join(root, 'run'), made)
  data = await loadReport(join(root, 'run'))
})
afterAll(() => rmSync(root, { recursive: true }))

type Row = Record<string, number>
const max = (rows: Row[], column: string): number =>
  rows.reduce((most, row) => Math.max(most, row[column]!), -1)

describe('what the loader counts equals what the tables hold', () => {
  test('windows are the rows of their table with the names and times of run.json', () => {
    expect(data.windows).toHaveLength(9)
    for (const [i, row] of made.rows.windows.entries()) {
      expect(data.windows[i]).toMatchObject({ ...row, ...made.run.markets[i] })
    }
  })

  test('buckets of equity keep the last value, both extremes and the deepest drawdown exactly', () => {
    const rows = made.rows.equity
    const { points, bucket_us } = data.equity
    expect(data.equity.rows).toBe(rows.length)
    expect(bucket_us).toBeGreaterThan(0)
    expect(points.length).toBeLessThanOrEqual(560)
    expect(points.at(-1)!.last).toBe(rows.at(-1)!.equity)
    expect(data.equity.start).toBe(5_000_000_000)
    expect(Math.max(...points.map((p) => p.high))).toBe(max(rows, 'equity'))
    expect(Math.min(...points.map((p) => p.low))).toBe(Math.min(...rows.map((r) => r.equity!)))
    expect(Math.max(...points.map((p) => p.drawdown))).toBe(max(rows, 'drawdown'))
    const from = rows[0]!.time_us!
    for (const point of points) {
      const bucket = Math.floor((point.time_us - from) / bucket_us)
      const inside = rows.filter((r) => Math.floor((r.time_us! - from) / bucket_us) === bucket)
      expect(point.last).toBe(inside.at(-1)!.equity)
      expect(point.low).toBe(Math.min(...inside.map((r) => r.equity!)))
      expect(point.high).toBe(max(inside, 'equity'))
    }
  })

  test('inventory is the running sum of the ledger, and ends where the ledger does', () => {
    let up = 0
    let down = 0
    for (const row of made.rows.ledger) {
      if (row.outcome === 0) up += row.shares!
      if (row.outcome === 1) down += row.shares!
    }
    const last = data.inventory.points.at(-1)!
    expect({ up: last.up, down: last.down }).toEqual({ up, down })
    expect(data.inventory.rows).toBe(made.rows.ledger.length)
  })

  test('a path has every fill of its window, and its buckets hold the last touch and its extremes', () => {
    expect(data.paths.map((p) => p.market)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    for (const path of data.paths) {
      const decisions = made.rows.decisions.filter((d) => d.market === path.market)
      const fills = made.rows.fills.filter((f) => f.market === path.market)
      expect(path.rows).toBe(decisions.length)
      expect(path.fills_left_out).toBe(0)
      expect(path.fills.map((f) => [f.price, f.size, f.outcome, f.failed])).toEqual(
        fills
          .sort((a, b) => a.matched_us! - b.matched_us!)
          .map((f) => [f.price, f.size, f.outcome, f.failed_us! > 0]),
      )
      expect(path.bucket.length).toBeLessThanOrEqual(301)
      for (const [i, bucket] of path.bucket.entries()) {
        const inside = decisions.filter(
          (d) => Math.floor((d.time_us! - path.from_us) / path.step_us) === bucket,
        )
        const asks = inside.filter((d) => d.best_ask! >= 0).map((d) => d.best_ask!)
        expect(path.bid[i]).toBe(inside.at(-1)!.best_bid)
        expect(path.high[i]).toBe(asks.length === 0 ? -1 : Math.max(...asks))
        expect(path.low[i]).toBe(Math.min(...inside.map((d) => d.best_bid!)))
      }
    }
  })

  test('markouts are means over maker fills that did not fail', () => {
    const makers = made.rows.fills.filter((f) => f.maker === 1 && f.failed_us === 0)
    expect(data.markouts.fills).toBe(makers.length)
    for (const h of data.markouts.horizons) {
      const values = makers.map((f) =>
        h.seconds === 0
          ? (f.outcome === 0 ? f.mid! : 10_000 - f.mid!) - f.price!
          : f[`markout_${h.seconds}s`]!,
      )
      const known = values.filter((v) => !Number.isNaN(v))
      expect(h.n).toBe(known.length)
      expect(h.missing).toBe(values.length - known.length)
      expect(h.mean).toBeCloseTo(known.reduce((a, b) => a + b, 0) / known.length, 9)
      expect(h.positive).toBe(known.filter((v) => v > 0).length)
      expect(h.bins.reduce((a, b) => a + b, 0)).toBe(h.n)
    }
  })

  test('lifetimes count every resting order once', () => {
    const { orders, rejected, unanswered, endings } = data.lifetimes
    expect(orders + rejected + unanswered).toBe(made.rows.orders.length)
    expect(endings.reduce((n, e) => n + e.n, 0)).toBe(orders)
    const filled = endings.find((e) => e.name === 'filled')!
    const lives = made.rows.orders
      .filter((o) => o.status === 5)
      .map((o) => o.done_us! - o.accepted_us!)
      .sort((a, b) => a - b)
    expect(filled.n).toBe(lives.length)
    expect(filled.median_us).toBe(
      (lives[Math.floor((lives.length - 1) / 2)]! + lives[Math.ceil((lives.length - 1) / 2)]!) / 2,
    )
    expect(filled.counts.reduce((a, b) => a + b, 0)).toBe(filled.n)
  })

  test('every decision has one fate, every refusal one gate', () => {
    const { decisions, changed, kept, wanted_nothing, gates, triggers, regimes, refused, intents } = data.idle
    const all = (tallies: { n: number }[]): number => tallies.reduce((n, t) => n + t.n, 0)
    expect(decisions).toBe(made.rows.decisions.length)
    expect(changed + kept + wanted_nothing + all(gates)).toBe(decisions)
    expect(all(triggers)).toBe(decisions)
    expect(all(regimes)).toBe(decisions)
    expect(intents).toBe(made.rows.intents.length)
    expect(all(refused)).toBe(made.rows.intents.filter((i) => i.gate !== 0).length)
  })

  test('calibration takes at most one sample a window and 30 s, of resolved windows only', () => {
    const { rows } = made
    const taken = new Map<string, { q: number; mid: number; up: number }>()
    for (const d of rows.decisions) {
      const window = rows.windows[d.market!]!
      const start = made.run.markets[d.market!]!.start_us
      if (window.class === 0 || Number.isNaN(d.q_up) || d.best_bid! <= 0 || d.best_ask! <= 0) continue
      const key = `${d.market}/${Math.floor((d.time_us! - start) / 30e6)}`
      if (taken.has(key)) continue
      const up = window.up_payout === 10_000 ? 1 : 0
      taken.set(key, { q: d.q_up!, mid: (d.best_bid! + d.best_ask!) / 20_000, up })
    }
    const samples = [...taken.values()]
    const c = data.calibration
    expect(c.samples).toBe(samples.length)
    expect(c.windows).toBe(8)
    const brier = (of: 'q' | 'mid'): number =>
      samples.reduce((total, s) => total + (s[of] - s.up) ** 2, 0) / samples.length
    expect(c.model.brier).toBeCloseTo(brier('q'), 12)
    expect(c.market.brier).toBeCloseTo(brier('mid'), 12)
    expect(c.difference).toBeCloseTo(brier('q') - brier('mid'), 12)
    expect(c.model.bins.reduce((n, b) => n + b.count, 0)).toBe(samples.length)
  })

  test('halts are the breaches of the drawdown limit, other events are counted apart', () => {
    const halts = made.rows.risk_events.filter((e) => e.kind === 1)
    expect(data.halts).toEqual(halts.map(({ time_us, value, limit }) => ({ time_us, value, limit })))
    expect(data.risk_events).toEqual([{ code: 2, n: 1 }])
  })

  test('an idle run loads: no orders, no fills, no inventory', async () => {
    await writeRun(join(root, 'idle'), makeRun({ seed: 3, windows: 2, idle: true }))
    const idle = await loadReport(join(root, 'idle'))
    expect(idle.markouts.fills).toBe(0)
    expect(idle.lifetimes).toMatchObject({ orders: 0, rejected: 0, endings: [] })
    expect(idle.paths.map((p) => p.fills.length)).toEqual([0, 0])
  })

  test('a run without a window loads', async () => {
    await writeRun(join(root, 'none'), makeRun({ seed: 3, windows: 0 }))
    const none = await loadReport(join(root, 'none'))
    expect(none).toMatchObject({ windows: [], paths: [], from_us: Number.NaN })
    expect(none.calibration.samples).toBe(0)
  })

  test('a path with quotes, brackets and stars is only a path', async () => {
    const odd = join(root, "it's [a] *run?")
    cpSync(join(root, 'run'), odd, { recursive: true })
    expect((await loadReport(odd)).windows).toEqual(data.windows)
  })
})

describe('gaps', () => {
  const shipped = fileURLToPath(new URL('../../datasets/btc-5m-2026-04-15', import.meta.url))
  const manifest = JSON.parse(readFileSync(join(shipped, 'manifest.json'), 'utf8'))
  const ledger = JSON.parse(readFileSync(join(shipped, 'gaps.json'), 'utf8'))
  const { markets } = JSON.parse(readFileSync(join(shipped, 'instruments.json'), 'utf8'))

  /** The run without stored intervals, over a dataset at `path` with a hash. */
  function unstored(path: string, dataset_hash: string): RunFile {
    const { intervals: _, ...gaps } = made.run.gaps
    const dataset = { ...made.run.datasets[0]!, path, dataset_hash }
    return { ...made.run, gaps, datasets: [dataset], markets: [...markets].reverse() }
  }

  test('are those that the run stored', () => {
    expect(data.gaps).toMatchObject({ source: 'run', total: 2 })
    expect(data.gaps.intervals).toEqual(made.run.gaps.intervals)
  })

  test('come from the dataset where the run stored none, its markets found by name', async () => {
    const { intervals, total, source } = await readGaps(unstored(shipped, manifest.dataset_hash))
    expect({ total, source }).toEqual({ total: ledger.length, source: 'dataset' })
    const seconds = (from: number, to: number): number => (to - from) / 1e6
    const sum = ledger.reduce(
      (s: number, g: { from_us: number; to_us: number }) => s + seconds(g.from_us, g.to_us),
      0,
    )
    expect(intervals.reduce((s, g) => s + seconds(g.start_us, g.end_us), 0)).toBeCloseTo(sum, 3)
    for (const gap of ledger) {
      const found = intervals.find(
        (g) => g.start_us === gap.from_us && g.end_us === gap.to_us && g.cause === gap.reason,
      )
      expect(found).toBeDefined()
      if (gap.market !== null)
        expect(intervals.some((g) => g.market === markets.length - 1 - gap.market)).toBe(true)
    }
  })

  test('of a dataset that has changed, is damaged or gone are not drawn', async () => {
    const none = { intervals: [], total: 0, source: 'none' }
    expect(await readGaps(unstored(shipped, '0'.repeat(64)))).toEqual(none)
    expect(await readGaps(unstored(join(root, 'gone'), manifest.dataset_hash))).toEqual(none)
    const damaged = join(root, 'damaged-dataset')
    cpSync(shipped, damaged, { recursive: true })
    writeFileSync(join(damaged, 'gaps.json'), '[')
    expect(await readGaps(unstored(damaged, manifest.dataset_hash))).toEqual(none)
  })
})

describe('a run folder that is not whole is refused in one clear error', () => {
  async function refusal(name: string, harm: (dir: string) => void | Promise<void>): Promise<ReportError> {
    const dir = join(root, name)
    cpSync(join(root, 'run'), dir, { recursive: true })
    await harm(dir)
    const error = await loadReport(dir).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ReportError)
    return error as ReportError
  }

  test('no run.json', async () => {
    const error = await refusal('no-run', (dir) => rmSync(join(dir, 'run.json')))
    expect(error).toMatchObject({ code: 'report.no_run', file: join(root, 'no-run/run.json') })
    expect(error.fix).toContain('engine backtest')
  })

  test('run.json that is cut off', async () => {
    const error = await refusal('cut', (dir) => writeFileSync(join(dir, 'run.json'), '{"run": "x"'))
    expect(error.code).toBe('report.run_json')
    expect(error.message).toContain('is not JSON')
  })

  test('a field of the wrong type names the field', async () => {
    const error = await refusal('field', (dir) => {
      const file = join(dir, 'run.json')
      const run = JSON.parse(readFileSync(file, 'utf8'))
      run.windows.total = 'nine'
      writeFileSync(file, JSON.stringify(run))
    })
    expect(error).toMatchObject({ code: 'report.run_json', field: 'windows.total' })
    expect(error.message).toContain('windows.total')
  })

  test('a missing table names the file', async () => {
    const error = await refusal('table', (dir) => rmSync(join(dir, 'fills.parquet')))
    expect(error).toMatchObject({ code: 'report.missing_table', file: join(root, 'table/fills.parquet') })
  })

  test('a table that is not Parquet names the file', async () => {
    const error = await refusal('damaged', (dir) => writeFileSync(join(dir, 'fills.parquet'), 'no'))
    expect(error).toMatchObject({ code: 'report.table', file: join(root, 'damaged/fills.parquet') })
  })

  test('a missing column names file and column', async () => {
    const error = await refusal('column', async (dir) => {
      const instance = await DuckDBInstance.create(':memory:')
      const connection = await instance.connect()
      const from = join(root, 'run/fills.parquet')
      await connection.run(
        `COPY (SELECT * EXCLUDE (markout_5s) FROM read_parquet('${from}')) TO '${join(dir, 'fills.parquet')}' (FORMAT parquet)`,
      )
      connection.closeSync()
      instance.closeSync()
    })
    expect(error).toMatchObject({ code: 'report.missing_column', field: 'markout_5s' })
    expect(error.message).toContain('fills.parquet')
  })

  test('a window of a market that run.json does not list', async () => {
    const error = await refusal('market', (dir) => {
      const file = join(dir, 'run.json')
      const run = JSON.parse(readFileSync(file, 'utf8'))
      run.markets.pop()
      writeFileSync(file, JSON.stringify(run))
    })
    expect(error).toMatchObject({ code: 'report.unknown_market', field: 'market' })
  })
})
