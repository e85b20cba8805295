import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Scope } from './feed.ts'
import { createTaken, openReader, RECEIVED_US, receipt, type Taken } from './fixtures.ts'
import { polybolt } from './polybolt.ts'

const T0 = RECEIVED_US / 1_000

const update = (
  seq: number,
  s: number,
  value: string,
  { channel = 'price.crypto', extra = {}, payload = {} } = {},
) =>
  JSON.stringify({
    v: 1,
    channel,
    seq,
    ts: T0 + s * 1_000 + 100,
    ...extra,
    payload: { symbol: 'btcusd', timestamp: T0 + s * 1_000, full_accuracy_value: value, ...payload },
  })

function take(frames: readonly string[], taken: Taken = createTaken(), keys: readonly string[] = []): Taken {
  const reader = openReader(polybolt, taken, { keys })
  for (const [i, frame] of frames.entries()) expect(reader.frame(frame, 1, receipt(i))).toBeUndefined()
  return taken
}

describe('lines', () => {
  const scope: Scope = {
    assets: ['btc', 'zec'],
    series: [],
    markets: [],
    wallets: [],
    credentials: new Set(['polybolt']),
  }

  test('credentials come first, and only in what the connection sends', () => {
    const [line] = polybolt.lines(scope)
    const secrets = { api_key: 'key-1', secret: 'secret-2', passphrase: 'phrase-3' }
    const frames = line!.hello(line!.keys, secrets)
    expect(frames[0]).toBe(
      '{"op":"auth","rid":"auth","auth":{"apiKey":"key-1","secret":"secret-2","passphrase":"phrase-3"}}',
    )
    const rest = JSON.stringify([
      line,
      frames.slice(1),
      line!.resubscribe(['price.crypto:btcusd'], [], secrets),
    ])
    for (const one of Object.values(secrets)) expect(rest).not.toContain(one)
  })

  test('each channel and window is asked for in a frame of its own, for the assets that it has', () => {
    const [line] = polybolt.lines(scope)
    expect(
      line!
        .hello(line!.keys, {})
        .slice(1)
        .map((text) => JSON.parse(text)),
    ).toEqual([
      {
        op: 'subscribe',
        rid: 'price.crypto',
        subscriptions: [{ channel: 'price.crypto', filter: { symbol: 'btcusd' } }],
      },
      ...[30, 60].map((window_seconds) => ({
        op: 'subscribe',
        rid: `price.crypto.twap:${window_seconds}`,
        subscriptions: ['btcusd', 'zecusd'].map((symbol) => ({
          channel: 'price.crypto.twap',
          filter: { symbol, window_seconds },
        })),
      })),
    ])
  })

  test('without credentials there is no socket', () => {
    expect(polybolt.lines({ ...scope, credentials: new Set() })).toEqual([])
  })

  test('all assets stay within 64 subscriptions and 20 frames', () => {
    const [line] = polybolt.lines({
      ...scope,
      assets: ['btc', 'eth', 'sol', 'xrp', 'doge', 'bnb', 'hype', 'zec'],
    })
    expect(line!.keys).toHaveLength(22)
    expect(line!.hello(line!.keys, {}).length).toBeLessThanOrEqual(20)
  })
})

test('numbers left out and messages the server dropped are missed, whichever is more, by channel', () => {
  const twap = { channel: 'price.crypto.twap', payload: { window_seconds: 60 } }
  const { health, rows } = take([
    update(1, 1, '100'),
    update(50, 1, '100', twap),
    update(4, 2, '101'),
    update(51, 2, '101', { ...twap, extra: { dropped: 3 } }),
    update(54, 3, '102', { ...twap, extra: { dropped: 2 } }),
    update(5, 3, '102'),
  ])
  expect(rows).toHaveLength(6)
  expect(health.map(({ event, detail, value }) => [event, detail, value])).toEqual([
    ['missed', 'messages of price.crypto', 2],
    ['missed', 'messages of price.crypto.twap', 3],
    ['missed', 'messages of price.crypto.twap', 2],
  ])
})

test('numbers begin anew with each connection', () => {
  const taken = createTaken()
  const reader = openReader(polybolt, taken)
  reader.frame(update(90, 1, '100'), 1, receipt())
  reader.opened?.(2, 'polybolt/0', [], true)
  reader.frame(update(1, 2, '101'), 2, receipt())
  reader.frame(update(1, 2, '101'), 2, receipt())
  expect(taken.rows).toHaveLength(2)
  expect(taken.health).toEqual([])
})

