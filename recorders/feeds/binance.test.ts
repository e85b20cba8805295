import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Kind, Side } from '../../core/events/index.ts'
import { binanceRaw } from '../import/binance-raw.ts'
import { rowsOf } from '../import/text-fixtures.ts'
import { inFolder } from '../tape/fixtures.ts'
import { binance } from './binance.ts'
import { reasonOf } from './entries.ts'
import type { Scope } from './feed.ts'
import { createTaken, openReader, receipt, type Taken } from './fixtures.ts'

const quote = (u: number, bid: string, ask: string, symbol = 'BTCUSDT') =>
  JSON.stringify({
    stream: `${symbol.toLowerCase()}@bookTicker`,
    data: { u, s: symbol, b: bid, B: '1', a: ask, A: '1' },
  })
const trade = (t: number, T: number, extra: Record<string, unknown> = {}) =>
  JSON.stringify({
    stream: 'btcusdt@trade',
    data: { e: 'trade', E: T, s: 'BTCUSDT', t, p: '100', q: '0.5', T, m: false, M: true, ...extra },
  })
const MS0 = 1_795_219_200_000

function take(frames: readonly string[], taken: Taken = createTaken()): Taken {
  const reader = openReader(binance, taken)
  for (const [i, frame] of frames.entries()) expect(reader.frame(frame, 1, receipt(i))).toBeUndefined()
  return taken
}

describe('lines', () => {
  const scope: Scope = {
    assets: ['btc', 'sol', 'hype', 'nothing'],
    series: [],
    markets: [],
    wallets: [],
    credentials: new Set(),
  }

  test('one socket asks in its address for trades and quotes of every listed asset, in µs', () => {
    const [line, ...others] = binance.lines(scope)
    expect(others).toEqual([])
    expect(line).toMatchObject({
      line: 'binance/0',
      path: '/stream?streams=btcusdt@trade/btcusdt@bookTicker/solusdt@trade/solusdt@bookTicker&timeUnit=MICROSECOND',
      keys: ['btcusdt@trade', 'btcusdt@bookTicker', 'solusdt@trade', 'solusdt@bookTicker'],
      life_ms: 86_400_000,
    })
    expect(line!.hello(line!.keys, {})).toEqual([])
    expect(['{"result":null,"id":1}', trade(1, MS0)].map((text) => line!.idle!(text))).toEqual([true, false])
    expect(line!.resubscribe(['ethusdt@trade'], ['solusdt@trade'], {})).toEqual([
      '{"method":"SUBSCRIBE","params":["ethusdt@trade"],"id":1}',
      '{"method":"UNSUBSCRIBE","params":["solusdt@trade"],"id":1}',
    ])
  })

  test('market data alone is asked for elsewhere where that role is chosen', () => {
    const [line] = binance.lines({ ...scope, roles: { binance: 'data_only' } })
    expect(line!.endpoint).toBe('data_only')
  })

  test('no asset that is listed there, no socket', () => {
    expect(binance.lines({ ...scope, assets: ['hype'] })).toEqual([])
  })
})

test('times of trades are read in ms and in µs, and quotes have none', () => {
  const { rows } = take([trade(1, MS0), trade(2, MS0 * 1000 + 7), quote(1, '1', '2')])
  expect(rows.map(({ exch_us }) => exch_us)).toEqual([MS0 * 1000, MS0 * 1000 + 7, 0])
})

test('the taker is who was not the maker', () => {
  const { rows } = take([trade(1, MS0), trade(2, MS0, { m: true })])
  expect(rows.map(({ side }) => side)).toEqual([Side.BUY, Side.SELL])
})

test('each frame is one group', () => {
  expect(take([trade(1, MS0), quote(1, '1', '2')]).groups).toEqual([1, 1])
})

test('trade numbers that are left out are counted as missed, the first number misses nothing', () => {
  const { health, rows } = take([trade(10, MS0), trade(11, MS0), trade(15, MS0)])
  expect(rows).toHaveLength(3)
  expect(health).toEqual([{ event: 'missed', line: 'binance/0', detail: 'trades of btc left out', value: 3 }])
})

test('a trade that comes late is added after all, and told', () => {
  const { rows, health } = take([
    trade(10, MS0),
    trade(12, MS0 + 2),
    trade(11, MS0 + 1),
    trade(11, MS0 + 1),
    trade(13, MS0 + 3),
  ])
  expect(rows.map(({ exch_us }) => exch_us / 1_000 - MS0)).toEqual([0, 2, 1, 3])
  expect(health.map(({ event, value }) => [event, value])).toEqual([
    ['missed', 1],
    ['late', 1],
  ])
})

