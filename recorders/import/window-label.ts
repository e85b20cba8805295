import type { Market } from '../../core/events/index.ts'
import * as Eastern from '../../core/rules/eastern.ts'
import { RuleError, Slug } from '../../core/rules/index.ts'
import { civilFromDays, DAY, HOUR, MINUTE, type Micros } from '../../core/units/index.ts'

/** A row lies this close to the start of its window: a recorder follows a window before it begins and until it is resolved. */
const BEFORE_US: Micros = 2 * HOUR
const AFTER_US: Micros = 4 * HOUR
const QUARTER_MIN = 15

/**
 * The window that a label such as `btc-15min-up-or-down-09:45` names: it starts at that New York time, on the day that puts
 * it nearest to the row.
 *
 * @returns undefined for a label of another form, and where no such window lies near the row
 */
export function labelledMarket(label: string, near_us: Micros): Market | undefined {
  const match = /^([a-z]+)-15min-up-or-down-(\d\d):(\d\d)$/.exec(label)
  if (match === null) return undefined
  const [hour, minute] = [Number(match[2]), Number(match[3])]
  if (hour > 23 || minute % QUARTER_MIN !== 0 || minute > 59) return undefined
  const today = Math.floor((near_us - Eastern.behindUtc(near_us)) / DAY)
  let start_us = Number.NaN
  for (const days of [today - 1, today, today + 1]) {
    const { year, month, day } = civilFromDays(days)
    for (const instant of Eastern.instants(year, month, day, hour)) {
      const candidate = instant + minute * MINUTE
      if (!(Math.abs(near_us - candidate) >= Math.abs(near_us - start_us))) start_us = candidate
    }
  }
  if (near_us < start_us - BEFORE_US || near_us > start_us + AFTER_US) return undefined
  try {
    return Slug.toMarket(Slug.format(match[1]!, '15m', start_us))
  } catch (thrown) {
    if (thrown instanceof RuleError) return undefined
    throw thrown
  }
}
