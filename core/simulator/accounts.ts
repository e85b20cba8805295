import { type MicroShares, type MicroUsdc, ONE, type Tick } from '../units/index.ts'

/**
 * Who owns what in one market of the simulator's own venue, without fees. Shares come into being when two buyers of
 * opposite outcomes meet, at p and 1 − p, and end when two sellers do: Up and Down shares there are always as many as pairs.
 */
export type Accounts = {
  /** By owner, micro-shares and micro-USDC. Cash begins at 0 and may be owed. */
  up: Float64Array
  down: Float64Array
  cash: Float64Array
  /** Of the shares held, those that resting orders sell. */
  up_reserved: Float64Array
  down_reserved: Float64Array
  /** Pairs in existence, each backed by 1 USDC. */
  pairs: MicroShares
  /** Micro-shares traded by how: from owner to owner, made, unmade. */
  traded: { complement: MicroShares; mint: MicroShares; merge: MicroShares }
}

/** All sizes are whole lots of 0.01 shares, so that size times price is a whole number of micro-USDC. */
export const LOT: MicroShares = 10_000

/** Nobody owns anything. */
export function create(owners: number): Accounts {
  return {
    up: new Float64Array(owners),
    down: new Float64Array(owners),
    cash: new Float64Array(owners),
    up_reserved: new Float64Array(owners),
    down_reserved: new Float64Array(owners),
    pairs: 0,
    traded: { complement: 0, mint: 0, merge: 0 },
  }
}

/** Begin anew. */
export function reset(accounts: Accounts): void {
  const { up, down, cash, up_reserved, down_reserved, traded } = accounts
  for (const column of [up, down, cash, up_reserved, down_reserved]) column.fill(0)
  accounts.pairs = 0
  traded.complement = 0
  traded.mint = 0
  traded.merge = 0
}

/** Up shares that an owner could sell now. */
export function freeUp(accounts: Accounts, owner: number): MicroShares {
  return accounts.up[owner]! - accounts.up_reserved[owner]!
}

/** Down shares that an owner could sell now. */
export function freeDown(accounts: Accounts, owner: number): MicroShares {
  return accounts.down[owner]! - accounts.down_reserved[owner]!
}

/**
 * One side of a trade: an owner gets longer Up by `size`, or shorter, at the Up price. Longer is to buy Up, or to sell Down
 * at the complement; shorter is to sell Up, or to buy Down.
 *
 * @param sells what is given away is a share held, Down for the longer side, Up for the shorter
 */
export function move(
  accounts: Accounts,
  owner: number,
  longer: boolean,
  sells: boolean,
  price: Tick,
  size: MicroShares,
): void {
  const { up, down, cash } = accounts
  const paid = (size / LOT) * (longer !== sells ? price : ONE - price)
  if (longer === sells) {
    // Down changes hands: sold by who gets longer, bought by who gets shorter.
    down[owner]! += sells ? -size : size
    cash[owner]! += sells ? paid : -paid
  } else {
    up[owner]! += sells ? -size : size
    cash[owner]! += sells ? paid : -paid
  }
}

/** Count a trade: two buyers made pairs, two sellers unmade them, else shares changed hands. */
export function count(accounts: Accounts, one_sells: boolean, other_sells: boolean, size: MicroShares): void {
  const { traded } = accounts
  if (one_sells && other_sells) {
    accounts.pairs -= size
    traded.merge += size
  } else if (!one_sells && !other_sells) {
    accounts.pairs += size
    traded.mint += size
  } else traded.complement += size
}

/** Pay out a window: every Up share its payout, every Down share the rest. */
export function redeem(accounts: Accounts, up_payout: Tick): void {
  const { up, down, cash } = accounts
  for (let i = 0; i < cash.length; i++) {
    cash[i]! += (up[i]! / LOT) * up_payout + (down[i]! / LOT) * (ONE - up_payout)
    up[i] = 0
    down[i] = 0
  }
  accounts.pairs = 0
}

/** What all owners have together: 0 at all times but for what backs the pairs, which are a debt of nobody. */
export function balance(accounts: Accounts): MicroUsdc {
  let sum = accounts.pairs
  for (const one of accounts.cash) sum += one
  return sum
}
