import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ReportError } from '../run-file.ts'
import { pathLiteral, type RunTables } from './tables.ts'

/** Halts that are named by their time. */
const HALTS_MAX = 20

/**
 * When the drawdown limit was breached: the `risk_halt` rows of the journal, the first {@link HALTS_MAX} of them.
 *
 * @throws ReportError `report.missing_table` where the run counts halts but has no journal
 */
export async function readHalts(tables: RunTables): Promise<number[]> {
  if (tables.run.risk_halts === 0) return []
  const file = join(tables.dir, 'journal.csv')
  if (!existsSync(file)) {
    throw new ReportError('report.missing_table', `${file} is missing from the run folder`, { file })
  }
  const rows = await tables.rows<{ us: number }>(`
    SELECT epoch_us("time"::TIMESTAMPTZ)::DOUBLE AS us
    FROM read_csv(${pathLiteral(file)}, header = true, all_varchar = true)
    WHERE type = 'risk_halt' ORDER BY us LIMIT ${HALTS_MAX}`)
  return rows.map((row) => row.us)
}
