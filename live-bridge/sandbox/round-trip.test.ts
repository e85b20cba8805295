import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Book from '../../core/book/module.ts'
import { type Columns, Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { bookHash } from '../../recorders/clob/book-hash.ts'
import { binance } from '../../recorders/feeds/binance.ts'
import { clobMarket } from '../../recorders/feeds/clob-market.ts'
import { coinbase } from '../../recorders/feeds/coinbase.ts'
import { reasonOf } from '../../recorders/feeds/entries.ts'
import type { Feed as FeedOfRecorder, Scope } from '../../recorders/feeds/feed.ts'
import { createTaken, receipt, type Taken } from '../../recorders/feeds/fixtures.ts'
import { kraken } from '../../recorders/feeds/kraken.ts'
import { polybolt } from '../../recorders/feeds/polybolt.ts'
import { rtds } from '../../recorders/feeds/rtds.ts'
import { type Client, connect, listingsOf, simulated, tokensOf } from './client.fixture.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import type { Source } from './sources/source.ts'

/** One simulated window served as fast as possible to the recorder's own line plans, and read by its own readers. */

type Row = { instrument: string; kind: number; side: number; price: number; size: number; exch_us: number }

const SEED = 11
const FEEDS: readonly FeedOfRecorder[] = [binance, coinbase, kraken, rtds, polybolt, clobMarket]

let sandbox: Sandbox
let source: Source
/** Rows of the tape by feed code. */
const tape = new Map<number, Row[]>()
/** What every reader made of its frames, and why it refused some. */
const taken = new Map<string, { taken: Taken; refused: string[]; texts: string[] }>()

beforeAll(async () => {
  source = simulated(SEED, 1)
  for await (const piece of simulated(SEED, 1).pieces()) if ('rows' in piece) keep(piece.rows)
  sandbox = await startSandbox({ source, speed: 'max', begin: 'hold' })
  const scope: Scope = {
    assets: ['btc'],
    series: ['5m'],
    markets: listingsOf(source.instruments),
    wallets: [],
    credentials: new Set(['polybolt']),
  }
  const { clob } = (await (await fetch(`${sandbox.url}/sandbox/credentials`)).json()) as {
    clob: { apiKey: string; secret: string; passphrase: string }
  }
  const secrets = { api_key: clob.apiKey, secret: clob.secret, passphrase: clob.passphrase }
  const clients: [FeedOfRecorder, Client][] = []
  for (const feed of FEEDS) {
    const [line] = feed.lines(scope)
    const url = `${sandbox.endpoints[`${feed.name}.${line!.endpoint}`]}${line!.path}`
    clients.push([feed, await connect(url, line!.hello(line!.keys, secrets))])
  }
  const listens = () => sandbox.status().connections.filter((one) => one.listens).length === clients.length
  while (!listens()) await new Promise((resolve) => setImmediate(resolve))
  sandbox.control.play()
  await sandbox.done
  for (const [feed, client] of clients) {
    const sent = () => sandbox.status().connections.find((one) => one.feed === feed.name)!.sent
    await client.until(({ texts }) => texts.length >= sent())
    const out = createTaken(scope.markets)
    const reader = feed.read(out.out)
    reader.opened?.(1, `${feed.name}/0`, [], true)
    const refused = client.texts.flatMap((text) => {
      const refusal = reader.frame(text, 1, receipt())
      return refusal === undefined ? [] : reasonOf(refusal)
    })
    taken.set(feed.name, { taken: out, refused, texts: client.texts })
  }
})
afterAll(() => sandbox.close())

function keep(columns: Columns): void {
  for (let i = 0; i < columns.length; i++) {
    const one = source.instruments.instruments[columns.instrument[i]!]
    const row = {
      instrument: one === undefined ? 'all' : one.kind === 'series' ? one.name : one.outcome,
      kind: columns.kind[i]!,
      side: columns.side[i]!,
      price: columns.price[i]!,
      size: columns.size[i]!,
      exch_us: columns.exch_us[i]!,
    }
    const feed = columns.feed[i]!
    const rows = tape.get(feed) ?? []
    tape.set(feed, rows)
    rows.push(row)
  }
}

function read(name: string): Row[] {
  const { taken: one } = taken.get(name)!
  return one.rows.map(({ instrument, kind, side, price, size, exch_us }) => {
    const found = one.instruments.instruments[instrument]!
    return {
      instrument: found.kind === 'series' ? found.name : found.outcome,
      kind,
      side,
      price,
      size,
      exch_us,
    }
  })
}

describe('what the recorder’s readers make of the frames', () => {
  test.each(FEEDS.map(({ name }) => name))('%s: nothing is refused, no field is unknown', (name) => {
    const { refused, taken: one, texts } = taken.get(name)!
    expect(texts.length).toBeGreaterThan(100)
    expect([...new Set(refused)]).toEqual([])
    expect(one.unknown).toEqual({})
    expect(one.health).toEqual([])
  })

  test.each([
    ['binance', Feed.BINANCE],
    ['coinbase', Feed.COINBASE],
    ['kraken', Feed.KRAKEN],
    ['rtds', Feed.RTDS],
  ])('%s: the rows of the tape, to the last digit and stamp', (name, code) => {
    expect(read(name).length).toBeGreaterThan(500)
    expect(read(name)).toEqual(tape.get(code))
  })

  test('polybolt: the means that the other relay carries, where the tape has none of its own', () => {
    const means = tape.get(Feed.RTDS)!.filter(({ instrument }) => instrument === 'chainlink-twap-60')
    expect(means.length).toBeGreaterThan(100)
    expect(read('polybolt')).toEqual(means)
  })

  test('clob_market: trades and tick sizes in order; the book after every message that the tape has a change in', () => {
    const kinds: readonly number[] = [Kind.TRADE, Kind.TICK_SIZE]
    const plain = (rows: Row[]) => rows.filter(({ kind }) => kinds.includes(kind))
    const recorded = read('clob_market')
    expect(plain(recorded).length).toBeGreaterThan(100)
    expect(plain(recorded)).toEqual(plain(tape.get(Feed.CLOB_MARKET)!))
    // Each change of the book as a hash of the whole book after it: the same sequence, whoever tells it.
    expect(courseOf(recorded)).toEqual(courseOf(tape.get(Feed.CLOB_MARKET)!))
  })
})

/** The book after each stamp at which it changed, as a hash of all of it. */
function courseOf(rows: readonly Row[]): string[] {
  const book = Book.create()
  const course: string[] = []
  let last = ''
  const levels = rows.filter(({ kind }) => kind === Kind.LEVEL)
  levels.forEach(({ instrument, side, price, size, exch_us }, i) => {
    Book.setToken(book, instrument === 'up' ? 0 : 1, side as Book.BookSide, price, size)
    const hash = `${book.hash_hi} ${book.hash_lo}`
    if (levels[i + 1]?.exch_us === exch_us || hash === last) return
    last = hash
    course.push(`${exch_us} ${hash}`)
  })
  return course
}

/** Prices between two looks at whole books. */
const MIRROR_EVERY = 100

type Entry = {
  asset_id: string
  price: string
  size: string
  side: string
  best_bid: string
  best_ask: string
}
type Levels = { price: string; size: string }[]
type Event = { event_type: string; asset_id: string; bids: Levels; asks: Levels; price_changes: Entry[] }

describe('the market channel against naive books', () => {
  test('books built from the frames agree with every best price, and those of the two tokens are mirrors', () => {
    const tokens = tokensOf(source.instruments)
    const books = new Map(
      tokens.map((id) => [id, { BUY: new Map<string, number>(), SELL: new Map<string, number>() }]),
    )
    let checked = 0
    let mirrors = 0
    for (const text of taken.get('clob_market')!.texts) {
      for (const event of [JSON.parse(text)].flat() as Event[]) {
        if (event.event_type === 'book') {
          const book = books.get(event.asset_id)!
          for (const [side, levels] of [
            ['BUY', event.bids],
            ['SELL', event.asks],
          ] as const) {
            book[side].clear()
            for (const { price, size } of levels) book[side].set(price, Number(size))
            expect(Number(levels.at(-1)?.price ?? 0)).toBe(
              best(book[side], side === 'BUY' ? Math.max : Math.min, 0),
            )
          }
        }
        if (event.event_type !== 'price_change') continue
        for (const { asset_id, side, price, size } of event.price_changes) {
          const levels = books.get(asset_id)![side as 'BUY' | 'SELL']
          if (size === '0') levels.delete(price)
          else levels.set(price, Number(size))
        }
        for (const { asset_id, best_bid, best_ask } of event.price_changes) {
          const { BUY, SELL } = books.get(asset_id)!
          expect(Number(best_bid)).toBe(best(BUY, Math.max, 0))
          expect(Number(best_ask)).toBe(best(SELL, Math.min, 1))
          checked++
        }
        if (checked % MIRROR_EVERY > 1) continue
        const [up, down] = tokens.map((id) => books.get(id)!)
        expect(sorted(up!, (price) => price)).toEqual(sorted(down!, (price) => 10_000 - price))
        mirrors++
      }
    }
    expect(checked).toBeGreaterThan(1_000)
    expect(mirrors).toBeGreaterThan(100)
    // The window is over and its orders have left.
    for (const book of books.values()) expect(book.BUY.size + book.SELL.size).toBe(0)
  })

  test('every book states its own SHA-1', () => {
    const books = taken
      .get('clob_market')!
      .texts.map((text) => JSON.parse(text) as Event & { hash: string })
      .filter(({ event_type }) => event_type === 'book')
    expect(books.length).toBeGreaterThan(100)
    for (const book of books) expect(bookHash(book)).toBe(book.hash)
  })
})

function best(levels: Map<string, number>, pick: (...all: number[]) => number, empty: number): number {
  return levels.size === 0 ? empty : pick(...[...levels.keys()].map(Number))
}

/** Levels as whole ticks and sizes in order; of a mirror the sides are the other ones. */
function sorted(
  { BUY, SELL }: Record<'BUY' | 'SELL', Map<string, number>>,
  priceOf: (price: number) => number,
): string[] {
  const [bids, asks] = priceOf(0) === 0 ? [BUY, SELL] : [SELL, BUY]
  const words = (levels: Map<string, number>, side: string) =>
    [...levels].map(([price, size]) => `${side} ${priceOf(Math.round(Number(price) * 10_000))} ${size}`)
  return [...words(bids, 'bid'), ...words(asks, 'ask')].sort()
}

test('the tape has what these tests rest on', () => {
  const rows = tape.get(Feed.CLOB_MARKET)!
  expect(rows.some(({ kind }) => kind === Kind.TRADE)).toBe(true)
  expect(rows.some(({ side }) => side === Side.ASK)).toBe(true)
  expect(Flag.LAST).toBe(1)
})
