import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { literalPath, quote } from '../database.ts'
import type { Catalog } from './catalog.ts'
import { SqlError } from './sql-error.ts'
import { DERIVED_RUN_VIEWS, RUN_VIEWS } from './views/index.ts'

/** A market of a run, in the order of its numbers. */
export type RunMarket = { readonly slug: string; readonly start_us: number; readonly end_us: number }

/**
 * Add the tables of a run folder to a catalog: `decisions`, `intents`, `orders`, `fills`, `ledger`, `equity`, `windows`,
 * `risk_events`, what follows from them (`signals`, `positions`), and under `raw.run_…` the integers as stored.
 *
 * @param dir the folder that a backtest wrote
 * @throws SqlError `sql.missing_table` naming the file that is not there
 */
export async function addRun(catalog: Catalog, dir: string, markets: readonly RunMarket[]): Promise<void> {
  for (const { name } of RUN_VIEWS) {
    const file = join(dir, `${name}.parquet`)
    if (!existsSync(file)) {
      throw new SqlError(
        'sql.missing_table',
        `${file} is missing from the run folder`,
        'run the backtest again to write a whole run folder',
      )
    }
    catalog.allow(file)
    await catalog.run(`CREATE VIEW raw.run_${name} AS SELECT * FROM read_parquet(${literalPath(file)})`)
  }
  await catalog.run(
    'CREATE TABLE raw.run_markets (market DOUBLE, slug VARCHAR, start_us DOUBLE, end_us DOUBLE)',
  )
  if (markets.length > 0) {
    const values = markets.map(
      ({ slug, start_us, end_us }, i) => `(${i}, ${quote(slug)}, ${start_us}, ${end_us})`,
    )
    await catalog.run(`INSERT INTO raw.run_markets VALUES ${values.join(', ')}`)
  }
  for (const view of [...RUN_VIEWS, ...DERIVED_RUN_VIEWS]) await catalog.add(view)
}
