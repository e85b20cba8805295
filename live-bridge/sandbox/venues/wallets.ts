import type { FastifyReply, FastifyRequest } from 'fastify'
import { Kind } from '../../../core/events/index.ts'
import { formatDecimal, SECOND } from '../../../core/units/index.ts'
import type { ActivityRow } from '../sources/source.ts'
import { marketOf, outcomeOf, stampOf } from '../world.ts'
import { titleOf } from './gamma-object.ts'
import { query, type Stand, type Venue } from './venue.ts'

const LIMIT = 100
const LIMIT_MAX = 1_000
const CONDITIONS_MAX = 20
/** Stands for a wallet that a tape does not name. */
export const NAMELESS = '0x5a4db0c000000000000000000000000000000002'

type Query = Readonly<Record<string, string[]>>

/** The Data API v2 (protocol.md §10): trades and activity of wallets, the newest first, as far as the tape has come. */
export function wallets(stand: Stand): Venue {
  const { world, activity } = stand
  /** The source lists activity itself: rows of the tape say the same again. */
  const listed = activity.length > 0
  let fills = 0

  const list = (request: FastifyRequest, reply: FastifyReply, trades: boolean) => {
    const asked = query(request)
    if (asked.user === undefined && asked.condition === undefined)
      return refuse(reply, 'user or condition is required')
    if ((asked.condition?.length ?? 0) > CONDITIONS_MAX)
      return refuse(reply, `at most ${CONDITIONS_MAX} conditions`)
    const limit = Number(asked.limit?.[0] ?? LIMIT)
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
      return refuse(reply, `limit must be between 1 and ${LIMIT_MAX}`)
    const bound = boundOf(asked)
    const found = rowsFor(asked, trades)
    const cursor = asked.cursor?.[0] ?? asked.next_cursor?.[0]
    let to = found.length
    if (cursor !== undefined) {
      const mark = readCursor(cursor)
      if (mark === undefined || mark.bound !== bound)
        return refuse(reply, 'cursor does not fit these filters')
      to = Math.min(mark.left, to)
    }
    const from = Math.max(0, to - limit)
    const data = found
      .slice(from, to)
      .reverse()
      .map(({ role: _, ...row }) => row)
    const more = from > 0
    const next_cursor = Buffer.from(JSON.stringify({ left: from, bound })).toString('base64url')
    return reply.send({
      data,
      pagination: { limit, offset: 0, has_more: more, ...(more && { next_cursor }) },
    })
  }
  const rowsFor = (asked: Query, trades: boolean): ActivityRow[] => {
    const now_s = stand.now_us() / SECOND
    // Trades are the takers' alone unless told otherwise.
    const takers = asked.taker_only?.[0] !== 'false'
    const users = asked.user?.map((one) => one.toLowerCase())
    return activity.filter((row) => {
      if (row.timestamp > now_s) return false
      if (users !== undefined && !users.includes(row.proxy_wallet.toLowerCase())) return false
      if (asked.condition !== undefined && !asked.condition.includes(String(row.condition_id))) return false
      if (trades && (row.type !== 'TRADE' || (takers && row.role === 'maker'))) return false
      return trades || asked.type === undefined || asked.type.includes(row.type)
    })
  }
  return {
    feed: 'wallets',
    endpoints: { rest: { scheme: 'http', path: '/data' } },
    routes(app) {
      app.get('/data/v2/trades', (request, reply) => list(request, reply, true))
      app.get('/data/v2/activity', (request, reply) => list(request, reply, false))
    },
    take(columns, from, to) {
      for (let i = from; i < to; i++) {
        if (columns.kind[i] !== Kind.WALLET_TRADE || listed) continue
        const market = marketOf(world, columns.instrument[i]!)
        if (market === undefined) continue
        if (fills === 0) stand.notes.push(`the address ${NAMELESS} of wallets that the tape does not name`)
        const outcome = outcomeOf(world, columns.instrument[i]!)
        const price = Number(formatDecimal(columns.price[i]!, 4))
        const size = Number(formatDecimal(columns.size[i]!, 6))
        activity.push({
          proxy_wallet: NAMELESS,
          timestamp: Math.floor(stampOf(columns, i) / SECOND),
          condition_id: market.condition_id,
          type: 'TRADE',
          size,
          usdc_size: Math.round(size * price * 1e6) / 1e6,
          price,
          transaction_hash: `0x${(++fills).toString(16).padStart(64, '0')}`,
          token_id: market.tokens[outcome].id,
          side: columns.side[i] === 1 ? 'BUY' : 'SELL',
          outcome_index: outcome === 'up' ? 0 : 1,
          outcome: outcome === 'up' ? 'Up' : 'Down',
          slug: market.market.slug,
          event_slug: market.market.slug,
          title: titleOf(market),
          name: '',
          pseudonym: '',
        })
      }
    },
  }
}

function refuse(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ error })
}

/** Filters in words: a cursor is good for the ones it came with. */
function boundOf(asked: Query): string {
  return ['user', 'condition', 'type', 'taker_only'].map((name) => asked[name]?.join(',') ?? '').join('|')
}

function readCursor(text: string): { left: number; bound: string } | undefined {
  try {
    const { left, bound } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
    if (!Number.isSafeInteger(left) || typeof bound !== 'string') return undefined
    return { left: left as number, bound }
  } catch {
    return undefined
  }
}
