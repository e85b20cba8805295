import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli, json } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

type Fan = { branches: { label: string; net_pnl_usdc: number; state_hash: string }[]; events: number }

const folder = temporary()
const data = join(folder, 'data')
const run = join(folder, 'run')
const AT = ['--at', '2026-06-01T12:03:00Z']
let state_hash = ''

beforeAll(async () => {
  await smallDataset(data, { windows: 2 })
  ;({ state_hash } = await json<{ state_hash: string }>(['backtest', data, '--out', run, '--no-report']))
})

describe('engine branch', () => {
  test('the branch that changes nothing ends in the run’s own state', async () => {
    const { branches, events } = await json<Fan>(['branch', run, ...AT])
    expect(branches).toHaveLength(1)
    expect(branches[0]).toMatchObject({ label: 'as it was', state_hash })
    expect(events).toBeGreaterThan(0)
  })

  test('each --param is a branch of its own, and a branch from the start is a run with that parameter', async () => {
    const param = 'exchange.entry_latency_ms=400'
    const late = await json<Fan>(['branch', run, ...AT, '--param', param, '--param', 'strategy.levels=1'])
    expect(late.branches.map(({ label }) => label)).toEqual(['as it was', param, 'strategy.levels=1'])
    expect(new Set(late.branches.map((one) => one.state_hash)).size).toBe(3)
    const early = await json<Fan>(['branch', run, '--at', '2026-06-01T11:58:30Z', '--param', param])
    const whole = await json<{ net_pnl_usdc: number; state_hash: string }>([
      'backtest',
      data,
      '--out',
      join(folder, 'late'),
      '--no-report',
      '--param',
      param,
    ])
    expect(early.branches[1]!.state_hash).toBe(whole.state_hash)
  })

  test('settings of the strategy and of the model are carried over too', async () => {
    const param = 'strategy.base_size=40+probability.q_min=0.02+risk.per_market=60'
    const { branches } = await json<Fan>(['branch', run, '--at', '2026-06-01T11:58:30Z', '--param', param])
    const whole = await json<{ state_hash: string }>([
      'backtest',
      data,
      '--out',
      join(folder, 'other'),
      '--no-report',
      ...param.split('+').flatMap((one) => ['--param', one]),
    ])
    expect(branches[1]!.state_hash).toBe(whole.state_hash)
  })

  test('seeds fan out where something is drawn', async () => {
    const { branches } = await json<Fan>([
      'branch',
      run,
      ...AT,
      '--seeds',
      '3',
      '--param',
      'exchange.latency_model=exponential',
    ])
    const drawn = branches.filter(({ label }) => label.startsWith('exchange'))
    expect(drawn).toHaveLength(3)
    expect(new Set(drawn.map((one) => one.state_hash)).size).toBe(3)
  })

  test('what cannot be is refused by name', async () => {
    const cash = await cli(['branch', run, ...AT, '--param', 'portfolio.initial_cash_usdc=1', '--json'])
    expect(cash.code).toBe(1)
    expect(JSON.parse(cash.err)).toMatchObject({ code: 'branch.cash', field: 'portfolio.initial_cash_usdc' })
    const outside = await cli(['branch', run, '--at', '2027-01-01T00:00:00Z', '--json'])
    expect(JSON.parse(outside.err)).toMatchObject({ code: 'branch.time' })
    const unknown = await cli(['branch', run, ...AT, '--param', 'exchange.nothing=1', '--json'])
    expect(unknown.code).toBe(2)
    expect(JSON.parse(unknown.err)).toMatchObject({ code: 'config.unknown', field: 'exchange.nothing' })
  })
})
