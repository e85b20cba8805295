import type { Micros } from '../units/index.ts'

/**
 * The life of a fill: matched → mined → confirmed, or retrying and failed. A fill that is neither confirmed nor failed
 * is open and has a slot; a slot keeps its number while the fill is open, so that others can keep columns beside it.
 * Fills are found by their number through a table of linear probes, at most half full.
 */
export const Stage = {
  /** No such open fill. */
  NONE: 0,
  MATCHED: 1,
  MINED: 2,
  RETRYING: 3,
} as const
export type Stage = (typeof Stage)[keyof typeof Stage]

/** Open fills, by slot. */
export type EvidenceState = {
  readonly limit: number
  open: number
  /** Free slots: the first `fill_no.length − open` are free, the last of those is given out next. */
  free: Int32Array
  /** Slot + 1 by hash of the fill's number; 0 empty. */
  table: Int32Array
  fill_no: Float64Array
  market: Float64Array
  stage: Uint8Array
  matched_us: Float64Array
  /** 0 not yet. */
  mined_us: Float64Array
  retries: Float64Array
}

const FIRST_CAPACITY = 64
const REALS = ['fill_no', 'market', 'matched_us', 'mined_us', 'retries'] as const

/** No open fills, and never more than `limit` (1 or more); room doubles as it is needed. */
export function create(limit: number): EvidenceState {
  const state = { limit, open: 0, free: new Int32Array(0), stage: new Uint8Array(0) } as EvidenceState
  for (const name of REALS) state[name] = new Float64Array(0)
  grow(state, Math.min(limit, FIRST_CAPACITY))
  return state
}

/**
 * Begin the life of a fill as matched.
 *
 * @param fill_no a safe integer ≥ 0 that no open fill has
 * @returns its slot
 * @throws EvidenceError `evidence.number`, `evidence.duplicate`, `evidence.full`
 */
export function open(state: EvidenceState, fill_no: number, market: number, time_us: Micros): number {
  if (!Number.isSafeInteger(fill_no) || fill_no < 0)
    throw new EvidenceError('evidence.number', fill_no, 'give each fill a whole number from 0')
  if (find(state, fill_no) >= 0)
    throw new EvidenceError('evidence.duplicate', fill_no, 'a fill is matched once; give each its own number')
  if (state.open === state.limit) {
    throw new EvidenceError(
      'evidence.full',
      fill_no,
      `${state.limit} fills are neither confirmed nor failed; halt, or raise portfolio.open_fills_max`,
    )
  }
  if (state.open === state.fill_no.length) grow(state, Math.min(state.limit, state.open * 2))
  const slot = state.free[state.fill_no.length - 1 - state.open]!
  state.open++
  state.fill_no[slot] = fill_no
  enter(state, slot)
  state.market[slot] = market
  state.stage[slot] = Stage.MATCHED
  state.matched_us[slot] = time_us
  state.mined_us[slot] = 0
  state.retries[slot] = 0
  return slot
}

/** The slot of an open fill, −1 without one. */
export function slot(state: EvidenceState, fill_no: number): number {
  const at = find(state, fill_no)
  return at < 0 ? -1 : state.table[at]! - 1
}

/** The stage of a fill: `NONE` when it was never matched, or is confirmed or failed. */
export function stage(state: EvidenceState, fill_no: number): Stage {
  const at = slot(state, fill_no)
  return at < 0 ? Stage.NONE : (state.stage[at] as Stage)
}

/**
 * The fill's transaction is in a block. Said again it changes nothing: streams repeat themselves.
 *
 * @returns whether the stage changed
 * @throws EvidenceError `evidence.unknown`
 */
export function mine(state: EvidenceState, fill_no: number, time_us: Micros): boolean {
  const at = need(state, fill_no)
  if (state.stage[at] === Stage.MINED) return false
  state.stage[at] = Stage.MINED
  state.mined_us[at] = time_us
  return true
}

/**
 * The fill's transaction was dropped and is sent again: it may yet be mined, confirmed or failed.
 *
 * @returns whether the stage changed
 * @throws EvidenceError `evidence.unknown`
 */
export function retry(state: EvidenceState, fill_no: number): boolean {
  const at = need(state, fill_no)
  if (state.stage[at] === Stage.RETRYING) return false
  state.stage[at] = Stage.RETRYING
  state.mined_us[at] = 0
  state.retries[at] = state.retries[at]! + 1
  return true
}

/**
 * End the life of a fill, confirmed or failed, and free its slot. A fill may be confirmed without having been seen mined.
 *
 * @returns the market it was in
 * @throws EvidenceError `evidence.unknown`
 */
export function close(state: EvidenceState, fill_no: number): number {
  const at = need(state, fill_no)
  emptyAt(state, find(state, fill_no))
  state.open--
  state.free[state.fill_no.length - 1 - state.open] = at
  state.stage[at] = Stage.NONE
  return state.market[at]!
}

function need(state: EvidenceState, fill_no: number): number {
  const at = slot(state, fill_no)
  if (at < 0) {
    throw new EvidenceError(
      'evidence.unknown',
      fill_no,
      'no open fill has this number; it was never matched, or is confirmed or failed already',
    )
  }
  return at
}

function enter(state: EvidenceState, slot: number): void {
  let at = home(state, state.fill_no[slot]!)
  while (state.table[at] !== 0) at = next(state, at)
  state.table[at] = slot + 1
}

/** Make room for `capacity` open fills while every slot is taken. Slots keep their numbers. */
function grow(state: EvidenceState, capacity: number): void {
  const before = state.fill_no.length
  for (const name of REALS) {
    const wider = new Float64Array(capacity)
    wider.set(state[name])
    state[name] = wider
  }
  const stages = new Uint8Array(capacity)
  stages.set(state.stage)
  state.stage = stages
  state.free = new Int32Array(capacity)
  for (let i = before; i < capacity; i++) state.free[capacity - 1 - i] = i
  let size = 2
  while (size < 2 * capacity) size *= 2
  state.table = new Int32Array(size)
  for (let slot = 0; slot < before; slot++) enter(state, slot)
}

function find(state: EvidenceState, fill_no: number): number {
  let at = home(state, fill_no)
  while (state.table[at] !== 0) {
    if (state.fill_no[state.table[at]! - 1] === fill_no) return at
    at = next(state, at)
  }
  return -1
}

/** Empty one place and move later entries of the same run back, so that no probe stops short. */
function emptyAt(state: EvidenceState, start: number): void {
  const mask = state.table.length - 1
  let hole = start
  let at = next(state, hole)
  while (state.table[at] !== 0) {
    const wanted = home(state, state.fill_no[state.table[at]! - 1]!)
    if (((at - wanted) & mask) >= ((at - hole) & mask)) {
      state.table[hole] = state.table[at]!
      hole = at
    }
    at = next(state, at)
  }
  state.table[hole] = 0
}

function home(state: EvidenceState, fill_no: number): number {
  const low = (fill_no % 0x1_0000_0000) | 0
  return (Math.imul(low, 0x9e37_79b1) >>> 8) & (state.table.length - 1)
}

function next(state: EvidenceState, at: number): number {
  return (at + 1) & (state.table.length - 1)
}

/** A step in a fill's life that cannot be taken. `code` is stable. */
export class EvidenceError extends Error {
  readonly code: string
  readonly field = 'fill_no'
  readonly fix: string
  constructor(code: string, fill_no: number, fix: string) {
    super(`fill ${fill_no}: ${fix}`)
    this.name = 'Evidence.EvidenceError'
    this.code = code
    this.fix = fix
  }
}
