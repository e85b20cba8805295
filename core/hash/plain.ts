import { sortedKeys } from '../config/index.ts'
import * as Batch from './batch.ts'
import * as Bytes from './bytes.ts'
import type * as Mix from './mix.ts'

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
  const batch = Batch.create()
  absorb(batch, mix, value, codecs, 0)
  Batch.flush(batch, mix)
}

function absorb(batch: Batch.Batch, mix: Mix.Mix, value: unknown, codecs: Codecs, depth: number): void {
  const mark = markOf(value, depth)
  Batch.word(batch, mix, mark)
  if (mark === Mark.NUMBER) Batch.number(batch, mix, value as number)
  else if (mark === Mark.TEXT) Batch.text(batch, mix, value as string)
  else if (mark === Mark.TYPED) absorbTyped(batch, mix, value as Typed)
  else if (mark === Mark.ARRAY) {
    const items = value as readonly unknown[]
    Batch.word(batch, mix, items.length)
    for (let i = 0; i < items.length; i++) absorb(batch, mix, items[i], codecs, depth + 1)
  } else if (mark === Mark.OBJECT) {
    const shape = shapeOf(value as object, codecs)
    const values = Object.values(value as object) as readonly unknown[]
    Batch.word(batch, mix, values.length)
    for (let i = 0; i < values.length; i++) {
      Batch.name(batch, mix, shape.names[i]!)
      const item = values[shape.places[i]!]
      const codec = shape.codecs_of[i]!
      if (codec === null || item === null) absorb(batch, mix, item, codecs, depth + 1)
      else {
        // It writes to the mix itself.
        Batch.flush(batch, mix)
        codec.digest(mix, item)
      }
    }
  }
}

function absorbTyped(batch: Batch.Batch, mix: Mix.Mix, value: Typed): void {
  Batch.word(batch, mix, typeOf(value))
  Batch.word(batch, mix, value.length)
  if (value instanceof Float64Array) Batch.numbers(batch, mix, value)
  else Batch.integers(batch, mix, value)
}

/** What is the same for all objects with the same keys in the same order. Entries follow the keys in code-unit order. */
type Shape = {
  /** As the keys stand. */
  readonly keys: readonly string[]
  readonly codecs: Codecs
  /** Each key as the words of its text. */
  readonly names: readonly Int32Array[]
  /** Where each key stands. */
  readonly places: Int32Array
  readonly codecs_of: readonly (Codec | null)[]
}

/** Shapes seen before by their first key: a state has many objects of few shapes. */
const SHAPES = new Map<string, Shape[]>()
/** Bounds of what is remembered: objects that serve as tables have no shape worth it. */
const SHAPES_MAX = 16
const FIRST_KEYS_MAX = 256

function shapeOf(object: object, codecs: Codecs): Shape {
  const keys = Object.keys(object)
  const first = keys[0] ?? ''
  let known = SHAPES.get(first)
  if (known === undefined) {
    known = []
    if (SHAPES.size < FIRST_KEYS_MAX) SHAPES.set(first, known)
  }
  for (let i = 0; i < known.length; i++)
    if (known[i]!.codecs === codecs && isSame(known[i]!.keys, keys)) return known[i]!
  const shape = createShape(object, keys, codecs)
  if (known.length < SHAPES_MAX) known.push(shape)
  return shape
}

function createShape(object: object, keys: readonly string[], codecs: Codecs): Shape {
  const sorted = sortedKeys(object)
  return {
    keys,
    codecs,
    names: sorted.map(Batch.wordsOf),
    places: Int32Array.from(sorted, (key) => keys.indexOf(key)),
    codecs_of: sorted.map((key) => (Object.hasOwn(codecs, key) ? codecs[key]! : null)),
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
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
  const entries: [string, unknown][] = []
  const n = Bytes.takeCount(from, 1)
  for (let i = 0; i < n; i++) {
    const key = Bytes.takeText(from)
    const plain = read(from, codecs, depth + 1)
    const codec = codecOf(codecs, key, plain)
    entries.push([key, codec === null ? plain : codec.decode(plain)])
  }
  // In one go: an object that is given many keys one by one becomes a hash table, and a run that goes on from it slow.
  return Object.fromEntries(entries)
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
  if (typeof value === 'object' && (isOwnPlain(value) || tagOf(value) === 'Object')) return Mark.OBJECT
  throw new PlainError('plain.type', `state holds ${nameOf(value)}, which is not plain data`)
}

/** What {@link tagOf} would call an Object, told without making a text. */
function isOwnPlain(value: object | null): boolean {
  return Object.getPrototypeOf(value) === Object.prototype && !(Symbol.toStringTag in value!)
}

function typeOf(value: Typed): number {
  if (value instanceof Float64Array) return 0
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
