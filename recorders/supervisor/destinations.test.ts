import { describe, expect, test } from 'vitest'
import { FEEDS } from '../feeds/index.ts'
import { destinationsOf } from './destinations.ts'
import { endpointsOf, sandboxSecrets } from './endpoints.ts'
import { readSecretHosts, readSecrets } from './secrets.ts'
import { startVenue } from './venue.fixture.ts'

const ENV = {
  LOCKSTEP_SECRET_CLOB_API_KEY: 'k-0123456789',
  LOCKSTEP_SECRET_CLOB_SECRET: 's-0123456789',
  LOCKSTEP_SECRET_CLOB_PASSPHRASE: 'p-0123456789',
}
const built_in = Object.fromEntries(
  FEEDS.flatMap(({ name, endpoints }) =>
    Object.entries(endpoints).map(([role, address]) => [`${name}.${role}`, address]),
  ),
)
const PRIVATE = ['clob_user', 'polybolt'] as const

function where(endpoints: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = ENV) {
  return destinationsOf(FEEDS, endpoints, readSecrets(env), readSecretHosts(env))
}

describe('credentials', () => {
  test('go to the hosts that are built in, each of a source that has some', () => {
    const found = where(built_in)
    expect(found.map(({ feed }) => feed).sort()).toEqual([...PRIVATE])
    for (const { feed, hosts } of found)
      expect(hosts.map((host) => `wss://${host}`)).toEqual(
        [...new Set(Object.values(FEEDS.find(({ name }) => name === feed)!.endpoints))].map(
          (address) => `wss://${new URL(address).host}`,
        ),
      )
  })

  test.each(
    FEEDS.filter(({ name }) => PRIVATE.some((one) => one === name)).flatMap(({ name, endpoints }) =>
      Object.keys(endpoints).map((role) => `${name}.${role}`),
    ),
  )('go nowhere else because a file says so: %s', (key) => {
    const elsewhere = { ...built_in, [key]: 'wss://elsewhere.example/x' }
    expect(() => where(elsewhere)).toThrow(
      expect.objectContaining({
        code: 'secrets.host',
        message: expect.stringContaining('elsewhere.example'),
      }),
    )
    const said = { ...ENV, LOCKSTEP_SECRET_CLOB_HOST: 'elsewhere.example' }
    expect(where(elsewhere, said).flatMap(({ hosts }) => hosts)).toContain('elsewhere.example')
    // What opens a source that has none is no reason to refuse its address.
    expect(where(elsewhere, {})).toEqual([])
  })

  test('go nowhere in clear but to this machine', () => {
    const clear = { ...built_in, 'clob_user.ws': built_in['clob_user.ws']!.replace('wss:', 'ws:') }
    expect(() => where(clear)).toThrow(expect.objectContaining({ code: 'secrets.host' }))
    const own = { ...built_in, 'clob_user.ws': 'ws://127.0.0.1:8461/x' }
    expect(() => where(own)).toThrow(expect.objectContaining({ code: 'secrets.host' }))
    const said = { ...ENV, LOCKSTEP_SECRET_CLOB_USER_HOST: '127.0.0.1:8461' }
    expect(where(own, said).find(({ feed }) => feed === 'clob_user')!.hosts).toEqual(['127.0.0.1:8461'])
  })

  test('the name of a host is no credential', () => {
    expect(readSecrets({ LOCKSTEP_SECRET_CLOB_HOST: 'x.example', LOCKSTEP_SECRET_KALSHI_HOST: 'y' })).toEqual(
      {},
    )
  })
})

describe('a sandbox', () => {
  const OFFERED = {
    clob: { apiKey: 'a', secret: 'b', passphrase: 'c' },
    kalshi: { key_id: 'd', private_key: 'e' },
  }

  test('gets its own credentials, for the sources that have some, and never those of a venue', async () => {
    const venue = await startVenue()
    venue.answer((_request, response) => response.end(JSON.stringify(OFFERED)))
    expect(await sandboxSecrets(venue.http, readSecrets(ENV))).toEqual({
      clob_user: { api_key: 'a', secret: 'b', passphrase: 'c' },
      polybolt: { api_key: 'a', secret: 'b', passphrase: 'c' },
    })
    expect(await sandboxSecrets('http://127.0.0.1:1', {})).toEqual({})
    await venue.close()
  })

  test('that names another machine is refused, and so is an answer without end', async () => {
    const venue = await startVenue()
    const feeds = [{ name: 'kraken', endpoints: { stream: 'wss://kraken' } }] as const
    venue.answer((_request, response) => response.end('{"kraken.stream":"ws://10.1.2.3:80/x"}'))
    await expect(endpointsOf(feeds, {}, venue.http)).rejects.toMatchObject({
      code: 'endpoints.sandbox',
      message: expect.stringContaining('10.1.2.3'),
    })
    venue.answer((_request, response) => response.end(`{"a":"${'x'.repeat(100_000)}"}`))
    await expect(endpointsOf(feeds, {}, venue.http)).rejects.toMatchObject({
      message: expect.stringContaining('more than 65536 bytes'),
    })
    await venue.close()
  })
})
