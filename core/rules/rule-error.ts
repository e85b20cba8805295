/**
 * A rule that cannot be told. Codes: `rules.unknown_market`, `rules.ambiguous_market`, `rules.unknown_range`,
 * `rules.unknown_series`, `rules.time`, `rules.table`.
 */
export class RuleError extends Error {
  readonly code: string
  /** The part of the market or of the table that is concerned. */
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, message: string, fix: string) {
    super(message)
    this.name = 'Rules.RuleError'
    this.code = code
    this.field = field
    this.fix = fix
  }
}
