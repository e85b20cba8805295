import type { Micros } from '../../core/units/index.ts'
import { kalshiTokens } from '../kalshi/index.ts'
import type { PollSettings } from '../settings.ts'
import type { Answer, Ask, PollPlan } from '../supervisor/contract.ts'
import type { Listing, Polling, Scope } from './feed.ts'
import { kalshiHeaders } from './kalshi-signature.ts'
import { looseStamp } from './loose-stamp.ts'
import { isObject, readObject } from './wire.ts'

/** What the address of every request begins with. */
export const KALSHI_API = '/trade-api/v2'
const PAGE = 1_000
/** Markets that are asked for by name in one request. */
const NAMED_MAX = 50
/** A market whose result is not known so long after its end is not asked for any longer. */
const RESULT_US: Micros = 2 * 3_600 * 1_000_000
const SECOND_US = 1_000_000

type State = {
  /** Where a list that is being paged through goes on. */
  cursors: Record<string, string>
  /** Trades of a market: read up to here, and the newest of the pages now being read, in µs. */
  trades: Record<string, { read_us: Micros; newest_us: Micros }>
  /** End of markets whose result is not known. */
  open: Record<string, Micros>
}

/** The 15-minute series of an asset. */
export function kalshiSeries(asset: string): string {
  return `KX${asset.toUpperCase()}15M`
}

/** Markets of this venue, by their tickers. */
export function kalshiTickers({ markets }: Scope): Listing[] {
  return markets.filter(({ market, tokens }) => tokens.up === kalshiTokens(market.slug).up)
}

/** What Kalshi is asked: markets and results always; books and trades where no key lets us listen; with a key positions. */
export function pollKalshi(settings: PollSettings, from?: unknown): Polling {
  const s = (structuredClone(from) as State | undefined) ?? { cursors: {}, trades: {}, open: {} }

  function plan(
    line: string,
    every_ms: number,
    ask: PollPlan['ask'],
    answered?: PollPlan['answered'],
  ): PollPlan {
    return { line, ask, every_ms, jitter_ms: every_ms / 10, ...(answered === undefined ? {} : { answered }) }
  }

  /** Pages of a list: true while there are more. */
  function paged(line: string, raw: Record<string, unknown> | null): boolean {
    const cursor = raw?.cursor
    if (typeof cursor === 'string' && cursor !== '') s.cursors[line] = cursor
    else delete s.cursors[line]
    return s.cursors[line] !== undefined
  }
  const cursorOf = (line: string) =>
    s.cursors[line] === undefined ? '' : `&cursor=${encodeURIComponent(s.cursors[line])}`

  function markets(asset: string): PollPlan {
    const line = `kalshi/markets/${kalshiSeries(asset)}`
    const path = `/markets?series_ticker=${kalshiSeries(asset)}&status=open&limit=${PAGE}`
    return plan(
      line,
      settings.kalshi_markets_s * 1_000,
      () => get('markets', path + cursorOf(line)),
      (answer) => paged(line, objectOf(answer)),
    )
  }

  function results(): PollPlan {
    return plan(
      'kalshi/results',
      settings.kalshi_markets_s * 1_000,
      (now_us) => {
        for (const ticker of Object.keys(s.open))
          if (s.open[ticker]! + RESULT_US < now_us) delete s.open[ticker]
        const ended = Object.keys(s.open).filter((ticker) => s.open[ticker]! <= now_us)
        if (ended.length === 0) return null
        return get('results', `/markets?tickers=${ended.sort().slice(0, NAMED_MAX).join(',')}&limit=${PAGE}`)
      },
      (answer) => {
        const list = objectOf(answer)?.markets
        for (const one of Array.isArray(list) ? list : [])
          if (isObject(one) && isFinal(one) && typeof one.ticker === 'string') delete s.open[one.ticker]
        return false
      },
    )
  }

  function book({ market }: Listing): PollPlan {
    const { slug, end_us } = market
    return plan(`kalshi/book/${slug}`, settings.kalshi_book_ms, (now_us) =>
      now_us < end_us ? get('orderbook', `/markets/${slug}/orderbook`) : null,
    )
  }

  function trades({ market }: Listing): PollPlan {
    const { slug, end_us } = market
    const line = `kalshi/trades/${slug}`
    s.trades[slug] ??= { read_us: 0, newest_us: 0 }
    const read = s.trades[slug]
    return plan(
      line,
      settings.kalshi_trades_ms,
      (now_us) => {
        // The last trades show a little later.
        if (now_us > end_us + LATE_US) return null
        const since = read.read_us === 0 ? '' : `&min_ts=${Math.floor(read.read_us / SECOND_US)}`
        return get('trades', `/markets/trades?ticker=${slug}&limit=${PAGE}${since}${cursorOf(line)}`)
      },
      (answer) => {
        const raw = objectOf(answer)
        for (const one of Array.isArray(raw?.trades) ? raw.trades : []) {
          const stamp = isObject(one) && typeof one.created_time === 'string' ? one.created_time : null
          read.newest_us = Math.max(read.newest_us, looseStamp(stamp) ?? 0)
        }
        if (paged(line, raw)) return true
        if (raw !== null) read.read_us = read.newest_us
        return false
      },
    )
  }

  function positions(): PollPlan {
    const path = `${KALSHI_API}/portfolio/positions?limit=${PAGE}`
    return plan('kalshi/positions', settings.kalshi_positions_s * 1_000, () => ({
      feed: 'kalshi',
      role: 'rest',
      request: 'positions',
      path,
      headers: (secrets, now_ms) => kalshiHeaders(secrets, now_ms, 'GET', path),
    }))
  }

  return {
    plans(scope) {
      if (!scope.series.includes('15m')) return []
      const listed = kalshiTickers(scope)
      for (const { market } of listed) s.open[market.slug] ??= market.end_us
      const slugs = new Set(listed.map(({ market }) => market.slug))
      for (const slug of Object.keys(s.trades)) if (!slugs.has(slug)) delete s.trades[slug]
      const plans = [...scope.assets.map(markets), results()]
      if (scope.credentials.has('kalshi')) return [...plans, positions()]
      return [...plans, ...listed.map(book), ...listed.map(trades)]
    },
    state: () => s,
  }
}

const LATE_US: Micros = 60 * SECOND_US

function get(request: string, path: string): Ask {
  return { feed: 'kalshi', role: 'rest', request, path: KALSHI_API + path }
}

/** Whether the venue has said its last word on a market. */
function isFinal({ status, result }: Record<string, unknown>): boolean {
  return (status === 'finalized' || status === 'settled') && (result === 'yes' || result === 'no')
}

function objectOf(answer: Answer): Record<string, unknown> | null {
  if (!answer.ok) return null
  const raw = readObject(answer.text())
  return typeof raw === 'string' ? null : raw
}
