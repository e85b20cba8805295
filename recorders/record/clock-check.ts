import { formatIso, type Micros, SECOND } from '../../core/units/index.ts'
import { CLOCK_S } from '../limits.ts'
import { RecordingError } from '../recording/errors.ts'
import { askVenueClocks, type ClockSource, type Requester, type World } from '../supervisor/index.ts'

/** What does not answer in this time is judged while it is recorded. */
const WAIT_MS = 3_000

/**
 * Refuse to record by a clock that no venue agrees with. Without an answer there is nothing to judge by.
 *
 * @throws RecordingError `recording.time`
 */
export async function refuseFarClock(
  out: string,
  world: World,
  requester: Requester,
  sources: readonly ClockSource[],
): Promise<void> {
  const near_us = CLOCK_S.from_venues * SECOND
  const offset_us = await askVenueClocks(world, requester, sources, { near_us, wait_ms: WAIT_MS })
  if (offset_us === null || Math.abs(offset_us) <= near_us) return
  throw new RecordingError(
    'recording.time',
    `this machine's clock is wrong: ${farWords(world.clock.receipt().wall_us, offset_us)}`,
    out,
    'set the clock right, or record by it all the same with --accept-clock',
  )
}

/** Both times, for a message. */
export function farWords(now_us: Micros, offset_us: Micros): string {
  return `it says ${whole(now_us)}, and the venues' clocks say ${whole(now_us + offset_us)}`
}

function whole(us: Micros): string {
  return formatIso(Math.floor(us / SECOND) * SECOND)
}
