import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRecords, type Table, type TableName, Trigger } from '../../../core/machine/records.ts'
import { temporary } from '../../../test/fixtures/folders.ts'
import { sampleDecisions } from './sample.ts'
import { type Row, rowsOf, type Trace, traceWriter } from './trace.ts'

const root = temporary()
const trace: Trace = { decisions: join(root, 'd'), intents: join(root, 'i') }
let rows: Row[]

/** 3,000 decisions on six windows: nearly all are ticks that do nothing. */
beforeAll(() => {
  const records = createRecords(3_000)
  const c = records.decisions.columns
  for (let i = 0; i < 3_000; i++) {
    c.decision[i] = i
    c.time_us[i] = 1e6 * i
    c.event[i] = 10 * i
    c.market[i] = Math.floor(i / 500)
    c.trigger[i] = i % 250 === 7 ? Trigger.REGIME : Trigger.TICK
    c.creates[i] = i % 100 === 3 ? 1 : 0
  }
  records.decisions.length = 3_000
  const files = { decisions: openSync(trace.decisions, 'w'), intents: openSync(trace.intents, 'w') }
  traceWriter(files)(records.decisions as Table<TableName>)
  for (const file of Object.values(files)) closeSync(file)
  rows = [...rowsOf(trace, 'decisions')]
})

describe('decisions are chosen', () => {
  test('from every window alike, from every reason, and as many that acted as there are reasons to act', () => {
    const chosen = sampleDecisions(trace, 48, 1).map(({ decision }) => rows[decision]!)
    expect(chosen).toHaveLength(48)
    for (let market = 0; market < 6; market++) {
      const own = chosen.filter((row) => row.market === market)
      expect(own.length).toBeGreaterThanOrEqual(5)
      expect(own.some((row) => row.trigger === Trigger.REGIME)).toBe(true)
      expect(own.filter((row) => row.creates === 1).length).toBeGreaterThanOrEqual(2)
    }
  })

  test('once each, in order of time, with the time and the rows they had seen', () => {
    const chosen = sampleDecisions(trace, 100, 1)
    expect(new Set(chosen.map(({ decision }) => decision)).size).toBe(100)
    expect(chosen.map(({ decision }) => decision)).toEqual(
      chosen.map(({ decision }) => decision).sort((a, b) => a - b),
    )
    for (const { decision, time_us, event } of chosen) {
      expect({ time_us, event }).toEqual({ time_us: 1e6 * decision, event: 10 * decision })
    }
  })

  test('the last one always, so that everything is compared; the first, before any row, never', () => {
    expect(sampleDecisions(trace, 1, 1).map(({ decision }) => decision)).toEqual([2_999])
    expect(sampleDecisions(trace, 10_000, 1).some(({ decision }) => decision === 0)).toBe(false)
  })

  test('by the seed: the same for the same, others for another', () => {
    expect(sampleDecisions(trace, 40, 5)).toEqual(sampleDecisions(trace, 40, 5))
    expect(sampleDecisions(trace, 40, 5)).not.toEqual(sampleDecisions(trace, 40, 6))
  })
})
