import type { Market, SeriesName } from '../../core/events/index.ts'
import { MINUTE, type Micros, SECOND } from '../../core/units/index.ts'

const LENGTHS: Readonly<Record<string, { series: SeriesName; length_us: Micros }>> = {
  '5m': { series: '5m', length_us: 5 * MINUTE },
  '15m': { series: '15m', length_us: 15 * MINUTE },
  '4h': { series: '4h', length_us: 240 * MINUTE },
}

/**
 * The market that a slug `{asset}-updown-{5m|15m|4h}-{unix start}` names; everything that a slug does not say is null,
 * so that rules by date answer.
 *
 * @returns undefined for any other text, and for a start that is not on the series' grid
 */
export function marketOfSlug(slug: string): Market | undefined {
  const [, asset, name, start] = /^([a-z]+)-updown-(5m|15m|4h)-(\d{10})$/.exec(slug) ?? []
  const entry = LENGTHS[name ?? '']
  if (asset === undefined || start === undefined || entry === undefined) return undefined
  const start_us = Number(start) * SECOND
  // 4h windows follow Eastern time: their starts are whole hours.
  if (start_us % Math.min(entry.length_us, 60 * MINUTE) !== 0) return undefined
  return {
    slug,
    asset,
    series: entry.series,
    start_us,
    end_us: start_us + entry.length_us,
    created_us: null,
    condition_id: null,
    tick: null,
    min_size: null,
    fee: null,
    settlement: null,
    taker_hold_ms: null,
  }
}
