import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DATASET_VIEWS, DERIVED_RUN_VIEWS, RUN_VIEWS } from '../../../recorders/sql/index.ts'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

const root = mkdtempSync(join(tmpdir(), 'doctor-'))
afterAll(() => rmSync(root, { recursive: true }))

async function doctor(argv: string[], env: Record<string, string> = {}, cwd = root) {
  const { io, out, err } = capture({ cwd, env: { PATH: '/nowhere', ...env } })
  const code = await runCli(['doctor', ...argv], io)
  return { code, out: out(), err: err() }
}

type Value = { key: string; value: unknown; origin: string; unit: string; doc: string }

test('every setting is listed with value, unit, sentence and origin', async () => {
  const { code, out, err } = await doctor(['--json', '--param', 'risk.per_trade=20'], {
    LOCKSTEP_MACHINE__QUOTE_INTERVAL_MS: '250',
  })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const { configuration, ok, packages } = JSON.parse(out)
  expect(ok).toBe(true)
  expect(packages.length).toBeGreaterThan(20)
  const values = new Map<string, Value>(configuration.values.map((value: Value) => [value.key, value]))
  expect(values.get('risk.per_trade')).toMatchObject({ value: 20, origin: 'flag --param', unit: 'USDC' })
  expect(values.get('machine.quote_interval_ms')).toMatchObject({
    value: 250,
    origin: 'environment variable LOCKSTEP_MACHINE__QUOTE_INTERVAL_MS',
  })
  expect(values.get('volatility.half_life_s')).toMatchObject({ value: 60, origin: 'default' })
  for (const { key, doc, origin } of values.values()) {
    expect(doc, key).not.toBe('')
    expect(origin, key).not.toBe('')
  }
})

test('an address is shown without the user that somebody put into it, and a misplaced secret not at all', async () => {
  const address = { LOCKSTEP_ENDPOINTS__BINANCE_STREAM: 'wss://alice:pass123@stream.example/ws' }
  for (const argv of [[], ['--json'], ['--changed']]) {
    const { out, err } = await doctor(argv, address)
    expect(out).toContain('wss://[secret]@stream.example/ws')
    expect(/pass123|alice/.test(out + err)).toBe(false)
    const misplaced = await doctor(argv, { LOCKSTEP_RECORDER__SECRET: 'hunter2' })
    expect(misplaced.code).toBe(2)
    expect(misplaced.out + misplaced.err).not.toContain('hunter2')
  }
})

test('the database behind engine sql is named, with the views that it will make', async () => {
  const { sql } = JSON.parse((await doctor(['--json'])).out)
  expect(sql).toEqual({
    duckdb: expect.stringMatching(/^v\d+\.\d+/),
    dataset_views: DATASET_VIEWS.length,
    run_views: RUN_VIEWS.length + DERIVED_RUN_VIEWS.length,
  })
  expect((await doctor([])).out).toMatch(/^sql +DuckDB v[\d.]+, \d+ views of datasets, \d+ of runs$/m)
})

test('in words, --changed lists what is not the default', async () => {
  const all = await doctor([])
  expect(all.out).toMatch(/^volatility\.half_life_s +60 +s +default$/m)
  const changed = await doctor(['--changed', '--param', 'risk.per_trade=20'])
  expect(changed.out).toMatch(/^risk\.per_trade +20 +USDC +flag --param$/m)
  expect(changed.out).not.toContain('volatility')
  expect((await doctor(['--changed'])).out).toContain('every setting has its default')
})

test('a configuration that is refused ends with 2 and names its source', async () => {
  const { code, err, out } = await doctor(['--json', '--param', 'risk.per_trade=-1'])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(JSON.parse(err)).toMatchObject({ code: 'config.range', field: 'risk.per_trade' })
})

test('a dataset that is not whole ends with 1 and says which', async () => {
  const cwd = mkdtempSync(join(root, 'broken-'))
  mkdirSync(join(cwd, 'datasets', 'one'), { recursive: true })
  writeFileSync(join(cwd, 'datasets', 'one', 'manifest.json'), '{')
  const { code, out } = await doctor(['--json'], {}, cwd)
  expect(code).toBe(1)
  const answer = JSON.parse(out)
  expect(answer.ok).toBe(false)
  expect(answer.datasets[0]).toMatchObject({ path: join(cwd, 'datasets', 'one'), files: 'wrong' })
  expect(answer.problems[0]).toMatchObject({
    severity: 'error',
    what: expect.stringContaining('manifest.json'),
  })
})

test('a missing tool is a warning, not a failure', async () => {
  const { code, out } = await doctor(['--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out).problems.map((p: { severity: string }) => p.severity)).toEqual([
    'warning',
    'warning',
  ])
})
