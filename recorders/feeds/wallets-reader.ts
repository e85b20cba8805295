import { Flag, Kind, Side } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { About, Receipt } from '../journal/record.ts'
import type { SideRow } from '../normalise/normaliser.ts'
import { readEach } from './entries.ts'
import type { Out, Reader } from './feed.ts'
import { parseLossless } from './lossless.ts'
import { countOf, createWalletList, type FreshEntry, takePage, type WalletList } from './wallets-list.ts'
import { readEntry, readPage, type WalletEntry } from './wallets-wire.ts'

/** Requests of this feed: what a wallet did, its trades, and those of them in which it was the taker. */
export const WALLET_REQUESTS = ['activity', 'trades', 'taker_trades'] as const

/** A trade whose role is not known yet. */
type Undecided = { id: string; copy: number; exch_us: Micros; read_us: Micros; row: SideRow }
type Wallet = { wallet: string; lists: WalletList[]; undecided: Undecided[] }
type State = { wallets: Wallet[]; looked_up: string[] }

/** Both lists of trades must have had this long to show the same trade: then it is the taker’s, or is missing there. */
const SETTLE_US: Micros = 10_000_000
const UNDECIDED_MAX = 2_000
const WALLETS_MAX = 1_000
/** Markets of trades longer ago than this are over, and not looked up. */
const LOOK_UP_US: Micros = 86_400 * 1_000_000
const LOOKED_UP_MAX = 500

/** Reader of what the Data API says of wallets. */
export function readWallets(out: Out, from?: unknown): Reader {
  const s = (structuredClone(from) as State | undefined) ?? { wallets: [], looked_up: [] }

  function walletOf(address: string): Wallet {
    const found = s.wallets.find(({ wallet }) => wallet === address)
    if (found !== undefined) return found
    const lists = WALLET_REQUESTS.map((request) => createWalletList(address, request))
    const one: Wallet = { wallet: address, lists, undecided: [] }
    s.wallets.push(one)
    if (s.wallets.length > WALLETS_MAX) s.wallets.shift()
    return one
  }

  function tell(wallet: Wallet, source: string, { entry, id, copy, old }: FreshEntry, at: Receipt): void {
    const token = entry.token_id === '' ? -1 : out.token(entry.token_id)
    const row = rowOf(entry, wallet.wallet, source, copy, token)
    const ref = out.side('wallet_activity', row)
    if (source !== 'trades') return
    const { exch_us } = entry
    wallet.undecided.push({ id, copy, exch_us, read_us: at.wall_us, row })
    if (wallet.undecided.length > UNDECIDED_MAX) wallet.undecided.shift()
    if (entry.type !== 'TRADE') return
    if (token < 0) {
      lookUp(entry, at)
      return
    }
    const side = entry.side === 'buy' ? Side.BUY : Side.SELL
    // That was before anybody listened.
    const flags = old ? Flag.SNAPSHOT : 0
    out.row(Kind.WALLET_TRADE, token, side, entry.price!, entry.size!, exch_us, flags, ref)
    out.end()
  }

  function lookUp({ slug, exch_us }: WalletEntry, at: Receipt): void {
    if (!/^[a-z0-9-]{1,200}$/.test(slug) || s.looked_up.includes(slug)) return
    if (exch_us < at.wall_us - LOOK_UP_US) return
    s.looked_up.push(slug)
    if (s.looked_up.length > LOOKED_UP_MAX) s.looked_up.shift()
    out.wish({ wish: 'look_up', slug })
  }

  /** After a reading of the taker’s trades: whose role they tell. What they do not have was a maker’s. */
  function decide(wallet: Wallet, takers: WalletList): void {
    const { reading } = takers
    if (reading?.reached !== true) return
    const before_us = reading.sent_us - SETTLE_US
    const left: Undecided[] = []
    for (const one of wallet.undecided) {
      if (one.read_us > before_us) left.push(one)
      else if (one.exch_us > takers.floor_us && one.exch_us >= (takers.from_us ?? 0)) {
        const role = one.copy < countOf(takers, one.id) ? 'taker' : 'maker'
        out.side('wallet_activity', { ...one.row, role })
      }
    }
    wallet.undecided = left
  }

  return {
    frame: () => 'a feed without sockets',
    answer(text, about, at) {
      const request = WALLET_REQUESTS.find((name) => name === about.request)
      const asked = askedOf(about)
      if (request === undefined || asked === null) return 'an answer to no request of this feed'
      const raw = parsed(text)
      if (raw === undefined) return 'not JSON'
      const page = readPage(raw)
      if (typeof page === 'string') return page
      const { good: entries, refused } = readEach(page.rows, 'rows', (one) =>
        readEntry(one, (field) => out.unknown(field)),
      )
      const wallet = walletOf(asked.wallet)
      const list = wallet.lists.find((one) => one.request === request)!
      for (const fresh of takePage(list, entries, asked.cursor, page.next_cursor, about.sent_us))
        if (request !== 'taker_trades') tell(wallet, request, fresh, at)
      if (request === 'taker_trades') decide(wallet, list)
      return refused
    },
    state: () => s,
  }
}

/** Whose list was asked for, and from where on. */
function askedOf({ path }: About): { wallet: string; cursor: string } | null {
  const asked = new URLSearchParams(path.slice(path.indexOf('?') + 1))
  const wallet = (asked.get('user') ?? '').toLowerCase()
  return /^0x[0-9a-f]{40}$/.test(wallet) ? { wallet, cursor: asked.get('cursor') ?? '' } : null
}

function parsed(text: string): unknown {
  try {
    return parseLossless(text)
  } catch {
    return undefined
  }
}

function rowOf(entry: WalletEntry, wallet: string, source: string, copy: number, token: number): SideRow {
  const { exch_us, type, token_id, condition_id, outcome, side, price, price_text, size, usdc, ...rest } =
    entry
  return {
    wallet,
    source,
    exch_us,
    type,
    role: '',
    copy,
    instrument: token < 0 ? null : token,
    token_id,
    condition_id,
    outcome,
    side,
    price,
    price_text,
    size,
    usdc,
    slug: rest.slug,
    transaction_hash: rest.transaction_hash,
  }
}
