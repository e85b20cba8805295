import * as Mix from './mix.ts'

/**
 * Values gathered for a {@link Mix} and absorbed together: the same lanes as one by one, several times as fast. Nothing is
 * absorbed for certain before {@link flush}.
 */
export type Batch = {
  /** Words that wait. */
  readonly words: Int32Array
  length: number
}

/** Words that a batch holds before they are absorbed. */
const CAPACITY = 1_024

const float = new Float64Array(1)
const halves = new Int32Array(float.buffer)
/** Words are taken low half first on every machine. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1

/** The one NaN. */
const NAN_LOW = 0
const NAN_HIGH = 0x7ff80000

/** Nothing gathered. */
export function create(): Batch {
  return { words: new Int32Array(CAPACITY), length: 0 }
}

/** As {@link Mix.word}. HOT. */
export function word(batch: Batch, mix: Mix.Mix, value: number): void {
  if (batch.length === CAPACITY) flush(batch, mix)
  batch.words[batch.length++] = value
}

/** As {@link Mix.number}. HOT. */
export function number(batch: Batch, mix: Mix.Mix, value: number): void {
  if (batch.length > CAPACITY - 2) flush(batch, mix)
  const { words, length } = batch
  if (Number.isNaN(value)) {
    words[length] = NAN_LOW
    words[length + 1] = NAN_HIGH
  } else {
    float[0] = value + 0
    words[length] = halves[LOW]!
    words[length + 1] = halves[1 - LOW]!
  }
  batch.length = length + 2
}

/** As {@link Mix.text}. */
export function text(batch: Batch, mix: Mix.Mix, value: string): void {
  word(batch, mix, value.length)
  for (let i = 0; i < value.length; i++) word(batch, mix, value.charCodeAt(i))
}

/** A text that was turned into words before, see {@link wordsOf}. HOT. */
export function name(batch: Batch, mix: Mix.Mix, of: Int32Array): void {
  if (of.length > CAPACITY - batch.length) flush(batch, mix)
  if (of.length > CAPACITY) {
    Mix.wordsOf(mix, of, of.length)
    return
  }
  const { words, length } = batch
  for (let i = 0; i < of.length; i++) words[length + i] = of[i]!
  batch.length = length + of.length
}

/** A text as {@link Mix.text} absorbs it. */
export function wordsOf(value: string): Int32Array {
  return Int32Array.from({ length: value.length + 1 }, (_, i) =>
    i === 0 ? value.length : value.charCodeAt(i - 1),
  )
}

/** Every number of an array. HOT. */
export function numbers(batch: Batch, mix: Mix.Mix, values: Float64Array): void {
  const { words } = batch
  for (let from = 0; from < values.length; ) {
    if (batch.length > CAPACITY - 2) flush(batch, mix)
    let { length } = batch
    const to = Math.min(values.length, from + ((CAPACITY - length) >> 1))
    for (; from < to; from++, length += 2) {
      const value = values[from]!
      if (Number.isNaN(value)) {
        words[length] = NAN_LOW
        words[length + 1] = NAN_HIGH
      } else {
        float[0] = value + 0
        words[length] = halves[LOW]!
        words[length + 1] = halves[1 - LOW]!
      }
    }
    batch.length = length
  }
}

/** Every integer of an array as a word. HOT. */
export function integers(
  batch: Batch,
  mix: Mix.Mix,
  values: Uint32Array | Int32Array | Uint16Array | Uint8Array,
): void {
  for (let from = 0; from < values.length; ) {
    if (batch.length === CAPACITY) flush(batch, mix)
    const count = Math.min(values.length - from, CAPACITY - batch.length)
    batch.words.set(values.subarray(from, from + count), batch.length)
    batch.length += count
    from += count
  }
}

/** What the values of a row are: 1 where a value is absorbed as a word, 0 where as a number. */
export type Shape = Uint8Array

/** A shape written as text: `w` a word, `n` a number. */
export function shapeOf(letters: string): Shape {
  return Uint8Array.from(letters, (letter) => (letter === 'w' ? 1 : 0))
}

/** Absorb the values of a row at once, and whatever waited. HOT. */
export function row(batch: Batch, mix: Mix.Mix, shape: Shape, values: Float64Array): void {
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) word(batch, mix, values[i]!)
    else number(batch, mix, values[i]!)
  }
  flush(batch, mix)
}

/** Absorb what waits. */
export function flush(batch: Batch, mix: Mix.Mix): void {
  Mix.wordsOf(mix, batch.words, batch.length)
  batch.length = 0
}
