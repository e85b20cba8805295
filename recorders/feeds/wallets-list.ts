import { createHash } from 'node:crypto'
import type { Micros } from '../../core/units/index.ts'
import type { WalletEntry } from './wallets-wire.ts'

/**
 * A list of a wallet, as far as it was read. The list itself goes on growing and is read again and again from its newest end,
 * so that most of every page is known; and entries that are equal in everything can be different fills. So equal entries are
 * counted through all pages of one reading: the third of a kind is new where two were known.
 */
export type WalletList = {
  wallet: string
  request: string
  /** Entries before this are not told: they were, or were given up. null before the first page. */
  from_us: Micros | null
  /** The newest entry of the last reading that came down to what was known before it. */
  newest_us: Micros
  /** What is older was left out by the first page, and is never told. 0: that was the whole list. */
  floor_us: Micros
  /** How many of a kind are known. */
  seen: { id: string; count: number; exch_us: Micros }[]
  /** The reading under way. */
  reading: Reading | null
}

type Reading = {
  /** When its first page was asked for. */
  sent_us: Micros
  /** Where its pages began. */
  cursors: string[]
  counts: Record<string, number>
  newest_us: Micros
  oldest_us: Micros
  /** It came down to what was known. */
  reached: boolean
}

/** An entry that was not known, which one of its kind it is, and whether it is of before the recorder came. */
export type FreshEntry = { entry: WalletEntry; id: string; copy: number; old: boolean }

/** Kinds are remembered for so long after the newest entry … */
const REMEMBER_US: Micros = 3_600 * 1_000_000
/** … and so many of them. */
const SEEN_MAX = 5_000

/** A list of which nothing was read. */
export function createWalletList(wallet: string, request: string): WalletList {
  return { wallet, request, from_us: null, newest_us: 0, floor_us: 0, seen: [], reading: null }
}

/**
 * Take a page.
 *
 * @param cursor where it began; empty for the first page of a reading
 * @param next_cursor where the next one begins; empty at the end of the list
 * @param sent_us when it was asked for
 * @returns entries that are new, the oldest first
 */
export function takePage(
  list: WalletList,
  entries: readonly WalletEntry[],
  cursor: string,
  next_cursor: string,
  sent_us: Micros,
): FreshEntry[] {
  const first = list.from_us === null
  if (cursor === '' || list.reading === null) begin(list, sent_us)
  const reading = list.reading!
  // The same page once more, after a failure: its entries are counted already.
  if (reading.cursors.includes(cursor)) return []
  reading.cursors.push(cursor)
  const known = new Map(list.seen.map((one) => [one.id, one]))
  const fresh: FreshEntry[] = []
  for (const entry of entries) {
    const { exch_us } = entry
    reading.newest_us = Math.max(reading.newest_us, exch_us)
    reading.oldest_us = Math.min(reading.oldest_us, exch_us)
    const id = idOf(entry)
    const copy = reading.counts[id] ?? 0
    reading.counts[id] = copy + 1
    if (list.from_us !== null && exch_us < list.from_us) continue
    let one = known.get(id)
    if (one === undefined) {
      one = { id, count: 0, exch_us }
      known.set(id, one)
      list.seen.push(one)
    }
    if (copy < one.count) continue
    one.count = copy + 1
    fresh.push({ entry, id, copy, old: first || exch_us <= list.floor_us })
  }
  if (next_cursor === '' || first || reading.oldest_us <= list.newest_us) reading.reached = true
  if (first) {
    if (next_cursor !== '' && entries.length > 0) list.floor_us = reading.oldest_us
    list.from_us = list.floor_us
  }
  bound(list)
  return fresh.reverse()
}

/** How many of a kind the list has. */
export function countOf(list: WalletList, id: string): number {
  return list.seen.find((one) => one.id === id)?.count ?? 0
}

/** What tells a kind of entries: everything that is stated of it but the wallet’s own names. */
export function idOf(entry: WalletEntry): string {
  const { exch_us, type, token_id, condition_id, side, price_text, size, transaction_hash } = entry
  const text = JSON.stringify([
    exch_us,
    type,
    token_id,
    condition_id,
    side,
    price_text,
    size,
    transaction_hash,
  ])
  return createHash('sha256').update(text).digest('base64url').slice(0, ID_LENGTH)
}
const ID_LENGTH = 16

/** A new reading: what the one before found is known from here on, if it came down to what was known. */
function begin(list: WalletList, sent_us: Micros): void {
  const { reading } = list
  if (reading?.reached === true) {
    list.newest_us = Math.max(list.newest_us, reading.newest_us)
    forget(list, list.newest_us - REMEMBER_US)
  }
  list.reading = {
    sent_us,
    cursors: [],
    counts: {},
    newest_us: 0,
    oldest_us: Number.MAX_SAFE_INTEGER,
    reached: false,
  }
}

function forget(list: WalletList, before_us: Micros): void {
  if (list.from_us === null || before_us <= list.from_us) return
  list.from_us = before_us
  list.seen = list.seen.filter(({ exch_us }) => exch_us >= before_us)
}

/** Where too many kinds are known, the older half of them is given up. */
function bound(list: WalletList): void {
  if (list.seen.length <= SEEN_MAX) return
  const stamps = list.seen.map(({ exch_us }) => exch_us).sort((a, b) => a - b)
  forget(list, stamps[stamps.length >> 1]! + 1)
  list.newest_us = Math.max(list.newest_us, list.from_us!)
}
