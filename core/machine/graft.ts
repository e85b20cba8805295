import { sortedKeys } from '../config/index.ts'
import type { RunState } from './snapshot.ts'

/**
 * Carry a state over to another configuration or seed. Some leaves of a state are copies of settings (half-lives, limits,
 * the seeds of generators): those are the leaves in which two fresh states, one of each configuration, differ. They are
 * taken from the new one; everything that the run learned stays.
 *
 * @param state changed in place
 * @param before a fresh state of the run's own configuration and seed
 * @param after a fresh state of the new ones
 */
export function graft(state: RunState, before: RunState, after: RunState): void {
  walk(state, before, after)
}

function walk(into: unknown, before: unknown, after: unknown): void {
  if (!isTree(into) || !isTree(before) || !isTree(after)) return
  const target = into as Record<string, unknown>
  const old = before as Record<string, unknown>
  const fresh = after as Record<string, unknown>
  for (const key of sortedKeys(fresh)) {
    const value = fresh[key]
    if (isTree(value) && isTree(old[key]) && isTree(target[key])) walk(target[key], old[key], value)
    else if (!sameLeaf(old[key], value)) target[key] = value
  }
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

/** Typed arrays are leaves: a generator's words belong together. */
function sameLeaf(a: unknown, b: unknown): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b)) return Object.is(a, b)
  const left = a as Float64Array
  const right = b as Float64Array
  return left.length === right.length && left.every((value, i) => Object.is(value, right[i]))
}
