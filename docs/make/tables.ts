import { TABLES, type TableName } from '../../core/machine/records.ts'
import { Regime } from '../../core/reference/index.ts'
import { membersOf } from './code-docs.ts'
import { COLUMN_DOCS, TABLE_DOCS } from './column-docs.ts'
import { code, head, sentence, table } from './markdown.ts'

const TYPES = { f64: 'DOUBLE', u32: 'UINTEGER', u8: 'UTINYINT' } as const
/** Constants that the columns refer to. */
const CODES = [
  'Trigger',
  'IntentKind',
  'Tif',
  'OrderStatus',
  'LedgerKind',
  'RiskEvent',
  'ResolutionCode',
] as const

/** `reference/tables.md`: what a run folder holds. */
export function tablesPage(): string {
  const tables = (Object.keys(TABLES) as TableName[]).map(
    (name) => `## ${name}\n\n${TABLE_DOCS[name]}\n\n${columnsOf(name)}\n`,
  )
  return [
    head(
      'Tables of a run',
      `\`engine backtest\` writes a run folder: \`run.json\` (the figures, the configuration and everything that identifies the
run), one Parquet file for each table below, \`journal.csv\` (intents, orders, fills, refusals, halts, merges and
redemptions in order of time, for people and spreadsheets) and \`report.html\`.

Numbers are as the core holds them. DOUBLE columns hold whole numbers unless the meaning says “real”. Prices are ticks of
1e-4 USDC, sizes 1e-6 shares, money 1e-6 USDC, times µs since the epoch, reference prices 1e-8 USD. −1 stands for “none”
in prices, NaN for “unknown” in real numbers. Rows are in the order in which they were written.

\`\`\`sql
SELECT make_timestamp(matched_us::BIGINT) AS time, price / 1e4 AS usdc, size / 1e6 AS shares, markout_10s / 1e4 AS markout
FROM 'runs/market-maker/fills.parquet' WHERE maker = 1 ORDER BY fill LIMIT 5
\`\`\``,
    ),
    ...tables,
    '## Codes\n',
    ...CODES.map((name) => `### ${name}\n\n${codesOf(name)}\n`),
    `### Regime\n\nBits; several may hold at once.\n\n${Regime.NAMES.map(([bit, name]) => `${code(name)} ${bit}`).join(', ')}\n`,
  ].join('\n')
}

function columnsOf(name: TableName): string {
  const docs = COLUMN_DOCS[name] as Readonly<Record<string, readonly [string, string]>>
  return table(
    ['column', 'type', 'unit', 'meaning'],
    TABLES[name].map(([column, type]) => [code(column), TYPES[type], docs[column]![0], docs[column]![1]]),
  )
}

function codesOf(name: string): string {
  const members = membersOf('core/machine/records.ts', name)
  if (members.every(({ doc }) => doc === '')) {
    return members.map((member) => `${code(member.name)} ${member.value}`).join(', ')
  }
  return table(
    ['number', 'name', 'meaning'],
    members.map((member) => [String(member.value), code(member.name), sentence(member.doc)]),
  )
}
