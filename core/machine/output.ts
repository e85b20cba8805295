import type { Machine } from './machine.ts'
import type { Table, TableName } from './records.ts'

/** A table of `m.records` with room for a row: a full one is handed to the runner first. HOT. */
export function roomIn<N extends TableName>(m: Machine, table: Table<N>): Table<N> {
  if (table.length === table.capacity) m.onFull(table as unknown as Table<TableName>)
  return table
}

/** A new row of a table of `m.records`. HOT. */
export function tableRow<N extends TableName>(m: Machine, table: Table<N>): number {
  return roomIn(m, table).length++
}
