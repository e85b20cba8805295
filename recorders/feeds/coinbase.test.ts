import { describe, expect, test } from 'vitest'
import { Flag, Side } from '../../core/events/index.ts'
import { coinbase } from './coinbase.ts'
import type { Scope } from './feed.ts'
import { createTaken, openReader, receipt, type Taken } from './fixtures.ts'

type Trade = { id: number; price?: string; side?: string; ms?: number; product?: string }

const trades = (sequence_num: number, list: readonly Trade[], type = 'update') =>
  JSON.stringify({
    channel: 'market_trades',
    client_id: '',
    timestamp: '2026-11-21T00:00:00.5Z',
    sequence_num,
    events: [
      {
        type,
        trades: list.map(({ id, price = '100', side = 'BUY', ms = 0, product = 'BTC-USD' }) => ({
          trade_id: String(id),
          product_id: product,
          price,
          size: '1',
          side,
          time: new Date(1_795_219_200_000 + ms).toISOString(),
        })),
      },
    ],
  })
const beat = (sequence_num: number) =>
  JSON.stringify({
    channel: 'heartbeats',
    client_id: '',
    timestamp: '2026-11-21T00:00:00.5Z',
    sequence_num,
    events: [{ current_time: 'x', heartbeat_counter: '3049' }],
  })
const match = (trade_id: number, type = 'match') =>
  JSON.stringify({
    type,
    trade_id,
    sequence: 1,
    time: '2026-11-21T00:00:00.5Z',
    product_id: 'BTC-USD',
    size: '1',
    price: '100',
    side: 'sell',
  })

function take(frames: readonly string[], taken: Taken = createTaken()): Taken {
  const reader = openReader(coinbase, taken)
  for (const [i, frame] of frames.entries()) expect(reader.frame(frame, 1, receipt(i))).toBeUndefined()
  return taken
}

const scope: Scope = {
  assets: ['btc', 'hype', 'eth'],
  series: [],
  markets: [],
  wallets: [],
  credentials: new Set(),
}

describe('lines', () => {
  test('Advanced is asked one channel a frame, heartbeats among them', () => {
    const [line] = coinbase.lines(scope)
    expect(line).toMatchObject({ line: 'coinbase/0', endpoint: 'advanced', keys: ['BTC-USD', 'ETH-USD'] })
    expect(line!.hello(line!.keys, {})).toEqual([
      '{"type":"subscribe","channel":"ticker","product_ids":["BTC-USD","ETH-USD"]}',
      '{"type":"subscribe","channel":"market_trades","product_ids":["BTC-USD","ETH-USD"]}',
      '{"type":"subscribe","channel":"heartbeats"}',
    ])
    expect(line!.resubscribe([], ['ETH-USD'], {})).toEqual([
      '{"type":"unsubscribe","channel":"ticker","product_ids":["ETH-USD"]}',
      '{"type":"unsubscribe","channel":"market_trades","product_ids":["ETH-USD"]}',
    ])
    expect([beat(1), trades(1, [{ id: 1 }])].map((text) => line!.idle!(text))).toEqual([true, false])
  })

  test('the Exchange feed is asked in its own words where its role is chosen', () => {
    const [line] = coinbase.lines({ ...scope, roles: { coinbase: 'exchange' } })
    expect(line!.endpoint).toBe('exchange')
    expect(line!.hello(line!.keys, {})).toEqual([
      '{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["matches","ticker","heartbeat"]}',
    ])
    expect(line!.idle!('{"type":"heartbeat","sequence":1}')).toBe(true)
  })
})

test('the side of a trade is the maker’s: the taker did the opposite', () => {
  const { rows } = take([
    trades(0, [
      { id: 1, side: 'BUY' },
      { id: 2, side: 'SELL' },
    ]),
    match(3),
  ])
  expect(rows.map(({ side }) => side)).toEqual([Side.SELL, Side.BUY, Side.BUY])
})

test('a snapshot adds what was not there, from the oldest on, marked, as one group', () => {
  const { rows, groups } = take([
    trades(0, [{ id: 10 }]),
    trades(
      1,
      [
        { id: 12, price: '12' },
        { id: 11, price: '11' },
        { id: 10, price: '10' },
      ],
      'snapshot',
    ),
    trades(2, [{ id: 12 }, { id: 13, price: '13' }]),
  ])
  expect(rows.map(({ price, flags }) => [price / 1e8, flags])).toEqual([
    [100, 0],
    [11, Flag.SNAPSHOT],
    [12, Flag.SNAPSHOT],
    [13, 0],
  ])
  expect(groups).toEqual([1, 2, 1])
})

