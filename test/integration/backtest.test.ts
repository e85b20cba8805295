import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { LedgerKind, TABLES } from '../../core/machine/records.ts'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { ask } from '../fixtures/run-tables.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'
import { JUNE } from '../fixtures/synthetic-tape.ts'

/** `engine backtest` as an outsider sees it: one object, one folder, and figures that agree with each other. */

const root = temporary()
const SMALL = join(root, 'small')
const MICRO = 1e6

const whole = z.int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const money = z.number()

/** The object of `engine backtest --json`: names are fixed, more may be added. */
const RESULT = z.looseObject({
  run: z.string(),
  dataset_hash: hash,
  config_hash: hash,
  code_version: z.string().regex(/^\d+\.\d+\.\d+\+[0-9a-f]{12}$/),
  runtime: z.string().regex(/^node 24\./),
  events: whole,
  wall_s: z.number().positive(),
  events_per_s: whole,
  peak_rss_mb: z.int().positive(),
  state_hash: hash,
  decisions: whole,
  intents: whole,
  orders: whole,
  fills: whole,
  maker_fills: whole,
  taker_fills: whole,
  volume_usdc: money.min(0),
  fees_usdc: money.min(0),
  gross_pnl_usdc: money,
  net_pnl_usdc: money,
  unresolved_cost_usdc: money.min(0),
  unresolved_value_usdc: money.min(0),
  max_drawdown_usdc: money.min(0),
  risk_halts: whole,
  gap_fills: whole,
  beyond_display: whole,
  windows: z.object({
    total: whole,
    traded: whole,
    recorded: whole,
    settlement: whole,
    inferred_from_book: whole,
    unresolved: whole,
    unassigned: whole,
  }),
  gaps: z.object({
    count: whole,
    seconds: z.number().min(0),
    policy: z.enum(['blackout', 'strict', 'ignore']),
  }),
  ledger_residual_micro: z.literal(0),
})
type Result = z.infer<typeof RESULT>

/** Times before and after rules changed: fees in shares and a taker hold then, fees in USDC now. */
const MARCH = 1_772_366_400_000_000

beforeAll(async () => {
  await smallDataset(SMALL)
  await smallDataset(join(root, 'march'), { start_us: MARCH, seed: 3 })
  await smallDataset(join(root, 'silent'), { silence_s: 20, seed: 4 })
  await smallDataset(join(root, 'cut'), { seed: 5, windows: 2, end_us: JUNE + 430e6 })
})

const RUNS: [string, string[]][] = [
  ['the shipped dataset', []],
  ['a made one', ['small']],
  ['rules of March', ['march', '--strategy', 'random']],
  ['fills that fail', ['small', '--param', 'exchange.fail_probability=0.3', '--seed', '9']],
  ['silences', ['silent', '--gaps', 'ignore', '--fill', 'queue-optimistic']],
  ['a tape that ends inside a window', ['cut']],
  ['a random taker', ['small', '--strategy', 'random', '--fill', 'depth', '--seed', '2']],
  ['divergence', ['small', '--strategy', 'divergence', '--fill', 'bbo']],
  ['nothing', ['small', '--strategy', 'nothing']],
]

