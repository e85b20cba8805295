import { describe, expect, test } from 'vitest'
import { clobMarket } from './clob-market.ts'
import { EXAMPLE_LISTING } from './clob-market-examples.ts'
import type { Listing, Scope } from './feed.ts'
import { play } from './fixtures.ts'

describe('examples', () => {
  test.each(clobMarket.examples)('$title', (example) => {
    expect(play(clobMarket, example, [EXAMPLE_LISTING])).toEqual(example.becomes)
  })
})

const scope = (indexes: readonly number[]): Scope => ({
  assets: ['btc'],
  series: ['5m'],
  markets: indexes.map((index) => listing(index)),
  wallets: [],
  credentials: new Set(),
})
const listing = (index: number): Listing => ({
  ...EXAMPLE_LISTING,
  index,
  tokens: { up: `1${index}`, down: `2${index}` },
})

describe('sockets', () => {
  test('no token changes its socket when others come and go, and none has more than 200', () => {
    const all = clobMarket.lines(scope([...Array(350).keys()]))
    expect(all.map(({ line, keys }) => [line, keys.length])).toEqual([
      ['clob_market/0', 200],
      ['clob_market/1', 200],
      ['clob_market/2', 200],
      ['clob_market/3', 100],
    ])
    const before = new Map(all.flatMap(({ line, keys }) => keys.map((key) => [key, line])))
    for (const { line, keys } of clobMarket.lines(scope([3, 77, 120, 349, 350])))
      for (const key of keys) expect(before.get(key) ?? 'clob_market/3').toBe(line)
  })

  test('both tokens of a market are on one socket; markets of other venues on none', () => {
    const kalshi = { ...listing(1), tokens: { up: 'KX-1 yes', down: 'KX-1 no' } }
    const lines = clobMarket.lines({ ...scope([0]), markets: [listing(0), kalshi] })
    expect(lines.map(({ keys }) => keys)).toEqual([['10', '20']])
  })

  test('a new one has shown what it delivers with its first book, not with what everybody is told', () => {
    const [line] = clobMarket.lines(scope([0]))
    const proving = clobMarket.examples.filter(({ text }) => line!.proves!(text)).map(({ title }) => title)
    expect(proving.length).toBe(3)
    expect(proving[0]).toMatch(/^A whole book/)
  })

  test('the first frame subscribes, later ones are operations, and only PONG answers PING', () => {
    const [line] = clobMarket.lines(scope([0]))
    expect(line!.hello(line!.keys, {}).map((text) => JSON.parse(text))).toEqual([
      { type: 'market', assets_ids: ['10', '20'], custom_feature_enabled: true, initial_dump: true },
    ])
    expect(line!.resubscribe(['1', '2'], ['3'], {})!.map((text) => JSON.parse(text))).toEqual([
      { operation: 'subscribe', assets_ids: ['1', '2'], custom_feature_enabled: true },
      { operation: 'unsubscribe', assets_ids: ['3'] },
    ])
    expect(line!.resubscribe([], [], {})).toEqual([])
    const { keepalive } = line!
    expect(keepalive).toMatchObject({ kind: 'text', text: 'PING', every_ms: 10_000, timeout_ms: 30_000 })
    expect(keepalive.kind === 'text' && keepalive.pong('PONG') && !keepalive.pong('[]')).toBe(true)
  })
})
