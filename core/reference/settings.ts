import type { Section, Values } from '../config/index.ts'
import { VENUES_MAX } from './median.ts'
import type * as Regime from './regime.ts'

/** Settings of the reference (section `reference`); formulas.md §1, §2 and the defaults of §13. */
export const settings = {
  stale_ms: {
    type: 'number',
    default: 0,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
    doc: "Age at which a reference price is stale; 0 takes the profile's.",
  },
  min_venues: {
    type: 'number',
    default: 0,
    min: 0,
    max: VENUES_MAX,
    integer: true,
    unit: '',
    doc: "Least venues of a good median; 0 takes the profile's.",
  },
  clip_bps: {
    type: 'number',
    default: 50,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'A venue further from the raw median does not count.',
  },
  max_spread_bps: {
    type: 'number',
    default: 20,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'Widest distance between the venues of a good median.',
  },
  basis_half_life_s: {
    type: 'number',
    default: 600,
    min: 1,
    max: 86_400,
    unit: 's',
    doc: "Half-life of each venue's slow basis against the settlement series.",
  },
  strike_tolerance_bps: {
    type: 'number',
    default: 1,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: "Distance of the venue's own strike from the series' beyond which an operator is told.",
  },
  boundary_age_ms: {
    type: 'number',
    default: -1,
    min: -1,
    max: 86_400_000,
    unit: 'ms',
    doc: 'Oldest that a settlement value may be at a start or end; 0 demands one stamped at that instant; -1 by the series: 0 of an oracle at 1 Hz, one bar of bars, else stale_ms.',
  },
  twap_lookback_s: {
    type: 'number',
    default: 0,
    min: 0,
    max: 500,
    unit: 's',
    doc: 'Look-back of a settlement series that is a TWAP; 0: as its name says, else as the markets state, else no TWAP.',
  },
} as const satisfies Section

/** The sections that a reference reads. */
export type Config = {
  readonly reference: Values<typeof settings>
  readonly toxicity: Values<typeof Regime.settings>
}
