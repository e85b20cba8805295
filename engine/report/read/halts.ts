import { RiskEvent } from '../../../core/machine/records.ts'
import type { Halt, Tally } from '../data.ts'
import type { RunTables } from './tables.ts'

/** Halts that are named by their time. */
const HALTS_MAX = 20

/** When the drawdown limit was breached, the first {@link HALTS_MAX} times. */
export async function readHalts(tables: RunTables): Promise<Halt[]> {
  return tables.rows<Halt>(`
    SELECT time_us, value, "limit" FROM risk_events WHERE kind = ${RiskEvent.HALT}
    ORDER BY "row" LIMIT ${HALTS_MAX}`)
}

/** What else an operator would have been told, by kind. */
export async function readRiskEvents(tables: RunTables): Promise<Tally[]> {
  return tables.rows<Tally>(`
    SELECT kind AS code, count(*)::DOUBLE AS n FROM risk_events WHERE kind <> ${RiskEvent.HALT}
    GROUP BY kind ORDER BY n DESC, code`)
}
