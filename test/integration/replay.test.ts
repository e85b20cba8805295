import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { formatIso } from '../../core/units/index.ts'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { ask, tamper } from '../fixtures/run-tables.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'
import { JUNE } from '../fixtures/synthetic-tape.ts'

/** `engine replay`: a run made again is the same, and where it is not, the first difference is named from both sides. */

const root = temporary()
const DATA = join(root, 'data')
const RUN = join(root, 'run')

const DIFFERENCE = z.looseObject({
  event: z.int().nullable(),
  time: z.string().nullable(),
  kind: z.string(),
  field: z.string(),
  recorded: z.unknown(),
  replayed: z.unknown(),
})
const VERIFIED = z.looseObject({
  equal: z.boolean(),
  state_hash: z.string().regex(/^[0-9a-f]{64}$/),
  first_difference: DIFFERENCE.optional(),
})

beforeAll(async () => {
  await smallDataset(DATA, { silence_s: 12 })
  await json(['backtest', DATA, '--out', RUN, '--no-report', '--param', 'exchange.fail_probability=0.1'])
})

/** A copy of the run, to be spoilt. */
function copy(name: string): string {
  const dir = join(root, 'copies', name)
  rmSync(dir, { recursive: true, force: true })
  cpSync(RUN, dir, { recursive: true })
  return dir
}

/** What `replay --verify` says of a run that is not what it was. */
async function unequal(dir: string, more: string[] = []) {
  const ran = await cli(['replay', dir, ...(more.length > 0 ? more : ['--verify']), '--json'])
  expect(ran).toMatchObject({ code: 1, err: '' })
  const result = VERIFIED.parse(oneObject(ran.out))
  expect(result.equal).toBe(false)
  return result.first_difference!
}

describe('a run that was not touched', () => {
  test('is equal, with its state hash', async () => {
    const result = await json(['replay', RUN, '--verify'])
    expect(VERIFIED.parse(result)).toMatchObject({ equal: true, state_hash: runFile(RUN).state_hash })
    expect(result.first_difference).toBeUndefined()
  })

  test('is equal in words, and verifying is the default', async () => {
    const ran = await cli(['replay', RUN])
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain('equal')
    expect(ran.out).toContain(String(runFile(RUN).state_hash))
  })

  test('leaves the run folder as it was', async () => {
    const before = readFileSync(join(RUN, 'decisions.parquet'))
    await json(['replay', RUN, '--verify'])
    expect(readFileSync(join(RUN, 'decisions.parquet')).equals(before)).toBe(true)
  })
})

describe('a table that was tampered with', () => {
  test.each([
    ['decisions', 'q_up', 'q_up + 0.001'],
    ['decisions', 'gate', '(gate + 1)::UTINYINT'],
    ['decisions', 'cash', 'cash + 1'],
    ['intents', 'price', 'price + 100'],
    ['intents', 'key_lo', '(key_lo - 1)::UINTEGER'],
    ['fills', 'size', 'size + 1'],
    ['fills', 'markout_1s', 'coalesce(markout_1s, 0) + 1'],
    ['orders', 'filled', 'filled + 1'],
    ['ledger', 'balance', 'balance - 1'],
    ['equity', 'drawdown', 'drawdown + 1'],
    ['hashes', 'h5', 'xor(h5, 1::UINTEGER)'],
    ['windows', 'net', 'net + 1'],
  ])('%s, column %s: the row, its time and both values', async (table, field, change) => {
    const dir = copy('tampered')
    const [count] = await ask(dir, `SELECT count(*) AS n FROM {${table}}`)
    const at = Math.floor(count!.n! / 2)
    await tamper(
      dir,
      table,
      `SELECT * REPLACE (CASE WHEN nr = ${at} THEN ${change} ELSE ${field} END AS ${field}) FROM kept`,
    )
    const [was] = await ask(RUN, `SELECT * FROM {${table}} WHERE file_row_number = ${at}`)
    const [is] = await ask(dir, `SELECT * FROM {${table}} WHERE file_row_number = ${at}`)
    const difference = await unequal(dir)
    expect(difference).toMatchObject({
      kind: table,
      row: at,
      field,
      recorded: is![field],
      replayed: was![field],
    })
    const time = was!.time_us ?? was!.matched_us ?? was!.intended_us
    expect(difference.time).toBe(time === undefined ? null : formatIso(time))
    if (was!.event !== undefined) expect(difference.event).toBe(was!.event)
  })

  test('the earliest of several differences is the one that is named', async () => {
    const dir = copy('several')
    await tamper(
      dir,
      'ledger',
      'SELECT * REPLACE (CASE WHEN nr = 40 THEN cash + 1 ELSE cash END AS cash) FROM kept',
    )
    await tamper(
      dir,
      'decisions',
      'SELECT * REPLACE (CASE WHEN nr >= 100 THEN 3 ELSE market END::UINTEGER AS market) FROM kept',
    )
    const [decision] = await ask(RUN, 'SELECT time_us FROM {decisions} WHERE file_row_number = 100')
    const [entry] = await ask(RUN, 'SELECT time_us FROM {ledger} WHERE file_row_number = 40')
    expect(entry!.time_us!).toBeGreaterThan(decision!.time_us!)
    expect(await unequal(dir)).toMatchObject({ kind: 'decisions', row: 100, field: 'market', recorded: 3 })
  })

  test('a row that is missing at the end', async () => {
    const dir = copy('short')
    await tamper(dir, 'decisions', 'SELECT * FROM kept WHERE nr < (SELECT max(nr) FROM kept)')
    const { decisions } = runFile(RUN) as { decisions: number }
    expect(await unequal(dir)).toMatchObject({
      kind: 'decisions',
      row: decisions - 1,
      field: 'row',
      recorded: null,
      replayed: 'present',
    })
  })

  test('in words: both sides, and where', async () => {
    const dir = copy('words')
    await tamper(
      dir,
      'decisions',
      'SELECT * REPLACE (CASE WHEN nr = 50 THEN 7777 ELSE best_bid END AS best_bid) FROM kept',
    )
    const [was] = await ask(RUN, 'SELECT * FROM {decisions} WHERE file_row_number = 50')
    const ran = await cli(['replay', dir, '--verify'])
    expect(ran.code).toBe(1)
    expect(ran.out).toContain(
      `first difference: decisions, row 50, field best_bid, at ${formatIso(was!.time_us!)}, after ${was!.event} events`,
    )
    expect(ran.out).toContain(`  recorded 7777\n  replayed ${was!.best_bid}\n`)
  })
})

