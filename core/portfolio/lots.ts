import type { MicroShares, MicroUsdc } from '../units/index.ts'
import { mulDiv } from '../units/index.ts'

/**
 * Unpaired shares of one market in the order in which they came, all of one outcome: a ring of lots, oldest first.
 * The ring doubles when it is full; at {@link LOTS_MAX} lots a new one is added onto the newest instead, which keeps
 * shares and money exact and only blurs the order among the newest.
 */
export type Lots = {
  head: number
  length: number
  /** Micro-shares. */
  shares: Float64Array
  /** Value of the lot at the mid when it was acquired, micro-USDC. */
  basis: Float64Array
  /** All-in cost, fees included, micro-USDC. */
  cost: Float64Array
  /** What the last {@link take} took. */
  taken_basis: MicroUsdc
  taken_cost: MicroUsdc
}

/** Lots that one market may hold apart. */
export const LOTS_MAX = 4_096
const FIRST_CAPACITY = 16

/** An empty ring. */
export function create(): Lots {
  return {
    head: 0,
    length: 0,
    shares: new Float64Array(FIRST_CAPACITY),
    basis: new Float64Array(FIRST_CAPACITY),
    cost: new Float64Array(FIRST_CAPACITY),
    taken_basis: 0,
    taken_cost: 0,
  }
}

/** Add a lot as the newest. */
export function push(lots: Lots, shares: MicroShares, basis: MicroUsdc, cost: MicroUsdc): void {
  if (lots.length === LOTS_MAX) {
    const newest = (lots.head + lots.length - 1) & (lots.shares.length - 1)
    lots.shares[newest] = lots.shares[newest]! + shares
    lots.basis[newest] = lots.basis[newest]! + basis
    lots.cost[newest] = lots.cost[newest]! + cost
    return
  }
  if (lots.length === lots.shares.length) resize(lots, lots.length * 2)
  const at = (lots.head + lots.length) & (lots.shares.length - 1)
  lots.shares[at] = shares
  lots.basis[at] = basis
  lots.cost[at] = cost
  lots.length++
}

/**
 * Take the oldest `shares` out and leave their basis and cost in `taken_basis` and `taken_cost`. Of a lot that is split,
 * the part taken is rounded down and the rest stays, so that nothing is lost.
 *
 * @param shares at most what the ring holds
 * @throws LotsError `lots.short` when it holds less
 */
export function take(lots: Lots, shares: MicroShares): void {
  const mask = lots.shares.length - 1
  let rest = shares
  lots.taken_basis = 0
  lots.taken_cost = 0
  while (rest > 0) {
    if (lots.length === 0) throw new LotsError(`${rest} micro-shares more were taken than the lots hold`)
    const at = lots.head
    const held = lots.shares[at]!
    if (held <= rest) {
      lots.taken_basis += lots.basis[at]!
      lots.taken_cost += lots.cost[at]!
      lots.head = (at + 1) & mask
      lots.length--
      rest -= held
    } else {
      const basis = mulDiv(lots.basis[at]!, rest, held, 'down')
      const cost = mulDiv(lots.cost[at]!, rest, held, 'down')
      lots.taken_basis += basis
      lots.taken_cost += cost
      lots.shares[at] = held - rest
      lots.basis[at] = lots.basis[at]! - basis
      lots.cost[at] = lots.cost[at]! - cost
      rest = 0
    }
  }
  if (lots.length === 0) lots.head = 0
}

/** Make `to` hold what `from` holds. */
export function copy(from: Lots, to: Lots): void {
  if (to.shares.length < from.length) resize(to, from.shares.length)
  const mask = from.shares.length - 1
  for (let i = 0; i < from.length; i++) {
    const at = (from.head + i) & mask
    to.shares[i] = from.shares[at]!
    to.basis[i] = from.basis[at]!
    to.cost[i] = from.cost[at]!
  }
  to.head = 0
  to.length = from.length
}

/** Forget every lot, so that the ring can serve another market. */
export function clear(lots: Lots): void {
  lots.head = 0
  lots.length = 0
  lots.taken_basis = 0
  lots.taken_cost = 0
}

function resize(lots: Lots, capacity: number): void {
  const mask = lots.shares.length - 1
  const shares = new Float64Array(capacity)
  const basis = new Float64Array(capacity)
  const cost = new Float64Array(capacity)
  for (let i = 0; i < lots.length; i++) {
    const at = (lots.head + i) & mask
    shares[i] = lots.shares[at]!
    basis[i] = lots.basis[at]!
    cost[i] = lots.cost[at]!
  }
  lots.shares = shares
  lots.basis = basis
  lots.cost = cost
  lots.head = 0
}

/** More was taken out of lots than they hold: the ledger contradicts itself. */
export class LotsError extends Error {
  readonly code = 'lots.short'
  constructor(message: string) {
    super(message)
    this.name = 'Lots.LotsError'
  }
}
