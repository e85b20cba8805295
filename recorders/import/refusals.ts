import type { Manifest } from '../tape/index.ts'

/** Counts refused rows by reason, remembering where each reason was met first. */
export type Refusals = {
  add(reason: string, file: string, row: number): void
  /** By reason in order of first meeting. */
  list(): Manifest['refused']
}

/** An empty count. Reasons are short and few: what is wrong, not the value. */
export function createRefusals(): Refusals {
  const reasons = new Map<string, { reason: string; count: number; first: string }>()
  return {
    add(reason, file, row) {
      const known = reasons.get(reason)
      if (known === undefined) reasons.set(reason, { reason, count: 1, first: `${file} row ${row}` })
      else known.count++
    },
    list: () => [...reasons.values()],
  }
}
