import { z } from 'zod'
import { Flag, Kind, Side } from '../../core/events/index.ts'
import { type E8, type Micros, SECOND } from '../../core/units/index.ts'
import type { Out } from './feed.ts'

/** The price of one asset at one exchange, as a reader follows it. */
export type VenueSeries = {
  asset: string
  /** In the recording's instruments; −1 before its first row. Not part of the state. */
  instrument: number
  /** Number and time of the last trade; 0 before the first. */
  trade: number
  trade_us: Micros
  /** Numbers left out so far, the last few: they may come late. */
  missing: number[]
  /** Number of the last quote, where quotes have one, and when it came. */
  update: number
  quote_us: Micros
}

/** Series of an exchange. */
export type Venue = {
  /** `binance`: the series are called `binance-spot`. */
  name: string
  /** By the exchange's symbol; only of assets that are known. */
  series: ReadonlyMap<string, VenueSeries>
}

/** A trade as it is to stand on the tape. */
export type Print = {
  series: VenueSeries
  /** The exchange's number: counts on from the one before, asset by asset. */
  id: number
  price: E8
  /** 1e-8 of the asset. */
  size: number
  side: typeof Side.BUY | typeof Side.SELL
  exch_us: Micros
}

/**
 * A number that is not above the last one repeats what was there, unless its time is this much later: then the exchange,
 * or what stands in for it, has begun to count anew.
 */
const RENUMBERED_US = SECOND
/** Further back than this no number repeats one that a socket said a moment ago: any later time shows a new count. */
const FAR = 1_000
/** Numbers left out that are remembered. */
const MISSING = 64

const count = z.int().min(0)
const state = z.array(
  z.object({
    symbol: z.string(),
    trade: count,
    trade_us: count,
    missing: z.array(count),
    update: count,
    quote_us: count,
  }),
)

/** Nothing seen yet, or as {@link venueState} left it. */
export function createVenue(name: string, assets: ReadonlyMap<string, string>, from: unknown = []): Venue {
  const series = new Map<string, VenueSeries>()
  for (const [symbol, asset] of assets)
    series.set(symbol, { asset, instrument: -1, trade: 0, trade_us: 0, missing: [], update: 0, quote_us: 0 })
  for (const { symbol, ...past } of state.parse(from)) {
    const one = series.get(symbol)
    if (one !== undefined) Object.assign(one, past)
  }
  return { name, series }
}

/** As plain data: of the series that said anything. */
export function venueState({ series }: Venue): z.infer<typeof state> {
  const said = [...series].filter(([, one]) => one.trade > 0 || one.quote_us > 0)
  return said.map(([symbol, { trade, trade_us, missing, update, quote_us }]) => ({
    symbol,
    trade,
    trade_us,
    missing: [...missing],
    update,
    quote_us,
  }))
}

/** Why two prices are no quote; undefined for a good one. NaN is no price. HOT. */
export function quoteFault(bid: E8, ask: E8): string | undefined {
  if (!(bid > 0 && ask > 0)) return 'a price that is not a decimal of 1e-8 above 0'
  return bid >= ask ? 'a bid at or above the ask' : undefined
}

/** Why a price and a size are no trade; undefined for a good one. NaN is no number. HOT. */
export function printFault(price: E8, size: number): string | undefined {
  if (!(price > 0)) return 'a price that is not a decimal of 1e-8 above 0'
  return size > 0 ? undefined : 'a size that is not a decimal of 1e-8 above 0'
}

/**
 * Add a quote that has no fault. HOT.
 *
 * @param update its number, 0 where quotes have none; a quote of the past adds nothing
 * @param now_us when it was received
 */
export function addQuote(
  out: Out,
  venue: Venue,
  series: VenueSeries,
  bid: E8,
  ask: E8,
  update: number,
  exch_us: Micros,
  now_us: Micros,
  flags = 0,
): void {
  if (update > 0 && update <= series.update && now_us <= series.quote_us + RENUMBERED_US) return
  series.update = update
  series.quote_us = now_us
  if (series.instrument < 0) series.instrument = instrumentOf(out, venue, series)
  out.row(Kind.QUOTE, series.instrument, Side.NONE, bid, ask, exch_us, flags)
}

/**
 * Add a trade that has no fault and was not there before; numbers that are left out are told as missed, and as late when
 * they come after all. HOT.
 *
 * @param line where they are missing
 * @param counted the exchange is known to count trades one by one: only then a hole is told. What fills one is added anyway
 */
export function addPrint(
  out: Out,
  venue: Venue,
  print: Print,
  flags: number,
  line: string,
  counted = true,
): void {
  const { series, id, price, size, side, exch_us } = print
  if (id > series.trade) {
    skipTo(series, id - 1, counted ? { out, line } : undefined)
    series.trade = id
    series.trade_us = exch_us
  } else if (isAnew(series, id, exch_us)) {
    series.missing = []
    series.trade = id
    series.trade_us = exch_us
  } else {
    const place = series.missing.indexOf(id)
    if (place < 0) return
    series.missing.splice(place, 1)
    if (counted) out.health('late', line, `a trade of ${series.asset} that had been missed`, 1)
  }
  if (series.instrument < 0) series.instrument = instrumentOf(out, venue, series)
  out.row(Kind.PRINT, series.instrument, side, price, size, exch_us, flags)
}

/** A number that was there, at a time when it was not: the exchange counts from the beginning again. */
function isAnew({ trade, trade_us }: VenueSeries, id: number, exch_us: Micros): boolean {
  return exch_us > trade_us + (id < trade - FAR ? 0 : RENUMBERED_US)
}

/** Trades up to `id` were made: those not seen were missed. Nothing before the first trade. */
export function missUpTo(out: Out, series: VenueSeries, id: number, line: string): void {
  skipTo(series, id, { out, line })
}

/** Remember numbers that are left out up to `id`, and tell how many. */
function skipTo(series: VenueSeries, id: number, told: { out: Out; line: string } | undefined): void {
  const { trade, missing, asset } = series
  if (trade === 0 || id <= trade) return
  told?.out.health('missed', told.line, `trades of ${asset} left out`, id - trade)
  for (let one = Math.max(trade, id - MISSING) + 1; one <= id; one++) missing.push(one)
  if (missing.length > MISSING) missing.splice(0, missing.length - MISSING)
  series.trade = id
}

/** Add trades of one message in the order of their numbers, whatever order it has. */
export function addPrints(
  out: Out,
  venue: Venue,
  prints: readonly Print[],
  snapshot: boolean,
  line: string,
  counted = true,
): void {
  for (const print of [...prints].sort((a, b) => a.id - b.id))
    addPrint(out, venue, print, snapshot ? Flag.SNAPSHOT : 0, line, counted)
}

function instrumentOf(out: Out, venue: Venue, { asset }: VenueSeries): number {
  return out.series(`${venue.name}-spot`, asset, venue.name)
}
