import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LedgerKind } from '../../core/machine/records.ts'
import { readAuditFile } from './audit-file.ts'
import type { ReportData, Window } from './data.ts'
import { readCalibration } from './read/calibration.ts'
import { readGaps } from './read/gaps.ts'
import { readHalts, readRiskEvents } from './read/halts.ts'
import { readIdle } from './read/idle.ts'
import { readMarkouts } from './read/markouts.ts'
import { readLifetimes } from './read/orders.ts'
import { readPaths } from './read/paths.ts'
import { readEquity, readInventory } from './read/series.ts'
import { openTables, type RunTables, real } from './read/tables.ts'
import { parseRunFile, ReportError } from './run-file.ts'
import { assertTables } from './table-hashes.ts'

/**
 * Read a run folder, counted and cut to the size of a page. Everything is aggregated in SQL, so that memory does not
 * grow with the run.
 *
 * @param dir a run folder: run.json and its Parquet tables
 * @throws ReportError naming file and field
 */
export async function loadReport(dir: string): Promise<ReportData> {
  const file = join(dir, 'run.json')
  if (!existsSync(file)) {
    throw new ReportError('report.no_run', `${dir} is not a run folder: it has no run.json`, {
      file,
      fix: 'give the folder that `engine backtest --out` wrote',
    })
  }
  const run = parseRunFile(readFileSync(file, 'utf8'), file)
  await assertTables(dir, run)
  const tables = await openTables(dir, run)
  try {
    const windows = await readWindows(tables)
    const { paths, left_out } = await readPaths(tables)
    return {
      run,
      ...(await readSpan(tables)),
      windows,
      equity: await readEquity(tables),
      inventory: await readInventory(tables),
      paths,
      paths_left_out: left_out,
      markouts: await readMarkouts(tables),
      lifetimes: await readLifetimes(tables),
      idle: await readIdle(tables),
      calibration: await readCalibration(tables),
      gaps: await readGaps(run),
      audit: readAuditFile(dir),
      halts: await readHalts(tables),
      risk_events: await readRiskEvents(tables),
    }
  } finally {
    tables.close()
  }
}

/** Windows in the order of their start. */
async function readWindows(tables: RunTables): Promise<Window[]> {
  const rows = await tables.rows<Record<keyof Window, number | null>>('SELECT * FROM windows')
  const windows: Window[] = []
  for (const row of rows) {
    const market = tables.run.markets[row.market!]
    if (market === undefined) {
      throw new ReportError(
        'report.unknown_market',
        `windows.parquet names market ${row.market}, which run.json does not list`,
        { file: join(tables.dir, 'windows.parquet'), field: 'market' },
      )
    }
    const numbers: Record<string, number> = {}
    for (const [name, value] of Object.entries(row)) numbers[name] = value ?? Number.NaN
    windows.push({
      ...(numbers as Omit<Window, 'slug'>),
      slug: market.slug,
      start_us: market.start_us,
      end_us: market.end_us,
    })
  }
  return windows.sort((a, b) => a.start_us - b.start_us || a.market - b.market)
}

/** From the first window or row to the last: shares are redeemed after the last window has ended. */
async function readSpan(tables: RunTables): Promise<{ from_us: number; to_us: number }> {
  const [span] = await tables.rows<{ from_us: number | null; to_us: number | null }>(`
    SELECT min(from_us) AS from_us, max(to_us) AS to_us FROM (
      SELECT min(start_us) AS from_us, max(end_us) AS to_us FROM markets
      UNION ALL SELECT min(time_us), max(time_us) FROM decisions
      UNION ALL SELECT min(time_us), max(time_us) FROM equity
      UNION ALL SELECT min(time_us) FILTER (kind <> ${LedgerKind.DEPOSIT}), max(time_us) FROM ledger)`)
  return { from_us: real(span!.from_us), to_us: real(span!.to_us) }
}