test('a refusal says what to do, and never what we sent', () => {
  const codes = [
    'auth_required',
    'auth_invalid',
    'auth_unavailable',
    'auth_attempts',
    'auth_expired',
    'bad_op',
    'bad_channel',
    'bad_filter',
    'sub_limit',
    'rate_limited',
    'something_new',
  ]
  const { health } = take(codes.map((code) => JSON.stringify({ op: 'error', code, rid: 'auth' })))
  expect(health.map(({ event }) => event)).toEqual(codes.map(() => 'refused'))
  for (const [i, { detail }] of health.entries()) {
    expect(detail.startsWith(`${codes[i]}, `)).toBe(true)
    expect(detail.length).toBeGreaterThan(codes[i]!.length + 20)
  }
  expect(new Set(health.map(({ detail }) => detail)).size).toBe(codes.length)
})

test('values that do not say whose they are belong to the one thing that is listened to, else they are refused', () => {
  const text = update(1, 1, '100').replace('"symbol":"btcusd",', '')
  expect(take([text], createTaken(), ['price.crypto:btcusd', 'price.crypto.twap:ethusd:60']).words).toEqual([
    `ORACLE pyth-spot btc 100 at ${T0 + 1_000}`,
  ])
  const taken = createTaken()
  const reader = openReader(polybolt, taken, { keys: ['price.crypto:btcusd', 'price.crypto:ethusd'] })
  expect(reader.frame(text, 1, receipt())).toBe('values that do not say whose they are')
})

describe('what is refused', () => {
  test.each([
    [update(1, 1, '100').replace('"v":1', '"v":2'), /^update\.v: /],
    [update(1, 1, '100', { payload: { symbol: 'pepeusd' } }), /^a symbol/],
    [update(1, 1, '100', { payload: { symbol: 'zecusd' } }), /^a symbol/],
    [update(1, 1, '100', { channel: 'price.crypto.twap', payload: { window_seconds: 90 } }), /^a window/],
    [update(1, 1, '0.0'), /^a full value that is not a decimal/],
    [update(1, 1, '100', { payload: { value: 1e20 } }), /^a value that is not a decimal/],
    [update(1, 1, '100', { payload: { value: 101 } }), /its scale has changed$/],
    ['{"op":null}', /^answer\.op: /],
  ])('%s', (text, reason) => {
    const taken = createTaken()
    expect(openReader(polybolt, taken).frame(text, 1, receipt())).toMatch(reason)
    expect(taken.words).toEqual([])
  })
})

test('a reader made from a state goes on as the one that gave it', () => {
  const frames = [
    update(1, 1, '100'),
    update(4, 2, '101'),
    update(4, 2, '101'),
    update(5, 2, '101'),
    update(6, 3, '102'),
  ]
  const parts = createTaken()
  let state: unknown
  for (const [i, frame] of frames.entries()) {
    const reader = polybolt.read(parts.out, state)
    if (i === 0) reader.opened?.(1, 'polybolt/0', [], true)
    reader.frame(frame, 1, receipt(i))
    state = JSON.parse(JSON.stringify(reader.state()))
  }
  expect(parts.words).toEqual(take(frames).words)
})

const CAPTURED = '../shared/data/wire-captures/polybolt_staging_frames_2026-09.jsonl'
const absent = existsSync(CAPTURED) ? '' : `; skipped: ${CAPTURED} is absent`

describe('captured frames', () => {
  test.skipIf(absent !== '')(`become these events${absent}`, () => {
    const taken = createTaken()
    const reader = openReader(polybolt, taken, { keys: ['price.crypto:btcusd'] })
    const frames = readFileSync(CAPTURED, 'utf8').trimEnd().split('\n')
    const refused = frames
      .map((frame) => reader.frame(frame, 1, receipt()))
      .filter((reason) => reason !== undefined)
    expect(taken.words).toEqual([
      'HEALTH refused polybolt/0',
      'ORACLE pyth-spot btc 78803.76173179 at 1788886057000 snapshot',
      'ORACLE pyth-spot btc 78801.86287741 at 1788886058000 snapshot',
      'ORACLE pyth-spot btc 78798.28703224 at 1788886059000 snapshot',
      'HEALTH refused polybolt/0',
      'HEALTH missed polybolt/0 2',
      'ORACLE pyth-spot eth 2497.38586148 at 1788886177000',
      'ORACLE pyth-spot btc 78794.15450441 at 1788886177000',
      'ORACLE chainlink-twap-60 btc 78803.715261094101516288 at 1788886177000',
    ])
    // Best prices of a market, and a share: channels that are not asked for.
    expect(refused).toHaveLength(2)
    // The capture's own mark of what it left out.
    expect(taken.unknown).toEqual({ 'snapshot.payload._truncated_here_original_had_about_120_points': 1 })
  })
})
