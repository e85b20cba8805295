import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseIso, UnitsError } from '../../../core/units/index.ts'
import type { MarketState } from '../market-state.ts'
import { eventAnswer, eventObject, isListed, marketAnswer, seriesOf } from './gamma-object.ts'
import { query, type Stand, type Venue } from './venue.ts'

const LIMIT_MAX = 100
const LIMIT = 20
/** Orders that a listing can have: what of a market it goes by. */
const ORDERS: Readonly<Record<string, (state: MarketState) => number>> = {
  id: ({ index }) => index,
  startDate: ({ market }) => market.created_us ?? market.start_us,
  createdAt: ({ market }) => market.created_us ?? market.start_us,
  startTime: ({ market }) => market.start_us,
  eventStartTime: ({ market }) => market.start_us,
  endDate: ({ market }) => market.end_us,
  volume: ({ volume }) => volume,
  volumeNum: ({ volume }) => volume,
  volume24hr: ({ volume }) => volume,
}

type Query = Readonly<Record<string, string[]>>
type Refused = { error: string }

/** The metadata service (protocol.md §8). Unlike the venue's, its answers are never stale. */
export function gamma(stand: Stand): Venue {
  const { world } = stand
  const markets = world.markets.filter(({ kalshi }) => !kalshi)
  const bySlug = new Map(markets.map((state) => [state.market.slug, state]))
  const numbers = (state: MarketState) => [state.number, String(eventObject(world, state).id)]

  const one = (found: MarketState | undefined, what: string, reply: FastifyReply, event: boolean) => {
    if (found === undefined || !isListed(found, stand.now_us()))
      return reply.code(404).send({ type: 'not found error', error: `${what} not found` })
    return reply.send((event ? eventAnswer : marketAnswer)(world, found, stand.now_us()))
  }
  const listing = (request: FastifyRequest, reply: FastifyReply, key: 'events' | 'markets') => {
    const asked = query(request)
    const found = page(asked)
    if ('error' in found) return reply.code(422).send({ type: 'validation error', error: found.error })
    const answer = key === 'events' ? eventAnswer : marketAnswer
    const last = found.more ? found.states.at(-1) : undefined
    return reply.send({
      [key]: found.states.map((state) => answer(world, state, stand.now_us())),
      ...(last !== undefined && { next_cursor: cursorOf(last) }),
    })
  }
  const page = (asked: Query): { states: MarketState[]; more: boolean } | Refused => {
    if (asked.offset !== undefined) return { error: 'offset is not supported with keyset pagination' }
    const limit = Number(asked.limit?.[0] ?? LIMIT)
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
      return { error: `limit must be between 1 and ${LIMIT_MAX}` }
    const order = ORDERS[asked.order?.[0] ?? 'id']
    if (order === undefined) return { error: `invalid order field: ${asked.order?.[0]}` }
    const sign = asked.order !== undefined && asked.ascending?.[0] !== 'true' ? -1 : 1
    const fits = filterOf(asked)
    if (typeof fits !== 'function') return fits
    const compare = (a: MarketState, b: MarketState) => sign * (order(a) - order(b) || a.index - b.index)
    const sorted = markets.filter(fits).sort(compare)
    const after = asked.after_cursor?.[0]
    let from = 0
    if (after !== undefined) {
      const mark = world.markets[indexOf(after)]
      if (mark === undefined) return { error: 'invalid after_cursor' }
      while (from < sorted.length && compare(sorted[from]!, mark) <= 0) from++
    }
    return { states: sorted.slice(from, from + limit), more: from + limit < sorted.length }
  }
  const filterOf = (asked: Query): ((state: MarketState) => boolean) | Refused => {
    const now_us = stand.now_us()
    const closed = (asked.closed?.[0] ?? 'false') === 'true'
    const between: ((state: MarketState) => boolean)[] = []
    for (const [name, order] of [
      ['start_date', 'startDate'],
      ['start_time', 'startTime'],
      ['end_date', 'endDate'],
    ] as const) {
      for (const bound of ['min', 'max'] as const) {
        const text = asked[`${name}_${bound}`]?.[0]
        if (text === undefined) continue
        const us = instant(text)
        if (us === undefined) return { error: `invalid ${name}_${bound}` }
        between.push((state) => (bound === 'min' ? ORDERS[order]!(state) >= us : ORDERS[order]!(state) <= us))
      }
    }
    const among = (name: string, value: (state: MarketState) => readonly string[]) => (state: MarketState) =>
      asked[name] === undefined || value(state).some((text) => asked[name]!.includes(text))
    const filters = [
      among('slug', ({ market }) => [market.slug]),
      among('id', numbers),
      among('condition_ids', ({ condition_id }) => [condition_id]),
      among('clob_token_ids', ({ tokens }) => [tokens.up.id, tokens.down.id]),
      among('series_id', (state) => [seriesOf(state).id]),
      among('series_slug', (state) => [seriesOf(state).slug]),
      ...between,
    ]
    return (state) =>
      isListed(state, now_us) && (state.payout !== null) === closed && filters.every((fits) => fits(state))
  }
  return {
    feed: 'gamma',
    endpoints: { rest: { scheme: 'http', path: '/gamma' } },
    routes(app) {
      app.get('/gamma/status', (_request, reply) => reply.send('OK'))
      for (const event of [true, false]) {
        const key = event ? 'events' : 'markets'
        app.get(`/gamma/${key}/keyset`, (request, reply) => listing(request, reply, key))
        app.get<{ Params: { slug: string } }>(`/gamma/${key}/slug/:slug`, (request, reply) =>
          one(bySlug.get(request.params.slug), 'slug', reply, event),
        )
        app.get<{ Params: { id: string } }>(`/gamma/${key}/:id`, (request, reply) => {
          const { id } = request.params
          return one(
            markets.find((state) => numbers(state)[event ? 1 : 0] === id),
            'id',
            reply,
            event,
          )
        })
      }
    },
  }
}

/** Opaque to clients. */
function cursorOf({ index }: MarketState): string {
  return Buffer.from(JSON.stringify({ index })).toString('base64url')
}

/** −1 for what is no cursor of ours. */
function indexOf(cursor: string): number {
  try {
    const { index } = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { index?: unknown }
    return Number.isSafeInteger(index) ? (index as number) : -1
  } catch {
    return -1
  }
}

function instant(text: string): number | undefined {
  try {
    return parseIso(text.length === 10 ? `${text}T00:00:00Z` : text)
  } catch (thrown) {
    if (thrown instanceof UnitsError) return undefined
    throw thrown
  }
}
