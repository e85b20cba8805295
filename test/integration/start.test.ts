import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import shipped from '../../datasets/btc-5m-2026-04-15/manifest.json' with { type: 'json' }
import { oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'

/** What a newcomer types first: `npm start`, in a process of its own, in an empty folder. */

const root = temporary()
const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
/** It takes seconds; a command that needs a minute has missed its purpose and is ended. */
const MS_MAX = 60_000

let result: Record<string, unknown> = {}

beforeAll(() => {
  result = oneObject(start('--json'))
})

function start(...argv: string[]): string {
  return execFileSync(process.execPath, [MAIN, 'start', ...argv], {
    cwd: root,
    encoding: 'utf8',
    timeout: MS_MAX,
  })
}

test('the market maker runs on the shipped dataset, all of it', () => {
  expect(result).toMatchObject({
    strategy: 'market-maker',
    fill: 'queue-pessimistic',
    dataset_hash: shipped.dataset_hash,
    events: shipped.counts.rows,
    ledger_residual_micro: 0,
    windows: { total: 33, settlement: 33 },
  })
  for (const name of ['decisions', 'orders', 'fills', 'volume_usdc'])
    expect(result[name], name).toBeGreaterThan(0)
})

test('the run and its report are below the present folder, and nothing else is', () => {
  expect(result.run).toBe(join(root, 'runs', 'market-maker'))
  expect(readdirSync(root)).toEqual(['runs'])
  expect(readdirSync(join(root, 'runs'))).toEqual(['market-maker'])
  const report = readFileSync(join(root, 'runs', 'market-maker', 'report.html'), 'utf8')
  expect(report).toContain('<!doctype html>')
  // What is real and what is inferred stands in it.
  expect(report).toContain('perp-1m-bars')
})

test('in words it ends with the state hash and the paths of run and report', () => {
  const lines = start().trimEnd().split('\n').slice(-3)
  expect(lines[0]).toBe(`state hash ${result.state_hash}`)
  expect(lines[1]).toBe('run        runs/market-maker')
  expect(lines[2]).toBe('report     runs/market-maker/report.html')
  expect(existsSync(join(root, 'runs/market-maker/report.html'))).toBe(true)
})
