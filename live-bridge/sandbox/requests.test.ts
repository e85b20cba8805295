import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bookHash } from '../../recorders/clob/book-hash.ts'
import { FEEDS } from '../../recorders/feeds/index.ts'
import { readGammaAnswer } from '../../recorders/gamma/answer.ts'
import { ask, connect, simulated, tokensOf } from './client.fixture.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import type { Source } from './sources/source.ts'

/** Requests before the tape begins, in the middle of it, and after its end. */

const WINDOWS = 3
let before: Sandbox
let middle: Sandbox
let after: Sandbox
let source: Source

beforeAll(async () => {
  source = simulated(21, WINDOWS)
  before = await startSandbox({ source: simulated(21, WINDOWS), begin: 'hold' })
  middle = await startSandbox({ source: simulated(21, WINDOWS), speed: 'max', begin: 'now' })
  // Into the second window, the first resolved.
  while (source.instruments.markets[1]!.start_us + 150e6 > middle.status().position.time_us)
    await new Promise((resolve) => setImmediate(resolve))
  middle.control.pause()
  after = await startSandbox({ source, speed: 'max', begin: 'now' })
  await after.done
})
afterAll(async () => {
  for (const sandbox of [before, middle, after]) await sandbox.close()
})

const gamma = (sandbox: Sandbox, path: string) => ask(`${sandbox.endpoints['gamma.rest']}${path}`)
const clob = (sandbox: Sandbox, path: string, method = 'GET', body?: unknown) =>
  ask(`${sandbox.endpoints['clob_market.rest']}${path}`, method, body)
const textOf = async (sandbox: Sandbox, path: string) =>
  (await fetch(`${sandbox.endpoints['gamma.rest']}${path}`)).text()

test('every address of every feed of the recorder has its place here', () => {
  for (const { name, endpoints } of FEEDS)
    for (const role of Object.keys(endpoints)) expect(before.endpoints).toHaveProperty([`${name}.${role}`])
})

