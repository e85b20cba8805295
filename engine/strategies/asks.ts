import { dirname } from 'node:path'
import type { Breach } from '../purity/breaches.ts'
import { reasonOf } from '../purity/reasons.ts'
import type { Sources } from './sources.ts'

/** What a strategy asks of the platform, where, and why it has no place in a decision. */
export type Asks = { file: string; line: number; what: string; why: string }

/** Places that a run folder keeps. */
const KEPT_MAX = 100

/**
 * What a strategy's files ask of the platform, in the order of file and line, at most 100 places. A strategy that asks for
 * nothing can neither know what comes nor decide otherwise another day.
 *
 * @param sources its files as they were read; paths are told from its folder
 */
export async function asksOf(sources: Sources): Promise<Asks[]> {
  const { impurities } = await import('../purity/module-graph.ts')
  return described(impurities(sources.files, dirname(sources.files[0]!.path)))
}

/** The same of functions that stand in the caller's own code, by their text. Names from around them are not looked into. */
export async function asksOfFunctions(functions: Readonly<Record<string, unknown>>): Promise<Asks[]> {
  const { impurities } = await import('../purity/module-graph.ts')
  // A method is no expression by itself, and a function of its own no member: each is parsed in a place that suits it.
  const sources = Object.entries(functions).map(([name, value]) => {
    const text = String(value)
    const method = new RegExp(`^(async )?\\*?\\s*${name}\\s*\\(`).test(text)
    return { path: `/${name}`, text: method ? `({${text}})` : `(${text})` }
  })
  return described(impurities(sources, '/'))
}

function described(breaches: readonly Breach[]): Asks[] {
  return breaches
    .slice(0, KEPT_MAX)
    .map(({ file, line, what }) => ({ file, line, what, why: reasonOf(what) }))
}

/** Kinds that one line names. */
const SHOWN_MAX = 4

/**
 * One line for people: each kind once, with its first place and its reason.
 *
 * @returns null for a strategy that asks for nothing
 */
export function asksInWords(asks: readonly Asks[]): string | null {
  const kinds = new Map<string, Asks>()
  for (const one of asks) if (!kinds.has(one.what)) kinds.set(one.what, one)
  if (kinds.size === 0) return null
  const shown = [...kinds.values()].slice(0, SHOWN_MAX)
  const list = shown.map(({ what, file, line, why }) => `${what} (${file}:${line}, ${why})`)
  const more = kinds.size - shown.length
  return `asks for what a strategy may not know: ${list.join('; ')}${more === 0 ? '' : `; and ${more} more`}`
}
