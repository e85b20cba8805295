import { z } from 'zod'
import { MINUTE, type Micros } from '../../core/units/index.ts'
import type { Out } from './feed.ts'

/** How long a relay keeps values before it sends them, by stream: told once a minute, never row by row. */
export type RelayDelay = {
  since_us: Micros
  /** By name, in the order of their first values. */
  streams: { name: string; count: number; sum_us: number; most_us: number }[]
}

const TELL_US = MINUTE

const state = z.object({
  since_us: z.int(),
  streams: z.array(z.object({ name: z.string(), count: z.int(), sum_us: z.number(), most_us: z.number() })),
})

/** Nothing measured yet, or as its state says. */
export function createRelayDelay(from: unknown = { since_us: 0, streams: [] }): RelayDelay {
  return state.parse(from)
}

/**
 * A value stamped `source_us` was sent on at `relay_us`: both are clocks of others, so the delay can be negative. Tells
 * the minute before as health `relay_delay`: the mean in µs, and the most in words.
 *
 * @param now_us when it was received
 */
export function measure(
  delay: RelayDelay,
  out: Out,
  name: string,
  line: string,
  source_us: Micros,
  relay_us: Micros,
  now_us: Micros,
): void {
  if (delay.since_us === 0) delay.since_us = now_us
  if (now_us >= delay.since_us + TELL_US) {
    for (const one of delay.streams) {
      const detail = `${one.name}: the source’s stamp to the relay’s, ${one.count} values, at most ${one.most_us} µs`
      out.health('relay_delay', line, detail, Math.round(one.sum_us / one.count) + 0)
    }
    delay.since_us = now_us
    delay.streams = []
  }
  let one = delay.streams.find((stream) => stream.name === name)
  if (one === undefined) {
    one = { name, count: 0, sum_us: 0, most_us: relay_us - source_us }
    delay.streams.push(one)
  }
  one.count++
  one.sum_us += relay_us - source_us
  one.most_us = Math.max(one.most_us, relay_us - source_us)
}