describe('metadata', () => {
  test('the recorder reads windows as the tape has them, from every form of answer', async () => {
    const [market] = source.instruments.markets
    const { slug } = market!
    for (const [request, path] of [
      ['market', `/markets/slug/${slug}`],
      ['event', `/events/slug/${slug}`],
      ['markets', `/markets/keyset?slug=${slug}`],
      ['events', `/events/keyset?slug=${slug}`],
    ] as const) {
      const unknown: string[] = []
      const answer = readGammaAnswer(request, await textOf(before, path), (field) => unknown.push(field))
      if (typeof answer === 'string') throw new Error(answer)
      expect(unknown).toEqual([])
      expect(answer.faults).toEqual([])
      expect(answer.markets.map((one) => one.market)).toEqual([{ ...market, taker_hold_ms: null }])
      expect(answer.markets[0]!.stated.token_ids).toEqual({
        up: tokensOf(source.instruments)[0],
        down: tokensOf(source.instruments)[1],
      })
      expect(answer.markets[0]!.strike).toBeNull()
    }
  })

  test('strike, final price and outcome show when the tape has told them', async () => {
    const read = async (sandbox: Sandbox, at: number) => {
      const answer = readGammaAnswer('market', await textOf(sandbox, `/markets/slug/${slugs[at]}`))
      if (typeof answer === 'string') throw new Error(answer)
      return answer.markets[0]!
    }
    const slugs = source.instruments.markets.map(({ slug }) => slug)
    const first = await read(middle, 0)
    const second = await read(middle, 1)
    expect(first.stated.up_payout).not.toBeNull()
    expect(first.strike).not.toBeNull()
    expect(first.final).toEqual(second.strike)
    expect(second.strike!.rest).toBeGreaterThan(0)
    expect(second.stated.up_payout).toBeNull()
    expect(second.stated.accepting_orders).toBe(true)
    expect((await read(middle, 2)).strike).toBeNull()
    // Up where the price at the end is at least the strike.
    const { strike, final, stated } = await read(after, 0)
    const more = final!.price - strike!.price || final!.rest - strike!.rest
    expect(stated.up_payout).toBe(more >= 0 ? 10_000 : 0)
  })

  test('lists: open ones by default, closed when asked for, pages that join without a hole', async () => {
    const slugs = async (path: string) =>
      ((await gamma(middle, path)).json.events as { slug: string }[]).map(({ slug }) => slug)
    const all = source.instruments.markets.map(({ slug }) => slug)
    expect(await slugs('/events/keyset')).toEqual(all.slice(1))
    expect(await slugs('/events/keyset?closed=true')).toEqual(all.slice(0, 1))
    const pages: string[] = []
    let cursor = ''
    for (let page = 0; page < WINDOWS; page++) {
      const { json } = await gamma(before, `/events/keyset?limit=1&order=endDate&ascending=false${cursor}`)
      pages.push(...(json.events as { slug: string }[]).map(({ slug }) => slug))
      cursor = `&after_cursor=${json.next_cursor}`
      expect(json.next_cursor === undefined).toBe(page === WINDOWS - 1)
    }
    expect(pages).toEqual([...all].reverse())
  })

  test('filters: series, ids and dates', async () => {
    const count = async (filter: string) =>
      ((await gamma(before, `/markets/keyset?${filter}`)).json.markets as unknown[]).length
    const [market, second] = source.instruments.markets
    const [token] = tokensOf(source.instruments)
    expect(await count('series_slug=btc-up-or-down-5m')).toBe(WINDOWS)
    expect(await count('series_slug=btc-up-or-down-15m')).toBe(0)
    expect(await count(`condition_ids=${market!.condition_id}&condition_ids=${second!.condition_id}`)).toBe(2)
    expect(await count(`clob_token_ids=${token}`)).toBe(1)
    const end = new Date(market!.end_us / 1_000).toISOString()
    expect(await count(`end_date_max=${end}`)).toBe(1)
    expect(await count(`end_date_min=${end}&end_date_max=${end}`)).toBe(1)
  })

  test('what the service refuses: offsets, large pages, foreign cursors, unknown orders and names', async () => {
    const status = async (path: string) => (await gamma(before, path)).status
    expect(await status('/events/keyset?offset=10')).toBe(422)
    expect(await status('/events/keyset?limit=101')).toBe(422)
    expect(await status('/events/keyset?after_cursor=nonsense')).toBe(422)
    expect(await status('/events/keyset?order=colour')).toBe(422)
    expect(await status('/events/slug/nothing')).toBe(404)
  })
})

describe('books', () => {
  test('a book by request states the hash of itself; both tokens are mirrors', async () => {
    const [, , up, down] = tokensOf(source.instruments)
    const { status, json } = await clob(middle, `/book?token_id=${up}`)
    expect(status).toBe(200)
    expect(bookHash(json)).toBe(json.hash)
    const other = (await clob(middle, `/book?token_id=${down}`)).json
    const mirrored = (levels: unknown) =>
      (levels as { price: string; size: string }[]).map(({ price, size }) => [
        Math.round(1e4 - Number(price) * 1e4),
        size,
      ])
    const plain = (levels: unknown) =>
      (levels as { price: string; size: string }[]).map(({ price, size }) => [
        Math.round(Number(price) * 1e4),
        size,
      ])
    expect((json.bids as unknown[]).length).toBeGreaterThan(3)
    expect(mirrored(other.asks)).toEqual(plain(json.bids))
    expect(mirrored(other.bids)).toEqual(plain(json.asks))
  })

  test('several books: unknown tokens are left out; more than 500 are refused', async () => {
    const [, , up, down] = tokensOf(source.instruments)
    const body = [up, down, '1'].map((token_id) => ({ token_id }))
    const { json } = await clob(middle, '/books', 'POST', body)
    const books = json as unknown as { asset_id: string }[]
    expect(books.map(({ asset_id }) => asset_id).sort()).toEqual([up, down].sort())
    expect((await clob(middle, '/books', 'POST', Array(501).fill({ token_id: up }))).status).toBe(400)
  })

  test('no book: of a token that nobody knows, of a market before its first book and after its end', async () => {
    const [up] = tokensOf(source.instruments)
    expect((await clob(before, `/book?token_id=${up}`)).status).toBe(404)
    expect((await clob(after, `/book?token_id=${up}`)).status).toBe(404)
    expect((await clob(middle, '/book?token_id=1')).status).toBe(404)
    expect((await clob(middle, '/book?token_id=x')).status).toBe(400)
  })

  test('details of a market, midpoint, tick size, version', async () => {
    const market = source.instruments.markets[1]!
    const [, , up] = tokensOf(source.instruments)
    const { json } = await clob(middle, `/clob-markets/${market.condition_id}`)
    expect(json).toMatchObject({ c: market.condition_id, mts: 0.01, mos: 5, ao: true, itode: true, v: 'v1' })
    expect(json.fd).toEqual({ r: 0.07, e: 1, to: true })
    const book = (await clob(middle, `/book?token_id=${up}`)).json
    const best = (levels: unknown) => Number((levels as { price: string }[]).at(-1)!.price)
    const { mid } = (await clob(middle, `/midpoint?token_id=${up}`)).json
    expect(Number(mid)).toBeCloseTo((best(book.bids) + best(book.asks)) / 2, 6)
    expect((await clob(middle, `/tick-size?token_id=${up}`)).json).toEqual({ minimum_tick_size: 0.01 })
    expect((await clob(middle, '/version')).json).toEqual({ version: 2 })
    expect((await clob(middle, '/clob-markets/0x1')).status).toBe(404)
  })
})

