import { afterEach, describe, expect, test } from 'vitest'
import { resolve } from '../../core/config/index.ts'
import { endpointSettings, endpointsOf } from './endpoints.ts'
import { startVenue, type Venue } from './venue.fixture.ts'

const venues: Venue[] = []
afterEach(async () => {
  for (const venue of venues.splice(0)) await venue.close()
})

const feeds = [
  { name: 'clob_market', endpoints: { stream: 'wss://clob/ws', rest: 'https://clob' } },
  { name: 'kraken', endpoints: { stream: 'wss://kraken' } },
] as const

async function sandbox(status: number, body: string): Promise<string> {
  const venue = await startVenue()
  venues.push(venue)
  venue.answer((request, response) =>
    response.writeHead(request.url === '/sandbox/endpoints' ? status : 404).end(body),
  )
  return venue.http
}

describe('addresses', () => {
  test('are the feeds’ own unless configured, each on its own', async () => {
    const schema = { endpoints: endpointSettings(feeds) }
    const config = resolve(schema, { 'endpoints.clob_market_rest': 'http://127.0.0.1:1/x/' })
    expect(await endpointsOf(feeds, config.endpoints)).toEqual({
      'clob_market.stream': 'wss://clob/ws',
      'clob_market.rest': 'http://127.0.0.1:1/x',
      'kraken.stream': 'wss://kraken',
    })
  })

  test.each([[''], ['clob.polymarket.com'], ['ftp://x'], ['wss://']])(
    'that are none are refused: %j',
    async (value) => {
      const config = resolve({ endpoints: endpointSettings(feeds) }, { 'endpoints.kraken_stream': value })
      await expect(endpointsOf(feeds, config.endpoints)).rejects.toMatchObject({
        code: 'endpoints.address',
        field: 'endpoints.kraken_stream',
      })
    },
  )

  const offered = {
    'clob_market.stream': 'ws://127.0.0.1:1',
    'clob_market.rest': 'http://127.0.0.1:2',
    'kraken.stream': 'ws://127.0.0.1:3',
    'other.ws': 'ws://d',
  }

  test('of a sandbox replace all, whatever is configured', async () => {
    const url = await sandbox(200, JSON.stringify(offered))
    const config = resolve(
      { endpoints: endpointSettings(feeds) },
      { 'endpoints.kraken_stream': 'wss://mine' },
    )
    const { 'other.ws': _, ...expected } = offered
    expect(await endpointsOf(feeds, config.endpoints, `${url}/`)).toEqual(expected)
  })

  test.each([
    ['a role is missing', 200, JSON.stringify({ ...offered, 'kraken.stream': undefined }), 'kraken.stream'],
    ['it answers with nonsense', 200, '<html>', 'sandbox'],
    ['it answers with other things', 200, '[1]', 'sandbox'],
    ['it does not know the question', 404, '{}', 'sandbox'],
  ])('of a sandbox are refused whole where %s', async (_what, status, body, field) => {
    const url = await sandbox(status, body)
    await expect(endpointsOf(feeds, {}, url)).rejects.toMatchObject({ code: 'endpoints.sandbox', field })
  })

  test('of a sandbox that is not there are refused', async () => {
    await expect(endpointsOf(feeds, {}, 'http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'endpoints.sandbox',
      message: expect.stringContaining('engine sandbox'),
    })
  })
})