test('a hole of any size is counted at once, and of it the last few numbers are remembered', () => {
  const taken = take([trade(1, MS0), trade(9e15, MS0 + 1)])
  expect(taken.health).toMatchObject([{ event: 'missed', value: 9e15 - 2 }])
  take([trade(1, MS0), trade(1_000, MS0 + 2), trade(935, MS0 + 1), trade(936, MS0 + 1)], taken)
  expect(taken.rows).toHaveLength(5)
})

test('what was there before makes no row again', () => {
  const { rows } = take([
    trade(10, MS0),
    quote(5, '1', '2'),
    trade(10, MS0),
    quote(5, '1', '2'),
    quote(4, '1', '3'),
  ])
  expect(rows).toHaveLength(2)
})

test('numbers that begin anew are taken as soon as their time shows it', () => {
  const taken = createTaken()
  const reader = openReader(binance, taken)
  reader.frame(trade(900, MS0), 1, receipt(0))
  reader.frame(trade(1, MS0 + 900), 1, receipt(900_000))
  reader.frame(trade(1, MS0 + 1_001), 1, receipt(1_001_000))
  reader.frame(trade(2, MS0 + 1_002), 1, receipt(1_002_000))
  reader.frame(quote(900, '1', '2'), 1, receipt(2_000_000))
  reader.frame(quote(1, '1', '2'), 1, receipt(2_500_000))
  reader.frame(quote(2, '1', '2'), 1, receipt(3_100_000))
  expect(taken.rows.map(({ kind }) => kind)).toEqual([
    Kind.PRINT,
    Kind.PRINT,
    Kind.PRINT,
    Kind.QUOTE,
    Kind.QUOTE,
  ])
  expect(taken.health).toEqual([])
})

test('unknown fields are let through and counted by name', () => {
  const taken = take([trade(1, MS0, { X: 1, Y: { z: 1 } })])
  expect(taken.rows).toHaveLength(1)
  expect(taken.unknown).toEqual({ 'trade.X': 1, 'trade.Y': 1 })
})

test('a reader made from a state goes on as the one that gave it', () => {
  const frames = [
    trade(10, MS0),
    quote(5, '1', '2'),
    trade(12, MS0),
    quote(5, '1', '2'),
    trade(12, MS0),
    quote(6, '1', '2'),
  ]
  const whole = take(frames)
  const parts = createTaken()
  let state: unknown
  for (const [i, frame] of frames.entries()) {
    const reader = binance.read(parts.out, state)
    if (i === 0) reader.opened?.(1, 'binance/0', [], true)
    reader.frame(frame, 1, receipt(i))
    state = JSON.parse(JSON.stringify(reader.state()))
  }
  expect(parts.words).toEqual(whole.words)
})

const identity = (frame: string) => binance.read(createTaken().out).identity!(frame)

test('two sockets must agree in numbers of quotes and trades, and in nothing else', () => {
  expect(identity(trade(7, MS0))).toEqual(['BTCUSDT trade 7'])
  expect(identity(quote(8, '1', '2'))).toEqual(['BTCUSDT quote 8'])
  expect(identity('{"result":null,"id":1}')).toBeNull()
  expect(identity('nonsense')).toBeNull()
})

const RECORDED = '../shared/data/binance-raw-ws/spot_btcusdt_20240808.gz'
const absent = existsSync(RECORDED) ? false : `${RECORDED} is absent`

describe('41,249 recorded frames', () => {
  test.skipIf(absent)(
    `become the rows that the importer makes of them${absent ? `; skipped: ${absent}` : ''}`,
    async () => {
      const taken = createTaken()
      const reader = openReader(binance, taken)
      const refused: Record<string, number> = {}
      const locals: number[] = []
      for (const line of gunzipSync(readFileSync(RECORDED)).toString().trimEnd().split('\n')) {
        const wall_us = Number(line.slice(0, 16))
        const before = taken.rows.length
        const fault = reader.frame(line.slice(20), 1, { wall_us, mono_us: wall_us })
        if (fault !== undefined) refused[reasonOf(fault)] = (refused[reasonOf(fault)] ?? 0) + 1
        if (taken.rows.length > before) locals.push(wall_us)
      }
      expect(refused).toEqual({
        'an answer to a request, no market data': 1,
        'depth, which was not asked for': 3451,
      })
      expect(taken.unknown).toEqual({})

      await inFolder(async (folder) => {
        const dir = join(folder, 'dataset')
        await binanceRaw.run([RECORDED], {}, { out: dir })
        const imported = await rowsOf(dir)
        expect(imported).toHaveLength(37_797)
        expect(taken.rows).toHaveLength(imported.length)
        const different = imported.filter((row, i) => {
          const own = taken.rows[i]!
          return (
            row.local_us !== locals[i] ||
            row.exch_us !== own.exch_us ||
            row.kind !== own.kind ||
            row.side !== own.side ||
            row.price !== own.price ||
            row.size !== own.size
          )
        })
        expect(different).toEqual([])
      })
    },
  )
})
