import type { Market } from '../../core/events/index.ts'
import { RuleError, Slug } from '../../core/rules/index.ts'

/**
 * The market that a recorded slug names; everything that a slug does not say is null, so that rules by date answer.
 *
 * @returns undefined for what names no market: a recording may hold anything
 */
export function marketOfSlug(slug: string): Market | undefined {
  try {
    return Slug.toMarket(slug)
  } catch (thrown) {
    if (thrown instanceof RuleError) return undefined
    throw thrown
  }
}

/** Whether an asset has up/down windows. */
export function isAsset(name: string): boolean {
  return marketOfSlug(`${name}-updown-5m-1780876800`) !== undefined
}
