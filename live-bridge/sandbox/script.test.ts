import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Instruments, Market } from '../../core/events/index.ts'
import { createTaken, receipt } from '../../recorders/feeds/fixtures.ts'
import { kalshi } from '../../recorders/feeds/kalshi.ts'
import { kalshiHeaders } from '../../recorders/feeds/kalshi-signature.ts'
import { kalshiMarket, kalshiTokens } from '../../recorders/kalshi/index.ts'
import { ask, connect } from './client.fixture.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { activityOf } from './sources/activity.ts'
import { fromScript } from './sources/script.ts'
import { NAMELESS } from './venues/wallets.ts'

/** What only a script can say: own orders, wallets, another venue's markets, faults in the middle of it. */

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'script-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function script(lines: readonly object[]) {
  const path = join(folder, `${Math.floor(performance.now() * 1e3)}.jsonl`)
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return fromScript(path)
}

const TICKER = 'KXBTC15M-26APR271445-45'
const START = '2026-04-27T18:30:00Z'
const market = kalshiMarket(TICKER, Date.parse(START) * 1_000) as Market
const INSTRUMENTS: Instruments = {
  markets: [market],
  instruments: (['up', 'down'] as const).map((outcome) => ({
    kind: 'token',
    market: 0,
    outcome,
    token_id: kalshiTokens(TICKER)[outcome],
  })),
}
const level = (instrument: number, side: string, price: number, size: number) => ({
  kind: 'LEVEL',
  instrument,
  side,
  price,
  size,
  exch_us: Date.parse(START) * 1_000,
})

