import { Feed as Code } from '../../core/events/index.ts'
import type { Feed, LinePlan, Scope } from './feed.ts'
import { kalshiExamples } from './kalshi-examples.ts'
import { kalshiTickers, pollKalshi } from './kalshi-polling.ts'
import { readKalshi } from './kalshi-reader.ts'
import { kalshiHeaders } from './kalshi-signature.ts'

/**
 * Kalshi’s 15-minute markets. Yes is Up and No is Down, a contract is a share; a ticker names the close of its window in New
 * York and is enough to list its market. Their windows settle by an index of CF Benchmarks.
 *
 * Its socket asks for a signed handshake even for what is public: without a key, books and trades are polled. A book holds bids
 * alone: a bid for No at p is an ask of Up at 1 − p. Changes of a book are increments, added up exactly; messages are numbered
 * by subscription, and where one is missing the book is void (`BOOK_RESET`) and a new connection is wished for. A follower’s
 * books are kept beside, so that it takes over by differences.
 *
 * A trade names what its taker bought: the price and the token of the row are of that side. Lists of trades begin with the
 * newest and overlap; each trade is told once, by its id. Strike and result come with the market’s own object.
 */
export const kalshi: Feed = {
  name: 'kalshi',
  code: Code.KALSHI,
  describe:
    'Kalshi’s 15-minute up/down markets: books, trades, strikes and results; positions where a key is configured',
  endpoints: {
    ws: 'wss://external-api-ws.kalshi.com',
    rest: 'https://external-api.kalshi.com',
  },
  lines,
  polling: pollKalshi,
  examples: kalshiExamples,
  read: readKalshi,
}

const SOCKET_PATH = '/trade-api/ws/v2'
const SILENCE_MS = 60_000

function lines(scope: Scope): readonly LinePlan[] {
  const keys = kalshiTickers(scope).map(({ market }) => market.slug)
  if (keys.length === 0 || !scope.credentials.has('kalshi')) return []
  return [
    {
      line: 'kalshi/0',
      endpoint: 'ws',
      path: SOCKET_PATH,
      keys,
      hello: (tickers) => [
        JSON.stringify({
          id: 1,
          cmd: 'subscribe',
          params: { channels: ['orderbook_delta', 'trade'], market_tickers: tickers },
        }),
      ],
      // A subscription is changed by a number that the venue gave it: a new connection is the surer way.
      resubscribe: () => null,
      headers: (secrets, now_ms) => kalshiHeaders(secrets, now_ms, 'GET', SOCKET_PATH),
      // The venue pings every 10 s.
      keepalive: { kind: 'control', every_ms: 10_000, timeout_ms: 30_000 },
      idle: (text) => /"type":\s*"(?:subscribed|ok|error)"/.test(text),
      proves: (text) => text.includes('"orderbook_snapshot"'),
      silence_ms: SILENCE_MS,
      life_ms: 0,
    },
  ]
}
