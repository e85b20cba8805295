/** Bytes being written or read, little-endian. Texts are UTF-16 code units, so that any text comes back as it was. */
export type Bytes = { data: Uint8Array; view: DataView; at: number }

const FIRST_ROOM = 1 << 16

/** Room to write, which grows. */
export function create(): Bytes {
  return over(new Uint8Array(FIRST_ROOM))
}

/** Bytes to read from their start. */
export function over(data: Uint8Array): Bytes {
  return { data, view: new DataView(data.buffer, data.byteOffset, data.byteLength), at: 0 }
}

/** A copy of what was written. */
export function written(out: Bytes): Uint8Array {
  return out.data.slice(0, out.at)
}

/** Bytes not read yet. */
export function left(from: Bytes): number {
  return from.data.length - from.at
}

export function putByte(out: Bytes, value: number): void {
  const at = room(out, 1)
  out.data[at] = value
}

export function putWord(out: Bytes, value: number): void {
  const at = room(out, 4)
  out.view.setUint32(at, value, true)
}

/** Every NaN is one NaN; −0 stays −0. */
export function putNumber(out: Bytes, value: number): void {
  const at = room(out, 8)
  if (Number.isNaN(value)) {
    out.view.setUint32(at, 0, true)
    out.view.setUint32(at + 4, 0x7ff80000, true)
  } else out.view.setFloat64(at, value, true)
}

export function putText(out: Bytes, value: string): void {
  putWord(out, value.length)
  const at = room(out, value.length * 2)
  for (let i = 0; i < value.length; i++) out.view.setUint16(at + 2 * i, value.charCodeAt(i), true)
}

export function takeByte(from: Bytes): number {
  return from.data[pass(from, 1)]!
}

export function takeWord(from: Bytes): number {
  return from.view.getUint32(pass(from, 4), true)
}

export function takeNumber(from: Bytes): number {
  return from.view.getFloat64(pass(from, 8), true)
}

export function takeText(from: Bytes): string {
  const length = takeCount(from, 2)
  const at = pass(from, 2 * length)
  let out = ''
  for (let i = 0; i < length; i++) out += String.fromCharCode(from.view.getUint16(at + 2 * i, true))
  return out
}

/**
 * A count of items of at least `size` bytes each.
 *
 * @throws BytesError when there is not that much left, before anybody makes room for them
 */
export function takeCount(from: Bytes, size: number): number {
  const count = takeWord(from)
  if (count * size > left(from)) throw new BytesError(from.data.length)
  return count
}

function room(out: Bytes, n: number): number {
  const at = out.at
  out.at += n
  if (out.at > out.data.length) {
    const grown = new Uint8Array(Math.max(out.data.length * 2, out.at))
    grown.set(out.data)
    out.data = grown
    out.view = new DataView(grown.buffer)
  }
  return at
}

function pass(from: Bytes, n: number): number {
  if (n > left(from)) throw new BytesError(from.data.length)
  from.at += n
  return from.at - n
}

/** Bytes that end too early. */
export class BytesError extends Error {
  readonly code = 'plain.truncated'
  readonly fix = 'the snapshot was cut off; take an older one'
  constructor(length: number) {
    super(`the snapshot ends at byte ${length}, before what it announces`)
    this.name = 'Bytes.BytesError'
  }
}
