import { defaults } from '../core/config/index.ts'
import { Replay, settings } from '../core/exchange/compat/index.ts'
import { oracleColumns } from '../engine/runners/oracle.ts'
import { type BenchOptions, type Entry, entry, loadNow, type Outcome } from './entry.ts'
import { BenchError, measure } from './figure.ts'

const SEED = 42
const EVENTS_TABLE = 10_000_000

/**
 * hftbacktest's Rust core with its fastest book on this stream, 10 million events: millions of events a second on a machine
 * of two cores, measured once when the table was made, not by this benchmark. Beside it what it came to, cash in USD.
 */
const RUST = [
  { period_ms: 100, events_per_s: 9_100_000, trades: 40_086, position: -80, cash: 3_027.7 },
  { period_ms: 10, events_per_s: 8_600_000, trades: 51_189, position: -70, cash: 3_737.9 },
  { period_ms: 1, events_per_s: 7_100_000, trades: 52_611, position: -70, cash: 3_895.9 },
] as const

/** The compatibility mode over a seeded stream that lies in memory, for three periods of the strategy. */
export async function oracleCase({ events, runs }: BenchOptions): Promise<Outcome> {
  const columns = oracleColumns(SEED, events)
  const entries: Entry[] = []
  for (const rust of RUST) {
    const load_before = loadNow()
    const own = { ...defaults(settings), period: rust.period_ms * 1_000_000 }
    const { units: _, ...figure } = await measure(runs, (watch) => {
      watch.start()
      const { trades, position, cash } = Replay.replay(columns, own)
      watch.stop()
      return { units: columns.length, result: { trades, position, cash: Math.round(cash / 100) / 100 } }
    })
    if (events === EVENTS_TABLE) assertSame(rust, figure.result)
    entries.push(
      entry({
        name: `oracle_${rust.period_ms}ms`,
        what: `compatibility mode, strategy every ${rust.period_ms} ms; bound: the Rust core’s figure, recorded elsewhere`,
        unit: 'events/s',
        ...figure,
        bound: { value: rust.events_per_s, is: 'at_least' },
        tape: `oracle stream, seed ${SEED}, ${columns.length} events`,
        load_before,
      }),
    )
  }
  return { entries, tapes: [] }
}

function assertSame(rust: (typeof RUST)[number], found: Record<string, unknown>): void {
  const { trades, position, cash } = rust
  if (found.trades === trades && found.position === position && found.cash === cash) return
  throw new BenchError(
    'bench.oracle',
    `period ${rust.period_ms} ms: ${JSON.stringify(found)} instead of ${JSON.stringify({ trades, position, cash })}`,
    'run `npm run oracle` and the tests of core/exchange/compat',
  )
}