describe('a run.json that was tampered with', () => {
  test.each([
    ['net_pnl_usdc', 1e6],
    ['state_hash', 'f'.repeat(64)],
    ['fills', 0],
  ])('%s: the figure from both sides', async (field, lie) => {
    const dir = copy('figures')
    editRun(dir, { [field]: lie })
    expect(await unequal(dir)).toMatchObject({
      kind: 'run',
      field,
      recorded: lie,
      replayed: runFile(RUN)[field],
      event: null,
      time: null,
    })
  })

  test('a count of windows', async () => {
    const dir = copy('figures')
    const { windows } = runFile(dir) as { windows: object }
    editRun(dir, { windows: { ...windows, settlement: 7 } })
    expect(await unequal(dir)).toMatchObject({
      kind: 'run',
      field: 'windows.settlement',
      recorded: 7,
      replayed: 2,
    })
  })

  test('another configuration decides otherwise, and the first such decision is named', async () => {
    const dir = copy('config')
    const { config } = runFile(dir) as { config: Record<string, object> }
    editRun(dir, { config: { ...config, exchange: { ...config.exchange, entry_latency_ms: 400 } } })
    const difference = await unequal(dir)
    expect(difference.time! > formatIso(JUNE)).toBe(true)
    expect(difference.event).toBeGreaterThan(0)
    expect(difference.recorded).not.toEqual(difference.replayed)
  })

  test.each([
    ['not JSON', '{', { code: 'report.run_json' }],
    ['a missing field', { seed: undefined }, { code: 'report.run_json', field: 'seed' }],
    [
      'a missing strategy source',
      { strategy_source: undefined },
      { code: 'run.file', field: 'strategy_source' },
    ],
    ['an unknown strategy', { strategy: 'oracle' }, { code: 'strategy.unknown', field: 'strategy' }],
    ['an unknown setting', { config: { risk: { luck: 1 } } }, { code: 'config.unknown', field: 'risk.luck' }],
  ])('%s is refused', async (_, change, expected) => {
    const dir = copy('broken')
    if (typeof change === 'string') writeFileSync(join(dir, 'run.json'), change)
    else editRun(dir, change)
    const ran = await cli(['replay', dir, '--json'])
    expect(ran.code).toBeGreaterThan(0)
    expect(ran.out).toBe('')
    const error = oneObject(ran.err)
    expect(error).toMatchObject(expected)
    expect(error.fix).not.toBe('')
  })
})

describe('files that cannot be read', () => {
  test('a table that is missing', async () => {
    const dir = copy('missing')
    rmSync(join(dir, 'fills.parquet'))
    const ran = await cli(['replay', dir, '--json'])
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(oneObject(ran.err)).toMatchObject({ code: 'run.table', file: join(dir, 'fills.parquet') })
  })

  test('a table that is torn', async () => {
    const dir = copy('torn')
    const file = join(dir, 'decisions.parquet')
    writeFileSync(file, readFileSync(file).subarray(0, 10_000))
    expect(oneObject((await cli(['replay', dir, '--json'])).err)).toMatchObject({ code: 'run.table', file })
  })

  test('a table without a column', async () => {
    const dir = copy('column')
    await tamper(dir, 'ledger', 'SELECT * EXCLUDE (balance) FROM kept')
    expect(oneObject((await cli(['replay', dir, '--json'])).err)).toMatchObject({
      code: 'run.table',
      file: join(dir, 'ledger.parquet'),
      field: 'balance',
    })
  })

  test('a folder that is no run', async () => {
    expect(oneObject((await cli(['replay', DATA, '--json'])).err)).toMatchObject({
      code: 'run.missing',
      file: join(DATA, 'run.json'),
    })
  })
})

