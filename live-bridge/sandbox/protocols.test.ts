import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseIso } from '../../core/units/index.ts'
import { ask, type Client, connect, simulated, simulatorConfig } from './client.fixture.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { fromSimulator } from './sources/simulated.ts'

/** What venues answer to requests that are right, wrong or unusual, in the middle of a tape. */

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ source: simulated(9, 1), speed: 'max', begin: 'now' })
  // The means of a minute are there, and the exchanges have spoken.
  while (sandbox.status().position.rows < 10_000) await new Promise((resolve) => setImmediate(resolve))
  sandbox.control.pause()
})
afterAll(() => sandbox.close())

/** The next text of a client that has some word in it, as an object. */
async function next(client: Client, word: string, from = 0): Promise<Record<string, unknown>> {
  const find = () => client.texts.slice(from).find((text) => text.includes(word))
  await client.until(() => find() !== undefined)
  return JSON.parse(find()!) as Record<string, unknown>
}

describe('RTDS', () => {
  const url = () => sandbox.endpoints['rtds.stream']!
  const subscribe = (...subscriptions: object[]) => JSON.stringify({ action: 'subscribe', subscriptions })
  const chainlink = (filters: string) => ({ topic: 'crypto_prices_chainlink', type: '*', filters })

  test('a subscription is answered with the last values; Chainlink’s spot comes under the other topic’s name', async () => {
    const client = await connect(url(), [subscribe(chainlink('{"symbol":"btc/usd"}'))])
    const { topic, type, payload } = await next(client, 'subscribe')
    expect([topic, type]).toEqual(['crypto_prices', 'subscribe'])
    const { data, symbol } = payload as { data: { timestamp: number; value: number }[]; symbol: string }
    expect(symbol).toBe('btc/usd')
    expect(data.length).toBeGreaterThan(60)
    expect(data.every(({ timestamp }, i) => i === 0 || timestamp - data[i - 1]!.timestamp === 1_000)).toBe(
      true,
    )
    const twap = { topic: 'crypto_prices_twap_sixty', type: '*', filters: '{"symbol":"btc/usd"}' }
    client.send(subscribe(twap))
    const mean = await next(client, 'crypto_prices_twap_sixty')
    const means = mean.payload as { window_s: number; data: { full_accuracy_value: string; value: number }[] }
    expect(means.window_s).toBe(60)
    for (const { full_accuracy_value, value } of means.data)
      expect(Number(BigInt(full_accuracy_value)) / 1e18).toBeCloseTo(value, 6)
    await client.close()
  })

  test('a topic that does not exist silences the whole list; a filter with a space only gets its backfill', async () => {
    const own = await startSandbox({ source: simulated(9, 1), speed: 100, begin: 'now' })
    const at = own.endpoints['rtds.stream']!
    const stranger = { topic: 'crypto_prices_moon', type: '*' }
    const silenced = await connect(at, [subscribe(chainlink('{"symbol":"btc/usd"}'), stranger)])
    expect(await next(silenced, 'body')).toMatchObject({ statusCode: 400 })
    const loose = await connect(at, [subscribe(chainlink('{"symbol": "btc/usd"}'))])
    const good = await connect(at, [subscribe(chainlink('{"symbol":"btc/usd"}'))])
    await good.until(({ texts }) => texts.filter((text) => text.includes('"update"')).length >= 5)
    for (const { texts } of [silenced, loose])
      expect(texts.some((text) => text.includes('"update"'))).toBe(false)
    good.send(JSON.stringify({ action: 'dance' }))
    await next(good, 'Invalid request')
    await own.close()
  })
})

