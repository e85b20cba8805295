import { Feed as Code } from '../../core/events/index.ts'
import type { Feed, LinePlan, Scope } from './feed.ts'
import { kalshiExamples } from './kalshi-examples.ts'
import { kalshiTickers, pollKalshi } from './kalshi-polling.ts'
import { readKalshi } from './kalshi-reader.ts'
import { kalshiHeaders } from './kalshi-signature.ts'

/**
 * Kalshi's 15-minute markets. Its socket asks for a signed handshake even for what is public: without a key, books and
 * trades are polled.
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
