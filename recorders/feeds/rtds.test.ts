import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Flag } from '../../core/events/index.ts'
import type { Scope } from './feed.ts'
import { createTaken, openReader, RECEIVED_US, receipt, type Taken } from './fixtures.ts'
import { rtds } from './rtds.ts'

const T0 = RECEIVED_US / 1_000

const update = (
  s: number,
  full: string,
  { topic = 'crypto_prices_chainlink', symbol = 'btc/usd', relay_ms = 400 } = {},
) =>
  JSON.stringify({
    topic,
    type: 'update',
    timestamp: T0 + s * 1_000 + relay_ms,
    payload: { symbol, timestamp: T0 + s * 1_000, full_accuracy_value: full },
  })
const backfill = (
  values: readonly [s: number, value: string][],
  topic = 'crypto_prices_chainlink',
  symbol = 'btc/usd',
) =>
  `{"topic":"${topic}","type":"subscribe","timestamp":${T0},"payload":{"symbol":"${symbol}","data":[${values
    .map(([s, value]) => `{"timestamp":${T0 + s * 1_000},"value":${value}}`)
    .join(',')}]}}`
const e18 = (usd: number) => `${usd}${'0'.repeat(18)}`

function take(frames: readonly string[], taken: Taken = createTaken()): Taken {
  const reader = openReader(rtds, taken)
  for (const [i, frame] of frames.entries()) expect(reader.frame(frame, 1, receipt(i))).toBeUndefined()
  return taken
}
const stamps = ({ rows }: Taken) => rows.map(({ exch_us }) => (exch_us - RECEIVED_US) / 1e6)

describe('lines', () => {
  const scope: Scope = {
    assets: ['btc', 'hype'],
    series: [],
    markets: [],
    wallets: [],
    credentials: new Set(),
  }
  const [line] = rtds.lines(scope)

  test('each topic is asked for in a frame of its own, with compact filters', () => {
    const frames = line!.hello(line!.keys, {})
    expect(frames).toEqual([
      '{"action":"subscribe","subscriptions":[{"topic":"crypto_prices","type":"update","filters":"{\\"symbol\\":\\"btcusdt\\"}"}]}',
      ...['chainlink', 'twap_thirty', 'twap_sixty'].map(
        (name) =>
          `{"action":"subscribe","subscriptions":[{"topic":"crypto_prices_${name}","type":"*","filters":"{\\"symbol\\":\\"btc/usd\\"}"},{"topic":"crypto_prices_${name}","type":"*","filters":"{\\"symbol\\":\\"hype/usd\\"}"}]}`,
      ),
    ])
    for (const frame of frames) expect(frame).not.toMatch(/\s/)
  })

  test('a ping every 5 s need not be answered', () => {
    expect(line!.keepalive).toMatchObject({ kind: 'text', every_ms: 5_000, text: 'PING', timeout_ms: 0 })
    expect(line!.keepalive.kind === 'text' && ['', 'PONG', '{"a":1}'].map(line!.keepalive.pong)).toEqual([
      true,
      true,
      false,
    ])
  })

  test('says that it is deprecated, and what takes its place', () => {
    expect(rtds.describe).toMatch(/deprecated.*2026-10-23.*polybolt/)
  })
})

test('both stamps are kept: the source’s on the row, the relay’s as a delay once a minute', () => {
  const taken = createTaken()
  const reader = openReader(rtds, taken)
  for (let s = 0; s <= 60; s++)
    reader.frame(update(s, e18(100 + s), { relay_ms: 400 + s }), 1, receipt(s * 1_000_000))
  expect(stamps(taken)).toEqual([...Array(61).keys()])
  expect(taken.health).toEqual([
    {
      event: 'relay_delay',
      line: 'rtds/0',
      detail: 'chainlink-spot: the source’s stamp to the relay’s, 60 values, at most 459000 µs',
      value: 429_500,
    },
  ])
})

test('a backfill adds only what is newer than what is there, the oldest first, marked', () => {
  const taken = take([
    update(2, e18(102)),
    backfill([
      [4, '104.25'],
      [1, '101'],
      [3, '103'],
      [2, '999'],
    ]),
  ])
  expect(stamps(taken)).toEqual([2, 3, 4])
  expect(taken.rows.map(({ flags }) => flags)).toEqual([0, Flag.SNAPSHOT, Flag.SNAPSHOT])
  expect(taken.groups).toEqual([1, 2])
})

test('a value said twice is added once; a correction and a late one are added', () => {
  const taken = take([
    update(5, e18(105)),
    update(5, e18(105)),
    update(7, e18(107)),
    update(6, e18(106)),
    update(6, e18(106)),
    update(5, e18(105)),
    update(7, e18(108)),
  ])
  expect(stamps(taken)).toEqual([5, 7, 6, 7])
})

