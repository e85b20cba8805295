import { basename } from 'node:path'
import { HOUR, MINUTE, type Micros } from '../../core/units/index.ts'
import { type Inference, TapeError } from '../tape/index.ts'

/** Which zone the clock times of a file are in, found on its first row and held for the whole file. */
export type Zone = {
  file: string
  /** Length of the windows that the rows name, UTC. */
  window_us: Micros
  /** Zones are told apart in steps of this. */
  step_us: Micros
  /** To take off a clock time; NaN before the first row. */
  offset_us: Micros
  /** Rows inside their window, of all. */
  inside: number
  total: number
}

/** Zones are whole quarters of an hour at the finest, from 12 hours behind UTC to 14 ahead. */
const STEP_US: Micros = 15 * MINUTE
const BEHIND_US: Micros = -12 * HOUR
const AHEAD_US: Micros = 14 * HOUR

/** Nothing known yet. Within an hour only zones of whole hours can be told apart. */
export function createZone(file: string, window_us: Micros): Zone {
  return {
    file,
    window_us,
    step_us: Math.max(window_us, STEP_US),
    offset_us: Number.NaN,
    inside: 0,
    total: 0,
  }
}

/**
 * A row's clock time in UTC. The first row decides: the zone is the one in which it lies inside its window, whose times
 * are UTC. Nothing of later rows is used, so that no row could have known more than was known then.
 *
 * @param clock_us the time as written, read as if it were UTC
 * @param start_us start of the row's window, UTC
 * @param late_us how long after the end of its window a row may come
 * @returns NaN for a row outside its window
 * @throws TapeError `import.zone` when the first row lies in its window in no zone of the world
 */
export function toUtc(zone: Zone, clock_us: Micros, start_us: Micros, late_us: Micros = 0): Micros {
  if (Number.isNaN(zone.offset_us)) {
    zone.offset_us = Math.floor((clock_us - start_us) / zone.step_us) * zone.step_us
    if (zone.offset_us < BEHIND_US || zone.offset_us > AHEAD_US)
      throw new TapeError(
        'import.zone',
        `${zone.file}: the first row lies ${zone.offset_us / HOUR} hours from its window: that is no time zone`,
        { file: zone.file, row: 0 },
        'give a recording whose windows are in UTC',
      )
  }
  const utc_us = clock_us - zone.offset_us
  zone.total++
  if (utc_us < start_us || utc_us >= start_us + zone.window_us + late_us) return Number.NaN
  zone.inside++
  return utc_us
}

/** The finding, for the manifest. */
export function zoneInference(zone: Zone): Inference {
  const hours = zone.offset_us / HOUR
  return {
    what: `times of ${basename(zone.file)} are UTC${hours === 0 ? '' : `${hours > 0 ? '+' : ''}${hours}`}`,
    how: 'the zone in which the first row lies inside its window, whose own times are UTC; held for the whole file; rows inside their window',
    agreement: `${zone.inside} of ${zone.total}`,
  }
}
