import type { FaultCase } from './fault-cases.ts'

const CUT_S = 20

/** Cuts of the network as long as they really are, for a recorder with its own patience. */
export const CUT_CASES: readonly FaultCase[] = (
  [
    ['cut-20s', 'no network for 20 s', 'refuse', undefined],
    ['cut-20s-silent', 'no network for 20 s, and nothing says so', 'blackhole', undefined],
    ['cut-20s-one-feed', 'no CLOB for 20 s; the others go on', 'refuse', 'clob_market'],
  ] as const
).map(([name, what, mode, feed]) => ({
  name,
  what,
  faults: [{ name: 'cut', mode, for_s: CUT_S, ...(feed !== undefined && { feed }) }],
  enough: (_now, _before, sandbox) => sandbox.status().faults.active.length === 0,
  cuts: true,
}))
