import { z } from 'zod'
import {
  type MicroShares,
  type Micros,
  type MicroUsdc,
  ONE,
  parseDecimal,
  type Tick,
} from '../../core/units/index.ts'
import { looseStamp } from './loose-stamp.ts'
import { plainDecimal } from './lossless.ts'
import { isObject, readWire, wire } from './wire.ts'

/** What the venue’s Data API says of a wallet (protocol.md §10), read with numbers as texts. */

const text = z.string().nullish()

const row = z.looseObject({
  proxy_wallet: text,
  timestamp: z.string(),
  condition_id: text,
  type: text,
  size: text,
  usdc_size: text,
  price: text,
  transaction_hash: text,
  token_id: text,
  side: text,
  outcome_index: text,
  outcome: text,
  slug: text,
  event_slug: text,
  title: text,
  icon: text,
  name: text,
  pseudonym: text,
  bio: text,
  profile_image: text,
  profile_image_optimized: text,
})
const wireRow = wire('row', row)

const page = z.looseObject({
  data: z.array(z.unknown()),
  pagination: z
    .looseObject({ limit: text, offset: text, has_more: z.boolean().nullish(), next_cursor: text })
    .nullish(),
})
const wirePage = wire('page', page)

/** Names of the first version of the interface, which ended on 24 October 2026, by those of the second. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  proxyWallet: 'proxy_wallet',
  conditionId: 'condition_id',
  usdcSize: 'usdc_size',
  transactionHash: 'transaction_hash',
  asset: 'token_id',
  outcomeIndex: 'outcome_index',
  eventSlug: 'event_slug',
  profileImage: 'profile_image',
  profileImageOptimized: 'profile_image_optimized',
}

/** An entry of a wallet’s list. Texts are empty and amounts null where nothing is stated. */
export type WalletEntry = {
  exch_us: Micros
  type: string
  token_id: string
  condition_id: string
  outcome: string
  side: 'buy' | 'sell' | ''
  price: Tick | null
  price_text: string
  size: MicroShares | null
  usdc: MicroUsdc | null
  slug: string
  transaction_hash: string
}

/** A page of a list: its rows, and where the next page begins; empty where there is none. */
export type WalletPage = { rows: readonly unknown[]; next_cursor: string }

/** Read a page; the first version’s is a bare list. In words why not. */
export function readPage(raw: unknown): WalletPage | string {
  if (Array.isArray(raw)) return { rows: raw, next_cursor: '' }
  if (!isObject(raw)) return 'neither a page nor a list'
  const found = readWire(wirePage, raw)
  if (typeof found === 'string') return found
  const { has_more, next_cursor } = found.pagination ?? {}
  return { rows: found.data, next_cursor: has_more === true ? (next_cursor ?? '') : '' }
}

/** Read an entry; or why it is refused. */
export function readEntry(raw: unknown, unknown?: (field: string) => void): WalletEntry | string {
  if (!isObject(raw)) return 'row: no object'
  const found = readWire(wireRow, 'proxyWallet' in raw || 'conditionId' in raw ? renamed(raw) : raw, unknown)
  if (typeof found === 'string') return found
  const exch_us = looseStamp(found.timestamp)
  if (exch_us === null) return 'row.timestamp: no time'
  const type = (found.type ?? 'TRADE').toUpperCase()
  const price = nearest(found.price, 4)
  const entry: WalletEntry = {
    exch_us,
    type,
    token_id: found.token_id ?? '',
    condition_id: found.condition_id ?? '',
    outcome: found.outcome ?? '',
    side: found.side === 'BUY' ? 'buy' : found.side === 'SELL' ? 'sell' : '',
    price: price !== null && price <= ONE ? price : null,
    price_text: found.price ?? '',
    size: nearest(found.size, 6),
    usdc: nearest(found.usdc_size, 6),
    slug: found.slug ?? '',
    transaction_hash: found.transaction_hash ?? '',
  }
  if (type !== 'TRADE') return entry
  if (entry.side === '') return 'row.side: neither BUY nor SELL'
  if (entry.price === null) return 'row.price: no decimal inside [0, 1]'
  return entry.size !== null && entry.size > 0 ? entry : 'row.size: no amount above 0'
}

function renamed(raw: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      Object.hasOwn(OLD_NAMES, name) ? OLD_NAMES[name]! : name,
      value,
    ]),
  )
}

/** A decimal to the nearest of so many digits; null for what is none, is below 0 or too large. */
function nearest(text: string | null | undefined, digits: number): number | null {
  const plain = plainDecimal(text ?? '')
  if (plain === undefined) return null
  for (const more of [3, 0]) {
    try {
      const value = Math.round(parseDecimal(plain, digits + more, 'cut') / 10 ** more)
      return value >= 0 ? value + 0 : null
    } catch {
      // Too large for so many digits: fewer may do.
    }
  }
  return null
}
