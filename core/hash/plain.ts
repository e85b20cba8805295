import { sortedKeys } from '../config/index.ts'
import * as Bytes from './bytes.ts'
import * as Mix from './mix.ts'

/**
 * State as plain data: numbers, texts, flags, null, arrays, objects and typed arrays, nothing else. What is plain can be
 * digested, written and read back without knowing what it means. A value may bring its own form by a {@link Codec}.
 */

/** A part of the state that is digested and stored in a form of its own, recognised by the key it stands under. */
export type Codec = {
  digest(mix: Mix.Mix, value: unknown): void
  /** Plain data that {@link Codec.decode} turns back. */
  encode(value: unknown): unknown
  decode(plain: unknown): unknown
}
export type Codecs = Readonly<Record<string, Codec>>

/** Arrays and objects within each other, at most: beyond it something refers to itself. */
export const DEPTH_MAX = 64

type Typed = Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array
const TYPES = {
  Float64Array: [Float64Array, 8],
  Uint32Array: [Uint32Array, 4],
  Int32Array: [Int32Array, 4],
  Uint16Array: [Uint16Array, 2],
  Uint8Array: [Uint8Array, 1],
} as const
type TypeName = keyof typeof TYPES
/** Numbers of the types in bytes and digests: never reuse one. */
const TYPE_NAMES: readonly TypeName[] = [
  'Float64Array',
  'Uint32Array',
  'Int32Array',
  'Uint16Array',
  'Uint8Array',
]
/** What a value is, in bytes and digests: so that values of different kinds never look the same. */
const Mark = { NULL: 0, FALSE: 1, TRUE: 2, NUMBER: 3, TEXT: 4, ARRAY: 5, OBJECT: 6, TYPED: 7 } as const
type Mark = (typeof Mark)[keyof typeof Mark]

/**
 * Absorb a value into `mix`, object keys in code-unit order.
 *
 * @throws PlainError `plain.type` for what is not plain, `plain.depth` for what refers to itself
 */
export function digest(mix: Mix.Mix, value: unknown, codecs: Codecs): void {
  absorb(mix, value, codecs, 0)
}

function absorb(mix: Mix.Mix, value: unknown, codecs: Codecs, depth: number): void {
  const mark = markOf(value, depth)
  Mix.word(mix, mark)
  if (mark === Mark.NUMBER) Mix.number(mix, value as number)
  else if (mark === Mark.TEXT) Mix.text(mix, value as string)
  else if (mark === Mark.TYPED) absorbTyped(mix, value as Typed)
  else if (mark === Mark.ARRAY) {
    const items = value as readonly unknown[]
    Mix.word(mix, items.length)
    for (let i = 0; i < items.length; i++) absorb(mix, items[i], codecs, depth + 1)
  } else if (mark === Mark.OBJECT) {
    const object = value as Readonly<Record<string, unknown>>
    const keys = sortedKeys(object)
    Mix.word(mix, keys.length)
    for (const key of keys) {
      Mix.text(mix, key)
      const codec = codecOf(codecs, key, object[key])
      if (codec === null) absorb(mix, object[key], codecs, depth + 1)
      else codec.digest(mix, object[key])
    }
  }
}

function absorbTyped(mix: Mix.Mix, value: Typed): void {
  const type = typeOf(value)
  Mix.word(mix, type)
  Mix.word(mix, value.length)
  if (value instanceof Float64Array) Mix.numbers(mix, value)
  else Mix.integers(mix, value)
}

/**
 * Write a value as bytes, object keys in code-unit order: the same bytes for the same value.
 *
 * @throws PlainError as {@link digest}
 */
export function encode(value: unknown, codecs: Codecs): Uint8Array {
  const out = Bytes.create()
  write(out, value, codecs, 0)
  return Bytes.written(out)
}

function write(out: Bytes.Bytes, value: unknown, codecs: Codecs, depth: number): void {
  const mark = markOf(value, depth)
  Bytes.putByte(out, mark)
  if (mark === Mark.NUMBER) Bytes.putNumber(out, value as number)
  else if (mark === Mark.TEXT) Bytes.putText(out, value as string)
  else if (mark === Mark.TYPED) writeTyped(out, value as Typed)
  else if (mark === Mark.ARRAY) {
    const items = value as readonly unknown[]
    Bytes.putWord(out, items.length)
    for (let i = 0; i < items.length; i++) write(out, items[i], codecs, depth + 1)
  } else if (mark === Mark.OBJECT) {
    const object = value as Readonly<Record<string, unknown>>
    const keys = sortedKeys(object)
    Bytes.putWord(out, keys.length)
    for (const key of keys) {
      Bytes.putText(out, key)
      const codec = codecOf(codecs, key, object[key])
      write(out, codec === null ? object[key] : codec.encode(object[key]), codecs, depth + 1)
    }
  }
}

