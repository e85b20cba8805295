import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Done, measure, median } from '../../bench/figure.ts'
import { repeatedTape } from '../../bench/repeated-tape.ts'
import { marketMakerOn } from '../../bench/replays.ts'
import type { Report } from '../../bench/report.ts'
import { COLUMNS } from '../../core/events/index.ts'
import { Chain } from '../../core/hash/index.ts'
import { execute } from '../../engine/runners/execute.ts'
import { runOracle } from '../../engine/runners/oracle.ts'
import { openTape, type Tape } from '../../engine/runners/tape.ts'
import { readVerified } from '../../recorders/tape/index.ts'
import { temporary } from '../fixtures/folders.ts'

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))
const EVENTS = 20_000
const run = promisify(execFile)
const folder = temporary()

/** `npm run bench -- …`, with the Node that runs the tests. */
function bench(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [MAIN, ...words])
}

describe('npm run bench --json', () => {
  let report: Report
  let made: Tape

  beforeAll(async () => {
    const dir = join(folder, 'figures')
    const words = ['--events', String(EVENTS), '--runs', '1', '--dir', dir, '--json']
    const { stdout } = await bench('--only', 'book,full,oracle,tape,memory', ...words)
    report = JSON.parse(stdout) as Report
    made = await openTape([join(dir, `made-v1-${EVENTS}`)])
  })

  const result = (name: string) => report.entries.find((one) => one.name === name)!.result

  test('prints the figures of contracts.md as positive numbers, and null for cases not asked for', () => {
    const { book_events_per_s, full_events_per_s, oracle_events_per_s, tape_rows_per_s, peak_rss_mb } = report
    for (const figure of [
      book_events_per_s,
      full_events_per_s,
      oracle_events_per_s,
      tape_rows_per_s,
      peak_rss_mb,
    ])
      expect(figure).toBeGreaterThan(0)
    expect(report.cold).toBeNull()
    expect(report.shipped_events_per_s).toBeNull()
  })

  test('states for each figure its runs, spread, load, and its ratio to the bound', () => {
    expect(report.entries.map(({ name }) => name)).toEqual([
      'book',
      'full',
      'oracle_100ms',
      'oracle_10ms',
      'oracle_1ms',
      'tape',
      'memory',
    ])
    for (const { bound, ratio, met, median, min, max, load } of report.entries) {
      expect(min).toBeLessThanOrEqual(median)
      expect(max).toBeGreaterThanOrEqual(median)
      expect(load).toHaveLength(2)
      // Rounded to three digits: off by half of the last one at most, and a half is as good as any.
      expect(Math.abs(ratio! - median / bound!.value)).toBeLessThanOrEqual(0.0005 + 1e-9)
      expect(met).toBe(bound!.is === 'at_least' ? median >= bound!.value : median <= bound!.value)
    }
  })

  test('says what the tape is', () => {
    const { counts } = made.datasets[0]!.manifest
    expect(report.tapes).toHaveLength(1)
    expect(report.tapes[0]).toMatchObject({ name: 'made', events: counts.rows, markets: counts.markets })
    expect(report.tapes[0]!.decisions_per_1000_events).toBeGreaterThan(10)
  })

  test('its replay is the replay: same hash, decisions, orders and fills as a run of the library', async () => {
    const { machine } = await execute(marketMakerOn(made))
    const { events, decisions, orders, fills, merges } = machine.state.counts
    const expected = { events, decisions, orders, fills, merges, state_hash: Chain.hex(machine.state.chain) }
    expect(result('full')).toEqual(expected)
    expect(result('memory')).toMatchObject(expected)
    expect(fills).toBeGreaterThan(0)
  })

  test('its books and its reader saw every row of the dataset', async () => {
    const sums = COLUMNS.map(() => 0)
    let rows = 0
    for await (const columns of readVerified(made.datasets[0]!)) {
      rows += columns.length
      COLUMNS.forEach(([name], i) => {
        const chunk = columns[name].subarray(0, columns.length) as Float64Array
        sums[i] = sums[i]! + chunk.reduce((sum, value) => sum + value, 0)
      })
    }
    expect(result('tape')).toEqual({ rows, sums })
    expect(result('book').levels).toBe(made.datasets[0]!.manifest.counts.kinds.LEVEL)
  })

  test('its oracle mode is the oracle mode', async () => {
    for (const period_ms of [100, 10, 1]) {
      const { trades, position, cash } = await runOracle(42, EVENTS, period_ms * 1e6)
      expect(result(`oracle_${period_ms}ms`)).toEqual({
        trades,
        position,
        cash: Math.round(cash / 100) / 100,
      })
    }
  })
})

