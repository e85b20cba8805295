import { z } from 'zod'
import { Flag, Kind, Side } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { type FullPrice, isCopyOf, readDecimal18, readE18 } from '../import/e18.ts'
import type { Out } from './feed.ts'
import { plainDecimal } from './lossless.ts'

/** The values of one series of one asset, as a reader follows them. */
export type ValueSeries = {
  name: string
  asset: string
  venue: string
  /** In the recording's instruments; −1 before its first row. Not part of the state. */
  instrument: number
  /** The newest value and its stamp; 0 before the first. */
  price: number
  rest: number
  stamp_us: Micros
  /** Stamps of the values taken last, in the order they came: what comes with one of them again is no news. */
  recent: Micros[]
}

/** Series by name and asset, in the order of their first values. */
export type Values = Map<string, ValueSeries>

/** A value as it is to stand on the tape. */
export type Value = { full: FullPrice; stamp_us: Micros }

/** Stamps that are remembered of a series: half a minute of one a second, longer than any socket lags behind another. */
const RECENT = 32

const count = z.int().min(0)
const state = z.array(
  z.object({
    name: z.string(),
    asset: z.string(),
    venue: z.string(),
    price: count,
    rest: count,
    stamp_us: count,
    recent: z.array(count),
  }),
)

/** No values yet, or as {@link valuesState} left them. */
export function createValues(from: unknown = []): Values {
  return new Map(
    state.parse(from).map((one) => [`${one.name} ${one.asset}`, { ...one, instrument: -1 }] as const),
  )
}

/** As plain data. */
export function valuesState(values: Values): z.infer<typeof state> {
  return [...values.values()].map(({ instrument: _, recent, ...one }) => ({ ...one, recent: [...recent] }))
}

/** A series, made on first use. */
export function seriesOf(values: Values, name: string, asset: string, venue: string): ValueSeries {
  const key = `${name} ${asset}`
  const known = values.get(key)
  if (known !== undefined) return known
  const made = { name, asset, venue, instrument: -1, price: 0, rest: 0, stamp_us: 0, recent: [] }
  values.set(key, made)
  return made
}

/**
 * Add a value that was just said, unless it was said before. Of two with one stamp the later holds, so a correction is
 * added; so is a value that comes late.
 */
export function addValue(out: Out, series: ValueSeries, { full, stamp_us }: Value): void {
  const { recent } = series
  if (stamp_us === series.stamp_us && full.price === series.price && full.rest === series.rest) return
  const late = stamp_us < series.stamp_us
  // What is older than all that is remembered cannot be told from a repetition.
  if (late && (recent.includes(stamp_us) || (recent.length === RECENT && stamp_us < Math.min(...recent))))
    return
  put(out, series, full, stamp_us, 0)
}

/** Add what a snapshot has beyond the newest value, from the oldest on. */
export function addSnapshot(out: Out, series: ValueSeries, values: readonly Value[]): void {
  const sorted = [...values].sort((a, b) => a.stamp_us - b.stamp_us)
  for (const { full, stamp_us } of sorted)
    if (stamp_us > series.stamp_us) put(out, series, full, stamp_us, Flag.SNAPSHOT)
}

/** Say the newest value of each series again. */
export function restateValues(out: Out, values: Values): void {
  for (const series of values.values()) {
    const { price, rest, stamp_us } = series
    if (stamp_us > 0) row(out, series, price, rest, stamp_us, Flag.SNAPSHOT)
  }
  out.end()
}

/**
 * A value at its full precision.
 *
 * @param full text of the full value: whole 1e-18, or plain decimals where there is a point
 * @param value the JSON number beside it as text; what there is where the full one is missing
 * @param scaled the source states full values in whole 1e-18
 * @returns why it is refused, in words: also where the two are not the same number
 */
export function readValue(
  full: string | undefined,
  value: string | undefined,
  scaled: boolean,
): FullPrice | string {
  const plain = value === undefined ? undefined : readDecimal18(plainDecimal(value) ?? '')
  if (value !== undefined && plain === undefined) return 'a value that is not a decimal of 1e-18 above 0'
  if (full === undefined) return plain ?? 'no value'
  const read = scaled && !full.includes('.') ? readE18(full) : readDecimal18(full)
  if (read === undefined) return 'a full value that is not a decimal of 1e-18 above 0'
  if (plain !== undefined && !isCopyOf(plain.price, read))
    return 'a full value that is not the value: its scale has changed'
  return read
}

function put(
  out: Out,
  series: ValueSeries,
  { price, rest }: FullPrice,
  stamp_us: Micros,
  flags: number,
): void {
  const { recent } = series
  recent.push(stamp_us)
  if (recent.length > RECENT) recent.shift()
  if (stamp_us >= series.stamp_us) {
    series.price = price
    series.rest = rest
    series.stamp_us = stamp_us
  }
  row(out, series, price, rest, stamp_us, flags)
}

function row(
  out: Out,
  series: ValueSeries,
  price: number,
  rest: number,
  stamp_us: Micros,
  flags: number,
): void {
  if (series.instrument < 0) series.instrument = out.series(series.name, series.asset, series.venue)
  out.row(Kind.ORACLE, series.instrument, Side.NONE, price, rest, stamp_us, flags)
}
