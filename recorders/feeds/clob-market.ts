import { defaults } from '../../core/config/index.ts'
import { Feed as Code } from '../../core/events/index.ts'
import { isTokenId } from '../clob/book-message.ts'
import { createClobReader } from '../clob/reader.ts'
import { clobSettings } from '../clob/settings.ts'
import { clobExamples } from './clob-market-examples.ts'
import type { Feed, LinePlan, Scope } from './feed.ts'

/** Text frames; control frames are not reliably answered (protocol.md §5.1). */
const PING_MS = 10_000
const PONG_MS = 30_000
/** A frozen socket goes on answering PINGs: only data shows that it lives. */
const SILENCE_MS = 30_000

const BOOK = /"event_type"\s*:\s*"book"/

const DEFAULTS = defaults(clobSettings)

/**
 * The CLOB's market channel: books, changes of levels, trades and tick sizes of the markets that discovery has found.
 *
 * The first frame must be the subscription, at once; a PING ahead of it closes the connection. Later ones are operations.
 * Both tokens of a market are asked for, and on one socket, so that one book has one stream.
 */
export const clobMarket: Feed = {
  name: 'clob_market',
  code: Code.CLOB_MARKET,
  describe: 'Polymarket CLOB: books, level changes, trades and tick sizes',
  endpoints: {
    stream: 'wss://ws-subscriptions-clob.polymarket.com/ws/market',
    rest: 'https://clob.polymarket.com',
  },
  lines,
  examples: clobExamples,
  read: (out, state, settings = DEFAULTS) => createClobReader(out, settings, state),
}

/**
 * A market's place among all that were ever listed decides its line, for good: no token moves to another socket when others
 * come and go, and no socket has more than its bound.
 */
function lines({ markets, tokens_per_socket = DEFAULTS.tokens_per_socket }: Scope): readonly LinePlan[] {
  const perLine = Math.floor(tokens_per_socket / 2)
  const keys = new Map<number, string[]>()
  for (const { index, tokens } of markets) {
    // Other venues' markets are listed too.
    if (!isTokenId(tokens.up) || !isTokenId(tokens.down)) continue
    const shard = Math.floor(index / perLine)
    const of = keys.get(shard)
    if (of === undefined) keys.set(shard, [tokens.up, tokens.down])
    else of.push(tokens.up, tokens.down)
  }
  return [...keys].sort(([a], [b]) => a - b).map(([shard, of]) => plan(shard, of))
}

function plan(shard: number, keys: readonly string[]): LinePlan {
  return {
    line: `clob_market/${shard}`,
    endpoint: 'stream',
    path: '',
    keys,
    hello: (assets_ids) => [
      JSON.stringify({ type: 'market', assets_ids, custom_feature_enabled: true, initial_dump: true }),
    ],
    resubscribe: (added, removed) => [
      ...(added.length === 0
        ? []
        : [JSON.stringify({ operation: 'subscribe', assets_ids: added, custom_feature_enabled: true })]),
      ...(removed.length === 0 ? [] : [JSON.stringify({ operation: 'unsubscribe', assets_ids: removed })]),
    ],
    keepalive: {
      kind: 'text',
      every_ms: PING_MS,
      text: 'PING',
      pong: (text) => text === 'PONG',
      timeout_ms: PONG_MS,
    },
    // Markets of every kind are announced to everybody: only a book shows that ours are delivered.
    proves: (text) => BOOK.test(text),
    silence_ms: SILENCE_MS,
    life_ms: 0,
  }
}
