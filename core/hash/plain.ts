import { sortedKeys } from '../config/index.ts'
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

type Typed = Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array
const TYPES = [Float64Array, Uint32Array, Int32Array, Uint16Array, Uint8Array] as const
const Mark = { NULL: 0, FALSE: 1, TRUE: 2, NUMBER: 3, TEXT: 4, ARRAY: 5, OBJECT: 6, TYPED: 7 } as const

/** Absorb a value into `mix`, object keys in code-unit order. */
export function digest(mix: Mix.Mix, value: unknown, codecs: Codecs): void {
  if (typeof value === 'number') Mix.number(mix, value)
  else if (typeof value === 'string') Mix.text(mix, value)
  else if (value === null || value === undefined) Mix.word(mix, Mark.NULL)
  else if (typeof value === 'boolean') Mix.word(mix, value ? Mark.TRUE : Mark.FALSE)
  else if (ArrayBuffer.isView(value)) digestTyped(mix, value as Typed)
  else if (Array.isArray(value)) {
    Mix.word(mix, value.length)
    for (const item of value) digest(mix, item, codecs)
  } else if (typeof value === 'object') {
    const object = value as Record<string, unknown>
    for (const key of sortedKeys(object)) {
      const codec = codecs[key]
      if (codec === undefined || object[key] === null) digest(mix, object[key], codecs)
      else codec.digest(mix, object[key])
    }
  } else throw new PlainError('plain.type', `state holds a ${typeof value}, which is not plain data`)
}

function digestTyped(mix: Mix.Mix, value: Typed): void {
  Mix.word(mix, value.length)
  if (value instanceof Float64Array) for (let i = 0; i < value.length; i++) Mix.number(mix, value[i]!)
  else for (let i = 0; i < value.length; i++) Mix.word(mix, value[i]!)
}

/** Write a value as bytes: little-endian, object keys in code-unit order, the same bytes for the same value. */
export function encode(value: unknown, codecs: Codecs): Uint8Array {
  const out = new Writer()
  write(out, value, codecs)
  return out.bytes()
}

function write(out: Writer, value: unknown, codecs: Codecs): void {
  if (value === null || value === undefined) out.u8(Mark.NULL)
  else if (typeof value === 'boolean') out.u8(value ? Mark.TRUE : Mark.FALSE)
  else if (typeof value === 'number') {
    out.u8(Mark.NUMBER)
    out.f64(value)
  } else if (typeof value === 'string') {
    out.u8(Mark.TEXT)
    out.text(value)
  } else if (ArrayBuffer.isView(value)) {
    out.u8(Mark.TYPED)
    out.typed(value as Typed)
  } else if (Array.isArray(value)) {
    out.u8(Mark.ARRAY)
    out.u32(value.length)
    for (const item of value) write(out, item, codecs)
  } else if (typeof value === 'object') {
    const object = value as Record<string, unknown>
    const keys = sortedKeys(object)
    out.u8(Mark.OBJECT)
    out.u32(keys.length)
    for (const key of keys) {
      out.text(key)
      const codec = codecs[key]
      write(
        out,
        codec === undefined || object[key] === null ? object[key] : codec.encode(object[key]),
        codecs,
      )
    }
  } else throw new PlainError('plain.type', `state holds a ${typeof value}, which is not plain data`)
}

/**
 * Read back what {@link encode} wrote.
 *
 * @throws PlainError `plain.truncated` or `plain.mark` for bytes that {@link encode} did not write
 */
export function decode(bytes: Uint8Array, codecs: Codecs): unknown {
  const reader = new Reader(bytes)
  const value = read(reader, codecs)
  if (reader.at !== bytes.length)
    throw new PlainError('plain.truncated', `${bytes.length - reader.at} bytes are left over`)
  return value
}

function read(from: Reader, codecs: Codecs): unknown {
  const mark = from.u8()
  if (mark === Mark.NULL) return null
  if (mark === Mark.FALSE) return false
  if (mark === Mark.TRUE) return true
  if (mark === Mark.NUMBER) return from.f64()
  if (mark === Mark.TEXT) return from.text()
  if (mark === Mark.TYPED) return from.typed()
  if (mark === Mark.ARRAY) {
    const items: unknown[] = []
    const n = from.u32()
    for (let i = 0; i < n; i++) items.push(read(from, codecs))
    return items
  }
  if (mark === Mark.OBJECT) {
    const object: Record<string, unknown> = {}
    const n = from.u32()
    for (let i = 0; i < n; i++) {
      const key = from.text()
      const plain = read(from, codecs)
      const codec = codecs[key]
      object[key] = codec === undefined || plain === null ? plain : codec.decode(plain)
    }
    return object
  }
  throw new PlainError('plain.mark', `byte ${from.at - 1} is not a known mark`)
}

class Writer {
  #bytes = new Uint8Array(1 << 16)
  #view = new DataView(this.#bytes.buffer)
  #at = 0
  #room(n: number): void {
    if (this.#at + n <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + n))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
  u8(value: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = value
  }
  u32(value: number): void {
    this.#room(4)
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
  }
  f64(value: number): void {
    this.#room(8)
    this.#view.setFloat64(this.#at, value, true)
    this.#at += 8
  }
  text(value: string): void {
    this.u32(value.length)
    this.#room(value.length * 2)
    for (let i = 0; i < value.length; i++) {
      this.#view.setUint16(this.#at, value.charCodeAt(i), true)
      this.#at += 2
    }
  }
  typed(value: Typed): void {
    this.u8(TYPES.findIndex((type) => value instanceof type))
    this.u32(value.length)
    for (let i = 0; i < value.length; i++) {
      if (value instanceof Float64Array) this.f64(value[i]!)
      else if (value instanceof Uint8Array) this.u8(value[i]!)
      else this.u32(value[i]!)
    }
  }
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }
}

class Reader {
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  #take(n: number): number {
    const at = this.at
    if (at + n > this.#bytes.length)
      throw new PlainError('plain.truncated', `snapshot ends at byte ${this.#bytes.length}`)
    this.at += n
    return at
  }
  u8(): number {
    return this.#bytes[this.#take(1)]!
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }
  text(): string {
    const n = this.u32()
    let out = ''
    for (let i = 0; i < n; i++) out += String.fromCharCode(this.#view.getUint16(this.#take(2), true))
    return out
  }
  typed(): Typed {
    const type = TYPES[this.u8()]
    if (type === undefined)
      throw new PlainError('plain.mark', `byte ${this.at - 1} is not a known array type`)
    const value = new type(this.u32())
    for (let i = 0; i < value.length; i++) {
      value[i] = type === Float64Array ? this.f64() : type === Uint8Array ? this.u8() : this.u32()
    }
    return value
  }
}

/** State that is not plain, or bytes that are not a snapshot. */
export class PlainError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'Plain.PlainError'
    this.code = code
  }
}
