import { hash as digest } from 'node:crypto'

/** Fields of a book's summary in the order in which the venue hashes them (protocol.md §5.3). */
const FIELDS = [
  'market',
  'asset_id',
  'timestamp',
  'hash',
  'bids',
  'asks',
  'min_order_size',
  'tick_size',
  'neg_risk',
  'last_trade_price',
] as const

/**
 * The hash that the venue puts on a book: SHA-1 of the summary as compact JSON, its own field empty. Texts are taken exactly
 * as received.
 *
 * @returns lower-case hex; undefined where a field that it needs was not sent, so that nothing can be said
 */
export function bookHash(raw: Readonly<Record<string, unknown>>): string | undefined {
  const summary: Record<string, unknown> = {}
  for (const field of FIELDS) {
    if (raw[field] === undefined || raw[field] === null) return undefined
    summary[field] = field === 'hash' ? '' : raw[field]
  }
  summary.bids = levels(raw.bids)
  summary.asks = levels(raw.asks)
  return digest('sha1', JSON.stringify(summary))
}

function levels(side: unknown): unknown {
  if (!Array.isArray(side)) return side
  return side.map(({ price, size }: { price: unknown; size: unknown }) => ({ price, size }))
}
