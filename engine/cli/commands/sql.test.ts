import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { addRun, openCatalog } from '../../../recorders/sql/index.ts'
import { openDataset } from '../../../recorders/tape/index.ts'
import { cli } from '../../../test/fixtures/cli.ts'
import { temporary } from '../../../test/fixtures/folders.ts'
import { readRunFile } from '../../runners/rerun.ts'
import type { Io } from '../io.ts'

const folder = temporary()
const sql = (words: readonly string[], io: Partial<Io> = {}) => cli(['sql', ...words], { cwd: folder, ...io })
const simulated = join(folder, 'sim', 'a')
const run = join(folder, 'run')

beforeAll(async () => {
  for (const [seed, name] of [
    ['3', 'a'],
    ['4', 'b'],
  ]) {
    const words = ['simulate', '--seed', seed!, '--windows', '1', '--out', join(folder, 'sim', name!)]
    expect((await cli(words)).code).toBe(0)
  }
  const backtest = ['backtest', simulated, '--strategy', 'market-maker', '--out', run, '--no-report']
  expect((await cli(backtest)).code).toBe(0)
})

describe('engine sql', () => {
  test('asks the shipped dataset where no other is named, and answers in a table', async () => {
    const { code, out, err } = await sql(['SELECT count(*) AS rows FROM events'])
    expect({ code, out }).toEqual({ code: 0, out: '   rows\n1234572\n' })
    expect(err).toMatch(/^1 row, [\d.]+ m?s\n$/)
  })

  test('gives an array of row objects under --json, as under --format json', async () => {
    const query = 'SELECT dataset, count(*) AS markets FROM markets GROUP BY dataset'
    const one = await sql([query, '--json', '--data', simulated])
    const other = await sql([query, '--format', 'json', '--data', simulated])
    expect(one).toEqual(other)
    expect(JSON.parse(one.out)).toEqual([{ dataset: 'a', markets: 1 }])
    expect(one.err).toBe('')
  })

  test('stops a statement that runs too long, and one that needs too much memory, in one line', async () => {
    const long = 'SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = -1'
    const timed = await sql([long, '--timeout', '1'])
    expect(timed).toMatchObject({ code: 1, out: '' })
    expect(timed.err).toMatch(/^engine: the statement ran longer than 1 s.*--timeout.*\n$/)
    const wide = 'SELECT string_agg(repeat(range::VARCHAR, 1000), ) FROM range(1000000)'
    const large = await sql([wide.replace(', )', ", '')"), '--memory', '64', '--json'])
    expect(large.code).toBe(1)
    expect(JSON.parse(large.err)).toMatchObject({
      code: 'sql.query',
      message: expect.stringContaining('Out of Memory'),
    })
    expect(await sql(['SELECT 1', '--memory', 'all'])).toMatchObject({ code: 2 })
  })

  test('takes several datasets, and patterns of them', async () => {
    const query = 'SELECT dataset, count(*) AS n FROM markets GROUP BY dataset ORDER BY dataset'
    const both = [
      { dataset: 'a', n: 1 },
      { dataset: 'b', n: 1 },
    ]
    const named = await sql([query, '--json', '--data', 'sim/a', '--data', join(folder, 'sim/b')])
    expect(JSON.parse(named.out)).toEqual(both)
    expect(JSON.parse((await sql([query, '--json', '--data', 'sim/*'])).out)).toEqual(both)
    const none = await sql([query, '--json', '--data', 'nothing/*'])
    expect(none.code).toBe(1)
    expect(JSON.parse(none.err)).toMatchObject({ code: 'sql.no_data', field: '--data' })
  })

  test('takes a query, a file of statements, or stdin, of which the last result is shown', async () => {
    writeFileSync(
      join(folder, 'q.sql'),
      'CREATE TABLE t AS SELECT 41 AS n;\nSELECT n + 1 AS n FROM t; -- the end\n',
    )
    for (const words of [['q.sql'], ['-'], []]) {
      const stdin = Readable.from([readFileSync(join(folder, 'q.sql'))]) as Io['stdin']
      expect(await sql([...words, '--format', 'csv'], { stdin })).toEqual({
        code: 0,
        out: 'n\r\n42\r\n',
        err: '',
      })
    }
  })

  test('is a prompt on a terminal', async () => {
    const stdin = Object.assign(Readable.from(['SELECT 6 * 7 AS n;\n', '.quit\n']), {
      isTTY: true,
    }) as Io['stdin']
    const env = { XDG_CACHE_HOME: join(folder, 'cache') }
    const { code, out } = await sql([], { stdin, env, width: 80 })
    expect(code).toBe(0)
    expect(out).toContain('42')
    expect(readFileSync(join(folder, 'cache', 'lockstep', 'sql-history'), 'utf8')).toContain('6 * 7')
  })

  test('writes a file whole or not at all, by the ending of its name, and replaces none', async () => {
    const query = 'SELECT "row", time FROM events WHERE "row" < 5 ORDER BY "row"'
    for (const name of ['five.csv', 'five.json', 'five.parquet', 'five.arrow']) {
      expect(await sql([query, '--out', name])).toMatchObject({ code: 0, out: '' })
    }
    expect(readFileSync(join(folder, 'five.csv'), 'utf8').split('\r\n')).toHaveLength(7)
    expect(JSON.parse(readFileSync(join(folder, 'five.json'), 'utf8'))).toHaveLength(5)
    expect(readFileSync(join(folder, 'five.parquet')).subarray(0, 4).toString()).toBe('PAR1')
    expect(readFileSync(join(folder, 'five.arrow')).subarray(0, 6).toString()).toBe('ARROW1')
    const again = await sql([query, '--out', 'five.csv', '--json'])
    expect(JSON.parse(again.err)).toMatchObject({ code: 'sql.out_exists', field: '--out' })
    const before = readdirSync(folder)
    const failed = await sql(["SELECT 1; SELECT error('in the midst')", '--out', 'none.csv'])
    expect(failed.code).toBe(1)
    expect(readdirSync(folder)).toEqual(before)
  })

  test('gives bytes to a pipe and not to a terminal', async () => {
    const piped = await sql(['SELECT 1 AS a', '--format', 'parquet'])
    expect(piped.code).toBe(0)
    expect(piped.out).toMatch(/^PAR1[\s\S]*PAR1$/)
    expect((await sql(['SELECT 1 AS a', '--format', 'arrow'], { width: 80 })).code).toBe(2)
  })

  test('limits rows, of a table on a terminal by itself, and says so', async () => {
    const query = 'SELECT * FROM range(150)'
    const shown = await sql([query], { width: 80 })
    expect(shown.out.trimEnd().split('\n')).toHaveLength(101)
    expect(shown.err).toMatch(/^the first 100 rows, .*--limit 0 gives all\n$/)
    expect((await sql([query, '--limit', '0'], { width: 80 })).out.trimEnd().split('\n')).toHaveLength(151)
    expect(JSON.parse((await sql([query, '--limit', '7', '--json'])).out)).toHaveLength(7)
    expect((await sql([query, '--out', 'seven.parquet', '--limit', '7'])).code).toBe(0)
    const back = await sql(['SELECT 1 AS n', '--limit', 'x'])
    expect(back.code).toBe(2)
  })

  test('ends with 1 for what DuckDB refuses, naming the place, and with 2 for a mistake of usage', async () => {
    const wrong = await sql(['SELECT 1; SELECT nothing FROM events', '--json'])
    expect(wrong).toMatchObject({ code: 1, out: '' })
    expect(JSON.parse(wrong.err)).toMatchObject({
      code: 'sql.query',
      message: expect.stringMatching(/^statement 2 of 2, .*At line 1, column 8/),
    })
    expect((await sql(['missing.sql'])).code).toBe(1)
    for (const words of [
      ['SELECT 1', '--format', 'xml'],
      ['SELECT 1', '--json', '--format', 'csv'],
      [' -- '],
      ['SELECT 1', '--threads', '0'],
    ]) {
      expect((await sql(words)).code, words.join(' ')).toBe(2)
    }
  })

  test('stops by a signal, and leaves nothing', async () => {
    const before = readdirSync(folder)
    const reason = Object.assign(new Error('stopped by SIGINT'), {
      code: 'cli.stopped',
      exit: 130,
      fix: 'again',
    })
    const signal = AbortSignal.abort(reason)
    const stopped = await sql(['SELECT * FROM events', '--out', 'stopped.csv'], { signal })
    expect(stopped.code).toBe(130)
    expect(readdirSync(folder)).toEqual(before)
  })
})

