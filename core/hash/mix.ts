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

/** Words that wait to be absorbed together. */
const room = new Int32Array(1024)

/** Absorb every number of an array, as {@link number} would one after the other. HOT. */
export function numbers(mix: Mix, values: Float64Array): void {
  let length = 0
  for (let i = 0; i < values.length; i++) {
    if (length > room.length - 2) length = flush(mix, length)
    length = put(length, values[i]!)
  }
  flush(mix, length)
}

/** Absorb every integer of an array, as {@link word} would one after the other. HOT. */
export function integers(mix: Mix, values: Uint32Array | Int32Array | Uint16Array | Uint8Array): void {
  for (let from = 0; from < values.length; from += room.length) {
    const length = Math.min(room.length, values.length - from)
    for (let i = 0; i < length; i++) room[i] = values[from + i]!
    flush(mix, length)
  }
}

/** The shape of a row of mixed values: 1 where a value is absorbed as a word, 0 where as a number. */
export type Shape = Uint8Array

/** A shape written as text: `w` a word, `n` a number; at most 512 values. */
export function shapeOf(text: string): Shape {
  return Uint8Array.from(text.slice(0, room.length / 2), (letter) => (letter === 'w' ? 1 : 0))
}

/** Absorb the values of a row, as {@link word} and {@link number} would one after the other. HOT. */
export function row(mix: Mix, shape: Shape, values: Float64Array): void {
  let length = 0
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) room[length++] = values[i]!
    else length = put(length, values[i]!)
  }
  flush(mix, length)
}

function put(length: number, value: number): number {
  if (Number.isNaN(value)) {
    room[length] = 0
    room[length + 1] = 0x7ff80000
  } else {
    float[0] = value + 0
    room[length] = words[LOW]!
    room[length + 1] = words[1 - LOW]!
  }
  return length + 2
}

/** Absorb the words that wait, with the lanes in registers. @returns 0: none waits */
function flush(mix: Mix, length: number): 0 {
  let a = mix[0]!
  let b = mix[1]!
  let c = mix[2]!
  let d = mix[3]!
  for (let i = 0; i < length; i++) {
    let k = Math.imul(room[i]!, 0x239b961b)
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
  return 0
}

/** Absorb a text: its length and UTF-16 code units. */
export function text(mix: Mix, value: string): void {
  word(mix, value.length)
  for (let i = 0; i < value.length; i++) word(mix, value.charCodeAt(i))
}
