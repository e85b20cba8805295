import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clobUser } from './clob-user.ts'
import type { Scope } from './feed.ts'
import { createTaken, openReader, play, receipt, type Taken } from './fixtures.ts'
import { redact } from './redact.ts'

const SCOPE: Scope = { assets: ['btc'], series: ['15m'], markets: [], wallets: [], credentials: new Set() }
const KEY = { api_key: 'a93a3d32-74fa-dd2b-4b67-98bfa6fc5cb5', secret: 's3cr3t==', passphrase: 'p4ssphrase' }

function opened() {
  const taken = createTaken()
  const reader = openReader(clobUser, taken, { keys: ['*'] })
  return { taken, say: (event: object | string) => reader.frame(frameOf(event), 1, receipt()), reader }
}
const frameOf = (event: object | string) => (typeof event === 'string' ? event : JSON.stringify(event))

const ORDER = {
  event_type: 'order',
  type: 'PLACEMENT',
  id: '0xaa',
  owner: 'own',
  market: '0xcc',
  asset_id: '71',
  side: 'BUY',
  original_size: '10',
  size_matched: '0',
  price: '0.57',
  outcome: 'Up',
  associate_trades: null,
  order_type: 'GTC',
  status: 'LIVE',
  created_at: '1672290687',
  expiration: '0',
  maker_address: '0xAB',
  timestamp: '1672290687000',
}
const ENTRY = { order_id: '0xaa', owner: 'own', matched_amount: '5', price: '0.43', asset_id: '71' }
const TRADE = {
  event_type: 'trade',
  type: 'TRADE',
  id: 't1',
  status: 'MATCHED',
  trader_side: 'TAKER',
  taker_order_id: '0xbb',
  market: '0xcc',
  asset_id: '71',
  side: 'BUY',
  size: '10',
  price: '0.57',
  owner: 'own',
  maker_address: '0xab',
  match_time: '1672290701',
  last_update: '1672290701',
  timestamp: '1672290701000',
  maker_orders: [],
}
const orders = ({ side }: Taken) => side.user_orders ?? []
const trades = ({ side }: Taken) => side.user_trades ?? []

describe('the line', () => {
  test('is there with credentials alone, says them once open and takes them out of what it hears', () => {
    expect(clobUser.lines(SCOPE)).toEqual([])
    const [plan] = clobUser.lines({ ...SCOPE, credentials: new Set(['clob_user']) })
    expect(plan!.hello(plan!.keys, KEY).map((text) => JSON.parse(text))).toEqual([
      { type: 'user', auth: { apiKey: KEY.api_key, secret: KEY.secret, passphrase: KEY.passphrase } },
    ])
    const heard = new TextEncoder().encode(JSON.stringify({ ...ORDER, owner: KEY.api_key }))
    expect(new TextDecoder().decode(plan!.scrub!(heard, KEY))).toBe(JSON.stringify(ORDER))
    const clean = new TextEncoder().encode(JSON.stringify(ORDER))
    expect(plan!.scrub!(clean, KEY)).toBe(clean)
  })
})

test.each(clobUser.examples)('example: $title', (example) => {
  expect(play(clobUser, example)).toEqual(example.becomes)
})

