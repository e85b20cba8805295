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
export type PolyboltFrame =
  | {
      kind: 'values'
      channel: PolyboltChannel
      /** Name of the series on the tape; null where the frame does not say whose values they are. */
      series: string | null
      asset: string | null
      /** The last two minutes, in answer to a subscription. */
      snapshot: boolean
      values: Value[]
      /** What of them is refused. */
      refused: Refusal | undefined
      /** Counts the channel's messages on its connection. */
      seq: number
      /** Messages that the server skipped because we were slow. */
      dropped: number
      relay_us: Micros
    }
  | { kind: 'refused'; code: string; about: string }
  | { kind: 'beat' }

/** Channels of asset prices: Pyth's spot, and Chainlink's means. */
export const POLYBOLT_CHANNELS = ['price.crypto', 'price.crypto.twap'] as const
export type PolyboltChannel = (typeof POLYBOLT_CHANNELS)[number]

/** Windows of the means. */
export const TWAP_WINDOWS_S = [30, 60] as const

/** Numbers come to the schema as the text that stands on the wire. */
const number = z.string()
const digits = z.string().regex(/^\d{1,16}$/, 'expected digits')
const count = z.string().regex(/^\d{1,15}$/, 'expected digits')
const value = z.looseObject({
  timestamp: digits,
  value: number.optional(),
  full_accuracy_value: z.string().optional(),
})
const source = {
  symbol: z.string().optional(),
  window_seconds: digits.optional(),
  source: z.string().optional(),
}

/** Wire format (Polymarket’s AsyncAPI document and recorded frames). `ts` is the relay's time; values are plain decimals. */
const envelope = {
  v: z.literal('1'),
  channel: z.enum(POLYBOLT_CHANNELS),
  seq: count,
  ts: digits,
  dropped: count.optional(),
}
const update = wire(
  'update',
  z.looseObject({
    ...envelope,
    snapshot: z.literal(false).optional(),
    payload: value.extend({ ...source, received_at: number.optional() }),
  }),
)
const snapshot = wire(
  'snapshot',
  z.looseObject({
    ...envelope,
    snapshot: z.literal(true),
    payload: z.looseObject({ ...source, data: z.array(z.unknown()) }),
  }),
)
const listed = wire('snapshot.payload.data', value)
/** Answers to what we ask: `authed`, `subscribed`, `pong`, `error`. */
const answer = wire(
  'answer',
  z.looseObject({
    op: z.string(),
    rid: z.string().optional(),
    channel: z.string().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
  }),
)

const pythAssets = assetsBy('pyth')
const twapAssets = assetsBy('polybolt_twap')

/**
 * Read a frame of PolyBolt (protocol.md §7.2). Values are read from their text at full precision.
 *
 * @param unknown is told each field that is not known
 * @returns the frame, or why it is refused, in words without values
 */
export function readPolyboltFrame(text: string, unknown?: (field: string) => void): PolyboltFrame | string {
  const raw = readObject(text, parseLossless)
  if (typeof raw === 'string') return raw
  if (raw.op !== undefined) {
    const read = readWire(answer, raw, unknown)
    if (typeof read === 'string') return read
    if (read.op !== 'error') return { kind: 'beat' }
    return { kind: 'refused', code: read.code ?? 'unknown', about: read.channel ?? '' }
  }
  if (raw.snapshot === true) {
    const read = readWire(snapshot, raw, unknown)
    return typeof read === 'string' ? read : readValues(read, read.payload, read.payload.data, true, unknown)
  }
  const read = readWire(update, raw, unknown)
  return typeof read === 'string' ? read : readValues(read, read.payload, [read.payload], false, unknown)
}

type Envelope = { channel: PolyboltChannel; seq: string; ts: string; dropped?: string | undefined }

function readValues(
  { channel, seq, ts, dropped = '0' }: Envelope,
  { symbol, window_seconds }: { symbol?: string | undefined; window_seconds?: string | undefined },
  data: readonly unknown[],
  isSnapshot: boolean,
  unknown?: (field: string) => void,
): PolyboltFrame | string {
  const relay_us = epochStamp(Number(ts))
  if (Number.isNaN(relay_us)) return 'no time of the relay in ms or µs'
  const asset = symbol === undefined ? null : assetOf(channel, symbol)
  if (asset === undefined) return 'a symbol that was not asked for'
  const series = polyboltSeries(channel, window_seconds)
  if (series === undefined) return 'a window that was not asked for'
  const { good: values, refused } = readEach(data, 'data', (entry): Value | string => {
    // Of a single value its frame's own schema has judged already.
    const one = isSnapshot ? readWire(listed, entry as object, unknown) : (entry as z.infer<typeof value>)
    if (typeof one === 'string') return one
    const stamp_us = epochStamp(Number(one.timestamp))
    if (Number.isNaN(stamp_us)) return 'no time of the source in ms or µs'
    const full = readValue(one.full_accuracy_value, one.value, false)
    return typeof full === 'string' ? full : { full, stamp_us }
  })
  if (values.length === 0 && typeof refused === 'string') return refused
  return {
    kind: 'values',
    channel,
    series,
    asset,
    snapshot: isSnapshot,
    values,
    refused,
    seq: Number(seq),
    dropped: Number(dropped),
    relay_us,
  }
}

/** Asset of a channel's symbol. */
export function assetOf(channel: PolyboltChannel, symbol: string): string | undefined {
  return (channel === 'price.crypto' ? pythAssets : twapAssets).get(symbol)
}

/** Series of a channel: null where its window is not stated, undefined where it is none of ours. */
export function polyboltSeries(
  channel: PolyboltChannel,
  window_s: string | undefined,
): string | null | undefined {
  if (channel === 'price.crypto') return window_s === undefined ? 'pyth-spot' : undefined
  if (window_s === undefined) return null
  return TWAP_WINDOWS_S.some((one) => String(one) === window_s) ? `chainlink-twap-${window_s}` : undefined
}
