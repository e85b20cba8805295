import { formatIso, type Micros } from '../units/index.ts'

/** A critical invariant does not hold: the run stops, because nothing after it can be trusted. */
export class InvariantError extends Error {
  readonly code: string
  readonly fix = 'report it with the command and the run folder; it is a defect'
  constructor(what: string, message: string, now_us: Micros) {
    super(`at ${formatIso(now_us)}: ${message}`)
    this.name = 'Machine.InvariantError'
    this.code = `machine.invariant_${what}`
  }
}
