import type { Connection } from '../connection.ts'
import { readRequest, type Stand, texts, type Venue } from './venue.ts'

/** Whose stream it is, and the markets (condition ids) that it is about; null: all. */
type Client = { authed: boolean; markets: Set<string> | null }

const POLICY = 1008

/** The CLOB's user channel (protocol.md §6): own orders and trades, to whoever has the key. */
export function clobUser(stand: Stand): Venue {
  const { outlet, hub, credentials } = stand
  const clients = new Map<Connection, Client>()

  const message = (connection: Connection, text: string) => {
    const client = clients.get(connection)!
    if (text === 'PING') {
      if (client.authed) outlet.answer(connection, 'PONG')
      return
    }
    const request = readRequest(text)
    const markets = texts(request?.markets)
    if (request?.operation === 'subscribe' && client.authed) {
      client.markets ??= new Set()
      for (const market of markets) client.markets.add(market)
    } else if (request?.operation === 'unsubscribe' && client.authed) {
      for (const market of markets) client.markets?.delete(market)
    } else if (request?.operation === undefined && String(request?.type).toLowerCase() === 'user') {
      const given = request?.auth as Record<string, unknown> | null | undefined
      const { apiKey, secret, passphrase } = credentials.clob
      client.authed = given?.apiKey === apiKey && given.secret === secret && given.passphrase === passphrase
      if (!client.authed) {
        connection.socket.close(POLICY, 'invalid credentials')
        return
      }
      client.markets = markets.length === 0 ? null : new Set(markets)
      hub.listens(connection)
    } else connection.socket.close(POLICY, 'invalid subscription payload')
  }
  return {
    feed: 'clob_user',
    endpoints: { ws: { scheme: 'ws', path: '/ws-subscriptions-clob/ws/user' } },
    routes(app) {
      stand.socket(app, '/ws-subscriptions-clob/ws/user', 'clob_user', () => ({
        slow_code: POLICY,
        ping_ms: 0,
        opened: (connection) => clients.set(connection, { authed: false, markets: null }),
        message,
        closed: (connection) => clients.delete(connection),
      }))
    },
    frame(text) {
      const market = readRequest(text)?.market
      for (const [connection, { authed, markets }] of clients)
        if (authed && (markets === null || typeof market !== 'string' || markets.has(market)))
          outlet.data(connection, text)
    },
  }
}