test('Chainlink spot under Binance’s label goes to Chainlink’s series, Binance’s own stays', () => {
  const { instruments } = take([
    backfill([[1, '100.5']], 'crypto_prices', 'btc/usd'),
    backfill([[1, '100.5']], 'crypto_prices', 'btcusdt'),
  ])
  expect(instruments.instruments).toMatchObject([
    { name: 'chainlink-spot', asset: 'btc', venue: 'chainlink' },
    { name: 'rtds-binance', asset: 'btc', venue: 'binance' },
  ])
})

describe('what is refused', () => {
  test.each([
    [update(1, e18(100), { topic: 'equity_prices' }), 'a topic that was not asked for'],
    [update(1, e18(100), { symbol: 'toString' }), 'a symbol that was not asked for'],
    [
      update(1, '100.00', { topic: 'crypto_prices', symbol: 'btc/usd' }).replace(
        '"payload":{',
        '"payload":{"value":90,',
      ),
      'a full value that is not the value: its scale has changed',
    ],
    [update(1, '-1'), 'a full value that is not a decimal of 1e-18 above 0'],
    [update(1, '0'), 'a full value that is not a decimal of 1e-18 above 0'],
    [
      update(1, e18(100)).replace('"payload":{', '"payload":{"window_s":30,'),
      'a window that is not the topic’s',
    ],
    [
      update(1, e18(100)).replace(`"timestamp":${T0 + 1_000}`, '"timestamp":1795'),
      'no time of the source in ms or µs',
    ],
    [update(1, e18(100)).replace('"full_accuracy_value"', '"other"'), 'no value'],
    [update(1, e18(100)).replace('"update"', '"delete"'), 'a type of message that was not asked for'],
    ['{"a":1}', 'neither a price nor an answer'],
    ['[1]', 'not a JSON object'],
    ['PONGX', 'not JSON'],
  ])('%s', (text, reason) => {
    const taken = createTaken()
    expect(openReader(rtds, taken).frame(text, 1, receipt())).toBe(reason)
    expect(taken.words).toEqual([])
  })
})

test('the newest value of each series is said again at the beginning of a tape, with its own stamp', () => {
  const taken = createTaken()
  const reader = openReader(rtds, taken)
  reader.frame(update(5, e18(105)), 1, receipt())
  reader.frame(update(3, e18(103)), 1, receipt())
  const restored = rtds.read(taken.out, JSON.parse(JSON.stringify(reader.state())))
  restored.restate!(receipt(9))
  expect(taken.words.at(-1)).toBe(`ORACLE chainlink-spot btc 105 at ${T0 + 5_000} snapshot`)
  expect(restored.frame(update(3, e18(103)), 1, receipt())).toBeUndefined()
  expect(taken.rows).toHaveLength(3)
})

test('two sockets must agree in updates, not in backfills', () => {
  const identity = (text: string) => rtds.read(createTaken().out).identity!(text)
  expect(identity(update(1, e18(100)))).toEqual([`chainlink-spot btc ${RECEIVED_US + 1e6} 10000000000 0`])
  for (const text of [backfill([[1, '100']]), 'PONG', '{"statusCode":401,"body":{"message":"x"}}', '{'])
    expect(identity(text)).toBeNull()
})

const CAPTURED = '../shared/data/wire-captures/rtds_frames_captured_2026-09-05.jsonl'
const absent = existsSync(CAPTURED) ? '' : `; skipped: ${CAPTURED} is absent`

describe('captured frames', () => {
  test.skipIf(absent !== '')(`become these events, with no unknown field${absent}`, () => {
    const taken = createTaken()
    const reader = openReader(rtds, taken)
    const frames = readFileSync(CAPTURED, 'utf8').trimEnd().split('\n')
    expect(frames.map((frame) => reader.frame(frame, 1, receipt()))).toEqual(frames.map(() => undefined))
    expect(taken.words).toEqual([
      'ORACLE rtds-binance btc 79697.73 at 1788600389000',
      'ORACLE chainlink-spot btc 79696.94817428796 at 1788600388000',
      'ORACLE chainlink-twap-30 btc 79697.474565615044788224 at 1788600388000',
      'ORACLE chainlink-twap-60 btc 79697.575317474428059648 at 1788600388000',
      // Backfills of TWAP 30 and Binance lie before what is there; those of spot, mislabelled, and TWAP 60 after it.
      'ORACLE chainlink-spot btc 79639.20029609217 at 1788608387000 snapshot',
      'ORACLE chainlink-spot btc 79639.18129358691 at 1788608388000 snapshot',
      'ORACLE chainlink-spot btc 79639.19042885714 at 1788608389000 snapshot',
      'ORACLE chainlink-twap-60 btc 79639.795829763498573824 at 1788608387000 snapshot',
      'ORACLE chainlink-twap-60 btc 79639.79092176790355968 at 1788608388000 snapshot',
      'ORACLE chainlink-twap-60 btc 79639.787357732704616448 at 1788608389000 snapshot',
      'HEALTH refused rtds/0',
    ])
    expect(taken.unknown).toEqual({})
  })
})
