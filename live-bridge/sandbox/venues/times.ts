import { MICRO, MS } from '../../../core/units/index.ts'
import type { Stand, Venue } from './venue.ts'

/** Where exchanges say what time it is (their API documentation): the tape's. */
const TIMES = [
  { feed: 'binance', base: '/binance', path: '/api/v3/time' },
  { feed: 'kraken', base: '/kraken', path: '/0/public/Time' },
  { feed: 'coinbase', base: '/coinbase', path: '/time' },
] as const

/** The REST services of the reference exchanges, as far as their clocks go. */
export const TIME_SERVICES = TIMES.map(({ feed, base, path }) => (stand: Stand): Venue => {
  const answer = () => {
    const now_us = stand.now_us()
    const seconds = Math.floor(now_us / MICRO)
    const text = new Date(now_us / MS)
    if (feed === 'binance') return { serverTime: Math.floor(now_us / MS) }
    if (feed === 'kraken') return { error: [], result: { unixtime: seconds, rfc1123: text.toUTCString() } }
    return {
      iso: text.toISOString(),
      epochSeconds: String(seconds),
      epochMillis: String(Math.floor(now_us / MS)),
    }
  }
  return {
    feed,
    endpoints: { rest: { scheme: 'http', path: base } },
    routes(app) {
      app.get(`${base}${path}`, (_request, reply) => reply.send(answer()))
    },
  }
})