describe('the made tape', () => {
  test('is the same on every machine, and has what a replay needs', async () => {
    const dir = join(folder, 'made')
    await bench('--only', 'tape', '--events', String(EVENTS), '--runs', '1', '--dir', dir, '--json')
    const { manifest } = (await openTape([join(dir, `made-v1-${EVENTS}`)])).datasets[0]!
    expect(manifest.dataset_hash).toMatchInlineSnapshot(
      `"c876902cd8c8a6874df34fa93c4d1d3a6a7ad93cebe1869590def3ac3d885100"`,
    )
    expect(Object.keys(manifest.counts.kinds).sort()).toEqual(['ALIVE', 'LEVEL', 'ORACLE', 'QUOTE', 'TRADE'])
  })
})

describe('a wrong word', () => {
  test.each([
    [['--only', 'full,nope'], /no case "nope"; there are book, full/],
    [['--runs', '0'], /whole number from 1/],
    [['--events', '1e3'], /whole number from 1000/],
    [['--fast'], /unknown option '--fast'/],
  ])('%j is refused with one error and exit 2', async (words, message) => {
    const failed = await bench(...words, '--json').catch((error: { code: number; stderr: string }) => error)
    expect(failed).toMatchObject({ code: 2 })
    const { code, message: said, fix } = JSON.parse((failed as { stderr: string }).stderr)
    expect(said).toMatch(message)
    expect(code).toBe('usage.bench')
    expect(fix).not.toBe('')
  })
})

describe('a measurement', () => {
  const once = (units: number, value: number): Done => ({ units, result: { value } })

  test('runs once more than it counts', async () => {
    let calls = 0
    const { runs, units, result } = await measure(3, (watch) => {
      calls++
      watch.start()
      watch.stop()
      return once(7, 1)
    })
    expect({ calls, runs, units, result }).toEqual({ calls: 4, runs: 3, units: 7, result: { value: 1 } })
  })

  test('is refused when two runs differ in what they did', async () => {
    let calls = 0
    await expect(measure(2, () => once(7, ++calls))).rejects.toMatchObject({ code: 'bench.unequal' })
    calls = 0
    await expect(measure(2, () => once(++calls, 1))).rejects.toMatchObject({ code: 'bench.unequal' })
  })

  test('has the middle value as its median', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })
})

describe('a repeated tape', () => {
  test('is its rows again, later by whole windows and with markets of their own', async () => {
    const dir = join(folder, 'repeated')
    await bench('--only', 'tape', '--events', '5000', '--runs', '1', '--dir', dir, '--json')
    const tape = await openTape([join(dir, 'made-v1-5000')])
    const twice = repeatedTape(tape, 2)
    const [once, both] = [await rowsOf(tape), await rowsOf(twice)]
    expect(twice.rows).toBe(both.length)
    expect(both.slice(0, once.length)).toEqual(once)
    const { markets, instruments } = twice.instruments
    const shift_us = markets[tape.instruments.markets.length]!.start_us - markets[0]!.start_us
    expect(shift_us % 300e6).toBe(0)
    expect(shift_us).toBeGreaterThan(once.at(-1)!.local_us - once[0]!.local_us)
    for (const [i, row] of both.slice(once.length).entries()) {
      const first = once[i]!
      expect(row).toMatchObject({ local_us: first.local_us + shift_us, price: first.price, size: first.size })
      const [a, b] = [instruments[first.instrument]!, instruments[row.instrument]!]
      if (a.kind === 'series') expect(row.instrument).toBe(first.instrument)
      else expect(b).toMatchObject({ outcome: a.outcome, market: a.market + tape.instruments.markets.length })
    }
    expect(new Set(markets.map(({ slug }) => slug)).size).toBe(markets.length)
  })
})

type Row = Record<(typeof COLUMNS)[number][0], number>

async function rowsOf(tape: Tape): Promise<Row[]> {
  const rows: Row[] = []
  for await (const columns of tape.read())
    for (let i = 0; i < columns.length; i++)
      rows.push(Object.fromEntries(COLUMNS.map(([name]) => [name, columns[name][i]!])) as Row)
  return rows
}
