import type { Section } from '../config/index.ts'
import { settings as exchange } from '../exchange/settings.ts'
import * as Orders from '../orders/index.ts'
import { settings as portfolio } from '../portfolio/settings.ts'
import { Fair, Volatility } from '../probability/index.ts'
import { Regime } from '../reference/index.ts'
import { settings as reference } from '../reference/settings.ts'
import { settings as risk } from '../risk/settings.ts'
import type { Strategy } from '../strategies/strategy.ts'

/** Settings of the machine itself: when it decides, when it gives up waiting, how often it seals its hash. */
export const machine = {
  quote_interval_ms: {
    type: 'number',
    default: 100,
    min: 1,
    max: 3_600_000,
    integer: true,
    unit: 'ms',
    doc: 'Timeline time between quote ticks of a market whose inputs changed.',
  },
  settle_wait_s: {
    type: 'number',
    default: 300,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'How long after its end a window waits for a recorded outcome or the settlement series; then its book decides. Hourly and daily windows wait at least 30 minutes.',
  },
  settle_band: {
    type: 'number',
    default: 0.05,
    min: 0.001,
    max: 0.5,
    unit: 'USDC',
    doc: 'A last mid within this distance of 0 or 1 is taken as the outcome (class inferred_from_book).',
  },
  settle_band_window_s: {
    type: 'number',
    default: 10,
    min: 0,
    max: 3600,
    unit: 's',
    doc: 'How long before the end that last mid may have been seen.',
  },
  checkpoint_events: {
    type: 'number',
    default: 65_536,
    min: 1,
    max: 1e9,
    integer: true,
    unit: 'events',
    doc: 'Events between two checkpoints of the hash chain.',
  },
} as const satisfies Section

/** Every section of a run's configuration but the strategy's own. */
export const SECTIONS = {
  exchange,
  machine,
  orders: Orders.settings,
  portfolio,
  probability: Fair.settings,
  reference,
  risk,
  toxicity: Regime.settings,
  volatility: Volatility.settings,
} as const

/** The whole schema of a run with this strategy. */
export function schemaFor(strategy: Strategy): typeof SECTIONS & { strategy: Section } {
  return { ...SECTIONS, strategy: strategy.settings }
}
