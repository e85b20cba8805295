/**
 * Reads tables of FlatBuffers, the form of Arrow's metadata, from bytes that anybody may have written: whatever lies outside
 * of them is a RangeError, lengths are looked at before anything is made of them, nothing is followed twice.
 */
export type FlatTable = {
  /** Numbers of a field, or what it is where the table lacks it. */
  u8(field: number, absent: number): number
  i16(field: number, absent: number): number
  i32(field: number, absent: number): number
  i64(field: number, absent: number): number
  /** The table that a field points at; null where it lacks it. */
  table(field: number): FlatTable | null
  /** A text. @param max_bytes longest */
  text(field: number, max_bytes: number): string
  /** Elements of a list, none where it lacks it. @param bytes of one @param max most of them */
  list(field: number, bytes: number, max: number): FlatList
}

/** A list of structs or of tables. */
export type FlatList = {
  readonly length: number
  /** The whole number of 8 or 4 bytes at `at` of element `index`. */
  i64(index: number, at: number): number
  i32(index: number, at: number): number
  /** Where elements point at tables. */
  table(index: number): FlatTable
}

/** The table that the bytes begin with. @throws RangeError for bytes that hold none */
export function rootTable(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return tableAt(view, view.getUint32(0, true))
}

function tableAt(view: DataView, at: number): FlatTable {
  const fields = at - view.getInt32(at, true)
  const known = view.getUint16(fields, true)
  /** Place of a field's value, 0 where the table lacks it. */
  const placeOf = (field: number): number => {
    const entry = 4 + 2 * field
    const offset = entry + 2 > known ? 0 : view.getUint16(fields + entry, true)
    return offset === 0 ? 0 : at + offset
  }
  const pointed = (place: number): number => place + view.getUint32(place, true)
  const lengthAt = (start: number, bytes: number, max: number): number => {
    const length = view.getUint32(start, true)
    if (length > max || start + 4 + length * bytes > view.byteLength)
      throw new RangeError('a list is too long')
    return length
  }
  return {
    u8: (field, absent) => (placeOf(field) === 0 ? absent : view.getUint8(placeOf(field))),
    i16: (field, absent) => (placeOf(field) === 0 ? absent : view.getInt16(placeOf(field), true)),
    i32: (field, absent) => (placeOf(field) === 0 ? absent : view.getInt32(placeOf(field), true)),
    i64: (field, absent) => (placeOf(field) === 0 ? absent : wholeAt(view, placeOf(field))),
    table: (field) => (placeOf(field) === 0 ? null : tableAt(view, pointed(placeOf(field)))),
    text(field, max_bytes) {
      if (placeOf(field) === 0) return ''
      const start = pointed(placeOf(field))
      const length = lengthAt(start, 1, max_bytes)
      return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + start + 4, length))
    },
    list(field, bytes, max) {
      const start = placeOf(field) === 0 ? 0 : pointed(placeOf(field))
      const length = start === 0 ? 0 : lengthAt(start, bytes, max)
      const place = (index: number) => start + 4 + index * bytes
      return {
        length,
        i64: (index, offset) => wholeAt(view, place(index) + offset),
        i32: (index, offset) => view.getInt32(place(index) + offset, true),
        table: (index) => tableAt(view, pointed(place(index))),
      }
    },
  }
}

function wholeAt(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true))
  if (!Number.isSafeInteger(value)) throw new RangeError('a number is too large')
  return value
}
