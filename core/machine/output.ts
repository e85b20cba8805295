import type { Machine } from './machine.ts'
import type { Table, TableName } from './records.ts'

/** A table with room for a row: a full one is handed to the runner first. */
export function roomIn<N extends TableName>(m: Machine, name: N): Table<N> {
  const table = m.records[name]
  if (table.length === table.capacity) m.onFull(table as Table<TableName>)
  return table as unknown as Table<N>
}

/** A new row of a table. */
export function tableRow(m: Machine, name: TableName): number {
  return roomIn(m, name).length++
}
