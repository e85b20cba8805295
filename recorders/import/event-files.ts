import { type Inference, TapeError } from '../tape/index.ts'
import { type LogFile, type LogReading, type LogRow, openLog, readLog } from './event-log-rows.ts'
import { mergeStreams } from './merge-streams.ts'
import type { Refusals } from './refusals.ts'
import { hasColumn, openTable, type TextTable } from './text-file.ts'
import { readWalletFills, WALLET_COLUMNS, type WalletFill } from './wallet-fills.ts'

/** Logs and trades of a wallet as one stream in the order of time. */
export type EventFiles = {
  /** Rows of all files, and trades of the wallet that are good. */
  readonly rows: number
  /** Rows of the lists of a wallet's trades; undefined where none is given. */
  readonly wallet_rows: number | undefined
  readonly fills: number
  readonly reading: LogReading
  /** How the rows of the logs lie. */
  inferred(): Inference[]
  /** Equal times: rows of a log before trades of the wallet. */
  read(): AsyncGenerator<LogRow | WalletFill>
}

/**
 * Open logs of events and lists of a wallet's trades, told apart by their columns.
 *
 * @throws TapeError `import.file`, `import.column`, `import.log` where no file is a log, `import.wallet`
 */
export async function openEventFiles(
  files: readonly string[],
  refusals: Refusals,
  walletRefusals: Refusals,
): Promise<EventFiles> {
  const tables: TextTable[] = []
  for (const file of files) tables.push(await openTable(file, []))
  const isWallet = (table: TextTable) => hasColumn(table, 'wallet')
  const logs: LogFile[] = []
  for (const { file } of tables.filter((table) => !isWallet(table))) logs.push(await openLog(file))
  if (logs.length === 0)
    throw new TapeError(
      'import.log',
      `${files[0]}: only trades of a wallet are given, and no log of events`,
      { file: files[0]! },
      'give the log too: it says which token is which',
    )
  const fills: WalletFill[] = []
  let listed = 0
  for (const { file } of tables.filter(isWallet)) {
    const table = await openTable(file, WALLET_COLUMNS)
    listed += table.rows
    fills.push(...(await readWalletFills(table, walletRefusals)))
  }
  fills.sort((a, b) => a.local_us - b.local_us)
  const reading: LogReading = { rows_read: listed, levels: 0, levels_astray: 0 }
  return {
    rows: logs.reduce((sum, { table }) => sum + table.rows, listed),
    wallet_rows: tables.some(isWallet) ? listed : undefined,
    fills: fills.length,
    reading,
    inferred: () => logs.flatMap(({ rows, times }) => [...rows.inferred(), ...times.inferred()]),
    read: () =>
      mergeStreams<LogRow | WalletFill>([...logs.map((log) => readLog(log, refusals, reading)), each(fills)]),
  }
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows
}
