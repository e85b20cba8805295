import { decisionCost } from './decision.ts'
import { type Entry, entry, loadNow, type Outcome } from './entry.ts'
import { levelCost } from './exchange-level.ts'

/** Parts of the replay alone, in nanoseconds of processor time: one decision, and one level change at the exchange. */
export function partsCase(): Outcome {
  const load_before = loadNow()
  const { quotes_ns, quotes_and_diff_ns, decisions } = decisionCost()
  const line = (name: string, what: string, ns: number, result: Record<string, unknown>): Entry =>
    entry({
      name,
      what,
      unit: 'ns',
      runs: 5,
      median: ns,
      min: ns,
      max: ns,
      cpu_median: ns,
      bound: null,
      tape: null,
      load_before,
      result,
    })
  return {
    entries: [
      line('quotes', 'the market maker’s part of a decision', quotes_ns, { decisions }),
      line('quotes_and_diff', 'the same, with orders compared and sent', quotes_and_diff_ns, { decisions }),
      ...levelCost().map(({ name, ns, bytes }) =>
        line('level', `a level change at the exchange: ${name}`, ns, { bytes }),
      ),
    ],
    tapes: [],
  }
}
