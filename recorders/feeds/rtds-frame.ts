import { z } from 'zod'
import type { Micros } from '../../core/units/index.ts'
import { readEach } from './entries.ts'
import type { Refusal } from './feed.ts'
import { parseLossless } from './lossless.ts'
import { epochStamp } from './stamp.ts'
import { assetsBy } from './symbols.ts'
import { readValue, type Value } from './value-series.ts'
import { readObject, readWire, wire } from './wire.ts'

/** A frame of the relay. */
export type RtdsFrame =
  | {
      kind: 'values'
      series: RtdsSeries
      asset: string
      /** A backfill that answers a subscription, not news. */
      snapshot: boolean
      values: Value[]
      /** What of them is refused. */
      refused: Refusal | undefined
      relay_us: Micros
    }
  | { kind: 'refused'; reason: string }
  /** A pong, or an empty frame. */
  | { kind: 'beat' }

/** Series that the relay carries, by their names on the tape. */
export const RTDS_SERIES = [
  'rtds-binance',
  'chainlink-spot',
  'chainlink-twap-30',
  'chainlink-twap-60',
] as const
export type RtdsSeries = (typeof RTDS_SERIES)[number]

/** Topics, and which series they carry. */
export const RTDS_TOPICS: Readonly<Record<string, RtdsSeries>> = {
  crypto_prices: 'rtds-binance',
  crypto_prices_chainlink: 'chainlink-spot',
  crypto_prices_twap_thirty: 'chainlink-twap-30',
  crypto_prices_twap_sixty: 'chainlink-twap-60',
}
const WINDOWS: Readonly<Partial<Record<RtdsSeries, string>>> = {
  'chainlink-twap-30': '30',
  'chainlink-twap-60': '60',
}

/** Numbers come to the schema as the text that stands on the wire. */
const number = z.string()
const digits = z.string().regex(/^\d{1,16}$/, 'expected digits')
const value = z.looseObject({
  timestamp: digits,
  value: number.optional(),
  full_accuracy_value: z.string().optional(),
})

/**
 * Wire format (Polymarket’s real-time data client and recorded frames). `payload.timestamp` is the source’s time, the
 * outer one the relay’s. `full_accuracy_value` is in whole 1e-18 for Chainlink, a plain decimal for Binance.
 */
const update = wire(
  'update',
  z.looseObject({
    topic: z.string(),
    type: z.literal('update'),
    timestamp: digits,
    connection_id: z.string().optional(),
    payload: value.extend({
      symbol: z.string(),
      window_s: number.optional(),
      received_at: number.optional(),
    }),
  }),
)
/** What a subscription is answered with: the last minute or two. */
const backfill = wire(
  'backfill',
  z.looseObject({
    topic: z.string(),
    type: z.literal('subscribe'),
    timestamp: digits,
    connection_id: z.string().optional(),
    payload: z.looseObject({ symbol: z.string(), window_s: number.optional(), data: z.array(z.unknown()) }),
  }),
)
const listed = wire('backfill.payload.data', value)
/** A request that is refused. */
const refusal = wire(
  'refusal',
  z.looseObject({
    statusCode: digits.optional(),
    body: z.looseObject({ message: z.string() }).optional(),
    message: z.string().optional(),
    connectionId: z.string().optional(),
    requestId: z.string().optional(),
  }),
)

const binanceAssets = new Map(
  [...assetsBy('binance')].map(([symbol, asset]) => [symbol.toLowerCase(), asset]),
)
const chainlinkAssets = assetsBy('chainlink')

/**
 * Read a frame of RTDS (protocol.md §7.1). Values are read from their text at full precision.
 *
 * @param unknown is told each field that is not known
 * @returns the frame, or why it is refused, in words without values
 */
export function readRtdsFrame(text: string, unknown?: (field: string) => void): RtdsFrame | string {
  if (/^\s*(?:PONG)?\s*$/i.test(text)) return { kind: 'beat' }
  const raw = readObject(text, parseLossless)
  if (typeof raw === 'string') return raw
  if (raw.topic === undefined) return readRefusal(raw, unknown)
  if (raw.type === 'update') {
    const read = readWire(update, raw, unknown)
    if (typeof read === 'string') return read
    const { payload } = read
    return readValues(read, payload, [payload], false, unknown)
  }
  if (raw.type === 'subscribe') {
    const read = readWire(backfill, raw, unknown)
    return typeof read === 'string' ? read : readValues(read, read.payload, read.payload.data, true, unknown)
  }
  return 'a type of message that was not asked for'
}

function readRefusal(raw: unknown, unknown?: (field: string) => void): RtdsFrame | string {
  const read = readWire(refusal, raw, unknown)
  if (typeof read === 'string') return read
  const reason = read.body?.message ?? read.message
  if (reason === undefined) return 'neither a price nor an answer'
  return { kind: 'refused', reason: read.statusCode === undefined ? reason : `${read.statusCode}: ${reason}` }
}

function readValues(
  { topic, timestamp }: { topic: string; timestamp: string },
  { symbol, window_s }: { symbol: string; window_s?: string | undefined },
  data: readonly unknown[],
  snapshot: boolean,
  unknown?: (field: string) => void,
): RtdsFrame | string {
  if (!Object.hasOwn(RTDS_TOPICS, topic)) return 'a topic that was not asked for'
  const labelled = RTDS_TOPICS[topic]!
  // Chainlink's spot comes labelled as Binance's where it answers a subscription: the symbol tells.
  const series = labelled === 'rtds-binance' && chainlinkAssets.has(symbol) ? 'chainlink-spot' : labelled
  const asset = (series === 'rtds-binance' ? binanceAssets : chainlinkAssets).get(symbol)
  if (asset === undefined) return 'a symbol that was not asked for'
  if (window_s !== undefined && window_s !== WINDOWS[series]) return 'a window that is not the topic’s'
  const relay_us = epochStamp(Number(timestamp))
  if (Number.isNaN(relay_us)) return 'no time of the relay in ms or µs'
  const { good: values, refused } = readEach(data, 'data', (entry): Value | string => {
    // Of a single value its frame's own schema has judged already.
    const one = snapshot ? readWire(listed, entry as object, unknown) : (entry as z.infer<typeof value>)
    if (typeof one === 'string') return one
    const stamp_us = epochStamp(Number(one.timestamp))
    if (Number.isNaN(stamp_us)) return 'no time of the source in ms or µs'
    const full = readValue(one.full_accuracy_value, one.value, series !== 'rtds-binance')
    return typeof full === 'string' ? full : { full, stamp_us }
  })
  if (values.length === 0 && typeof refused === 'string') return refused
  return { kind: 'values', series, asset, snapshot, values, refused, relay_us }
}
