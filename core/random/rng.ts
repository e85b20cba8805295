/**
 * A seeded generator whose whole state is four 32-bit integers in a plain array, so that it can be hashed, stored and
 * restored with the state that owns it. The algorithm is sfc32 (small fast counting, Chris Doty-Humphrey, PractRand).
 */
export type Rng = Uint32Array

/**
 * A generator for `seed` and `stream`; different streams of one seed are independent for our purposes.
 *
 * @param seed integer from 0 to 2^53 − 1
 * @param stream small integer naming the consumer
 */
export function create(seed: number, stream: number): Rng {
  const state = new Uint32Array(4)
  state[0] = seed >>> 0
  state[1] = Math.floor(seed / 0x1_0000_0000) >>> 0
  state[2] = stream >>> 0
  state[3] = 1
  for (let i = 0; i < 16; i++) next(state)
  return state
}

/** The next 32 random bits. */
export function next(state: Rng): number {
  const a = state[0]!
  const b = state[1]!
  const c = state[2]!
  const counter = state[3]!
  const t = (a + b + counter) | 0
  state[3] = counter + 1
  state[0] = b ^ (b >>> 9)
  state[1] = c + (c << 3)
  state[2] = ((c << 21) | (c >>> 11)) + t
  return t >>> 0
}

/** Uniform in [0, 1) with 53 bits. */
export function uniform(state: Rng): number {
  const high = next(state) >>> 5
  const low = next(state) >>> 6
  return (high * 67_108_864 + low) / 9_007_199_254_740_992
}

/** Uniform integer in [0, n), n from 1 to 2^32. */
export function below(state: Rng, n: number): number {
  return Math.floor(uniform(state) * n)
}