describe('a run', () => {
  test('is asked beside its datasets', async () => {
    const query =
      'SELECT (SELECT count(*) FROM decisions) AS decisions, (SELECT count(*) FROM events) AS events'
    const { out } = await sql([query, '--json', '--run', 'run'])
    const { decisions, events } = await readRunFile(run)
    expect(JSON.parse(out)).toEqual([{ decisions, events }])
  })

  test('has positions that follow from its ledger, and signals from its decisions', async () => {
    const { datasets, markets } = await readRunFile(run)
    const catalog = await openCatalog([await openDataset(datasets[0]!.path)])
    await addRun(catalog, run, markets)
    const ledger = await catalog.query(
      'SELECT entry, kind, market, outcome, shares, cash FROM ledger ORDER BY entry',
    )
    const held = new Map<string, { up: number; down: number; cash: number }>()
    const expected = ledger.flatMap(({ entry, kind, market, outcome, shares, cash }) => {
      if (market === null) return []
      const at = held.get(String(market)) ?? { up: 0, down: 0, cash: 0 }
      held.set(String(market), at)
      const both = kind === 'merge' || kind === 'split'
      if (both || outcome === 'up') at.up += Number(shares)
      if (both || outcome === 'down') at.down += Number(shares)
      at.cash += Number(cash)
      return [
        {
          entry,
          market,
          up: at.up,
          down: at.down,
          pairs: Math.min(at.up, at.down),
          unpaired: at.up - at.down,
          cash: at.cash,
        },
      ]
    })
    expect(expected.length).toBeGreaterThan(5)
    const positions = await catalog.query('SELECT * FROM positions ORDER BY entry')
    expect(positions).toHaveLength(expected.length)
    for (const [i, row] of positions.entries()) {
      for (const [name, value] of Object.entries(expected[i]!)) {
        if (typeof value === 'number') expect(row[name], name).toBeCloseTo(value, 5)
        else expect(row[name], name).toBe(value)
      }
    }
    const decisions = await catalog.query(
      'SELECT decision, q_up, bid, ask FROM decisions WHERE q_up IS NOT NULL ORDER BY decision',
    )
    const signals = await catalog.query(
      'SELECT decision, q_up, bid, ask, edge_up, edge_down, direction FROM signals ORDER BY decision',
    )
    expect(signals.length).toBeGreaterThan(100)
    expect(signals.map(({ decision, q_up, bid, ask }) => ({ decision, q_up, bid, ask }))).toEqual(decisions)
    for (const { q_up, bid, ask, edge_up, edge_down, direction } of signals) {
      const up = ask === null ? null : Number(q_up) - Number(ask)
      const down = bid === null ? null : 1 - Number(q_up) - (1 - Number(bid))
      if (up === null) expect(edge_up).toBeNull()
      else expect(edge_up).toBeCloseTo(up, 9)
      if (down === null) expect(edge_down).toBeNull()
      else expect(edge_down).toBeCloseTo(down, 9)
      expect(direction).toBe(
        edge_up !== null && Number(edge_up) > 0
          ? 'up'
          : edge_down !== null && Number(edge_down) > 0
            ? 'down'
            : 'none',
      )
    }
    catalog.close()
  })

  test('has orders with their attempts', async () => {
    const { datasets, markets } = await readRunFile(run)
    const catalog = await openCatalog([await openDataset(datasets[0]!.path)])
    await addRun(catalog, run, markets)
    const intents = await catalog.query(
      "SELECT kind, \"order\", gate FROM intents WHERE kind IN ('create', 'cancel')",
    )
    const orders = await catalog.query('SELECT "order", attempts, cancels, refused FROM orders')
    expect(orders.length).toBeGreaterThan(5)
    for (const { order, attempts, cancels, refused } of orders) {
      const own = intents.filter((intent) => intent.order === order)
      expect([attempts, cancels, refused]).toEqual([
        own.filter(({ kind }) => kind === 'create').length,
        own.filter(({ kind }) => kind === 'cancel').length,
        own.filter(({ gate }) => gate !== null).length,
      ])
    }
    catalog.close()
  })
})