describe('PolyBolt', () => {
  const twap = { channel: 'price.crypto.twap', filter: { symbol: 'btcusd', window_seconds: 60 } }
  const subscribe = (...subscriptions: unknown[]) =>
    JSON.stringify({ op: 'subscribe', rid: '2', subscriptions })
  const client = async () => {
    const { json } = await ask(`${sandbox.url}/sandbox/credentials`)
    const one = await connect(`${sandbox.endpoints['polybolt.stream']}/ws`)
    return { one, auth: json.clob as Record<string, string> }
  }
  const authenticate = (auth: object) => JSON.stringify({ op: 'auth', rid: '1', auth })

  test('wants credentials first, and the right ones', async () => {
    const { one, auth } = await client()
    one.send(subscribe(twap))
    expect(await next(one, 'auth_required')).toEqual({ op: 'error', rid: '2', code: 'auth_required' })
    one.send(authenticate({ ...auth, passphrase: 'guess' }))
    expect(await next(one, 'auth_invalid')).toMatchObject({ rid: '1' })
    one.send(authenticate(auth))
    expect(await next(one, 'authed')).toEqual({ op: 'authed', rid: '1' })
    for (let i = 0; i < 10; i++) one.send(authenticate({}))
    await next(one, 'auth_attempts')
    await one.until(({ closed }) => closed() === 4001)
  })

  test('a subscription gets a numbered snapshot; wrong ones say what is wrong', async () => {
    const { one, auth } = await client()
    for (const text of [authenticate(auth), subscribe(twap)]) one.send(text)
    const snapshot = await next(one, '"snapshot":true')
    expect(snapshot).toMatchObject({ v: 1, channel: 'price.crypto.twap', seq: 1 })
    expect(snapshot.payload).toMatchObject({ symbol: 'btcusd', window_seconds: 60, source: 'chainlink' })
    const codes = async (word: string, text: string) => {
      one.send(text)
      return (await next(one, word)).code
    }
    expect(await codes('bad_channel', subscribe({ channel: 'price.moon', filter: {} }))).toBe('bad_channel')
    expect(await codes('bad_filter', subscribe({ ...twap, filter: { symbol: 'moon' } }))).toBe('bad_filter')
    expect(await codes('bad_op', '{"op":"dance"}')).toBe('bad_op')
    one.send('{"op":"ping","rid":"9"}')
    expect(await next(one, 'pong')).toEqual({ op: 'pong', rid: '9' })
    for (let i = 0; i < 25; i++) one.send(subscribe(twap))
    await next(one, 'rate_limited')
    one.send(JSON.stringify({ op: 'x'.repeat(70_000) }))
    await one.until(({ closed }) => closed() === 4008)
  })
})

