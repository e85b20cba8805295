import { WebSocket } from 'ws'
import { defaults } from '../../core/config/index.ts'
import type { Instruments } from '../../core/events/index.ts'
import { type SimulatorConfig, schema } from '../../core/simulator/index.ts'
import { parseIso } from '../../core/units/index.ts'
import type { Listing } from '../../recorders/feeds/feed.ts'
import { fromSimulator } from './sources/simulated.ts'
import type { Source } from './sources/source.ts'

/** For tests: clients of a sandbox over real sockets, and sources to serve. */

/** A client that keeps what it hears. */
export type Client = {
  socket: WebSocket
  texts: string[]
  /** Close code once it is closed, else undefined. */
  closed(): number | undefined
  pings(): number
  send(text: string): void
  /** Resolves when what was heard so far, or the close, is as wanted. */
  until(wanted: (client: Client) => boolean): Promise<void>
  close(): Promise<void>
}

/** Connect, and say hello. @throws where the handshake is refused, with its status as message */
export function connect(
  url: string,
  hello: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<Client> {
  const socket = new WebSocket(url, { headers })
  const texts: string[] = []
  let closed: number | undefined
  let pings = 0
  let look = () => {}
  const client: Client = {
    socket,
    texts,
    closed: () => closed,
    pings: () => pings,
    send: (text) => socket.send(text),
    until: (wanted) =>
      new Promise((resolve) => {
        look = () => {
          if (!wanted(client)) return
          look = () => {}
          resolve()
        }
        look()
      }),
    async close() {
      socket.close()
      await client.until(() => closed !== undefined)
    },
  }
  socket.on('message', (data) => {
    texts.push(String(data))
    look()
  })
  socket.on('ping', () => {
    pings++
    look()
  })
  socket.on('close', (code) => {
    closed = code
    look()
  })
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      for (const text of hello) socket.send(text)
      resolve(client)
    })
    socket.on('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))))
    socket.on('error', reject)
  })
}

/** Settings of a simulation without lost connections. */
export function simulatorConfig(): SimulatorConfig {
  const config: Record<string, object> = {}
  for (const [name, section] of Object.entries(schema)) config[name] = defaults(section)
  config.sim_outages = { ...config.sim_outages, per_hour: 0 }
  return config as unknown as SimulatorConfig
}

/** Simulated windows of five minutes, without lost connections. */
export function simulated(seed: number, windows: number): Source {
  const start_us = parseIso('2026-09-05T12:00:00Z')
  return fromSimulator({ seed, windows, series: '5m', start_us, config: simulatorConfig() })
}

/** Markets of a source as discovery would know them. */
export function listingsOf({ markets, instruments }: Instruments): Listing[] {
  return markets.map((market, index) => {
    const id = (outcome: string) =>
      instruments.flatMap((one) =>
        one.kind === 'token' && one.market === index && one.outcome === outcome ? [one.token_id] : [],
      )[0]!
    return { index, market, tokens: { up: id('up'), down: id('down') }, version: 'v1' }
  })
}

/** All token ids of a source. */
export function tokensOf({ instruments }: Instruments): string[] {
  return instruments.flatMap((one) => (one.kind === 'token' ? [one.token_id] : []))
}

/** A request to a sandbox's own routes, as JSON. */
export async function ask(
  url: string,
  method = 'GET',
  body?: unknown,
): Promise<{ status: number; json: Record<string, unknown>; headers: Headers }> {
  const answer = await fetch(url, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  const text = await answer.text()
  const json =
    text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as Record<string, unknown>) : {}
  return { status: answer.status, json, headers: answer.headers }
}
