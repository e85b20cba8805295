import { MICRO, type MicroShares, type Micros, type MicroUsdc, ONE, type Tick } from '../units/index.ts'
import { Gate } from './codes.ts'
import { halt, type RiskState } from './risk.ts'
import type { RiskConfig } from './settings.ts'

/** What can be broken beyond trading on (formulas.md §11). Numbers go into tables: never reuse one. */
export const Broken = { NONE: 0, LEDGER: 1, SHARES: 2, PRICE: 3, NOTIONAL: 4 } as const
export type Broken = (typeof Broken)[keyof typeof Broken]

/** What is looked at. */
export type Facts = {
  /** Disagreement of the ledger's identities; 0 when they hold. */
  residual: number
  /** The smallest holding of any token. */
  least_shares: MicroShares
  /** The price of the last order or fill, in 1e-4. */
  price: Tick
  /** Cost of all shares held and of all open buys. */
  notional: MicroUsdc
}

/** Sentences for people, by number. */
export const SENTENCES: readonly string[] = [
  'Every invariant holds.',
  'The ledger contradicts itself: its identities leave a residual.',
  'Less than nothing is held of a token.',
  'A price lies outside (0, 1).',
  'Shares held and open buys cost more than the hard cap.',
]

/**
 * Look at the critical invariants and halt trading when one is broken.
 *
 * @returns the first broken one, 0 none
 */
export function verify(risk: RiskState, config: RiskConfig, facts: Facts, now: Micros): Broken {
  const broken = find(config, facts)
  if (broken !== Broken.NONE) halt(risk, Gate.INVARIANT, now)
  return broken
}

function find(config: RiskConfig, facts: Facts): Broken {
  if (facts.residual !== 0) return Broken.LEDGER
  if (facts.least_shares < 0) return Broken.SHARES
  if (!(facts.price > 0 && facts.price < ONE)) return Broken.PRICE
  return facts.notional > config.hard_notional * MICRO ? Broken.NOTIONAL : Broken.NONE
}
