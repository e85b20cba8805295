import { sortedKeys } from '../../core/config/index.ts'
import { TABLES, type TableName } from '../../core/machine/records.ts'
import { below } from '../../recorders/files/index.ts'
import { sha256Of } from '../../recorders/tape/index.ts'
import { ReportError } from './run-file.ts'

/** SHA-256 of each table of a run folder, as `run.json` keeps them: whoever shows a table shows the one that the run wrote. */
export type TableHashes = Partial<Record<TableName, string>>

/** Hash every table that a run wrote. */
export async function hashTables(dir: string): Promise<TableHashes> {
  const hashes: TableHashes = {}
  for (const name of sortedKeys(TABLES) as TableName[]) hashes[name] = await sha256Of(tableFile(dir, name))
  return hashes
}

/**
 * Refuse a run folder of which a table is not the one that the run wrote. Runs of version 0.1.0 have no hashes of them.
 *
 * @throws ReportError `run.table_hash`, naming the table's file
 */
export async function assertTables(
  dir: string,
  { tables = {} }: { tables?: TableHashes | undefined },
): Promise<void> {
  for (const name of sortedKeys(TABLES) as TableName[]) {
    const recorded = tables[name]
    if (recorded === undefined) continue
    const file = tableFile(dir, name)
    const found = await sha256Of(file).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return 'no such file'
      throw thrown
    })
    if (found === recorded) continue
    throw new ReportError(
      'run.table_hash',
      `${file} is not the table that the run wrote: ${found}, not ${recorded}`,
      {
        file,
        field: `tables.${name}`,
        fix: 'restore the run folder, or make the run again; engine replay --verify shows what differs',
      },
    )
  }
}

function tableFile(dir: string, name: TableName): string {
  return below(dir, `${name}.parquet`)
}
