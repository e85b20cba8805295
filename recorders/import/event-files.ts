import { TapeError } from '../tape/index.ts'
import { LOG_COLUMNS, type LogReading, type LogRow, readLog } from './event-log-rows.ts'
import { mergeStreams } from './merge-streams.ts'
import type { Refusals } from './refusals.ts'
import { openTable, type TextTable } from './text-file.ts'
import { readWalletFills, WALLET_COLUMNS, type WalletFill } from './wallet-fills.ts'

/** Logs and trades of a wallet as one stream in the order of time. */
export type EventFiles = {
  /** Rows of all files, and trades of the wallet that are good. */
  readonly rows: number
  readonly fills: number
  readonly reading: LogReading
  /** Equal times: rows of a log before trades of the wallet. */
  read(): AsyncGenerator<LogRow | WalletFill>
}

/**
 * Open logs of events and lists of a wallet's trades, told apart by their columns.
 *
 * @throws TapeError `import.file`, `import.column`, `import.log` where no file is a log, `import.wallet`
 */
export async function openEventFiles(files: readonly string[], refusals: Refusals): Promise<EventFiles> {
  const tables: TextTable[] = []
  for (const file of files) tables.push(await openTable(file, []))
  const isWallet = ({ header }: TextTable) => header.includes('wallet')
  const logs: TextTable[] = []
  for (const { file } of tables.filter((table) => !isWallet(table)))
    logs.push(await openTable(file, LOG_COLUMNS))
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
    fills.push(...(await readWalletFills(table, refusals)))
  }
  fills.sort((a, b) => a.local_us - b.local_us)
  const reading: LogReading = { rows_read: listed, levels: 0, levels_astray: 0 }
  return {
    rows: logs.reduce((sum, { rows }) => sum + rows, listed),
    fills: fills.length,
    reading,
    read: () =>
      mergeStreams<LogRow | WalletFill>([
        ...logs.map((table) => readLog(table, refusals, reading)),
        each(fills),
      ]),
  }
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows
}
