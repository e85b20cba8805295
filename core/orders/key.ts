/**
 * The client key of an order: 64 bits of (strategy, market, outcome, side, level, decision), the same on every machine, so
 * that one decision can never become two orders (formulas.md §7). Two lanes of 32 bits with unlike constants, each word
 * mixed as in MurmurHash3 (Austin Appleby, public domain).
 */
export type Key = { hi: number; lo: number }

/** Reused by {@link orderKey}. */
export function create(): Key {
  return { hi: 0, lo: 0 }
}

/** The part of the key that a market's orders share. */
export function prefix(strategy: string, slug: string): Key {
  const key = { hi: 0x243f6a88, lo: 0x85a308d3 }
  absorbText(key, strategy)
  absorbText(key, slug)
  return key
}

/**
 * The key of one order, written into `key`. HOT.
 *
 * @param market_prefix see {@link prefix}
 * @param outcome 0 up, 1 down
 * @param side 1 buy, 2 sell
 * @param level 0 to 255
 * @param decision the number of the decision, a safe integer ≥ 0
 */
export function orderKey(
  key: Key,
  market_prefix: Key,
  outcome: number,
  side: number,
  level: number,
  decision: number,
): void {
  key.hi = market_prefix.hi
  key.lo = market_prefix.lo
  absorb(key, (outcome << 16) | (side << 8) | level)
  absorb(key, decision >>> 0)
  absorb(key, Math.floor(decision / 0x1_0000_0000))
  const hi = finish(key.hi ^ 0x9e3779b9)
  key.lo = finish(key.lo + hi) >>> 0
  key.hi = finish(hi ^ key.lo) >>> 0
}

/** Length first, so that no two pairs of texts run together to the same words. */
function absorbText(key: Key, text: string): void {
  absorb(key, text.length)
  for (let i = 0; i < text.length; i++) absorb(key, text.charCodeAt(i))
}

function absorb(key: Key, word: number): void {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const hi = key.hi ^ k
  key.hi = (Math.imul((hi << 13) | (hi >>> 19), 5) + 0xe6546b64) | 0
  let n = Math.imul(word ^ key.hi, 0x85ebca77)
  n = Math.imul((n << 13) | (n >>> 19), 0xc2b2ae3d)
  const lo = key.lo ^ n
  key.lo = (Math.imul((lo << 17) | (lo >>> 15), 9) + 0x27d4eb2f) | 0
}

function finish(word: number): number {
  let h = word ^ (word >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
