/** A ledger operation that was refused; nothing was booked. `code` is stable, `field` names what was wrong. */
export class LedgerError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, value: unknown, expected: string) {
    super(`${field} = ${String(value)} is refused: expected ${expected}`)
    this.name = 'Ledger.LedgerError'
    this.code = code
    this.field = field
    this.fix = `give ${expected}`
  }
}