describe('orders', () => {
  test('each event is a row, in units: shares for limits, USDC for market orders to buy', () => {
    const { taken, say } = opened()
    for (const order_type of ['GTC', 'GTD', 'FOK', 'FAK'])
      for (const side of ['BUY', 'SELL'])
        expect(say({ ...ORDER, order_type, side, original_size: '12.5' })).toBeUndefined()
    expect(
      orders(taken).map((row) => [row.order_type, row.side, row.original_shares, row.original_usdc]),
    ).toEqual([
      ['GTC', 'buy', 12_500_000, null],
      ['GTC', 'sell', 12_500_000, null],
      ['GTD', 'buy', 12_500_000, null],
      ['GTD', 'sell', 12_500_000, null],
      ['FOK', 'buy', null, 12_500_000],
      ['FOK', 'sell', 12_500_000, null],
      ['FAK', 'buy', null, 12_500_000],
      ['FAK', 'sell', 12_500_000, null],
    ])
  })

  test('a time is the same however it is written, and none where none is', () => {
    const { taken, say } = opened()
    for (const created_at of [
      '1672290687',
      '1672290687000',
      '1672290687000000',
      '2022-12-29T05:11:27Z',
      1_672_290_687,
    ])
      say({ ...ORDER, created_at })
    say({ ...ORDER, created_at: '' })
    say({ ...ORDER, created_at: 'yesterday' })
    const at = 1_672_290_687_000_000
    expect(orders(taken).map((row) => row.created_us)).toEqual([at, at, at, at, at, null, null])
  })

  test('a status is told from what the venue says behind it', () => {
    const { taken, say } = opened()
    for (const status of [
      'CANCELED_no _match\nfound',
      'INVALID',
      'canceled',
      'CANCELLED',
      'SOMETHING NEW',
      '',
    ])
      say({ ...ORDER, type: 'CANCELLATION', status })
    expect(orders(taken).map((row) => [row.status, row.reason])).toEqual([
      ['CANCELED', 'no _match\nfound'],
      ['INVALID', ''],
      ['CANCELED', ''],
      ['CANCELED', ''],
      ['SOMETHING NEW', ''],
      ['', ''],
    ])
  })

  test('what cannot be is refused by field, and good events of the same frame stand', () => {
    const { taken, say } = opened()
    expect(say({ ...ORDER, price: '0.57001' })).toMatch(/^order\.price/)
    expect(say({ ...ORDER, price: '1.5' })).toMatch(/^order\.price/)
    expect(say({ ...ORDER, original_size: '-1' })).toMatch(/^order\.original_size/)
    expect(say({ ...ORDER, side: 'HOLD' })).toMatch(/^order\.side/)
    expect(say({ ...ORDER, event_type: 'news' })).toMatch(/neither/)
    expect(say('{')).toBe('not JSON')
    expect(taken.rows).toEqual([])
    expect(say([ORDER, 7, { ...ORDER, id: '0xab' }] as object)).toEqual({
      reason: 'an event that is no object',
      place: 'events 1 (1 of 3 are refused)',
    })
    expect(orders(taken)).toHaveLength(2)
  })
})

describe('trades', () => {
  test('as maker the own entries count, each with its own token, side, price and amount', () => {
    const { taken, say } = opened()
    const others = { ...ENTRY, order_id: '0x01', owner: 'removed' }
    const maker_orders = [
      others,
      { ...ENTRY, side: 'SELL' },
      { ...ENTRY, order_id: '0xab', asset_id: '72', price: '0.57', matched_amount: '3', side: 'BUY' },
    ]
    say({ ...TRADE, trader_side: 'MAKER', owner: 'removed', maker_orders })
    expect(
      trades(taken).map((row) => [row.role, row.order_id, row.token_id, row.side, row.price, row.size]),
    ).toEqual([
      ['maker', '0xaa', '71', 'sell', 4_300, 5_000_000],
      ['maker', '0xab', '72', 'buy', 5_700, 3_000_000],
    ])
  })

  test('an entry without a side had the taker’s opposite of one token, and the same of the other', () => {
    for (const [side, asset_id, expected] of [
      ['BUY', '71', 'sell'],
      ['BUY', '72', 'buy'],
      ['SELL', '71', 'buy'],
      ['SELL', '72', 'sell'],
    ]) {
      const { taken, say } = opened()
      say({ ...TRADE, trader_side: 'MAKER', owner: 'removed', side, maker_orders: [{ ...ENTRY, asset_id }] })
      expect(trades(taken)[0]!.side).toBe(expected)
    }
  })

  test('without marks own entries are told by an address of own orders; where none can be, that is told', () => {
    const { taken, say } = opened()
    const entries = ['0xZZ', '0xaB'].map((maker_address, i) => ({
      ...ENTRY,
      order_id: `0x${i}`,
      owner: 'removed',
      maker_address,
    }))
    const trade = { ...TRADE, trader_side: 'MAKER', owner: 'removed', maker_orders: entries }
    say(trade)
    expect(trades(taken)).toEqual([])
    expect(taken.health.map(({ event }) => event)).toEqual(['own_part_unknown'])
    say(ORDER)
    say({ ...trade, id: 't2' })
    expect(trades(taken).map((row) => row.order_id)).toEqual(['0x1'])
  })

  test('a part is told again when its status rises, and never when it falls or repeats', () => {
    const statuses = fc.array(
      fc.constantFrom(
        'MATCHED',
        'TRADE_STATUS_MATCHED',
        'MATCHED_NOT_BROADCASTED',
        'MINED',
        'RETRYING',
        'CONFIRMED',
        'FAILED',
        'NEW',
      ),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(statuses, (sent) => {
        const { taken, say } = opened()
        for (const [i, status] of sent.entries())
          say({ ...TRADE, status, last_update: String(1_672_290_701 + i) })
        const ranks = trades(taken).map((row) => row.rank as number)
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
        const told = trades(taken).map((row) => row.status)
        for (let i = 1; i < told.length; i++) expect(told[i]).not.toBe(told[i - 1])
        const first = sent.find((status) => status === 'CONFIRMED' || status === 'FAILED')
        if (first !== undefined) expect(told.at(-1)).toBe(first)
        expect(told.filter((status) => status === 'CONFIRMED' || status === 'FAILED').length).toBeLessThan(2)
      }),
    )
  })

  test('an older word on mining does not undo a newer one', () => {
    const { taken, say } = opened()
    for (const [status, last_update] of [
      ['MINED', '1672290705'],
      ['RETRYING', '1672290709'],
      ['MINED', '1672290705'],
      ['MINED', '1672290715'],
    ])
      say({ ...TRADE, status, last_update })
    expect(trades(taken).map((row) => [row.status, Number(row.exch_us) / 1e6 - 1_672_290_700])).toEqual([
      ['MINED', 5],
      ['RETRYING', 9],
      ['MINED', 15],
    ])
  })

  test('the time of the match is read under both its names, and a mean price to the nearest tick', () => {
    const { taken, say } = opened()
    const { match_time, ...rest } = TRADE
    say({ ...rest, matchtime: match_time, price: '0.57004999' })
    expect(trades(taken)[0]).toMatchObject({
      match_us: 1_672_290_701_000_000,
      price: 5_700,
      price_text: '0.57004999',
    })
  })
})

