import type { SqlRow, SqlValue, View } from '../../recorders/sql/index.ts'
import { LabError } from './lab-error.ts'

/** A table by columns, in the units of people; each column is asked for as what it holds. */
export type ColumnTable = {
  readonly name: string
  readonly length: number
  /** What the columns are: name, type, unit and meaning. */
  readonly columns: readonly { name: string; type: string; unit: string; doc: string }[]
  /**
   * A column of numbers; NaN where nothing is known.
   *
   * @throws LabError `lab.column` where there is none of that name and kind
   */
  numbers(column: string): Float64Array
  /** A column of names and words; null where there is none. */
  texts(column: string): (string | null)[]
  /** A column of instants, to the millisecond; null where there is none. */
  times(column: string): (Date | null)[]
  /** A column of yes and no. */
  flags(column: string): (boolean | null)[]
  /** Its rows, as a query gives them. */
  rows(): SqlRow[]
}

type Kind = 'numbers' | 'texts' | 'times' | 'flags'

const KINDS: Readonly<Record<View['columns'][number]['type'], Kind>> = {
  DOUBLE: 'numbers',
  BIGINT: 'numbers',
  INTEGER: 'numbers',
  VARCHAR: 'texts',
  TIMESTAMP: 'times',
  BOOLEAN: 'flags',
}

/** A table from the columns that a query for everything in a view gave. */
export function columnTable(view: View, values: Readonly<Record<string, SqlValue[]>>): ColumnTable {
  const length = values[view.columns[0]!.name]?.length ?? 0
  const numbers = new Map<string, Float64Array>()
  const take = (name: string, kind: Kind): SqlValue[] => {
    const column = view.columns.find((one) => one.name === name)
    if (column !== undefined && KINDS[column.type] === kind) return values[name]!
    const fit = view.columns.filter((one) => KINDS[one.type] === kind).map((one) => one.name)
    throw new LabError(
      'lab.column',
      `${view.name} has no column of ${kind} named ${name}`,
      `use one of ${fit.join(', ')}`,
      name,
    )
  }
  return {
    name: view.name,
    length,
    columns: view.columns.map(({ name, type, unit, doc }) => ({ name, type, unit, doc })),
    numbers(name) {
      const column =
        numbers.get(name) ??
        Float64Array.from(take(name, 'numbers'), (x) => (x === null ? Number.NaN : Number(x)))
      numbers.set(name, column)
      return column
    },
    texts: (name) => take(name, 'texts') as (string | null)[],
    times: (name) => take(name, 'times') as (Date | null)[],
    flags: (name) => take(name, 'flags') as (boolean | null)[],
    rows: () =>
      Array.from({ length }, (_, row) =>
        Object.fromEntries(view.columns.map(({ name }) => [name, values[name]![row]!])),
      ),
  }
}
