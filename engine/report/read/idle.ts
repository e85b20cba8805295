import { IntentKind, OrderStatus } from '../../../core/machine/records.ts'
import type { Idle, Tally } from '../data.ts'
import type { RunTables } from './tables.ts'

type Group = {
  gate: number
  trigger: number
  regime: number
  changed: number
  wanted: number
  n: number
}

/** What became of every decision, every intent and every order. */
export async function readIdle(tables: RunTables): Promise<Idle> {
  const groups = await tables.rows<Group>(`
    SELECT gate, trigger, regime, (creates + cancels > 0)::DOUBLE AS changed, (desired > 0)::DOUBLE AS wanted,
           count(*)::DOUBLE AS n
    FROM decisions GROUP BY ALL`)
  const open = groups.filter((g) => g.gate === 0)
  const [intents] = await tables.rows<{ n: number }>('SELECT count(*)::DOUBLE AS n FROM intents')
  return {
    decisions: total(groups),
    changed: total(open.filter((g) => g.changed === 1)),
    kept: total(open.filter((g) => g.changed === 0 && g.wanted === 1)),
    wanted_nothing: total(open.filter((g) => g.changed === 0 && g.wanted === 0)),
    gates: tally(
      groups.filter((g) => g.gate !== 0),
      (g) => g.gate,
    ),
    triggers: tally(groups, (g) => g.trigger),
    regimes: tally(groups, (g) => g.regime),
    intents: intents!.n,
    refused: await tables.rows<Tally>(`
      SELECT gate AS code, count(*)::DOUBLE AS n FROM intents
      WHERE gate <> 0 AND kind = ${IntentKind.CREATE} GROUP BY gate ORDER BY n DESC, code`),
    rejects: await tables.rows<Tally>(`
      SELECT reason AS code, count(*)::DOUBLE AS n FROM orders
      WHERE status = ${OrderStatus.REJECTED} GROUP BY reason ORDER BY n DESC, code`),
  }
}

function total(groups: Group[]): number {
  let n = 0
  for (const g of groups) n += g.n
  return n
}

/** Counts by code, most frequent first, the smaller code first on ties. */
function tally(groups: Group[], key: (g: Group) => number): Tally[] {
  const counts = new Map<number, number>()
  for (const g of groups) counts.set(key(g), (counts.get(key(g)) ?? 0) + g.n)
  return [...counts].map(([code, n]) => ({ code, n })).sort((a, b) => b.n - a.n || a.code - b.code)
}
