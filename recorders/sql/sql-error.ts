/** A query, or a catalog, that cannot be. `message` is DuckDB's where it has one. */
export class SqlError extends Error {
  readonly code: string
  readonly fix: string
  constructor(code: string, message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Sql.SqlError'
    this.code = code
    this.fix = fix
  }
}
