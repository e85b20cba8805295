import { isDeepStrictEqual } from 'node:util'
import { type Outcome, PUBLISHED } from './cases.ts'

/** A part of an outcome. */
export type Part = keyof Outcome
/** All of it: what a side must come to that plays by the same rules. */
export const ALL: readonly Part[] = ['trades', 'position', 'cash', 'calls', 'book']

/** Cash is exact to 1e-4 USD: sides that add it up in floats are rounded to that. */
const CASH_UNITS = 10_000

/** Which parts of two outcomes differ, a line for each; none: they agree. */
export function differences(one: Partial<Outcome>, other: Outcome, parts: readonly Part[]): string[] {
  return parts
    .filter((part) => !isDeepStrictEqual(exact(part, one), exact(part, other)))
    .map((part) => `${part} is ${shown(one[part])}, expected ${shown(other[part])}`)
}

/** Hold an outcome against the published table, where it has the case: {@link differences}. */
export function differencesFromPublished(
  seed: number,
  events: number,
  name: string,
  outcome: Outcome,
): string[] {
  const row = PUBLISHED.find((p) => p.seed === seed && p.events === events && p.case === name)
  return row === undefined ? [] : differences(outcome, { ...outcome, ...row }, ['trades', 'position', 'cash'])
}

function exact(part: Part, outcome: Partial<Outcome>): unknown {
  const value = outcome[part]
  return part === 'cash' && typeof value === 'number' ? Math.round(value * CASH_UNITS) : value
}

function shown(value: unknown): string {
  return JSON.stringify(value)
}

/** Two sides that should have come to the same have not. */
export class DisagreementError extends Error {
  readonly code = 'side-by-side.disagreement'
  readonly fix = 'find out which side is wrong before any time is compared'
  readonly field: string
  constructor(side: string, name: string, lines: readonly string[]) {
    super(`${side} does not come to the same in the case "${name}": ${lines.join('; ')}`)
    this.name = 'SideBySide.DisagreementError'
    this.field = name
  }
}