describe('Kalshi', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    const source = await script([
      { start: START, instruments: INSTRUMENTS },
      { after_ms: 1, feed: 'kalshi', rows: [level(0, 'bid', 4_700, 120e6), level(0, 'ask', 4_900, 75.5e6)] },
      { after_ms: 1, feed: 'kalshi', rows: [level(0, 'bid', 4_700, 20e6), level(1, 'bid', 5_000, 5e6)] },
      {
        after_ms: 1,
        feed: 'kalshi',
        rows: [
          {
            kind: 'TRADE',
            instrument: 1,
            side: 'buy',
            price: 5_100,
            size: 3e6,
            exch_us: 1_777_314_600_500_000,
          },
        ],
      },
      {
        after_ms: 1,
        feed: 'kalshi',
        rows: [{ kind: 'BOOK_RESET', instrument: 0 }, level(0, 'bid', 4_600, 1e6)],
      },
      { after_ms: 1, feed: 'kalshi', rows: [{ kind: 'STRIKE', instrument: 0, price: 7_700_000_000_000 }] },
      { after_ms: 900_000, feed: 'kalshi', rows: [{ kind: 'RESOLVED', instrument: 0, price: 10_000 }] },
    ])
    sandbox = await startSandbox({ source, speed: 'max', begin: 'hold' })
  })
  afterAll(() => sandbox.close())

  const secrets = async () => {
    const { json } = await ask(`${sandbox.url}/sandbox/credentials`)
    return json.kalshi as Record<string, string>
  }
  const path = '/trade-api/ws/v2'

  test('the socket wants a signature of its own key, over time, method and path', async () => {
    const url = `${sandbox.endpoints['kalshi.ws']}${path}`
    await expect(connect(url)).rejects.toThrow('401')
    const headers = kalshiHeaders(await secrets(), Date.now(), 'GET', '/trade-api/ws/v1')
    await expect(connect(url, [], headers)).rejects.toThrow('401')
    const old = kalshiHeaders(await secrets(), Date.now() - 3_600_000, 'GET', path)
    await expect(connect(url, [], old)).rejects.toThrow('401')
  })

  test('the recorder reads books, changes and trades as the script has them', async () => {
    const [plan] = kalshi.lines({
      assets: ['btc'],
      series: ['15m'],
      markets: [{ index: 0, market, tokens: kalshiTokens(TICKER), version: 'v1' }],
      wallets: [],
      credentials: new Set(['kalshi']),
    })
    const url = `${sandbox.endpoints['kalshi.ws']}${plan!.path}`
    const client = await connect(
      url,
      plan!.hello(plan!.keys, {}),
      plan!.headers!(await secrets(), Date.now()),
    )
    await client.until(({ texts }) => texts.length === 2)
    sandbox.control.play()
    await sandbox.done
    await client.until(({ texts }) => texts.length >= sandbox.status().feeds.kalshi!.sent)
    const out = createTaken([{ market, tokens: kalshiTokens(TICKER), version: 'v1' }])
    const reader = kalshi.read(out.out)
    reader.opened?.(1, 'kalshi/0', [TICKER], true)
    const late = await connect(url, plan!.hello(plan!.keys, {}), plan!.headers!(await secrets(), Date.now()))
    await late.until(({ texts }) => texts.some((text) => text.includes('orderbook_snapshot')))
    const refused = client.texts.flatMap((text) => reader.frame(text, 1, receipt()) ?? [])
    expect(refused).toEqual([])
    expect(out.health).toEqual([])
    expect(JSON.parse(late.texts.find((text) => text.includes('snapshot'))!).msg).toMatchObject({
      yes_dollars_fp: [['0.4600', '1.00']],
      no_dollars_fp: [],
    })
    const deltas = client.texts
      .map((text) => JSON.parse(text))
      .filter(({ type }) => type === 'orderbook_delta')
    expect(deltas.map(({ seq, msg }) => [seq, msg.side, msg.price_dollars, msg.delta_fp])).toEqual([
      [2, 'yes', '0.4700', '-100.00'],
      [3, 'no', '0.5000', '5.00'],
      [4, 'yes', '0.4700', '-20.00'],
      [5, 'no', '0.5100', '-75.50'],
      [6, 'no', '0.5000', '-5.00'],
      [7, 'yes', '0.4600', '1.00'],
    ])
    expect(out.words.filter((words) => words.startsWith('LEVEL'))).toEqual([
      'LEVEL up bid 0.47 120 snapshot',
      'LEVEL up ask 0.49 75.5 snapshot',
      'LEVEL up bid 0.47 20',
      'LEVEL up ask 0.5 5',
      'LEVEL up bid 0.47 0',
      'LEVEL up ask 0.49 0',
      'LEVEL up ask 0.5 0',
      'LEVEL up bid 0.46 1',
    ])
    expect(out.words.filter((words) => words.startsWith('TRADE'))).toEqual(['TRADE down buy 0.51 3'])
  })

  test('lists of markets and trades, and a book, by request', async () => {
    const get = async (rest: string) =>
      (await ask(`${sandbox.endpoints['kalshi.rest']}/trade-api/v2${rest}`)).json
    const { markets } = await get('/markets?series_ticker=KXBTC15M&limit=1000')
    expect(markets).toMatchObject([
      { ticker: TICKER, status: 'finalized', result: 'yes', floor_strike: 77_000 },
    ])
    expect((await get('/markets?series_ticker=KXETH15M')).markets).toEqual([])
    expect((await get('/markets?status=open')).markets).toEqual([])
    expect(await get(`/markets/${TICKER}/orderbook`)).toEqual({
      orderbook_fp: { yes_dollars: [['0.4600', '1.00']], no_dollars: [] },
    })
    const { trades } = await get(`/markets/trades?ticker=${TICKER}`)
    expect(trades).toMatchObject([
      { taker_side: 'no', yes_price_dollars: '0.4900', no_price_dollars: '0.5100', count_fp: '3.00' },
    ])
    expect((await get(`/markets/trades?ticker=${TICKER}&min_ts=1777314601`)).trades).toEqual([])
  })
})

describe('the user channel', () => {
  const order = (id: string, condition: string) => ({
    event_type: 'order',
    type: 'PLACEMENT',
    id,
    market: condition,
  })
  const hello = (auth: object, markets: string[] = []) => [JSON.stringify({ type: 'user', auth, markets })]

  test('tells orders to whoever has the key, of the markets asked for; others are closed', async () => {
    const source = await script([
      { after_ms: 0, feed: 'clob_user', frame: order('1', '0xaa') },
      { after_ms: 0, feed: 'clob_user', frame: order('2', '0xbb') },
    ])
    const sandbox = await startSandbox({ source, speed: 'max', begin: 'hold' })
    const { json } = await ask(`${sandbox.url}/sandbox/credentials`)
    const auth = json.clob as Record<string, string>
    const url = sandbox.endpoints['clob_user.ws']!
    const stranger = await connect(url, hello({ ...auth, secret: 'no' }))
    await stranger.until(({ closed }) => closed() === 1008)
    const all = await connect(url, [...hello(auth), 'PING'])
    const one = await connect(url, [...hello(auth, ['0xbb']), 'PING'])
    for (const client of [all, one]) await client.until(({ texts }) => texts.includes('PONG'))
    sandbox.control.play()
    await all.until(({ texts }) => texts.length === 3)
    await one.until(({ texts }) => texts.length === 2)
    expect(all.texts.slice(1).map((text) => JSON.parse(text).id)).toEqual(['1', '2'])
    expect(one.texts.slice(1).map((text) => JSON.parse(text).id)).toEqual(['2'])
    await sandbox.close()
  })
})