describe('exchanges', () => {
  test('Binance: streams in the path, requests and their answers', async () => {
    const client = await connect(`${sandbox.endpoints['binance.stream']}/ws/btcusdt@trade`)
    client.send('{"method":"SUBSCRIBE","params":["btcusdt@bookTicker"],"id":1}')
    expect(await next(client, '"id":1')).toEqual({ result: null, id: 1 })
    client.send('{"method":"LIST_SUBSCRIPTIONS","id":2}')
    expect(await next(client, '"id":2')).toEqual({ result: ['btcusdt@trade', 'btcusdt@bookTicker'], id: 2 })
    client.send('{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":3}')
    client.send('{"method":"LIST_SUBSCRIPTIONS","id":4}')
    expect(await next(client, '"id":4')).toEqual({ result: ['btcusdt@bookTicker'], id: 4 })
    client.send('nonsense')
    expect(await next(client, 'error')).toMatchObject({ error: { code: 2 } })
    await client.close()
  })

  test('Binance: the candle that an hourly window settles on closes at the last trade', async () => {
    const config = simulatorConfig()
    const start_us = parseIso('2026-09-05T12:00:00Z')
    const own = await startSandbox({
      source: fromSimulator({ seed: 2, windows: 1, series: '1h', start_us, config }),
      speed: 'max',
      begin: 'hold',
    })
    const streams = '/stream?streams=btcusdt@trade/btcusdt@kline_1h'
    const client = await connect(own.endpoints['binance.stream'] + streams)
    own.control.play()
    await client.until(({ texts }) => texts.filter((text) => text.includes('kline')).length >= 50)
    own.control.stop()
    let last = ''
    let same = 0
    for (const text of client.texts) {
      const { data } = JSON.parse(text) as { data: { e: string; p: string; k: { c: string; t: number } } }
      if (data.e === 'trade') last = data.p
      else if (data.k.c === last) same++
    }
    // What arrives on the way between them can differ.
    expect(same).toBeGreaterThan(25)
    await own.close()
  })

  test('Coinbase: acknowledgements count as messages; a product that is not listed voids its request', async () => {
    const client = await connect(sandbox.endpoints['coinbase.advanced']!, [
      '{"type":"subscribe","channel":"ticker","product_ids":["BTC-USD"]}',
    ])
    const acknowledged = await next(client, 'subscriptions')
    expect(acknowledged).toMatchObject({
      sequence_num: 0,
      events: [{ subscriptions: { ticker: ['BTC-USD'] } }],
    })
    const snapshot = await next(client, '"snapshot"')
    expect(snapshot).toMatchObject({ sequence_num: 1, channel: 'ticker' })
    client.send('{"type":"subscribe","channel":"market_trades","product_ids":["BTC-USD","MOON-USD"]}')
    expect(await next(client, 'MOON-USD')).toMatchObject({ type: 'error' })
    client.send('{"type":"unsubscribe","channel":"ticker","product_ids":["BTC-USD"]}')
    expect(await next(client, '"subscriptions":{}')).toMatchObject({ sequence_num: 2 })
    client.send('{"type":"subscribe","channel":"full"}')
    await next(client, 'not available')
    client.send('{}')
    await next(client, 'malformed')
    await client.close()
  })

  test('Coinbase’s older feed: matches and tickers by number, heartbeats with the last trade', async () => {
    const own = await startSandbox({ source: simulated(9, 1), speed: 50 })
    const client = await connect(own.endpoints['coinbase.exchange']!, [
      '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches","ticker","heartbeat"]}',
    ])
    expect(await next(client, 'subscriptions')).toMatchObject({
      channels: [
        { name: 'matches', product_ids: ['BTC-USD'] },
        { name: 'ticker', product_ids: ['BTC-USD'] },
        { name: 'heartbeat', product_ids: ['BTC-USD'] },
      ],
    })
    await next(client, '"heartbeat","sequence"')
    own.control.stop()
    const events = client.texts.map((text) => JSON.parse(text) as Record<string, number | string>)
    const numbers = (name: string, ...types: string[]) =>
      events.filter(({ type }) => types.includes(String(type))).map((event) => event[name] as number)
    const trades = numbers('trade_id', 'match')
    expect(trades.length).toBeGreaterThan(10)
    expect(trades).toEqual(trades.map((_, i) => i + 1))
    const sequence = numbers('sequence', 'match', 'ticker')
    expect(sequence).toEqual(sequence.map((_, i) => i + 1))
    client.send('{"type":"subscribe","channels":["level3"]}')
    await next(client, 'level3 is not')
    await own.close()
  })

  test('Kraken: acknowledges each symbol, answers pings, refuses what it has not', async () => {
    const client = await connect(`${sandbox.endpoints['kraken.stream']}/v2`)
    expect(await next(client, 'status')).toMatchObject({ channel: 'status', data: [{ system: 'online' }] })
    const ask = (params: object, method = 'subscribe') =>
      client.send(JSON.stringify({ method, params, req_id: 4 }))
    ask({ channel: 'ticker', symbol: ['BTC/USD', 'MOON/USD'], event_trigger: 'bbo' })
    expect(await next(client, '"success":true')).toMatchObject({
      req_id: 4,
      result: { channel: 'ticker', symbol: 'BTC/USD', event_trigger: 'bbo', snapshot: true },
    })
    expect(await next(client, 'MOON/USD')).toMatchObject({ success: false })
    expect(await next(client, '"snapshot","data"')).toMatchObject({ channel: 'ticker' })
    client.send('{"method":"ping","req_id":5}')
    expect(await next(client, 'pong')).toMatchObject({ method: 'pong', req_id: 5 })
    ask({ channel: 'book', symbol: ['BTC/USD'] })
    expect(await next(client, 'not supported', 4)).toMatchObject({ success: false })
    await client.close()
  })
})
