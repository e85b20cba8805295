import { Feed as Code } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { PollSettings } from '../settings.ts'
import type { Answer, PollPlan } from '../supervisor/contract.ts'
import type { Feed, Polling } from './feed.ts'
import { parseLossless } from './lossless.ts'
import { walletExamples } from './wallets-examples.ts'
import { readWallets, type WALLET_REQUESTS } from './wallets-reader.ts'
import { readEntry, readPage } from './wallets-wire.ts'

/**
 * What followed wallets do, by the venue’s Data API: seconds to tens of seconds after it happened, in whole seconds of the
 * block. Trades of listed tokens are rows `WALLET_TRADE`; everything of every type is in the table `wallet_activity`. A token
 * that no market lists has its market looked up.
 *
 * Three lists of each wallet are read, the newest page first and on down to what is known: its activity, its trades, and those of
 * its trades in which it was the taker. The interface does not tell the role: what stands in the second list and, a while later,
 * not in the third, was a maker’s. Entries that are equal in everything can be fills of their own, so they are counted through
 * all pages of a reading: none is lost and none told twice. What the first page tells is marked as a snapshot, and what
 * lies beyond it is not read.
 *
 * A price is a mean over fills, off the tick: to the nearest on the tape, as sent in the table. `999` and empty texts stand for
 * nothing. There is no fee, and no order within a second.
 */
export const wallets: Feed = {
  name: 'wallets',
  code: Code.WALLETS,
  describe: 'Trades and other activity of wallets that are followed, by the venue’s Data API v2',
  endpoints: { rest: 'https://data-api.polymarket.com' },
  lines: () => [],
  polling: pollWallets,
  examples: walletExamples,
  read: readWallets,
}

/** Rows of a page. */
const PAGE = 500

/** How far a list has been read: to its newest entry, once all pages down to what was known are read. */
type Progress = {
  newest_us: Micros | null
  reading: { newest_us: Micros; cursor: string; pages: number } | null
}
type State = Record<string, Progress>
type Request = (typeof WALLET_REQUESTS)[number]

/** Questions for the lists of each wallet: the newest page, and further ones down to what was known before. */
export function pollWallets(settings: PollSettings, from?: unknown): Polling {
  const s = (structuredClone(from) as State | undefined) ?? {}
  const every_ms = settings.wallet_s * 1_000

  function plan(wallet: string, request: Request): PollPlan {
    const line = `wallets/${wallet}/${request}`
    s[line] ??= { newest_us: null, reading: null }
    const progress = s[line]
    return {
      line,
      every_ms,
      jitter_ms: every_ms / 10,
      ask() {
        const { reading } = progress
        const cursor = reading === null ? '' : `&cursor=${encodeURIComponent(reading.cursor)}`
        return { feed: 'wallets', role: 'rest', request, path: pathOf(wallet, request) + cursor }
      },
      answered: (answer) => advance(progress, answer),
    }
  }

  /** Whether another page is to be asked for. */
  function advance(progress: Progress, answer: Answer): boolean {
    const page = pageOf(answer)
    if (page === null) {
      // From the beginning again: what was read is known, and is not told twice.
      progress.reading = null
      return false
    }
    const stamps: Micros[] = []
    for (const row of page.rows) {
      const entry = readEntry(row)
      if (typeof entry !== 'string') stamps.push(entry.exch_us)
    }
    const { newest_us: known_us, reading } = progress
    const newest_us = stamps.reduce((a, b) => Math.max(a, b), reading?.newest_us ?? 0)
    const oldest_us = stamps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
    const pages = (reading?.pages ?? 0) + 1
    const wanted = known_us !== null && oldest_us >= known_us - settings.wallet_overlap_s * 1e6
    if (page.next_cursor !== '' && wanted && pages < settings.wallet_pages) {
      progress.reading = { newest_us, cursor: page.next_cursor, pages }
      return true
    }
    progress.reading = null
    progress.newest_us = Math.max(known_us ?? 0, newest_us)
    return false
  }

  return {
    plans: (scope) => {
      const plans = [...new Set(scope.wallets.map((wallet) => wallet.toLowerCase()))].flatMap((wallet) => [
        plan(wallet, 'activity'),
        plan(wallet, 'trades'),
        plan(wallet, 'taker_trades'),
      ])
      const lines = new Set(plans.map(({ line }) => line))
      for (const line of Object.keys(s)) if (!lines.has(line)) delete s[line]
      return plans
    },
    state: () => s,
  }
}

/** Trades of the taker alone are what the interface gives unless told otherwise: both are always stated. */
function pathOf(wallet: string, request: Request): string {
  if (request === 'activity') return `/v2/activity?user=${wallet}&limit=${PAGE}`
  return `/v2/trades?user=${wallet}&taker_only=${request === 'taker_trades'}&limit=${PAGE}`
}

function pageOf(answer: Answer): (ReturnType<typeof readPage> & object) | null {
  if (!answer.ok) return null
  try {
    const page = readPage(parseLossless(answer.text()))
    return typeof page === 'string' ? null : page
  } catch {
    return null
  }
}
