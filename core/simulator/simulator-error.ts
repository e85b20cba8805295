/** A simulation that cannot be made as asked. `code` is stable, `field` the option. */
export class SimulatorError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, message: string, fix: string) {
    super(message)
    this.name = 'Simulator.SimulatorError'
    this.code = code
    this.field = field
    this.fix = fix
  }
}
