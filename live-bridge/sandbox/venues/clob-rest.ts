import type { FastifyReply } from 'fastify'
import * as Book from '../../../core/book/module.ts'
import { formatDecimal, formatIso, MICRO, ONE } from '../../../core/units/index.ts'
import type { MarketState } from '../market-state.ts'
import { marketOf, outcomeOf } from '../world.ts'
import { bookSummary, PRICE_TEXT } from './clob-book.ts'
import { query, type Stand, type Venue } from './venue.ts'

const BOOKS_MAX = 500
/** Order version that the CLOB speaks. */
const VERSION = 2

/** The CLOB's REST service: market data (protocol.md §3.1, §5.6). Order routes belong beside these. */
export function clobRest(stand: Stand): Venue {
  const { world } = stand
  const byToken = new Map(world.ids.tokens.map((id, instrument) => [id, instrument]))
  const byCondition = new Map(world.markets.map((market) => [market.condition_id, market]))

  const tokenOf = (id: string | undefined) => {
    const instrument = byToken.get(id ?? '')
    const market = instrument === undefined ? undefined : marketOf(world, instrument)
    if (instrument === undefined || market === undefined || market.kalshi) return undefined
    return { market, outcome: outcomeOf(world, instrument) }
  }
  const bookOf = (id: string | undefined) => {
    const token = tokenOf(id)
    if (token === undefined || token.market.book === null) return undefined
    return bookSummary(token.market, token.outcome, stand.now_us(), 'up')
  }
  /** A body that is JSON already. */
  const json = (reply: FastifyReply, text: string) => reply.type('application/json').send(text)
  const noBook = (reply: FastifyReply) =>
    reply.code(404).send({ error: 'No orderbook exists for the requested token id' })

  return {
    feed: 'clob_market',
    endpoints: { rest: { scheme: 'http', path: '/clob' } },
    routes(app) {
      app.get('/clob/ok', (_request, reply) => reply.send('OK'))
      app.get('/clob/time', (_request, reply) => json(reply, String(Math.floor(stand.now_us() / MICRO))))
      app.get('/clob/version', (_request, reply) => reply.send({ version: VERSION }))
      app.get('/clob/book', (request, reply) => {
        const id = query(request).token_id?.[0]
        if (id === undefined || !/^\d+$/.test(id)) return reply.code(400).send({ error: 'Invalid token id' })
        const book = bookOf(id)
        return book === undefined ? noBook(reply) : json(reply, book)
      })
      app.post('/clob/books', (request, reply) => {
        const { body } = request
        if (!Array.isArray(body)) return reply.code(400).send({ error: 'Invalid payload' })
        if (body.length > BOOKS_MAX) return reply.code(400).send({ error: 'Payload exceeds the limit' })
        const ids = body.map((one: unknown) => String((one as { token_id?: unknown } | null)?.token_id ?? ''))
        // The venue's order is not the request's, and tokens that it does not know are left out.
        const books = [...new Set(ids)].sort().flatMap((id) => bookOf(id) ?? [])
        return json(reply, `[${books.join(',')}]`)
      })
      app.get('/clob/midpoint', (request, reply) => {
        const token = tokenOf(query(request).token_id?.[0])
        const mid = token?.market.book == null ? -1 : Book.mid2(token.market.book)
        if (token === undefined || mid < 0) return noBook(reply)
        const doubled = token.outcome === 'up' ? mid : 2 * ONE - mid
        return reply.send({ mid: String(doubled / (2 * ONE)) })
      })
      app.get('/clob/tick-size', (request, reply) => {
        const token = tokenOf(query(request).token_id?.[0])
        if (token === undefined) return reply.code(404).send({ error: 'market not found' })
        return json(reply, `{"minimum_tick_size":${PRICE_TEXT[token.market.tick]}}`)
      })
      app.get<{ Params: { id: string } }>('/clob/clob-markets/:id', (request, reply) => {
        const market = byCondition.get(request.params.id)
        if (market === undefined || market.kalshi) return reply.code(404).send({ error: 'market not found' })
        return reply.send(details(market))
      })
    },
  }

  function details(market: MarketState): Record<string, unknown> {
    const { fee, tokens } = market
    return {
      c: market.condition_id,
      t: [
        { t: tokens.up.id, o: 'Up' },
        { t: tokens.down.id, o: 'Down' },
      ],
      mts: market.tick / ONE,
      mos: Number(formatDecimal(market.min_size, 6)),
      nr: false,
      ...(fee !== null && { fd: { r: fee.rate_ppm / MICRO, e: fee.exponent, to: fee.taker_only } }),
      mbf: 1000,
      tbf: 1000,
      ao: market.payout === null && stand.now_us() < market.market.end_us,
      ...(market.market.created_us !== null && { aot: formatIso(market.market.created_us) }),
      itode: true,
      v: 'v1',
      r: null,
    }
  }
}
