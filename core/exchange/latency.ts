import { ln } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'
import type { Micros } from '../units/index.ts'
import type { Exchange } from './exchange.ts'

/** How long a request travels to the venue. A constant draws nothing, so that it never disturbs a seeded stream. */
export function entry(ex: Exchange): Micros {
  return draw(ex, ex.config.entry_us)
}

/** How long an answer travels back. */
export function response(ex: Exchange): Micros {
  return draw(ex, ex.config.response_us)
}

function draw(ex: Exchange, base: Micros): Micros {
  const config = ex.config
  if (config.latency_model === 'constant') return base
  const u = Rng.uniform(ex.state.latency_rng)
  if (config.latency_model === 'exponential') return base + Math.round(-ln(1 - u) * config.jitter_us)
  return config.samples_us[Math.floor(u * config.samples_us.length)]!
}
