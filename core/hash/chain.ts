import { sha256 } from '@noble/hashes/sha2.js'
import * as Mix from './mix.ts'

/**
 * The hash chain of a run. It absorbs decisions, intents, execution events and ledger moves as they come; a checkpoint
 * seals what was absorbed, together with a digest of the whole state, into `link = SHA-256(link ‖ absorbed ‖ digest)`.
 * Two runs with equal links agree in everything absorbed up to there.
 */
export type Chain = {
  /** The present link: eight big-endian words of a SHA-256. */
  link: Uint32Array
  /** What was absorbed since, see {@link Mix}. */
  pending: Int32Array
  /** Checkpoints so far. */
  index: number
}

/** Tags that keep records of different kinds apart in the chain. */
export const Tag = {
  DECISION: 1,
  INTENT: 2,
  EXECUTION: 3,
  LEDGER: 4,
  RESOLUTION: 5,
  HALT: 6,
  COMMAND: 7,
} as const

/** A chain before its first record. */
export function create(): Chain {
  return { link: new Uint32Array(8), pending: Mix.create(), index: 0 }
}

/** Seal what was absorbed with `digest` (the state's mix) and start anew. */
export function checkpoint(chain: Chain, digest: Mix.Mix): void {
  const bytes = new Uint8Array(72)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 8; i++) view.setUint32(i * 4, chain.link[i]!)
  for (let i = 0; i < 5; i++) view.setInt32(32 + i * 4, chain.pending[i]!)
  for (let i = 0; i < 5; i++) view.setInt32(52 + i * 4, digest[i]!)
  const sum = sha256(bytes)
  const sealed = new DataView(sum.buffer, sum.byteOffset, sum.byteLength)
  for (let i = 0; i < 8; i++) chain.link[i] = sealed.getUint32(i * 4)
  chain.pending.set(Mix.create())
  chain.index++
}

/** The present link as 64 hexadecimal digits. */
export function hex(chain: Chain): string {
  let out = ''
  for (let i = 0; i < 8; i++) out += chain.link[i]!.toString(16).padStart(8, '0')
  return out
}
