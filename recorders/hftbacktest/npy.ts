import { TapeError } from '../tape/index.ts'

/** What the header of an npy file says of its one array. */
export type NpyHeader = {
  /** Type of an element, as Python writes it. */
  descr: string
  rows: number
  /** Where the array begins. */
  bytes: number
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Magic, two bytes of version, two of length. */
const PREFIX_BYTES = 10
/** The array begins at a whole line of the processor's cache: some readers map it as it lies. */
const ALIGNMENT = 64
/** No header of a record is near this long. */
const HEADER_MAX = 65_536

/** The header of an array of one dimension, version 1.0, padded to 64 bytes. */
export function npyHeader(descr: string, rows: number): Uint8Array {
  const dict = `{'descr': ${descr}, 'fortran_order': False, 'shape': (${rows},), }`
  const length = Math.ceil((PREFIX_BYTES + dict.length + 1) / ALIGNMENT) * ALIGNMENT - PREFIX_BYTES
  const bytes = new Uint8Array(PREFIX_BYTES + length)
  bytes.set([...MAGIC, 1, 0, length & 0xff, length >> 8])
  bytes.set(new TextEncoder().encode(`${dict.padEnd(length - 1)}\n`), PREFIX_BYTES)
  return bytes
}

/**
 * Read a header of version 1.0 to 3.0 from the beginning of an array's bytes.
 *
 * @param file for the message
 * @returns undefined while the bytes do not hold the whole header
 * @throws TapeError `import.npy` for what is no header, and for an array of other than one dimension
 */
export function readNpyHeader(bytes: Uint8Array, file: string): NpyHeader | undefined {
  if (MAGIC.some((byte, i) => i < bytes.length && bytes[i] !== byte))
    throw noArray(file, 'it is no npy array')
  if (bytes.length < PREFIX_BYTES + 2) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6]!
  if (version < 1 || version > 3) throw noArray(file, `npy version ${version} is not known`)
  // From version 2 on the length has four bytes.
  const wide = version > 1
  const start = wide ? PREFIX_BYTES + 2 : PREFIX_BYTES
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true)
  if (length > HEADER_MAX) throw noArray(file, 'its header is too long')
  if (bytes.length < start + length) return undefined
  const text = new TextDecoder().decode(bytes.subarray(start, start + length))
  const descr = /'descr'\s*:\s*(\[[^\]]*\]|'[^']*')/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(\s*(\d+)\s*,?\s*\)/.exec(text)?.[1]
  if (descr === undefined || shape === undefined) throw noArray(file, 'it is no array of one dimension')
  return { descr, rows: Number(shape), bytes: start + length }
}

function noArray(file: string, what: string): TapeError {
  return new TapeError(
    'import.npy',
    `${file}: ${what}`,
    { file },
    'give a file as hftbacktest 2.x writes it: np.savez_compressed(FILE, data=events)',
  )
}
