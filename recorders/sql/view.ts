import { quote } from '../database.ts'

/**
 * A view as data: what it is about, its columns with units and meaning, and where they come from. The catalog makes the
 * SQL, the comments that DuckDB keeps beside it, and the documentation out of the same lines.
 */
export type View = {
  readonly name: string
  /** What one row is, in a sentence. */
  readonly doc: string
  readonly columns: readonly ViewColumn[]
  /** Everything after FROM: tables of the schema `raw`, joins, filters. */
  readonly from: string
}

/** One column of a view. */
export type ViewColumn = {
  readonly name: string
  /** The expression that it is. */
  readonly sql: string
  /** Its type in DuckDB. */
  readonly type: 'TIMESTAMP' | 'DOUBLE' | 'BIGINT' | 'INTEGER' | 'BOOLEAN' | 'VARCHAR'
  /** `UTC`, `USDC`, `shares`, `USD`, `s`, `ms`; empty for names, counts and flags. */
  readonly unit: string
  readonly doc: string
}

/** The statements that make a view and say what it and its columns are. */
export function statementsOf(view: View): string[] {
  const columns = view.columns.map(({ name, sql, type }) => `CAST(${sql} AS ${type}) AS "${name}"`)
  return [
    `CREATE VIEW ${view.name} AS SELECT ${columns.join(', ')} FROM ${view.from}`,
    `COMMENT ON VIEW ${view.name} IS ${quote(view.doc)}`,
    ...view.columns.map(
      ({ name, unit, doc }) =>
        `COMMENT ON COLUMN ${view.name}."${name}" IS ${quote(unit === '' ? doc : `${doc} [${unit}]`)}`,
    ),
  ]
}

/** A name, or any other text. */
export function text(name: string, sql: string, doc: string): ViewColumn {
  return { name, sql, type: 'VARCHAR', unit: '', doc }
}

/** A count or a number of something. */
export function whole(name: string, sql: string, doc: string): ViewColumn {
  return { name, sql, type: 'BIGINT', unit: '', doc }
}

/** Yes or no. */
export function flag(name: string, sql: string, doc: string): ViewColumn {
  return { name, sql, type: 'BOOLEAN', unit: '', doc }
}

/** A real number in a unit; NaN is NULL. */
export function real(name: string, sql: string, unit: string, doc: string): ViewColumn {
  return { name, sql: `nullif(CAST(${sql} AS DOUBLE), 'nan'::DOUBLE)`, type: 'DOUBLE', unit, doc }
}

/** An instant from µs since the epoch. `none` is the number that stands for "never". */
export function instant(name: string, sql: string, doc: string, none?: number): ViewColumn {
  const us = `CAST(${sql} AS BIGINT)`
  const known = none === undefined ? us : `nullif(${us}, ${none})`
  return { name, sql: `make_timestamp(${known})`, type: 'TIMESTAMP', unit: 'UTC', doc }
}

/** A token's price from ticks of 1e-4; negative ones are NULL. */
export function price(name: string, sql: string, doc: string): ViewColumn {
  return { name, sql: naturalPrice(sql), type: 'DOUBLE', unit: 'USDC', doc }
}

/** Shares from micro-shares. */
export function shares(name: string, sql: string, doc: string): ViewColumn {
  return { name, sql: `(${sql}) / 1e6`, type: 'DOUBLE', unit: 'shares', doc }
}

/** Money from micro-USDC. */
export function usdc(name: string, sql: string, doc: string): ViewColumn {
  return { name, sql: `(${sql}) / 1e6`, type: 'DOUBLE', unit: 'USDC', doc }
}

/** Ticks of 1e-4 as a price: the quotient of two whole numbers, so that 5300 is 0.53 to the last bit. */
export function naturalPrice(sql: string): string {
  return `CASE WHEN (${sql}) >= 0 THEN (${sql}) / 1e4 END`
}

/** Codes as words: `{ LEVEL: 1 }` gives 'level' for 1, and NULL for a number without a name. */
export function codes(sql: string, names: Readonly<Record<string, number>>): string {
  const cases = Object.keys(names).map((name) => `WHEN ${names[name]} THEN ${quote(name.toLowerCase())}`)
  return `CASE ${sql} ${cases.join(' ')} END`
}
