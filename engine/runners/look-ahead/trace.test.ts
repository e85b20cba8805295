import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createRecords,
  IntentKind,
  TABLES,
  type Table,
  type TableName,
} from '../../../core/machine/records.ts'
import { temporary } from '../../../test/fixtures/folders.ts'
import { compareTraces, rowsOf, type Trace, traceWriter } from './trace.ts'

const root = temporary()
let made = 0

type Cells = Record<string, number>

/** Write rows as a run would leave them. */
function write(decisions: Cells[], intents: Cells[]): Trace {
  const trace = { decisions: join(root, `${made}.d`), intents: join(root, `${made++}.i`) }
  const files = { decisions: openSync(trace.decisions, 'w'), intents: openSync(trace.intents, 'w') }
  const drain = traceWriter(files)
  // Tables come full or not, as it happens.
  const records = createRecords(700)
  const put = (name: 'decisions' | 'intents', rows: Cells[]) => {
    const table = records[name] as unknown as { length: number; columns: Record<string, Float64Array> }
    for (const row of rows) {
      if (table.length === 700) drain(records[name] as Table<TableName>)
      for (const [column] of TABLES[name]) table.columns[column]![table.length] = row[column] ?? 0
      table.length++
    }
    drain(records[name] as Table<TableName>)
  }
  put('decisions', decisions)
  put('intents', intents)
  for (const file of Object.values(files)) closeSync(file)
  return trace
}

const decisionsOf = (count: number): Cells[] =>
  Array.from({ length: count }, (_, i) => ({
    decision: i,
    time_us: 1_000 * i,
    market: i % 3,
    q_up: Number.NaN,
  }))
const intentsOf = (count: number): Cells[] =>
  Array.from({ length: count }, (_, i) => ({
    intent: i,
    decision: 2 * i,
    time_us: 2_000 * i,
    kind: IntentKind.CREATE,
    side: 1,
    price: 4_800,
    size: 20e6,
  }))

describe('two traces', () => {
  test('hold what was written, over any number of blocks', () => {
    const rows = decisionsOf(3_001)
    const trace = write(rows, intentsOf(5))
    const read = [...rowsOf(trace, 'decisions')]
    expect(read).toHaveLength(3_001)
    expect(read.map(({ decision, time_us }) => [decision, time_us])).toEqual(
      rows.map(({ decision, time_us }) => [decision, time_us]),
    )
    expect(compareTraces(trace, write(rows, intentsOf(5)))).toBeNull()
  })

  test('differ first where the first value does, whichever it is, and both sides are told', () => {
    const columns = TABLES.decisions
      .map(([name]) => name)
      .filter((name) => !['decision', 'time_us'].includes(name))
    const whole = write(decisionsOf(2_500), intentsOf(900))
    fc.assert(
      fc.property(fc.nat(2_498), fc.constantFrom(...columns), (at, field) => {
        const other = decisionsOf(2_500)
        other[at] = { ...other[at], [field]: 77 }
        other[at + 1] = { ...other[at + 1], [field]: 78 }
        const change = compareTraces(whole, write(other, intentsOf(900)))!
        expect(change.decision).toBe(at)
        expect(change.fields).toEqual([{ field, a: (decisionsOf(at + 1)[at] as Cells)[field] ?? 0, b: 77 }])
        expect(change.missing).toBeNull()
      }),
      { numRuns: 12 },
    )
  })

  test('differ by an intent alone: its decision is named, with what each wanted', () => {
    const other = intentsOf(900)
    other[300]!.price = 4_700
    const change = compareTraces(write(decisionsOf(2_500), intentsOf(900)), write(decisionsOf(2_500), other))!
    expect(change).toMatchObject({ decision: 600, fields: [], missing: null })
    const intent = { kind: 'create', outcome: 'up', side: 'buy', size: 20, gate: 0 }
    expect(change.intents).toEqual({ a: [{ ...intent, price: 0.48 }], b: [{ ...intent, price: 0.47 }] })
  })

  test('differ by an intent of no decision: the decision before it is named', () => {
    const other = [...intentsOf(2), { intent: 2, decision: -1, time_us: 5_500, kind: IntentKind.REDEEM }]
    const change = compareTraces(write(decisionsOf(10), intentsOf(2)), write(decisionsOf(10), other))!
    expect(change.decision).toBe(5)
  })

  test('of which one ends early: the first missing decision is named', () => {
    const whole = write(decisionsOf(50), [])
    const short = write(decisionsOf(20), [])
    expect(compareTraces(whole, short)).toMatchObject({ decision: 20, missing: 'b', fields: [] })
    expect(compareTraces(short, whole)).toMatchObject({ decision: 20, missing: 'a', fields: [] })
  })

  test('are held to bits: 0 is not −0, and NaN is NaN', () => {
    const zero = decisionsOf(3)
    const minus = decisionsOf(3)
    zero[1]!.z = 0
    minus[1]!.z = -0
    expect(compareTraces(write(zero, []), write(minus, []))).toMatchObject({ decision: 1 })
    expect(compareTraces(write(zero, []), write(zero, []))).toBeNull()
  })
})