test('a frame left out is counted and asks for a new connection, once', () => {
  const { health, wishes } = take([beat(0), beat(1), beat(4), beat(5)])
  expect(health).toEqual([{ event: 'missed', line: 'coinbase/0', detail: 'frames left out', value: 2 }])
  expect(wishes).toEqual([
    { wish: 'reconnect', feed: 'coinbase', line: 'coinbase/0', reason: 'frames left out' },
  ])
})

test('the snapshot of the new connection brings the trades that the hole took', () => {
  const taken = createTaken()
  const reader = openReader(coinbase, taken)
  reader.frame(trades(0, [{ id: 10, price: '10' }]), 1, receipt())
  reader.frame(trades(2, [{ id: 12, price: '12' }]), 1, receipt())
  reader.opened?.(2, 'coinbase/0', [], true)
  const past = [12, 11, 10, 9].map((id) => ({ id, price: String(id) }))
  reader.frame(trades(0, past, 'snapshot'), 2, receipt())
  reader.frame(trades(1, [{ id: 13, price: '13' }]), 2, receipt())
  expect(taken.rows.map(({ price, flags }) => [price / 1e8, flags])).toEqual([
    [10, 0],
    [12, 0],
    [11, Flag.SNAPSHOT],
    [13, 0],
  ])
})

test('a refused frame is counted too, so that no hole is seen behind it', () => {
  const taken = createTaken()
  const reader = openReader(coinbase, taken)
  reader.frame(beat(0), 1, receipt())
  expect(reader.frame(trades(1, [{ id: 1, price: '-1' }]), 1, receipt())).toBe(
    'a price that is not a decimal of 1e-8 above 0',
  )
  reader.frame(beat(2), 1, receipt())
  expect(taken.health).toEqual([])
  expect(taken.rows).toEqual([])
})

test('numbers of frames are each connection’s own, and a repeated frame adds nothing', () => {
  const taken = createTaken()
  const reader = openReader(coinbase, taken)
  reader.frame(trades(7, [{ id: 1 }]), 1, receipt())
  reader.frame(trades(7, [{ id: 1 }]), 1, receipt())
  reader.opened?.(2, 'coinbase/0', [], true)
  reader.frame(trades(0, [{ id: 2 }]), 2, receipt())
  reader.closed?.(1, 'coinbase/0')
  expect(taken.rows).toHaveLength(2)
  expect(taken.words.filter((word) => word.startsWith('HEALTH'))).toEqual([])
})

test('matches of the Exchange feed count trades: by themselves, and by its heartbeats', () => {
  const heartbeat = (last_trade_id: number) =>
    JSON.stringify({
      type: 'heartbeat',
      sequence: 9,
      last_trade_id,
      product_id: 'BTC-USD',
      time: '2026-11-21T00:00:00.5Z',
    })
  const { rows, health } = take([
    heartbeat(5),
    match(10, 'last_match'),
    match(11),
    match(14),
    heartbeat(14),
    heartbeat(16),
  ])
  expect(rows.map(({ flags }) => flags)).toEqual([Flag.SNAPSHOT, 0, 0])
  expect(health.map(({ value }) => value)).toEqual([2, 2])
})

test('one bad trade of a frame is refused with its place, the others stand', () => {
  const taken = createTaken()
  const reader = openReader(coinbase, taken)
  const some = trades(0, [{ id: 1 }, { id: 2, product: 'PEPE-USD' }, { id: 3, price: '0' }, { id: 4 }])
  expect(reader.frame(some, 1, receipt())).toEqual({
    reason: 'a price that is not a decimal of 1e-8 above 0',
    place: 'trades 2 (1 of 4 are refused)',
  })
  expect(taken.words.filter((word) => word.startsWith('PRINT'))).toHaveLength(2)
})

test('two sockets must agree in trades, not in quotes, snapshots and heartbeats', () => {
  const identity = (text: string) => coinbase.read(createTaken().out).identity!(text)
  expect(identity(trades(3, [{ id: 1 }, { id: 2 }]))).toEqual(['BTC-USD trade 1', 'BTC-USD trade 2'])
  expect(identity(match(4))).toEqual(['BTC-USD trade 4'])
  for (const text of [beat(1), trades(0, [{ id: 1 }], 'snapshot'), '{']) expect(identity(text)).toBeNull()
})

test('a reader made from a state goes on as the one that gave it', () => {
  const frames = [
    trades(0, [{ id: 1 }]),
    beat(1),
    trades(4, [{ id: 1 }, { id: 2 }]),
    beat(4),
    trades(5, [{ id: 3 }]),
  ]
  const parts = createTaken()
  let state: unknown
  for (const [i, frame] of frames.entries()) {
    const reader = coinbase.read(parts.out, state)
    if (i === 0) reader.opened?.(1, 'coinbase/0', [], true)
    reader.frame(frame, 1, receipt(i))
    state = JSON.parse(JSON.stringify(reader.state()))
  }
  expect(parts.words).toEqual(take(frames).words)
})