describe('the stream', () => {
  test('is up when it first answers, and down when its last connection is gone', () => {
    const { taken, say, reader } = opened()
    expect(taken.words).toEqual([])
    say('PONG')
    say(ORDER)
    reader.opened!(2, 'clob_user/0', ['*'], false)
    reader.closed!(1, 'clob_user/0')
    reader.restate!(receipt())
    reader.closed!(2, 'clob_user/0')
    reader.restate!(receipt())
    expect(taken.words).toEqual(['USER_UP', 'SIDE user_orders', 'USER_UP', 'USER_DOWN', 'USER_DOWN'])
  })

  test('a reader that goes on from its state says what the first one would have said', () => {
    const sent = [
      ORDER,
      TRADE,
      { ...TRADE, status: 'MINED' },
      { ...TRADE, status: 'MATCHED' },
      'PONG',
      { ...TRADE, status: 'CONFIRMED' },
    ]
    for (let cut = 0; cut <= sent.length; cut++) {
      const taken = createTaken()
      let reader = openReader(clobUser, taken)
      for (const [i, event] of sent.entries()) {
        if (i === cut) reader = clobUser.read(taken.out, JSON.parse(JSON.stringify(reader.state())))
        reader.frame(frameOf(event), 1, receipt(i))
      }
      const whole = opened()
      for (const event of sent) whole.say(event)
      expect(taken.words).toEqual(whole.taken.words)
    }
  })
})

describe('frames of others', () => {
  const folder = new URL('../../../shared/data/wire-fixtures/', import.meta.url).pathname
  const files = [
    ...[
      'order_cancel',
      'order_placement',
      'trades',
      'user_trade1',
      'user_trade2',
      'user_trade3',
      'user_trade4',
    ].map((name) => `py/ws_messages/${name}.json`),
    ...[
      'order_cancellation',
      'order_fok_killed',
      'order_matched',
      'order_msg',
      'order_placement',
      'order_update',
    ].map((name) => `rust/ws_user_${name}.json`),
    ...['order_venue_cancel', 'trade', 'trade_msg'].map((name) => `rust/ws_user_${name}.json`),
  ]
  test.each(files)('%s is read, and no credential of it is kept', (file) => {
    const path = join(folder, file)
    if (!existsSync(path)) {
      console.log(`skipped: ${path} is not here`)
      return
    }
    const sent = readFileSync(path, 'utf8')
    const text = redact(sent, KEY)
    for (const owner of sent.match(/"(?:order_|trade_)?owner": "[^"]+"/g) ?? [])
      expect(text).not.toContain(/: "(.+)"/.exec(owner)![1])
    const { taken, say } = opened()
    say({ ...ORDER, maker_address: '0xa3D82Ed56F4c68d2328Fb8c29e568Ba2cAF7d7c8' })
    expect(say(text)).toBeUndefined()
    expect(orders(taken).length - 1 + trades(taken).length).toBeGreaterThan(0)
    expect(taken.unknown).toEqual({})
  })
})
