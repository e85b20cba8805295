import type { Audit } from '../report/index.ts'
import { FILLS, LATENCIES_MS, shortFill } from '../runners/audit-words.ts'
import type { Io } from './io.ts'
import { type Cell, table } from './output.ts'

/** An audit for people: the sentence, fills × latencies with the run's own cell marked, controls, notes. */
export function auditInWords(io: Io, audit: Audit): string {
  const heads = FILLS.flatMap((fill) => [shortFill(fill), 'fills'])
  const rows = LATENCIES_MS.map((latency_ms): Cell[] => [
    `${latency_ms} ms`,
    ...FILLS.flatMap((fill): Cell[] => {
      const cell = audit.cells.find((one) => one.fill === fill && one.latency_ms === latency_ms)
      if (cell === undefined) return [null, null]
      return [`${isOwn(audit, fill, latency_ms) ? '* ' : ''}${money(cell.net_pnl_usdc)}`, cell.fills]
    }),
  ])
  const { run } = audit
  const controls: Cell[][] = [
    [run.strategy, money(run.net_pnl_usdc), run.fills],
    ...audit.controls.map((one): Cell[] => [one.strategy, money(one.net_pnl_usdc), one.fills]),
  ]
  const own = run.cell ? '* the run itself' : 'the run itself is none of these cells'
  return [
    audit.depends_on,
    '',
    'net PnL in USDC of resolved windows, by latency (each way) and fills',
    table(io, ['', ...heads], aligned(rows)),
    `${own}: ${run.fill}, ${run.entry_latency_ms} ms to the venue, ${run.response_latency_ms} ms back`,
    '',
    table(io, ['under the same', 'net PnL', 'fills'], aligned(controls)),
    ...audit.notes,
    '',
  ].join('\n')
}

function isOwn({ run }: Audit, fill: string, latency_ms: number): boolean {
  return run.cell && run.fill === fill && run.entry_latency_ms === latency_ms
}

/** Texts that are numbers, set right. */
function aligned(rows: readonly Cell[][]): Cell[][] {
  const width = (column: number) =>
    Math.max(...rows.map((row) => (typeof row[column] === 'string' ? (row[column] as string).length : 0)))
  return rows.map((row) =>
    row.map((cell, i) => (i > 0 && typeof cell === 'string' ? cell.padStart(width(i)) : cell)),
  )
}

function money(usdc: number): string {
  return (usdc + 0).toFixed(2)
}
