import type { Instruments, ReferenceProfile } from '../events/index.ts'
import { VENUES_MAX } from './median.ts'

/** Which instrument plays which role for one asset, as its profile says (formulas.md §2). */
export type Cast = {
  /** Bits of the roles by instrument, and its venue in the median. */
  roles: Uint8Array
  venue_of: Uint8Array
  /** Names of the median's venues. */
  venues: string[]
  has_fast: boolean
  /** There is a series to measure the venues' basis against, and it is the spot series. */
  has_target: boolean
  target_is_spot: boolean
}

/** Bits of a role. */
export const SETTLEMENT = 1
export const SPOT = 2
export const VENUE = 4
/** The series that the venues' basis is measured against. */
export const TARGET = 8

/**
 * Find each role's instrument, by series name and asset.
 *
 * The venues of the median are the fast series. Without any (a recording of one series) the spot series is the one
 * venue, so that guards on the median work there too; it raises no regime of the fast series. The basis is measured
 * against the settlement series; a TWAP lags what venues quote, so where the oracle's spot is recorded beside it, that
 * is compared with instead.
 *
 * @param twap the settlement series is a TWAP
 * @throws RolesError `reference.unknown_series` for a role whose series the asset does not have,
 *   `reference.twap_as_spot` for a TWAP in the spot role, `reference.venues` for more than 16 fast series or one twice
 */
export function cast(
  instruments: Instruments,
  asset: string,
  profile: ReferenceProfile,
  twap: boolean,
): Cast {
  const { settlement, spot, fast } = profile
  if (fast.length > VENUES_MAX || new Set(fast).size < fast.length)
    throw new RolesError('reference.venues', 'fast', `name at most ${VENUES_MAX} series, each once`)
  if (twap && spot !== null && spot === settlement) {
    throw new RolesError(
      'reference.twap_as_spot',
      'spot',
      `${spot} is a TWAP and lags: name a spot series, or null to use the fair median`,
    )
  }
  const n = instruments.instruments.length
  const target_is_spot = spot !== null && (twap || settlement === null)
  const target = target_is_spot ? spot : settlement
  const result: Cast = {
    roles: new Uint8Array(n),
    venue_of: new Uint8Array(n),
    venues: fast.length > 0 ? [...fast] : spot === null ? [] : [spot],
    has_fast: fast.length > 0,
    has_target: fast.length > 0 && target !== null,
    target_is_spot,
  }
  if (settlement !== null) assign(result, find(instruments, asset, 'settlement', settlement), SETTLEMENT)
  if (spot !== null) assign(result, find(instruments, asset, 'spot', spot), SPOT)
  for (const [v, name] of result.venues.entries()) {
    const i = find(instruments, asset, 'fast', name)
    assign(result, i, VENUE)
    result.venue_of[i] = v
  }
  if (result.has_target && target !== null)
    assign(result, find(instruments, asset, 'settlement', target), TARGET)
  return result
}

function assign(result: Cast, instrument: number, role: number): void {
  result.roles[instrument]! |= role
}

function find(instruments: Instruments, asset: string, field: string, name: string): number {
  const i = instruments.instruments.findIndex(
    (one) => one.kind === 'series' && one.name === name && one.asset === asset,
  )
  if (i >= 0) return i
  throw new RolesError(
    'reference.unknown_series',
    field,
    `${asset} has no series "${name}": name one that the instruments list`,
  )
}

/** A profile that does not fit the instruments; `field` is the profile's. */
export class RolesError extends Error {
  readonly code: string
  readonly field: string
  constructor(code: string, field: string, message: string) {
    super(`reference profile, ${field}: ${message}`)
    this.name = 'Roles.RolesError'
    this.code = code
    this.field = field
  }
}
