import { OrderStatus, type Table, type TableName } from '../../core/machine/records.ts'
import { Gate, RejectCode } from '../../core/risk/codes.ts'

/** Orders that did not come about, and decisions that something stopped, by their reasons, the most frequent first. */
export type Refusals = {
  /** Orders that the venue refused. */
  venue: { reason: string; orders: number }[]
  /** Decisions that ended at a gate, or stood aside. */
  gates: { gate: string; decisions: number }[]
}

/** Counts refusals as the tables of a run are drained. */
export type RefusalWatch = { observe(table: Table<TableName>): void; refusals(): Refusals }

const REASONS = new Map(
  Object.entries(RejectCode).map(([name, code]) => [code as number, name.toLowerCase()]),
)
const GATES = new Map(Object.entries(Gate).map(([name, code]) => [code as number, name.toLowerCase()]))

/** A watch over a run. */
export function watchRefusals(): RefusalWatch {
  const venue = new Map<number, number>()
  const gates = new Map<number, number>()
  return {
    observe(table) {
      if (table.name === 'orders') {
        const { status, reason } = (table as Table<'orders'>).columns
        for (let row = 0; row < table.length; row++)
          if (status[row] === OrderStatus.REJECTED) count(venue, reason[row]!)
      } else if (table.name === 'decisions') {
        const { gate } = (table as Table<'decisions'>).columns
        for (let row = 0; row < table.length; row++) if (gate[row] !== Gate.NONE) count(gates, gate[row]!)
      }
    },
    refusals: () => ({
      venue: sorted(venue).map(([code, orders]) => ({ reason: REASONS.get(code)!, orders })),
      gates: sorted(gates).map(([code, decisions]) => ({ gate: GATES.get(code)!, decisions })),
    }),
  }
}

function count(counts: Map<number, number>, code: number): void {
  counts.set(code, (counts.get(code) ?? 0) + 1)
}

function sorted(counts: ReadonlyMap<number, number>): [number, number][] {
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b)
}
