import { sortedKeys } from '../../../core/config/index.ts'
import { Rng } from '../../../core/random/index.ts'

const KINDS = ['truncated', 'broken', 'types'] as const

/** A text that no schema of the venue accepts any more: `kind` as the fault `malformed` names it. */
export function spoil(text: string, kind: string, rng: Rng.Rng): string {
  const chosen = kind === 'any' ? KINDS[Rng.below(rng, KINDS.length)]! : kind
  if (chosen === 'truncated') return text.slice(0, 1 + Rng.below(rng, Math.max(1, text.length - 1)))
  if (chosen === 'broken') return broken(text, rng)
  return wrongTypes(text, rng)
}

/** A character that is no JSON, somewhere between two tokens. */
function broken(text: string, rng: Rng.Rng): string {
  const marks = [...text.matchAll(/[{}[\]:,]/g)].map(({ index }) => index)
  const at = marks.length === 0 ? 0 : marks[Rng.below(rng, marks.length)]!
  return `${text.slice(0, at)}\u0000}${text.slice(at + 1)}`
}

/** Values replaced by ones of another type, one on each level down to a leaf. */
function wrongTypes(text: string, rng: Rng.Rng): string {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return `[${JSON.stringify(text)}]`
  }
  let holder: unknown = root
  let last: { at: Record<string, unknown>; key: string } | undefined
  while (typeof holder === 'object' && holder !== null) {
    const at = holder as Record<string, unknown>
    const keys = sortedKeys(at)
    if (keys.length === 0) break
    const key = keys[Rng.below(rng, keys.length)]!
    last = { at, key }
    holder = at[key]
  }
  if (last === undefined) return '"spoilt"'
  last.at[last.key] = typeof holder === 'string' ? { spoilt: true } : 'spoilt'
  return JSON.stringify(root)
}
