import { Book, type Levels } from '../book/index.ts'
import type { ExchangeState } from '../exchange/state.ts'
import { Mix as Mixes, Plain } from '../hash/index.ts'
import type { MachineState } from './state.ts'

/** The state of a run between two messages: the machine's and the simulated exchange's. */
export type RunState = { machine: MachineState; exchange: ExchangeState }

/** Books are digested by their running hash and stored as their levels; everything else is what it is. */
const CODECS: Plain.Codecs = {
  book: {
    digest(mix, value) {
      const book = value as Book
      Mixes.word(mix, book.hash_lo)
      Mixes.word(mix, book.hash_hi)
    },
    encode: (value) => Book.snapshot(value as Book),
    decode: (plain) => Book.restore(plain as Levels),
  },
}

/** A digest of the whole state. */
export function digest(state: RunState): Int32Array {
  const mix = Mixes.create()
  // The chain is what the digest goes into.
  const { chain: _chain, ...machine } = state.machine
  Plain.digest(mix, machine, CODECS)
  Plain.digest(mix, state.exchange, CODECS)
  return mix
}

/** The state as bytes. */
export function encode(state: RunState): Uint8Array {
  return Plain.encode(state, CODECS)
}

/**
 * The state from bytes.
 *
 * @throws PlainError for bytes that {@link encode} did not write
 */
export function decode(bytes: Uint8Array): RunState {
  return Plain.decode(bytes, CODECS) as RunState
}
