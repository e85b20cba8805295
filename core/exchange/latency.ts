import { ln } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'
import type { Micros } from '../units/index.ts'
import type { Exchange } from './state.ts'

/**
 * How long messages travel between us and the venue: a constant, a constant and an exponential part, or drawn from
 * recorded samples. A constant draws nothing, so that it never disturbs a seeded stream.
 *
 * The tape's local time is the exchange's clock: the book that an order meets is the one we have heard of when the order
 * arrives, a feed's own delay too old. The entry latency stands in for both; see docs/fills.md.
 */

/** How long a request travels to the venue. */
export function entry(ex: Exchange): Micros {
  return draw(ex, ex.config.entry_us)
}

/** How long an answer travels back. */
export function response(ex: Exchange): Micros {
  return draw(ex, ex.config.response_us)
}

function draw(ex: Exchange, base: Micros): Micros {
  const { config, state } = ex
  if (config.latency_model === 'constant') return base
  const u = Rng.uniform(state.latency_rng)
  if (config.latency_model === 'exponential') return base + Math.round(-ln(1 - u) * config.jitter_us)
  return config.samples_us[Math.floor(u * config.samples_us.length)]!
}
