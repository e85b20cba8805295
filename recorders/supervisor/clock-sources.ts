import type { Micros } from '../../core/units/index.ts'
import type { ClockSource } from './contract.ts'

const SECOND_US = 1_000_000
const MS_US = 1_000

/**
 * Where venues say their time. `protocol.md` §2.3 for the CLOB; Binance and Kraken by their API documentation; the others by the
 * `Date` header, which every answer has.
 */
export const CLOCK_SOURCES: readonly ClockSource[] = [
  { feed: 'clob_market', role: 'rest', path: '/time', read: wholeSeconds, resolution_us: SECOND_US },
  { feed: 'binance', role: 'rest', path: '/api/v3/time', read: serverTime, resolution_us: MS_US },
  { feed: 'kraken', role: 'rest', path: '/0/public/Time', read: unixTime, resolution_us: SECOND_US },
  { feed: 'coinbase', role: 'rest', path: '/time', resolution_us: SECOND_US },
  { feed: 'gamma', role: 'rest', path: '/status', resolution_us: SECOND_US },
  { feed: 'kalshi', role: 'rest', path: '/trade-api/v2/exchange/status', resolution_us: SECOND_US },
]

/** CLOB: Unix seconds, as plain text. */
function wholeSeconds(text: string): Micros | null {
  return /^\s*\d{9,11}\s*$/.test(text) ? Number(text) * SECOND_US : null
}

/** Binance: `{"serverTime":1499827319559}`. */
function serverTime(text: string): Micros | null {
  const found = /"serverTime"\s*:\s*(\d{12,14})\b/.exec(text)?.[1]
  return found === undefined ? null : Number(found) * MS_US
}

/** Kraken: `{"error":[],"result":{"unixtime":1616336594,…}}`. */
function unixTime(text: string): Micros | null {
  const found = /"unixtime"\s*:\s*(\d{9,11})\b/.exec(text)?.[1]
  return found === undefined ? null : Number(found) * SECOND_US
}
