import { Rng } from '../../core/random/index.ts'
import type { FeedName } from '../journal/record.ts'
import type { SupervisorSettings } from '../settings.ts'
import type { Ending } from './ending.ts'

/** How long to wait before connecting again. */
export type Backoff = {
  /** A connection ended unasked, or did not come about. Returns the wait in ms. */
  failed(ending: Ending, feed: FeedName): number
  /** A connection has been good for a while: begin anew. */
  good(): void
}

// PolyBolt drains a server: everybody is to come back spread over ten seconds.
const DRAIN = { code: 4003, feed: 'polybolt', within_ms: 10_000 }
// Doubling further changes nothing: the cap is far below.
const DOUBLINGS_MAX = 30

/**
 * Exponential waits with full jitter: uniform from 0 to a bound that doubles up to a cap, so that many clients of a venue that
 * comes back do not come at once. A venue that names a time is obeyed; one that refuses us is asked again slowly.
 *
 * @param rng seeds the jitter
 */
export function createBackoff(
  settings: Pick<SupervisorSettings, 'backoff_ms' | 'backoff_cap_ms' | 'refused_ms'>,
  rng: Rng.Rng,
): Backoff {
  let failures = 0
  return {
    failed(ending, feed) {
      const bound = Math.min(settings.backoff_cap_ms, settings.backoff_ms * 2 ** failures)
      if (failures < DOUBLINGS_MAX) failures++
      const chance = Rng.uniform(rng)
      // Never sooner than half of it: a refusal that is repeated quickly gets us banned.
      if (ending.refused) return Math.max(settings.refused_ms * (0.5 + chance), ending.retry_after_ms ?? 0)
      if (ending.retry_after_ms !== null) return ending.retry_after_ms + chance * bound
      if (ending.code === DRAIN.code && feed === DRAIN.feed) return chance * DRAIN.within_ms
      return chance * bound
    },
    good() {
      failures = 0
    },
  }
}
