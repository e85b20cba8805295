import { defaults } from '../../core/config/index.ts'
import { settings } from '../../core/exchange/compat/index.ts'
import type { Settings } from '../../core/exchange/compat/settings.ts'

const MS = 1_000_000

/** One case of the comparison: what every side plays over the same events. */
export type Case = { name: string; says: string; settings: Settings }

const standard = defaults(settings)

/** All cases, from the least to the most that a strategy is asked. */
export const CASES: readonly Case[] = [
  {
    name: 'replay only',
    says: 'the strategy is called every 100 ms and may not trade: its position limit is 0',
    settings: { ...standard, max_position: 0 },
  },
  { name: '100 ms', says: 'the strategy quotes every 100 ms', settings: standard },
  { name: '10 ms', says: 'every 10 ms', settings: { ...standard, period: 10 * MS } },
  { name: '1 ms', says: 'every millisecond', settings: { ...standard, period: MS } },
  {
    name: 'every event',
    says: 'whenever rows of the feed reach it; rows of the same time are one call',
    settings: { ...standard, calls: 'feed' },
  },
]

/** What a strategy ends with, and the book that it sees in the end. */
export type Outcome = {
  trades: number
  position: number
  /** USD, fees left out. */
  cash: number
  /** Calls of the strategy. */
  calls: number
  /** Ticks of a cent and sizes, from the best price on. */
  book: Levels
}
export type Levels = { bids: readonly Level[]; asks: readonly Level[] }
type Level = readonly [tick: number, size: number]

/** A row of the published table of hftbacktest's Rust core. */
type Published = { seed: number; events: number; case: string } & Pick<
  Outcome,
  'trades' | 'position' | 'cash'
>

/** What hftbacktest's Rust core came to, made before and apart from this comparison: neither side may differ from it. */
export const PUBLISHED: readonly Published[] = [
  { seed: 42, events: 1e6, case: '100 ms', trades: 4060, position: -20, cash: 351.8 },
  { seed: 42, events: 1e6, case: '10 ms', trades: 5151, position: 10, cash: 397.1 },
  { seed: 42, events: 1e6, case: '1 ms', trades: 5314, position: 20, cash: 420 },
  { seed: 7, events: 1e6, case: '100 ms', trades: 3975, position: -50, cash: 325.9 },
  { seed: 7, events: 1e6, case: '10 ms', trades: 5130, position: -40, cash: 427.3 },
  { seed: 7, events: 1e6, case: '1 ms', trades: 5281, position: -30, cash: 437.2 },
  { seed: 42, events: 1e7, case: '100 ms', trades: 40086, position: -80, cash: 3027.7 },
  { seed: 42, events: 1e7, case: '10 ms', trades: 51189, position: -70, cash: 3737.9 },
  { seed: 42, events: 1e7, case: '1 ms', trades: 52611, position: -70, cash: 3895.9 },
]

/** SHA-256 of the event file, published with the table. */
export const PUBLISHED_SHA256: readonly { seed: number; events: number; sha256: string }[] = [
  { seed: 42, events: 1e6, sha256: '54c0bc064846762dcffa7d1ee067f67935577d41ca9323363f2c6c51e4a310d4' },
  { seed: 7, events: 1e6, sha256: 'c46d1e363ae09ec53cc77e904e779b0ecdac081b7f11008ac8b2187e1461a90a' },
  { seed: 42, events: 1e7, sha256: 'c17798eafc6506954b9a0eb061997aa781925c2be45c58324818dce54ed92326' },
]
