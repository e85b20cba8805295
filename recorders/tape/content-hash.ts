import { createHash, type Hash } from 'node:crypto'
import { sortedKeys } from '../../core/config/index.ts'
import type { Columns, Instruments, Resolution } from '../../core/events/index.ts'

/** Bytes of one canonical row: five float64, two uint32, four uint8, little-endian, in `COLUMNS` order, unpadded. */
export const ROW_BYTES = 52

const ROW_WORDS = ROW_BYTES / 4
const BLOCK_ROWS = 4_096

/** A running content hash: feed it rows in tape order, then ask for the digest once. */
export type ContentHash = {
  /** Absorb rows `from` (included) to `to` (excluded) of a chunk. */
  update(columns: Columns, from?: number, to?: number): void
  /** Close with the side tables; lower-case hex. */
  digest(instruments: Instruments, resolutions: readonly Resolution[]): string
  /** Another one that has absorbed the same rows: of a tape that still grows, each state has its hash. */
  copy(): ContentHash
}

/**
 * SHA-256 over what a dataset says, whatever form it is stored in: every row's 52 bytes one after the other in tape
 * order, then the canonical JSON of `{instruments, resolutions, rows}`. It is row by row, so that neither chunks nor
 * file format nor compression can change it.
 */
export function createContentHash(): ContentHash {
  assertLittleEndian()
  return absorbing(createHash('sha256'), 0)
}

function absorbing(hash: Hash, absorbed: number): ContentHash {
  const words = new Uint32Array(BLOCK_ROWS * ROW_WORDS)
  const bytes = new Uint8Array(words.buffer)
  let rows = absorbed
  return {
    copy: () => absorbing(hash.copy(), rows),
    update(columns, from = 0, to = columns.length) {
      const source = wordsOf(columns)
      for (let start = from; start < to; start += BLOCK_ROWS) {
        const end = Math.min(start + BLOCK_ROWS, to)
        interleave(source, columns, start, end, words)
        hash.update(bytes.subarray(0, (end - start) * ROW_BYTES))
      }
      rows += to - from
    },
    digest(instruments, resolutions) {
      hash.update(canonicalJson({ instruments, resolutions, rows }))
      return hash.digest('hex')
    },
  }
}

/** JSON with keys in code-unit order and no spaces: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    const sorted: Record<string, unknown> = {}
    for (const key of sortedKeys(inner)) sorted[key] = (inner as Record<string, unknown>)[key]
    return sorted
  })
}

type Words = Record<'local_us' | 'exch_us' | 'seq' | 'price' | 'size', Uint32Array>

function wordsOf(columns: Columns): Words {
  return {
    local_us: halves(columns.local_us),
    exch_us: halves(columns.exch_us),
    seq: halves(columns.seq),
    price: halves(columns.price),
    size: halves(columns.size),
  }
}

function halves(column: Float64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2)
}

/** Hot: 13 words a row, no DataView. The four byte columns share the last word, lowest address first. */
function interleave(words: Words, columns: Columns, from: number, to: number, out: Uint32Array): void {
  const { local_us, exch_us, seq, price, size } = words
  const { instrument, ref, kind, feed, side, flags } = columns
  let o = 0
  for (let i = from; i < to; i++) {
    const lo = 2 * i
    const hi = lo + 1
    out[o] = local_us[lo]!
    out[o + 1] = local_us[hi]!
    out[o + 2] = exch_us[lo]!
    out[o + 3] = exch_us[hi]!
    out[o + 4] = seq[lo]!
    out[o + 5] = seq[hi]!
    out[o + 6] = price[lo]!
    out[o + 7] = price[hi]!
    out[o + 8] = size[lo]!
    out[o + 9] = size[hi]!
    out[o + 10] = instrument[i]!
    out[o + 11] = ref[i]!
    out[o + 12] = kind[i]! | (feed[i]! << 8) | (side[i]! << 16) | (flags[i]! << 24)
    o += ROW_WORDS
  }
}

function assertLittleEndian(): void {
  if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) {
    throw new Error('tapes are little-endian, this machine is not: it needs a byte swap in content-hash.ts')
  }
}
