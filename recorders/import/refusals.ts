import type { Manifest } from '../tape/index.ts'

/** Counts refused rows by reason, remembering where each reason was met first. */
export type Refusals = {
  /** A row that is wrong, or several with the first of them. */
  add(reason: string, file: string, row: number, count?: number): void
  /** A row that is right and of no use here: of another kind, or said before. */
  pass(reason: string, file: string, row: number): void
  /** Rows that are wrong, and rows that were passed over, of this part of the recording. */
  readonly faults: number
  readonly passed: number
  /** A part of the recording that is counted by itself, such as a file of bars: its reasons begin with its name. */
  part(name: string): Refusals
  /** All parts, by reason in order of first meeting. */
  list(): Manifest['refused']
}

type Reasons = Map<string, { reason: string; count: number; first: string }>

/** An empty count. Reasons are short and few: what is wrong, not the value. */
export function createRefusals(): Refusals {
  return part(new Map(), '')
}

function part(reasons: Reasons, prefix: string): Refusals {
  const counts = { faults: 0, passed: 0 }
  function count(reason: string, file: string, row: number, more: number): void {
    const full = `${prefix}${reason}`
    const known = reasons.get(full)
    if (known === undefined) reasons.set(full, { reason: full, count: more, first: `${file} row ${row}` })
    else known.count += more
  }
  return {
    add(reason, file, row, more = 1) {
      counts.faults += more
      count(reason, file, row, more)
    },
    pass(reason, file, row) {
      counts.passed++
      count(reason, file, row, 1)
    },
    get faults() {
      return counts.faults
    },
    get passed() {
      return counts.passed
    },
    part: (name) => part(reasons, `${name}: `),
    list: () => [...reasons.values()],
  }
}
