import { Feed } from '../../core/events/index.ts'
import type { FeedName } from '../../recorders/journal/record.ts'
import { FEED_CODES } from '../../recorders/normalise/feed-codes.ts'

const NAMES = new Map(Object.entries(FEED_CODES).map(([name, code]) => [code, name as FeedName]))
const WORDS = new Map<number, string>(Object.entries(Feed).map(([name, code]) => [code, name.toLowerCase()]))

/** The feed of a code; undefined for one that no venue here speaks for. */
export function feedOf(code: number): FeedName | undefined {
  return NAMES.get(code)
}

/** A code in a word, whichever it is. */
export function feedWord(code: number): string {
  return WORDS.get(code) ?? String(code)
}