function writeTyped(out: Bytes.Bytes, value: Typed): void {
  const type = typeOf(value)
  const name = TYPE_NAMES[type]!
  Bytes.putByte(out, type)
  Bytes.putWord(out, value.length)
  if (name === 'Float64Array') for (let i = 0; i < value.length; i++) Bytes.putNumber(out, value[i]!)
  else if (name === 'Uint8Array') for (let i = 0; i < value.length; i++) Bytes.putByte(out, value[i]!)
  else for (let i = 0; i < value.length; i++) Bytes.putWord(out, value[i]!)
}

/**
 * Read back what {@link encode} wrote.
 *
 * @throws BytesError `plain.truncated`, PlainError `plain.mark` or `plain.depth`, for bytes that {@link encode} did not write
 */
export function decode(bytes: Uint8Array, codecs: Codecs): unknown {
  const from = Bytes.over(bytes)
  const value = read(from, codecs, 0)
  if (Bytes.left(from) !== 0)
    throw new PlainError('plain.mark', `${Bytes.left(from)} bytes follow the end of the snapshot`)
  return value
}

function read(from: Bytes.Bytes, codecs: Codecs, depth: number): unknown {
  if (depth > DEPTH_MAX) throw tooDeep()
  const mark = Bytes.takeByte(from)
  if (mark === Mark.NULL) return null
  if (mark === Mark.FALSE) return false
  if (mark === Mark.TRUE) return true
  if (mark === Mark.NUMBER) return Bytes.takeNumber(from)
  if (mark === Mark.TEXT) return Bytes.takeText(from)
  if (mark === Mark.TYPED) return readTyped(from)
  if (mark === Mark.ARRAY) {
    const items: unknown[] = []
    const n = Bytes.takeCount(from, 1)
    for (let i = 0; i < n; i++) items.push(read(from, codecs, depth + 1))
    return items
  }
  if (mark === Mark.OBJECT) return readObject(from, codecs, depth)
  throw new PlainError('plain.mark', `byte ${from.at - 1} is not a known mark`)
}

function readObject(from: Bytes.Bytes, codecs: Codecs, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  const n = Bytes.takeCount(from, 1)
  for (let i = 0; i < n; i++) {
    const key = Bytes.takeText(from)
    const plain = read(from, codecs, depth + 1)
    const codec = codecOf(codecs, key, plain)
    const value = codec === null ? plain : codec.decode(plain)
    // Assigned, this key would set the prototype.
    if (key === '__proto__')
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
    else object[key] = value
  }
  return object
}

function readTyped(from: Bytes.Bytes): Typed {
  const name = TYPE_NAMES[Bytes.takeByte(from)]
  if (name === undefined) throw new PlainError('plain.mark', `byte ${from.at - 1} is not a known array type`)
  const [type, size] = TYPES[name]
  const value = new type(Bytes.takeCount(from, size))
  for (let i = 0; i < value.length; i++) {
    value[i] =
      name === 'Float64Array'
        ? Bytes.takeNumber(from)
        : name === 'Uint8Array'
          ? Bytes.takeByte(from)
          : Bytes.takeWord(from)
  }
  return value
}

/** A codec is for what there is: null stays null. */
function codecOf(codecs: Codecs, key: string, value: unknown): Codec | null {
  return value !== null && Object.hasOwn(codecs, key) ? codecs[key]! : null
}

function markOf(value: unknown, depth: number): Mark {
  if (depth > DEPTH_MAX) throw tooDeep()
  if (value === null) return Mark.NULL
  if (typeof value === 'number') return Mark.NUMBER
  if (typeof value === 'string') return Mark.TEXT
  if (typeof value === 'boolean') return value ? Mark.TRUE : Mark.FALSE
  if (Array.isArray(value)) return Mark.ARRAY
  if (ArrayBuffer.isView(value)) return Mark.TYPED
  // By its tag, so that objects of a notebook's own realm count too; a Map or a Date would be read as empty.
  if (typeof value === 'object' && tagOf(value) === 'Object') return Mark.OBJECT
  throw new PlainError('plain.type', `state holds ${nameOf(value)}, which is not plain data`)
}

function typeOf(value: Typed): number {
  const type = TYPE_NAMES.indexOf(tagOf(value) as TypeName)
  if (type < 0) throw new PlainError('plain.type', `state holds ${nameOf(value)}, which is not plain data`)
  return type
}

function nameOf(value: unknown): string {
  return typeof value === 'object' ? `a ${tagOf(value)}` : `a value of type ${typeof value}`
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

function tooDeep(): PlainError {
  return new PlainError('plain.depth', `state is more than ${DEPTH_MAX} deep; does it refer to itself?`)
}

/** State that is not plain, or bytes that are not a snapshot. */
export class PlainError extends Error {
  readonly code: string
  readonly fix = 'keep numbers, texts, flags, null, arrays, objects and typed arrays alone in a state'
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Plain.PlainError'
    this.code = code
  }
}