describe('clocks', () => {
  test('every venue is on the tape’s time, in its own words and in the date of its answers', async () => {
    const now_us = middle.status().position.time_us
    const time = await fetch(`${middle.endpoints['clob_market.rest']}/time`)
    expect(await time.text()).toBe(String(Math.floor(now_us / 1e6)))
    expect(Date.parse(time.headers.get('date')!)).toBe(Math.floor(now_us / 1e6) * 1e3)
    const binance = await ask(`${middle.endpoints['binance.rest']}/api/v3/time`)
    expect(binance.json).toEqual({ serverTime: Math.floor(now_us / 1e3) })
    const kraken = await ask(`${middle.endpoints['kraken.rest']}/0/public/Time`)
    expect(kraken.json.result).toMatchObject({ unixtime: Math.floor(now_us / 1e6) })
    const coinbase = await ask(`${middle.endpoints['coinbase.rest']}/time`)
    expect(coinbase.json.epochSeconds).toBe(String(Math.floor(now_us / 1e6)))
  })
})

describe('who comes late', () => {
  test('gets the books as they stand, of the tokens that have one, in one array', async () => {
    const tokens = tokensOf(source.instruments)
    const client = await connect(middle.endpoints['clob_market.stream']!, [
      JSON.stringify({ type: 'market', assets_ids: tokens }),
      'PING',
    ])
    await client.until(({ texts }) => texts.includes('PONG'))
    const [books] = client.texts.map((text) =>
      text === 'PONG' ? [] : (JSON.parse(text) as { asset_id: string }[]),
    )
    const living = books!.map(({ asset_id }) => asset_id)
    expect(living).toEqual(tokens.slice(2, 4))
    for (const book of books!) expect(bookHash(book)).toBe((book as unknown as { hash: string }).hash)
    await client.close()
  })

  test('a PING ahead of the subscription closes with 1008; a second first frame is not heard', async () => {
    const hasty = await connect(middle.endpoints['clob_market.stream']!, ['PING'])
    await hasty.until(({ closed }) => closed() === 1008)
    const [, , up, down] = tokensOf(source.instruments)
    const client = await connect(middle.endpoints['clob_market.stream']!, [
      JSON.stringify({ type: 'market', assets_ids: [up] }),
      JSON.stringify({ type: 'market', assets_ids: [down] }),
      'PING',
    ])
    await client.until(({ texts }) => texts.includes('PONG'))
    expect(client.texts.length).toBe(2)
    client.send(JSON.stringify({ operation: 'subscribe', assets_ids: [down] }))
    client.send('PING')
    await client.until(({ texts }) => texts.filter((text) => text === 'PONG').length === 2)
    expect(client.texts.length).toBe(4)
    await client.close()
  })
})
