import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { IntentKind, TABLES, type Table, type TableName } from '../../../core/machine/records.ts'
import { MICRO, type Micros, ONE } from '../../../core/units/index.ts'

/**
 * What a run decided, row by row, in a form that can be held against another run's: the tables `decisions` and `intents` as
 * float64 columns side by side, one file each.
 */

const WIDTH = { decisions: TABLES.decisions.length, intents: TABLES.intents.length } as const
/** Rows that are read or written at once. */
const BLOCK_ROWS = 1_024
/** Intents of one decision that are shown. */
const SHOWN_MAX = 16

type Traced = keyof typeof WIDTH
/** Files of a trace. */
export type Trace = { readonly [N in Traced]: string }
/** Open files that a trace is written to. */
export type TraceFiles = { readonly [N in Traced]: number }

/** Takes the tables of a run, writes the two that matter, forgets the rest. */
export function traceWriter(files: TraceFiles): (table: Table<TableName>) => void {
  return (table) => {
    if (table.name === 'decisions' || table.name === 'intents') append(files[table.name], table, table.name)
    table.length = 0
  }
}

function append(file: number, table: Table<TableName>, name: Traced): void {
  const width = WIDTH[name]
  const columns = Object.values(table.columns as Record<string, ArrayLike<number>>)
  const block = new Float64Array(BLOCK_ROWS * width)
  for (let from = 0; from < table.length; from += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, table.length - from)
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) block[row * width + i] = columns[i]![from + row]!
    }
    const bytes = new Uint8Array(block.buffer, 0, rows * width * 8)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  }
}

/** A row of a trace by column. */
export type Row = Readonly<Record<string, number>>

/** Rows of one file of a trace, in order. The row object is new each time. */
export function* rowsOf(trace: Trace, name: Traced): Generator<Row> {
  const columns = TABLES[name].map(([column]) => column)
  for (const values of valuesOf(trace[name], WIDTH[name])) {
    yield Object.fromEntries(columns.map((column, i) => [column, values[i]!]))
  }
}

/** Views of rows, good until the next is asked for. */
function* valuesOf(path: string, width: number): Generator<Float64Array> {
  const file = openSync(path, 'r')
  try {
    const block = new Float64Array(BLOCK_ROWS * width)
    const bytes = new Uint8Array(block.buffer)
    for (;;) {
      let filled = 0
      for (let got = -1; got !== 0 && filled < bytes.length; filled += got) {
        got = readSync(file, bytes, filled, bytes.length - filled, null)
      }
      const rows = Math.floor(filled / (width * 8))
      for (let row = 0; row < rows; row++) yield block.subarray(row * width, (row + 1) * width)
      if (rows < BLOCK_ROWS) return
    }
  } finally {
    closeSync(file)
  }
}

/** The first decision that two traces do not have in common. Of each field and list, `a` is the first run's. */
export type Change = {
  decision: number
  time_us: Micros
  market: number
  trigger: number
  /** Columns of the decision's row that differ; none where an intent alone does, or where one run ended before it. */
  fields: { field: string; a: number; b: number }[]
  /** What each run then wanted done. */
  intents: { a: ShownIntent[]; b: ShownIntent[] }
  /** One of the runs has no such decision. */
  missing: 'a' | 'b' | null
}

/** An intent in the terms of its market: shares and USDC. */
export type ShownIntent = {
  kind: string
  outcome: 'up' | 'down'
  side: 'buy' | 'sell'
  price: number
  size: number
  gate: number
}

/** Hold two traces against each other, bit by bit; NaN is NaN. Null where they agree to the end. */
export function compareTraces(a: Trace, b: Trace): Change | null {
  const row = firstDifference(a, b, 'decisions')
  const intent = firstDifference(a, b, 'intents')
  if (row === null && intent === null) return null
  const time_us = Math.min(timeOf(row), timeOf(intent))
  const number =
    intent !== null && timeOf(intent) <= timeOf(row)
      ? decisionOf(intent, a, time_us)
      : (row!.a ?? row!.b)!.decision!
  return describe(a, b, number)
}

type Pair = { a: Row | null; b: Row | null }

function firstDifference(a: Trace, b: Trace, name: Traced): Pair | null {
  const width = WIDTH[name]
  const columns = TABLES[name].map(([column]) => column)
  const left = valuesOf(a[name], width)
  const right = valuesOf(b[name], width)
  const asRow = (values: Float64Array | undefined): Row | null =>
    values === undefined ? null : Object.fromEntries(columns.map((column, i) => [column, values[i]!]))
  try {
    for (;;) {
      const x = left.next()
      const y = right.next()
      if (x.done === true && y.done === true) return null
      const one = x.done === true ? undefined : x.value
      const two = y.done === true ? undefined : y.value
      if (one !== undefined && two !== undefined && same(one, two)) continue
      return { a: asRow(one), b: asRow(two) }
    }
  } finally {
    left.return(undefined)
    right.return(undefined)
  }
}

/** HOT: every row of a run. */
function same(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return true
}

function timeOf(pair: Pair | null): Micros {
  return Math.min(pair?.a?.time_us ?? Number.POSITIVE_INFINITY, pair?.b?.time_us ?? Number.POSITIVE_INFINITY)
}

/** The decision of an intent; of one that belongs to none (a redemption), the last one before it. */
function decisionOf({ a, b }: Pair, trace: Trace, time_us: Micros): number {
  const numbers = [a, b].flatMap((row) => (row === null || row.decision! < 0 ? [] : [row.decision!]))
  if (numbers.length > 0) return Math.min(...numbers)
  let last = 0
  for (const row of rowsOf(trace, 'decisions')) {
    if (row.time_us! > time_us) break
    last = row.decision!
  }
  return last
}

function describe(a: Trace, b: Trace, number: number): Change {
  const left = decisionAt(a, number)
  const right = decisionAt(b, number)
  const { time_us, market, trigger } = (left ?? right)!
  const fields =
    left === null || right === null
      ? []
      : TABLES.decisions.flatMap(([field]) =>
          Object.is(left[field], right[field]) ? [] : [{ field, a: left[field]!, b: right[field]! }],
        )
  return {
    decision: number,
    time_us: time_us!,
    market: market!,
    trigger: trigger!,
    fields,
    intents: { a: intentsOf(a, number), b: intentsOf(b, number) },
    missing: left === null ? 'a' : right === null ? 'b' : null,
  }
}

function decisionAt(trace: Trace, number: number): Row | null {
  for (const row of rowsOf(trace, 'decisions')) if (row.decision === number) return row
  return null
}

const KINDS = Object.fromEntries(Object.entries(IntentKind).map(([name, code]) => [code, name.toLowerCase()]))

function intentsOf(trace: Trace, number: number): ShownIntent[] {
  const found: ShownIntent[] = []
  for (const row of rowsOf(trace, 'intents')) {
    if (row.decision !== number) continue
    found.push({
      kind: KINDS[row.kind!] ?? String(row.kind),
      outcome: row.outcome === 1 ? 'down' : 'up',
      side: row.side === 2 ? 'sell' : 'buy',
      price: row.price! / ONE,
      size: row.size! / MICRO,
      gate: row.gate!,
    })
    if (found.length === SHOWN_MAX) break
  }
  return found
}