describe('the dataset of a run', () => {
  test('that moved is asked for, and found where --dataset says', async () => {
    const dir = join(root, 'moving')
    await smallDataset(dir)
    const out = join(root, 'moved-run')
    await json(['backtest', dir, '--out', out, '--no-report', '--strategy', 'nothing'])
    renameSync(dir, `${dir}-away`)
    const ran = await cli(['replay', out, '--json'])
    expect(ran).toMatchObject({ code: 1, out: '' })
    const error = oneObject(ran.err)
    expect(error).toMatchObject({ code: 'run.dataset_moved', file: join(dir, 'manifest.json') })
    expect(error.fix).toContain('--dataset')
    expect(await json(['replay', out, '--dataset', `${dir}-away`])).toMatchObject({ equal: true })
  })

  test('of another hash is refused with both hashes', async () => {
    const dir = join(root, 'other')
    const { dataset_hash } = await smallDataset(dir, { seed: 8 })
    const ran = await cli(['replay', RUN, '--dataset', dir, '--json'])
    expect(ran).toMatchObject({ code: 1, out: '' })
    const error = oneObject(ran.err)
    expect(error).toMatchObject({ code: 'run.dataset', file: dir, field: 'dataset_hash' })
    expect(error.message).toContain(dataset_hash)
    expect(error.message).toContain(runFile(RUN).dataset_hash)
  })
})

describe('--until', () => {
  const UNTIL = z.looseObject({
    equal: z.boolean(),
    until: z.string(),
    events: z.int(),
    decisions: z.int(),
    fills: z.int(),
    cash_usdc: z.number(),
    equity_usdc: z.number(),
    open_orders: z.int(),
    positions: z.array(z.object({ market: z.string(), up: z.number(), down: z.number() })),
    state_hash: z.string(),
  })

  test.each([-200, 0, 33.3, 61.0005, 142, 299.999, 300, 415.1, 689.3, 692, 697.5, 10_000])(
    '%d s after the first window begins it stands as the run did',
    async (s) => {
      const until_us = JUNE + Math.round(s * 1e6)
      const result = UNTIL.parse(await json(['replay', RUN, '--until', formatIso(until_us)]))
      expect(result).toMatchObject({ equal: true, until: formatIso(until_us) })
      const [stood] = await ask(
        RUN,
        `SELECT (SELECT count(*) FROM {decisions} WHERE time_us <= ${until_us}) AS decisions,
          (SELECT count(*) FROM {fills} WHERE matched_us <= ${until_us}) AS fills,
          coalesce((SELECT last(balance ORDER BY entry) FROM {ledger} WHERE time_us <= ${until_us}), 5e9) / 1e6 AS cash_usdc,
          (SELECT count(*) FROM {orders} WHERE intended_us <= ${until_us} AND (done_us = 0 OR done_us > ${until_us})) AS open_orders`,
      )
      expect(result).toMatchObject(stood!)
    },
  )

  test('after all that the run did it is the run, with its hash', async () => {
    const result = await json(['replay', RUN, '--until', formatIso(JUNE + 1e10)])
    expect(result.state_hash).toBe(runFile(RUN).state_hash)
  })

  test('a difference before it is seen, one after it is not', async () => {
    const dir = copy('until')
    await tamper(
      dir,
      'decisions',
      'SELECT * REPLACE (CASE WHEN nr = 800 THEN 0.123 ELSE q_up END AS q_up) FROM kept',
    )
    const [row] = await ask(dir, 'SELECT time_us FROM {decisions} WHERE file_row_number = 800')
    expect(await unequal(dir, ['--until', formatIso(row!.time_us!)])).toMatchObject({
      kind: 'decisions',
      row: 800,
      field: 'q_up',
      recorded: 0.123,
    })
    expect(await json(['replay', dir, '--until', formatIso(row!.time_us! - 1)])).toMatchObject({
      equal: true,
    })
  })

  test('a time that is none is a mistake of usage that names the option', async () => {
    const ran = await cli(['replay', RUN, '--until', 'noon', '--json'])
    expect(ran).toMatchObject({ code: 2, out: '' })
    const error = oneObject(ran.err)
    expect(error).toMatchObject({ code: 'usage.time', field: '--until' })
    expect(error.message).toContain('noon')
  })
})

function runFile(dir: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as Record<string, unknown>
}

function editRun(dir: string, change: Record<string, unknown>): void {
  writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...runFile(dir), ...change }))
}
