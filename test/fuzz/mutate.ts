import { Rng } from '../../core/random/index.ts'

/** Names this consumer of chance. */
const STREAM = 77
/** Numbers and words that readers trip over. */
const NUMBERS = [
  '0',
  '-1',
  '1e308',
  '-1e308',
  'NaN',
  'null',
  '9007199254740993',
  '4294967296',
  '1e-9',
  '0.5',
  '[]',
  '{}',
  '""',
]
const WORDS = [
  '..',
  '../../x',
  '/etc/passwd',
  '__proto__',
  'constructor',
  '\\u001b[31m',
  '\\u0000',
  '1970-01-01',
  'x'.repeat(5_000),
]

/**
 * Spoil the bytes of a file in one to three ways: bits, runs of bytes, cuts, repeats; of texts also single numbers, words
 * and lines. The same seed spoils alike.
 */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const rng = Rng.create(seed, STREAM)
  const text = isText(bytes)
  let out: Uint8Array = Uint8Array.from(bytes)
  const times = 1 + Rng.below(rng, 3)
  for (let i = 0; i < times; i++) out = text && Rng.below(rng, 3) > 0 ? inText(out, rng) : inBytes(out, rng)
  return out
}

function inBytes(bytes: Uint8Array, rng: Rng.Rng): Uint8Array {
  const length = bytes.length
  if (length === 0) return Uint8Array.from([Rng.below(rng, 256)])
  const at = placeIn(bytes, rng)
  const run = 1 + Rng.below(rng, Math.min(16, length - at))
  switch (Rng.below(rng, 7)) {
    case 0:
    case 1:
      bytes[at] = bytes[at]! ^ (1 << Rng.below(rng, 8))
      return bytes
    case 2:
      bytes.fill([0, 255, 127, 128][Rng.below(rng, 4)]!, at, at + run)
      return bytes
    case 3:
      return bytes.slice(0, at)
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(at + run))
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(at, at + run), bytes.subarray(at))
    default:
      for (let i = 0; i < run; i++) bytes[at + i] = Rng.below(rng, 256)
      return bytes
  }
}

/** Heads and ends of files say the most: half of the places are there. */
function placeIn(bytes: Uint8Array, rng: Rng.Rng): number {
  const near = Math.min(bytes.length, 512)
  switch (Rng.below(rng, 4)) {
    case 0:
      return Rng.below(rng, near)
    case 1:
      return bytes.length - 1 - Rng.below(rng, near)
    default:
      return Rng.below(rng, bytes.length)
  }
}

function inText(bytes: Uint8Array, rng: Rng.Rng): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  const kinds = [/-?\d+(\.\d+)?/g, /"[^"\n]{0,200}"/g, /[^\n]*\n/g]
  const kind = Rng.below(rng, 3)
  const places = [...text.matchAll(kinds[kind]!)]
  if (places.length === 0) return inBytes(bytes, rng)
  const found = places[Rng.below(rng, places.length)]!
  const instead =
    kind === 0
      ? NUMBERS[Rng.below(rng, NUMBERS.length)]!
      : kind === 1
        ? `"${WORDS[Rng.below(rng, WORDS.length)]!}"`
        : Rng.below(rng, 2) === 0
          ? ''
          : found[0].repeat(2)
  return Buffer.from(
    text.slice(0, found.index) + instead + text.slice(found.index + found[0].length),
    'latin1',
  )
}

function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4_096).every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
