import type { Market } from '../../core/events/index.ts'
import { type E8, E8_ONE, MINUTE, type Micros, ONE } from '../../core/units/index.ts'
import { kalshiMarket } from '../kalshi/index.ts'
import { nearest, rounded } from './exact.ts'
import type { Touch } from './polled-touch.ts'
import type { TimeColumn } from './time-column.ts'

/** A snapshot: the touch of Yes, and the price of the asset where the recorder held it for good. */
export type KalshiSnapshot = Touch & { local_us: Micros; market: Market; spot: E8 | null }

/** Reads lines; a text says why one is refused. Snapshots of one market follow each other. */
export function createSnapshotReader(times: TimeColumn): (line: string) => KalshiSnapshot | string {
  let market: Market | undefined
  return (line) => {
    const raw = parse(line)
    if (raw === undefined) return 'no JSON object'
    const { ticker, ts, yb, ya, spot, spot_ok } = raw
    const local_us = times.read(ts)
    if (typeof local_us === 'string') return local_us
    if (market?.slug !== ticker) market = kalshiMarket(String(ticker), local_us)
    if (market === undefined) return 'no ticker of a 15-minute market'
    if (local_us < market.start_us || local_us >= market.end_us + LATE_US)
      return 'outside the window of its market'
    const [bid, ask] = [priceOf(yb), priceOf(ya)]
    if (Number.isNaN(bid) || Number.isNaN(ask)) return 'a price that is not a decimal of 1e-4 inside (0, 1)'
    if (bid > 0 && ask > 0 && bid >= ask) return 'a bid at or above the ask'
    const price = rounded(spot, E8_ONE)
    if (spot_ok === 1 && !(price > 0)) return 'a spot that is no number above 0'
    return { local_us, market, bid, ask, spot: spot_ok === 1 ? price : null }
  }
}

/** A recorder goes on with a market that has closed until it finds the next one. */
const LATE_US: Micros = MINUTE

/** 0 for a side without bids. */
function priceOf(value: unknown): number {
  if (value === null) return 0
  const price = nearest(value, ONE)
  return price > 0 && price < ONE ? price : Number.NaN
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const raw: unknown = JSON.parse(line)
    return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