describe('wallets', () => {
  const row = (timestamp: number, type = 'TRADE') => ({
    proxy_wallet: '0xAB',
    timestamp,
    type,
    condition_id: '0xcc',
    size: timestamp,
  })

  test('activity of a wallet as far as the tape has come, the newest first, page by page', async () => {
    const second = Date.parse(START) / 1_000
    const source = await script([
      { start: START },
      ...[0, 1, 2, 3, 4].map((i) => ({
        after_ms: 1_000,
        activity: row(second + i, i === 3 ? 'REDEEM' : 'TRADE'),
      })),
    ])
    const sandbox = await startSandbox({ source, speed: 'max', begin: 'now' })
    await sandbox.done
    const get = (path: string) => ask(`${sandbox.endpoints['wallets.rest']}/v2/${path}`)
    const sizes = (json: Record<string, unknown>) =>
      (json.data as { size: number }[]).map(({ size }) => size - second)
    expect(sizes((await get('activity?user=0xab')).json)).toEqual([4, 3, 2, 1, 0])
    expect(sizes((await get('activity?user=0xab&type=REDEEM')).json)).toEqual([3])
    expect(sizes((await get('trades?condition=0xcc')).json)).toEqual([4, 2, 1, 0])
    const first = (await get('trades?user=0xab&limit=3')).json
    const { has_more, next_cursor } = first.pagination as { has_more: boolean; next_cursor: string }
    expect([sizes(first), has_more]).toEqual([[4, 2, 1], true])
    const last = (await get(`trades?user=0xab&limit=3&cursor=${next_cursor}`)).json
    expect([sizes(last), (last.pagination as { has_more: boolean }).has_more]).toEqual([[0], false])
    expect((await get(`trades?user=0xab&condition=0xdd&cursor=${next_cursor}`)).status).toBe(400)
    expect((await get('trades?user=0xab&limit=1001')).status).toBe(400)
    expect((await get('trades')).status).toBe(400)
    await sandbox.close()
  })

  test('trades that a tape has without a name stand under one that is made up, which the status says', async () => {
    const up = { ...INSTRUMENTS.markets[0]!, slug: 'btc-updown-15m-1777314600' }
    const source = await script([
      { start: START, instruments: { ...INSTRUMENTS, markets: [up] } },
      {
        after_ms: 1,
        feed: 'wallets',
        rows: [
          {
            kind: 'WALLET_TRADE',
            instrument: 1,
            side: 'sell',
            price: 4_200,
            size: 5e6,
            exch_us: 1_777_314_600e6,
          },
        ],
      },
    ])
    const sandbox = await startSandbox({ source, speed: 'max', begin: 'now' })
    await sandbox.done
    const { data } = (await ask(`${sandbox.endpoints['wallets.rest']}/v2/activity?user=${NAMELESS}`)).json
    expect(data).toMatchObject([
      { type: 'TRADE', side: 'SELL', price: 0.42, size: 5, usdc_size: 2.1, outcome: 'Down', slug: up.slug },
    ])
    expect(sandbox.status().made_up).toContainEqual(expect.stringContaining(NAMELESS))
    await sandbox.close()
  })

  test('a recorded fill stands once, with the role that became known; takers’ trades are told by default', async () => {
    const fill = {
      wallet: '0xab',
      type: 'TRADE',
      copy: 0,
      token_id: '7',
      side: 'buy',
      size: 2e6,
      usdc: 1.1e6,
    }
    const base = { ...fill, condition_id: '0xcc', price: 5_512, price_text: '0.5512345', slug: 's' }
    const at = (s: number) => ({ exch_us: s * 1e6, transaction_hash: `0x${s}` })
    const activity = activityOf([
      { ...base, ...at(3), source: 'activity', role: '' },
      { ...base, ...at(3), source: 'trades', role: '' },
      { ...base, ...at(3), source: 'trades', role: 'maker' },
      { ...base, ...at(2), source: 'activity', role: '' },
      { ...base, ...at(2), copy: 1, source: 'activity', role: '' },
    ])
    expect(activity.map(({ timestamp, role }) => [timestamp, role])).toEqual([
      [2, 'taker'],
      [2, 'taker'],
      [3, 'maker'],
    ])
    expect(activity[2]).toMatchObject({ side: 'BUY', size: 2, usdc_size: 1.1, price: 0.5512345 })
    const source = { ...(await script([{ after_ms: 0, feed: 'kraken', frame: '' }])), activity }
    const sandbox = await startSandbox({ source, begin: 'hold' })
    const get = async (query: string) =>
      (await ask(`${sandbox.endpoints['wallets.rest']}/v2/trades?user=0xab${query}`)).json.data as object[]
    expect((await get('')).length).toBe(2)
    expect((await get('&taker_only=false')).length).toBe(3)
    for (const row of await get('&taker_only=false')) expect(row).not.toHaveProperty('role')
    await sandbox.close()
  })
})

