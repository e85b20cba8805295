import type { ActivityRow } from './source.ts'

/** Rows of the side table `wallet_activity`, as the venue lists them. */

const MICRO = 1_000_000
const TICKS = 10_000

type SideRow = Readonly<Record<string, unknown>>

/**
 * Turn a recording's rows into the venue's, by rising time. A fill stands in the recording several times: in both lists, and
 * again once its role is known. Here it stands once, with its role.
 */
export function activityOf(rows: readonly SideRow[]): ActivityRow[] {
  const makers = new Set(rows.filter(({ role }) => role === 'maker').map(keyOf))
  const entries = new Map<string, ActivityRow>()
  for (const row of rows) {
    const entry = entryOf(row, makers.has(keyOf(row)))
    if (entry !== undefined) entries.set(keyOf(row), entry)
  }
  return [...entries.values()].sort((a, b) => a.timestamp - b.timestamp)
}

/** What is the same of an entry in both lists. */
function keyOf(row: SideRow): string {
  const { wallet, exch_us, type, copy, token_id, condition_id, side, size, transaction_hash } = row
  return JSON.stringify([wallet, exch_us, type, copy, token_id, condition_id, side, size, transaction_hash])
}

/** Undefined for a row without wallet or time. */
function entryOf(row: SideRow, maker: boolean): ActivityRow | undefined {
  const { wallet, exch_us, local_us, price_text, price } = row
  const us = typeof exch_us === 'number' ? exch_us : local_us
  if (typeof wallet !== 'string' || typeof us !== 'number') return undefined
  const scaled = (value: unknown, units: number) => (typeof value === 'number' ? value / units : null)
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const trade = row.type === 'TRADE'
  return {
    proxy_wallet: wallet,
    timestamp: Math.floor(us / MICRO),
    condition_id: text(row.condition_id),
    type: text(row.type),
    size: scaled(row.size, MICRO),
    usdc_size: scaled(row.usdc, MICRO),
    price: text(price_text) === '' ? scaled(price, TICKS) : Number(price_text),
    transaction_hash: text(row.transaction_hash),
    token_id: text(row.token_id),
    side: text(row.side).toUpperCase(),
    outcome: text(row.outcome),
    slug: text(row.slug),
    event_slug: text(row.slug),
    ...(trade && { role: maker ? 'maker' : 'taker' }),
  }
}
