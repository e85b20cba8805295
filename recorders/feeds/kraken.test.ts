import { expect, test } from 'vitest'
import { Flag, Side } from '../../core/events/index.ts'
import type { Scope } from './feed.ts'
import { createTaken, openReader, receipt, type Taken } from './fixtures.ts'
import { kraken } from './kraken.ts'

const ticker = (bid: string, ask: string, symbol = 'BTC/USD') =>
  `{"channel":"ticker","type":"update","data":[{"symbol":"${symbol}","bid":${bid},"bid_qty":2.5,"ask":${ask},"ask_qty":3.2}]}`
const trade = (
  ids: readonly number[],
  { type = 'update', price = '100.5', qty = '0.1', symbol = 'BTC/USD', side = 'buy' } = {},
) =>
  `{"channel":"trade","type":"${type}","data":[${ids
    .map(
      (id) =>
        `{"symbol":"${symbol}","side":"${side}","price":${price},"qty":${qty},"ord_type":"limit","trade_id":${id},"timestamp":"2026-11-21T00:00:00.440295Z"}`,
    )
    .join(',')}]}`

function take(frames: readonly string[], taken: Taken = createTaken()): Taken {
  const reader = openReader(kraken, taken)
  for (const [i, frame] of frames.entries()) expect(reader.frame(frame, 1, receipt(i))).toBeUndefined()
  return taken
}

test('quotes are asked for at every change of the best prices, trades with their past', () => {
  const scope: Scope = {
    assets: ['btc', 'doge'],
    series: [],
    markets: [],
    wallets: [],
    credentials: new Set(),
  }
  const [line] = kraken.lines(scope)
  expect(line).toMatchObject({ line: 'kraken/0', path: '/v2', keys: ['BTC/USD', 'DOGE/USD'] })
  expect(line!.hello(['BTC/USD'], {})).toEqual([
    '{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"bbo","snapshot":true}}',
    '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":true}}',
  ])
  expect(line!.resubscribe([], ['BTC/USD'], {})).toEqual([
    '{"method":"unsubscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"bbo"}}',
    '{"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}',
  ])
  expect(line!.idle!('{"channel":"heartbeat"}')).toBe(true)
  expect(line!.idle!(ticker('1', '2'))).toBe(false)
  expect(line!.keepalive.kind === 'text' && line!.keepalive.pong('{"method":"pong","req_id":1}')).toBe(true)
})

test('prices and sizes are those of the text, where a double would make others', () => {
  const { rows } = take([
    ticker('70000000.00000005', '70000000.00000006'),
    trade([1], { price: '0.1234567', qty: '30000000.00000003' }),
    trade([2], { qty: '5e-05' }),
  ])
  expect(rows.map(({ price, size }) => [price, size])).toEqual([
    [7_000_000_000_000_005, 7_000_000_000_000_006],
    [12_345_670, 3_000_000_000_000_003],
    [10_050_000_000, 5_000],
  ])
  expect(Math.round(Number('70000000.00000005') * 1e8)).not.toBe(7_000_000_000_000_005)
})

test('a number finer than 1e-8 is refused, never rounded', () => {
  const taken = createTaken()
  const reader = openReader(kraken, taken)
  expect(reader.frame(ticker('1.000000001', '2'), 1, receipt())).toMatch(/not a decimal of 1e-8/)
  expect(reader.frame(trade([1], { qty: '1e-9' }), 1, receipt())).toMatch(/not a decimal of 1e-8/)
  expect(reader.frame(ticker('"1"', 'null'), 1, receipt())).toMatch(/^ticker\.data\.ask: expected string/)
  expect(taken.words).toEqual([])
})

test('the side is the taker’s', () => {
  const { rows } = take([trade([1]), trade([2], { side: 'sell' })])
  expect(rows.map(({ side }) => side)).toEqual([Side.BUY, Side.SELL])
})

test('a snapshot fills what a new connection missed, and repeats nothing', () => {
  const { rows, health } = take([trade([5]), trade([3, 4, 5, 6, 7], { type: 'snapshot' }), trade([8])])
  expect(rows.map(({ flags }) => flags)).toEqual([0, Flag.SNAPSHOT, Flag.SNAPSHOT, 0])
  expect(health).toEqual([])
})

test('trade numbers that are left out are missed, by symbol', () => {
  const { health } = take([trade([5]), trade([100], { symbol: 'ETH/USD' }), trade([9])])
  expect(health).toEqual([{ event: 'missed', line: 'kraken/0', detail: 'trades of btc left out', value: 3 }])
})

test('a symbol that is refused is told, and the others go on', () => {
  const { health, rows } = take([
    '{"error":"Currency pair not supported ABC/USD","method":"subscribe","success":false,"symbol":"ABC/USD"}',
    ticker('1', '2'),
  ])
  expect(health).toEqual([
    {
      event: 'refused',
      line: 'kraken/0',
      detail: 'subscribe ABC/USD Currency pair not supported ABC/USD',
      value: undefined,
    },
  ])
  expect(rows).toHaveLength(1)
})

test('two sockets must agree in trades alone', () => {
  const identity = (text: string) => kraken.read(createTaken().out).identity!(text)
  expect(identity(trade([1, 2]))).toEqual(['BTC/USD trade 1', 'BTC/USD trade 2'])
  for (const text of [ticker('1', '2'), trade([1], { type: 'snapshot' }), '{"channel":"heartbeat"}', 'x'])
    expect(identity(text)).toBeNull()
})

test('a reader made from a state goes on as the one that gave it', () => {
  const frames = [trade([5]), ticker('1', '2'), trade([5, 8]), trade([6, 7, 8, 9], { type: 'snapshot' })]
  const parts = createTaken()
  let state: unknown
  for (const [i, frame] of frames.entries()) {
    const reader = kraken.read(parts.out, state)
    if (i === 0) reader.opened?.(1, 'kraken/0', [], true)
    reader.frame(frame, 1, receipt(i))
    state = JSON.parse(JSON.stringify(reader.state()))
  }
  expect(parts.words).toEqual(take(frames).words)
})
