/**
 * A fast 128-bit running hash over words and numbers: four 32-bit lanes, each word stirred into one lane and the lanes
 * rotated. It guards against accidents, not against an adversary; {@link Chain} seals it with SHA-256 at checkpoints.
 */
export type Mix = Int32Array

const float = new Float64Array(1)
const words = new Int32Array(float.buffer)
/** Words are taken low half first on every machine. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1

/** Empty lanes. The fifth word counts what was absorbed. */
export function create(): Mix {
  return new Int32Array([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0])
}

/** Absorb one 32-bit word. */
export function word(mix: Mix, value: number): void {
  let k = Math.imul(value, 0x239b961b)
  k = Math.imul((k << 15) | (k >>> 17), 0xab0e9789)
  const a = mix[0]! ^ k
  const b = mix[1]!
  mix[0] = b
  mix[1] = mix[2]!
  mix[2] = mix[3]!
  mix[3] = (Math.imul(((a << 19) | (a >>> 13)) + b, 5) + 0x561ccd1b) | 0
  mix[4] = mix[4]! + 1
}

/** Absorb a number by its bits; every NaN is one NaN and −0 is 0. */
export function number(mix: Mix, value: number): void {
  if (Number.isNaN(value)) {
    word(mix, 0)
    word(mix, 0x7ff80000)
    return
  }
  float[0] = value + 0
  word(mix, words[LOW]!)
  word(mix, words[1 - LOW]!)
}

/** Absorb a text: its length and UTF-16 code units. */
export function text(mix: Mix, value: string): void {
  word(mix, value.length)
  for (let i = 0; i < value.length; i++) word(mix, value.charCodeAt(i))
}

/**
 * Absorb the first `length` words of an array, as {@link word} would one after the other. HOT: the lanes stay in
 * registers. See {@link Batch} for what gathers words.
 */
export function wordsOf(mix: Mix, from: Int32Array, length: number): void {
  let a = mix[0]!
  let b = mix[1]!
  let c = mix[2]!
  let d = mix[3]!
  for (let i = 0; i < length; i++) {
    let k = Math.imul(from[i]!, 0x239b961b)
    k = Math.imul((k << 15) | (k >>> 17), 0xab0e9789)
    a ^= k
    const next = (Math.imul(((a << 19) | (a >>> 13)) + b, 5) + 0x561ccd1b) | 0
    a = b
    b = c
    c = d
    d = next
  }
  mix[0] = a
  mix[1] = b
  mix[2] = c
  mix[3] = d
  mix[4] = mix[4]! + length
}
