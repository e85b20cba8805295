import type { Section, Values } from '../../core/config/index.ts'
import { type Micros, SECOND } from '../../core/units/index.ts'
import type { Listing } from '../feeds/feed.ts'
import type { Normaliser } from '../normalise/normaliser.ts'

/** Which markets are listened to: section `recorder`, the session's part. */
export const followSettings = {
  binance_stream: {
    type: 'choice',
    default: 'stream',
    choices: ['stream', 'data_only'],
    unit: '',
    doc: 'which of Binance’s hosts is listened to; the one for data alone answers where the other is closed',
  },
  coinbase_stream: {
    type: 'choice',
    default: 'advanced',
    choices: ['advanced', 'exchange'],
    unit: '',
    doc: 'which of Coinbase’s feeds is listened to: Advanced Trade, or the older Exchange',
  },
  clock_wait_ms: {
    type: 'number',
    default: 5_000,
    min: 0,
    max: 60_000,
    unit: 'ms',
    doc: 'at the beginning the venue’s clock is waited for so long: windows are named by its time',
  },
  lead_s: {
    type: 'number',
    default: 600,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'a market is listened to so long before its window starts',
  },
  linger_s: {
    type: 'number',
    default: 1_200,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'and so long after its end, unless its outcome is known before',
  },
  resolved_s: {
    type: 'number',
    default: 30,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'once its outcome is known it is listened to for so long after its end',
  },
} as const satisfies Section

export type FollowSettings = Values<typeof followSettings>

/**
 * Markets to be listened to.
 *
 * @param now_us the venue's time
 */
export function followed(normaliser: Normaliser, now_us: Micros, settings: FollowSettings): Listing[] {
  const { instruments, resolutions } = normaliser
  const resolved = new Set(resolutions.map(({ market }) => market))
  const listings: Listing[] = []
  instruments.markets.forEach(({ start_us, end_us }, market) => {
    const until_us = end_us + (resolved.has(market) ? settings.resolved_s : settings.linger_s) * SECOND
    if (now_us >= start_us - settings.lead_s * SECOND && now_us < until_us)
      listings.push(normaliser.listing(market))
  })
  return listings
}