test('a script begins and ends faults, and sends what no venue would', async () => {
  const source = await script([
    { after_ms: 0, fault: { name: 'lost', rate: 1 } },
    { after_ms: 0, feed: 'kraken', frame: 'never heard' },
    { after_ms: 0, clear: 'lost' },
    { after_ms: 0, feed: 'kraken', frame: '{"channel":' },
  ])
  const sandbox = await startSandbox({ source, speed: 'max', begin: 'hold' })
  const client = await connect(`${sandbox.endpoints['kraken.stream']}/v2`)
  await client.until(({ texts }) => texts.length === 1)
  sandbox.control.play()
  await client.until(({ texts }) => texts.length === 2)
  expect(client.texts[1]).toBe('{"channel":')
  expect(sandbox.status().faults.counts).toEqual({ lost: 1 })
  await sandbox.close()
})

test.each([true, false])(
  'a feed that was lost on the tape: cut off where that is asked for (%s), else silent',
  async (outages) => {
    const source = await script([
      { after_ms: 1, feed: 'kraken', rows: [{ kind: 'FEED_DOWN' }] },
      { after_ms: 1, feed: 'kraken', frame: 'before it is back' },
      { after_ms: 1, feed: 'coinbase', frame: 'the others go on' },
      { after_ms: 1, feed: 'kraken', rows: [{ kind: 'FEED_UP' }] },
    ])
    const sandbox = await startSandbox({ source, speed: 'max', begin: 'hold', outages })
    const kraken = `${sandbox.endpoints['kraken.stream']}/v2`
    const lost = await connect(kraken)
    const other = await connect(sandbox.endpoints['coinbase.advanced']!)
    await lost.until(({ texts }) => texts.length === 1)
    sandbox.control.play()
    await sandbox.done
    await other.until(({ texts }) => texts.includes('the others go on'))
    if (outages) await lost.until(({ closed }) => closed() === 1006)
    else await lost.until(({ texts }) => texts.includes('before it is back'))
    expect(lost.texts.length).toBe(outages ? 1 : 2)
    expect(sandbox.status().faults.active).toEqual([])
    await (await connect(kraken)).close()
    await sandbox.close()
  },
)

test.each([
  ['not JSON', 'nonsense', /:1: not JSON/],
  ['no time', '{"feed":"kraken","frame":"x"}\n{"feed":"kraken","frame":"x","after_ms":-1}', /:2: after_ms/],
  ['a stranger', '{"after_ms":1,"feed":"nyse","frame":"x"}', /:1: feed is none of/],
  ['a frame for nobody', '{"after_ms":1,"feed":"gamma","frame":"x"}', /no sockets/],
  ['nothing to do', '{"after_ms":1,"feed":"kraken"}', /:1: nothing to do/],
  [
    'no such row',
    '{"after_ms":1,"feed":"kraken","rows":[{"kind":"PRICE","instrument":0}]}',
    /no kind of row/,
  ],
  [
    'no such instrument',
    '{"after_ms":1,"feed":"kraken","rows":[{"kind":"QUOTE","instrument":0}]}',
    /instrument 0/,
  ],
  ['an unknown fault', '{"after_ms":1,"fault":{"name":"rain"}}', /is no fault/],
  ['a head that is no list of markets', '{"instruments":{"markets":[{}]}}', /instruments\.markets/],
])('a script with %s is refused with its line', async (_what, text, message) => {
  const path = join(folder, 'bad.jsonl')
  await writeFile(path, text)
  await expect(fromScript(path)).rejects.toThrow(message)
})
