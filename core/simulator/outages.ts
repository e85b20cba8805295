import type { Section, Values } from '../config/index.ts'
import { ALL_INSTRUMENTS, Flag, Kind } from '../events/index.ts'
import type { Rng } from '../random/index.ts'
import { MINUTE, type Micros, SECOND } from '../units/index.ts'
import * as Draw from './draws.ts'
import * as Wire from './wire.ts'

/** Lost connections (section `sim_outages`). */
export const settings = {
  per_hour: {
    type: 'number',
    default: 0.25,
    min: 0,
    max: 1_000,
    unit: '1/h',
    doc: 'Lost connections of each feed.',
  },
  length_s: {
    type: 'number',
    default: 8,
    min: 0.01,
    max: 86_400,
    unit: 's',
    doc: 'Median length; the logarithm deviates by 1.',
  },
} as const satisfies Section

/** A feed without connection. */
export type Outage = { line: number; from_us: Micros; to_us: Micros }

/** The outages of one line, drawn as they come. */
export type Outages = {
  rng: Rng.Rng
  line: number
  /** When the connection is lost or back next. */
  due_us: Micros
  from_us: Micros
  between_us: Micros
  length_s: number
}

const LENGTH_SPREAD = 1

/** The first outage is drawn, the line is up. */
export function create(rng: Rng.Rng, line: number, config: Values<typeof settings>, now: Micros): Outages {
  const between_us = config.per_hour > 0 ? (60 * MINUTE) / config.per_hour : Number.POSITIVE_INFINITY
  const due_us = now + Draw.exponential(rng, between_us)
  return { rng, line, due_us, from_us: 0, between_us, length_s: config.length_s }
}

/**
 * The connection is lost, or back.
 *
 * @returns the outage that is over, null at the beginning of one
 */
export function turn(outages: Outages, line: Wire.Line, now: Micros): Outage | null {
  const at = Wire.send(line, now)
  if (!line.down) {
    Wire.put(line, at, 0, Kind.FEED_DOWN, ALL_INSTRUMENTS, 0, 0, 0, Flag.LAST)
    line.down = true
    outages.from_us = at
    const length = Draw.lognormal(outages.rng, outages.length_s, LENGTH_SPREAD) * SECOND
    outages.due_us = now + Math.min(length, LENGTH_MAX_US)
    return null
  }
  line.down = false
  Wire.put(line, at, 0, Kind.FEED_UP, ALL_INSTRUMENTS, 0, 0, 0, Flag.LAST)
  outages.due_us = now + Draw.exponential(outages.rng, outages.between_us)
  return { line: outages.line, from_us: outages.from_us, to_us: at }
}

const LENGTH_MAX_US = 10 * MINUTE