describe.each(RUNS)('%s', (name, argv) => {
  const out = join(root, 'runs', name.replaceAll(' ', '-'))
  let result: Result

  beforeAll(async () => {
    result = RESULT.parse(await json(['backtest', ...argv, '--out', out, '--no-report'], { cwd: root }))
  })

  test('net is gross less fees, and the change of equity is net, what is unresolved and what is beside trading', async () => {
    expect(micro(result.net_pnl_usdc)).toBe(micro(result.gross_pnl_usdc) - micro(result.fees_usdc))
    const [last] = await ask(out, 'SELECT equity FROM {equity} ORDER BY file_row_number DESC LIMIT 1')
    const [beside] = await ask(
      out,
      `SELECT coalesce(sum(cash), 0) AS cash FROM {ledger} WHERE kind IN (${LedgerKind.GAS}, ${LedgerKind.REWARD}, ${LedgerKind.REBATE})`,
    )
    const initial = (runFile(out).config as { portfolio: { initial_cash_usdc: number } }).portfolio
    expect(last!.equity! - initial.initial_cash_usdc * MICRO).toBe(
      micro(result.net_pnl_usdc) +
        micro(result.unresolved_value_usdc) -
        micro(result.unresolved_cost_usdc) +
        beside!.cash!,
    )
  })

  test('windows are each of one class', () => {
    const { total, traded, ...classes } = result.windows
    expect(Object.values(classes).reduce((sum, count) => sum + count, 0)).toBe(total)
    expect(traded).toBeLessThanOrEqual(total)
  })

  test('counts and sums are those of the tables', async () => {
    const [sums] = await ask(
      out,
      `SELECT (SELECT count(*) FROM {decisions}) AS decisions, (SELECT count(*) FROM {intents}) AS intents,
        (SELECT count(*) FROM {orders}) AS orders, (SELECT count(*) FROM {fills}) AS fills,
        (SELECT count(*) FROM {fills} WHERE maker = 1) AS maker_fills, (SELECT count(*) FROM {fills} WHERE maker = 0) AS taker_fills,
        (SELECT count(*) FROM {fills} WHERE gap_fill = 1) AS gap_fills,
        (SELECT count(*) FROM {fills} WHERE beyond_display = 1) AS beyond_display,
        (SELECT max(event) FROM {hashes}) AS events`,
    )
    expect(result).toMatchObject(sums!)
    const [drawdown] = await ask(out, 'SELECT max(drawdown) AS worst FROM {equity}')
    expect(micro(result.max_drawdown_usdc)).toBe(drawdown!.worst)
    const [windows] = await ask(
      out,
      `SELECT count(*) AS total, sum(net) AS net, sum(fees) AS fees, sum(unresolved_cost) AS cost, sum(unresolved_value) AS value FROM {windows}`,
    )
    expect(windows).toEqual({
      total: result.windows.total,
      net: micro(result.net_pnl_usdc),
      fees: micro(result.fees_usdc),
      cost: micro(result.unresolved_cost_usdc),
      value: micro(result.unresolved_value_usdc),
    })
  })

  test('the state hash is the last link of the chain', async () => {
    const rows = await ask(out, 'SELECT h0, h1, h2, h3, h4, h5, h6, h7 FROM {hashes} ORDER BY index')
    const link = Object.values(rows.at(-1)!).map((word) => word.toString(16).padStart(8, '0'))
    expect(link.join('')).toBe(result.state_hash)
  })

  test('run.json says the same', () => {
    const { run: _, gaps, ...rest } = result
    expect(runFile(out)).toMatchObject({ ...rest, gaps })
  })

  test('tables have their columns, and the journal its header and its rows', async () => {
    for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
      const found = await ask(out, `SELECT name FROM parquet_schema('${join(out, `${table}.parquet`)}')`)
      expect(found.slice(1).map(({ name: column }) => column)).toEqual(
        TABLES[table].map(([column]) => column),
      )
    }
    await checkJournal(out, result)
  })
})

describe('the run folder', () => {
  test('has every file, the report too, and leaves nothing beside it', async () => {
    const out = join(root, 'whole', 'run')
    const result = await json<Result>(['backtest', SMALL, '--out', out])
    expect(readdirSync(out).sort()).toEqual(
      [
        ...Object.keys(TABLES).map((table) => `${table}.parquet`),
        'audit.json',
        'journal.csv',
        'report.html',
        'run.json',
      ].sort(),
    )
    expect(readdirSync(join(root, 'whole'))).toEqual(['run'])
    expect(result.run).toBe(out)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('market-maker')
  })

  test('replaces an earlier run, whole', async () => {
    const out = join(root, 'again', 'run')
    await json(['backtest', SMALL, '--out', out])
    const second = await json<Result>([
      'backtest',
      SMALL,
      '--strategy',
      'nothing',
      '--out',
      out,
      '--no-report',
    ])
    expect(runFile(out).state_hash).toBe(second.state_hash)
    expect(existsSync(join(out, 'report.html'))).toBe(false)
    expect(readdirSync(join(root, 'again'))).toEqual(['run'])
  })

  test.each([
    [
      'a folder with something else in it',
      (place: string) => void writeFileSync(join(place, 'mine'), 'kept'),
    ],
  ])('does not replace %s', async (_, fill) => {
    const place = join(root, 'other')
    await cli(['backtest', SMALL, '--out', join(place, 'x'), '--no-report'])
    fill(place)
    const before = readdirSync(place).sort()
    const ran = await cli(['backtest', SMALL, '--out', place, '--json'])
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(oneObject(ran.err)).toMatchObject({ code: 'run.out_exists', file: place })
    expect(readdirSync(place).sort()).toEqual(before)
    expect(readFileSync(join(place, 'mine'), 'utf8')).toBe('kept')
  })

  test('does not replace a file', async () => {
    const place = join(root, 'file')
    writeFileSync(place, 'kept')
    const ran = await cli(['backtest', SMALL, '--out', place, '--json'])
    expect(oneObject(ran.err)).toMatchObject({ code: 'run.out_exists', file: place })
    expect(readFileSync(place, 'utf8')).toBe('kept')
  })

  test('stands below the present folder where no place is named, and paths are relative to that', async () => {
    await json(['backtest', 'small', '--strategy', 'nothing', '--no-report'], { cwd: root })
    expect(existsSync(join(root, 'runs', 'nothing', 'run.json'))).toBe(true)
    await json(['backtest', 'small', '--strategy', 'nothing', '--no-report', '--out', 'here'], { cwd: root })
    expect(existsSync(join(root, 'here', 'run.json'))).toBe(true)
  })
})

