import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromDataset, type Sandbox, startSandbox } from '../../live-bridge/sandbox/index.ts'
import { cli, json } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { SIMULATED, simulated } from '../fixtures/recording.ts'

/** A recording that was killed, continued, and grows still is a dataset like any other. */

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
const root = temporary()
const out = join(root, 'recording')
let served: Sandbox
let recorder: ChildProcess | null = null

/** Start a recorder, and wait until the venues have told it so many messages more. */
async function record(messages: number): Promise<ChildProcess> {
  const before = told()
  const child = spawn(
    process.execPath,
    [
      ...[MAIN, 'record', '--assets', 'btc', '--series', '5m', '--out', out, '--sandbox', served.url],
      ...['--feeds', SIMULATED.join(','), '--json'],
      ...['--param', 'recorder.lead_s=86400', '--param', 'recorder.linger_s=86400'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  recorder = child
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  while (told() - before < messages) {
    if (child.exitCode !== null) throw new Error(`the recorder ended: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return child
}

function told(): number {
  return Object.values(served.status().feeds).reduce((sum, { sent }) => sum + sent, 0)
}

beforeAll(async () => {
  const tape = await simulated(join(root, 'tape'), 1)
  served = await startSandbox({ source: await fromDataset(tape), speed: 10, begin: 'subscription' })
})
afterAll(async () => {
  recorder?.kill('SIGKILL')
  await served.close()
})

test('is backtested, merged and asked in SQL after a kill, while its second recorder writes', async () => {
  const first = await record(2_000)
  const killed = once(first, 'exit')
  first.kill('SIGKILL')
  await killed
  const second = await record(2_000)

  const run = await json(['backtest', out, '--strategy', 'nothing', '--out', join(root, 'run')])
  expect(run.events).toBeGreaterThan(1_000)
  expect(run.ledger_residual_micro).toBe(0)
  const merged = await json(['datasets', 'merge', out, '--out', join(root, 'so-far')])
  expect(merged.rows).toBeGreaterThanOrEqual(run.events as number)
  expect((await cli(['datasets', 'verify', join(root, 'so-far')])).code).toBe(0)
  const asked = await cli(['sql', 'SELECT count(*) AS n FROM events', '--data', out, '--format', 'json'])
  expect(asked.code, asked.err).toBe(0)
  expect(JSON.parse(asked.out)[0].n).toBeGreaterThanOrEqual(merged.rows as number)
  const gaps = await cli(['sql', 'SELECT reason FROM gaps', '--data', out, '--format', 'json'])
  expect(gaps.out).toMatch(/recorder absent/)

  expect(second.exitCode).toBeNull()
  const ended = once(second, 'exit')
  second.kill('SIGINT')
  expect(await ended).toEqual([0, null])
  const whole = await json(['backtest', out, '--strategy', 'nothing', '--out', join(root, 'whole')])
  expect(whole.events).toBeGreaterThanOrEqual(run.events as number)
})
