import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Stress } from '../../engine/runners/stress.ts'
import { cli, json } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

const folder = temporary()
const data = join(folder, 'data')
const run = join(folder, 'run')
let state_hash = ''

beforeAll(async () => {
  await smallDataset(data, { windows: 1 })
  ;({ state_hash } = await json<{ state_hash: string }>(['backtest', data, '--out', run, '--no-report']))
})

describe('engine replay --speed', () => {
  test('as fast as it goes: the recorded state, and what a step and the queues took', async () => {
    const result = await json<Stress & { equal: boolean }>(['replay', run, '--speed', 'max'])
    expect(result).toMatchObject({
      equal: true,
      whole: true,
      speed: null,
      lateness_ms: null,
      backlog: null,
      state_hash,
    })
    expect(result.messages).toBeGreaterThan(100)
    expect(result.handling_ms.p50).toBeGreaterThan(0)
    expect(result.handling_ms.max).toBeGreaterThanOrEqual(result.handling_ms.p999)
    expect(result.queues_max.requests).toBeGreaterThan(0)
    expect(result.rss_mb.peak).toBeGreaterThanOrEqual(result.rss_mb.start)
  })

  test('on schedule: the same state, no message before its time, and how late each was', async () => {
    const speed = 400
    const result = await json<Stress & { equal: boolean }>(['replay', run, '--speed', String(speed)])
    expect(result).toMatchObject({ equal: true, whole: true, speed, state_hash })
    const { lateness_ms, backlog } = result
    expect(lateness_ms!.p50).toBeGreaterThan(0)
    expect(lateness_ms!.max).toBeGreaterThanOrEqual(lateness_ms!.p99)
    expect(backlog!.max).toBeGreaterThanOrEqual(backlog!.p50)
    // The last message came no earlier than its schedule says: a fact of the clock, not a limit on the machine.
    expect(result.wall_s).toBeGreaterThan(485 / speed)
  })

  test('stopped after its time it says so, and claims nothing of the end', async () => {
    const result = await json<Stress & { equal: null }>(['replay', run, '--speed', '1', '--for', '0.2'])
    expect(result).toMatchObject({ equal: null, whole: false })
    expect(result.events).toBeLessThan(200)
  })

  test('a speed that is none is refused', async () => {
    const ran = await cli(['replay', run, '--speed', '0', '--json'])
    expect(ran.code).toBe(2)
    expect(JSON.parse(ran.err)).toMatchObject({ code: 'usage.number', field: '--speed' })
  })
})
