import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { defaults } from '../../../core/config/index.ts'
import { Replay, settings } from '../../../core/exchange/compat/index.ts'
import { oracleColumns, runOracle } from '../../runners/oracle.ts'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

async function oracle(...argv: string[]) {
  const { io, out, err } = capture()
  return { code: await runCli(['oracle', ...argv], io), out: out(), err: err() }
}

describe('engine oracle', () => {
  test('gives the published row as one JSON object', async () => {
    const { code, out, err } = await oracle('--json')
    expect([code, err]).toEqual([0, ''])
    expect(out.trimEnd()).not.toContain('\n')
    const { events_per_s, ...row } = JSON.parse(out)
    expect(row).toEqual({
      sha256: '54c0bc064846762dcffa7d1ee067f67935577d41ca9323363f2c6c51e4a310d4',
      trades: 4060,
      position: -20,
      cash: 351.8,
    })
    expect(Number.isInteger(events_per_s) && events_per_s > 0).toBe(true)
  })

  test('in words gives the same numbers', async () => {
    const { code, out } = await oracle('--seed', '7', '--events', '100000', '--period-ms', '10')
    const { out: json } = await oracle('--seed', '7', '--events', '100000', '--period-ms', '10', '--json')
    const row = JSON.parse(json)
    expect(code).toBe(0)
    for (const part of [row.sha256, String(row.trades), row.cash.toFixed(2)]) expect(out).toContain(part)
  })

  test.each([
    ['--seed', '-1'],
    ['--seed', '18446744073709551616'],
    ['--seed', '1.5'],
    ['--events', '0'],
    ['--events', '1e6'],
    ['--period-ms', '0'],
    ['--period-ms', '0.0000001'],
    ['--period-ms', '60001'],
    ['--period-ms', 'fast'],
  ])('refuses %s=%s with the option’s name', async (field, value) => {
    const { code, out, err } = await oracle(`${field}=${value}`, '--json')
    expect([code, out]).toEqual([2, ''])
    expect(JSON.parse(err)).toMatchObject({ code: 'usage.value', field })
  })

  test('stops between windows when asked to', async () => {
    const { io, err, stop } = capture()
    stop(Object.assign(new Error('stopped'), { code: 'cli.stopped', fix: 'start again' }))
    expect(await runCli(['oracle', '--json'], io)).toBe(1)
    expect(JSON.parse(err())).toMatchObject({ code: 'cli.stopped' })
  })

  test('the npm script’s file passes its words on', () => {
    const file = new URL('../oracle.ts', import.meta.url).pathname
    const run = spawnSync(process.execPath, [
      file,
      '--events',
      '1000',
      '--seed',
      '18446744073709551615',
      '--json',
    ])
    expect(run.status).toBe(0)
    expect(JSON.parse(run.stdout.toString()).sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(spawnSync(process.execPath, [file, '--sed', '1']).status).toBe(2)
  })
})

test('window by window gives what the whole stream at once gives', async () => {
  const done: number[] = []
  const run = await runOracle(9, 200_000, 1_000_000, (n) => done.push(n))
  const columns = oracleColumns(9, 200_000)
  const whole = Replay.replay(columns, { ...defaults(settings), period: 1_000_000 })
  expect(run).toMatchObject({ ...whole, events: columns.length })
  expect(done.length).toBeGreaterThan(2)
  expect(done.at(-1)).toBe(columns.length)
})
