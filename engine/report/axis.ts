import type * as Plot from '@observablehq/plot'
import { MINUTE } from '../../core/units/index.ts'
import { fixed } from './format.ts'

/** Axes with units: time in UTC, and values with as many decimals as their steps need. */

/** Room that one character of an axis label takes, in px. */
const CHARACTER_PX = 6.6

/** µs since the epoch as Plot wants time. */
export function date(us: number): Date {
  return new Date(us / 1_000)
}

/** A range of values that an axis can have: one value alone gets room on both sides, or all that is drawn would fill the axis. */
export function rangeOf(low: number, high: number, room = 1): [number, number] {
  return low === high ? [low - room, high + room] : [low, high]
}

/** A time axis from `from_us` to `to_us`: as many labels as fit `width` px; the day where it changes. */
export function timeAxis(from_us: number, to_us: number, width: number): Plot.ScaleOptions {
  const [from, to] = rangeOf(from_us, to_us, MINUTE)
  return {
    type: 'utc',
    domain: [date(from), date(to)],
    label: 'time, UTC',
    labelArrow: 'none',
    ticks: Math.max(2, Math.floor(width / 95)),
    tickFormat: timeTick,
  }
}

function timeTick(at: Date): string {
  const iso = at.toISOString()
  if (iso.slice(11, 19) === '00:00:00') return iso.slice(5, 10)
  return iso.slice(17, 19) === '00' ? iso.slice(11, 16) : iso.slice(11, 19)
}

/** A value axis over [low, high] and the left margin that its labels need. */
export function valueAxis(
  label: string,
  low: number,
  high: number,
  options: { ticks?: number; reverse?: boolean } = {},
): { scale: Plot.ScaleOptions; margin: number } {
  const ticks = options.ticks ?? 5
  const [bottom, top] = rangeOf(low, high)
  const step = (top - bottom) / ticks
  const digits = step >= 2 ? 0 : step >= 0.2 ? 1 : step >= 0.02 ? 2 : 3
  const tickFormat = (value: number): string => fixed(value, digits)
  const longest = Math.max(tickFormat(bottom).length, tickFormat(top).length)
  return {
    scale: {
      domain: [bottom, top],
      nice: true,
      label,
      labelArrow: 'none',
      ticks,
      tickFormat,
      tickSize: 0,
      tickPadding: 8,
      grid: true,
      reverse: options.reverse ?? false,
    },
    margin: Math.ceil(14 + longest * CHARACTER_PX),
  }
}