test('without --json a table is printed with the net result, the hash and the paths', async () => {
  const out = join(root, 'table')
  const ran = await cli(['backtest', SMALL, '--out', out])
  expect(ran).toMatchObject({ code: 0, err: '' })
  const file = runFile(out)
  for (const part of [
    (file.net_pnl_usdc as number).toFixed(2),
    (file.volume_usdc as number).toFixed(2),
    `state hash ${file.state_hash}`,
    join(out, 'report.html'),
  ])
    expect(ran.out).toContain(part)
})

test('what is named decides: seed, fills, gaps and parameters are in run.json, and change the hash', async () => {
  const base = ['backtest', SMALL, '--no-report', '--strategy', 'random', '--out', join(root, 'named')]
  const hashes = new Set<unknown>()
  for (const [more, key, value] of [
    [[], 'seed', 1],
    [['--seed', '2'], 'seed', 2],
    [['--fill', 'queue-optimistic'], 'fill', 'queue-optimistic'],
    [['--gaps', 'ignore'], 'gaps_policy', 'ignore'],
  ] as const) {
    hashes.add((await json(base.concat(more))).state_hash)
    expect(runFile(join(root, 'named'))[key]).toBe(value)
  }
  hashes.add((await json(base.concat('--param', 'exchange.entry_latency_ms=400'))).state_hash)
  expect(runFile(join(root, 'named')).config).toMatchObject({ exchange: { entry_latency_ms: 400 } })
  // Nothing on this tape is silent: the policy alone changes nothing.
  expect(hashes.size).toBe(4)
})

async function checkJournal(out: string, result: Result): Promise<void> {
  const [header, ...lines] = readFileSync(join(out, 'journal.csv'), 'utf8').trimEnd().split('\n')
  expect(header).toBe(
    'time,type,market,outcome,side,price,size,status,reason,order_id,fee_usdc,cash_usdc,position',
  )
  const { markets, config } = runFile(out) as {
    markets: { slug: string }[]
    config: { portfolio: { initial_cash_usdc: number } }
  }
  const slugs = new Set(markets.map(({ slug }) => slug))
  const moves = await ask(out, 'SELECT time_us, balance FROM {ledger} ORDER BY entry')
  const counts: Record<string, number> = {}
  let cash = config.portfolio.initial_cash_usdc * MICRO
  let next = 0
  let last = ''
  for (const line of lines) {
    const cells = line.split(',')
    expect(cells).toHaveLength(13)
    const [time, type, market, outcome, side, price, size, , , , fee, cash_usdc] = cells as [
      string,
      ...string[],
    ]
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(time >= last).toBe(true)
    last = time
    counts[type!] = (counts[type!] ?? 0) + 1
    expect(slugs.has(market!)).toBe(true)
    expect(['up', 'down', '']).toContain(outcome)
    expect(['buy', 'sell', '']).toContain(side)
    if (type === 'fill') {
      expect(Number(price)).toBeGreaterThan(0)
      expect(Number(price)).toBeLessThan(1)
      expect(Number(size)).toBeGreaterThan(0)
      expect(Number(fee)).toBeGreaterThanOrEqual(0)
    }
    const now = Date.parse(`${time.slice(0, 23)}Z`) * 1_000 + Number(time.slice(23, 26))
    while (next < moves.length && moves[next]!.time_us! <= now) cash = moves[next++]!.balance!
    expect(micro(Number(cash_usdc))).toBe(cash)
  }
  expect(Object.keys(counts).every((type) => TYPES.includes(type))).toBe(true)
  expect(counts.intent ?? 0).toBe(result.intents)
  expect(counts.fill ?? 0).toBe(result.fills)
}

const TYPES = ['intent', 'order', 'fill', 'reject', 'risk_halt', 'merge', 'redeem']

function runFile(out: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Record<string, unknown>
}

function micro(usdc: number): number {
  return Math.round(usdc * MICRO)
}
