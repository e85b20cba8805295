import { describe, expect, test } from 'vitest'
import { EXAMPLE_LISTING } from '../feeds/clob-market-examples.ts'
import type { JournalRecord } from '../journal/record.ts'
import {
  become,
  book,
  change,
  createCame,
  createPen,
  gather,
  healthOf,
  listed,
  opened,
  type Pen,
  trade,
} from '../normalise/fixtures.ts'

const { up, down } = EXAMPLE_LISTING.tokens
const BOOK = book(
  [
    ['0.48', '30'],
    ['0.49', '20'],
  ],
  [['0.53', '25']],
)
const SNAPSHOT =
  'LEVEL up bid 0.48 30 snapshot | LEVEL up bid 0.49 20 snapshot | LEVEL up ask 0.53 25 snapshot'

/** What becomes of frames of one leading connection, after the market's first book. */
function told(frames: (pen: Pen) => readonly JournalRecord[]) {
  const pen = createPen()
  const records = [listed(pen), opened(pen, 1), pen.frame(1, BOOK), ...frames(pen)]
  const came = become(records)
  expect(came.groups.slice(0, 2)).toEqual(['MARKET up', SNAPSHOT])
  return { ...came, groups: came.groups.slice(2), pen }
}

describe('a book', () => {
  test('becomes what it changes: removals first, then what is new', () => {
    const next = book(
      [
        ['0.48', '30'],
        ['0.5', '7'],
      ],
      [['0.53', '26']],
    )
    expect(told((pen) => [pen.frame(1, next), pen.frame(1, next)]).groups).toEqual([
      'LEVEL up bid 0.49 0 | LEVEL up bid 0.5 7 | LEVEL up ask 0.53 26',
      'ALIVE up',
    ])
  })

  test('of the other token is the same book: its mirror says nothing new', () => {
    const mirror = book(
      [['0.47', '25']],
      [
        ['0.52', '30'],
        ['0.51', '20'],
      ],
      { asset_id: down },
    )
    expect(told((pen) => [pen.frame(1, mirror)]).groups).toEqual(['ALIVE down'])
  })

  test('that is empty is a message too', () => {
    const pen = createPen()
    const { groups } = become([listed(pen), opened(pen, 1), pen.frame(1, book([], []))])
    expect(groups).toEqual(['MARKET up', 'ALIVE up snapshot'])
  })

  test('states the tick size: a row where it is new', () => {
    const finer = book(
      [
        ['0.48', '30'],
        ['0.49', '20'],
      ],
      [['0.53', '25']],
      { tick_size: '0.001' },
    )
    expect(told((pen) => [pen.frame(1, finer), pen.frame(1, finer)]).groups).toEqual([
      'TICK_SIZE up 0.001',
      'ALIVE up',
    ])
  })

  test('of another market’s condition id is refused', () => {
    const other = book([['0.1', '1']], [], { market: `0x${'0'.repeat(64)}` })
    const { groups, normaliser } = told((pen) => [pen.frame(1, other)])
    expect(groups).toEqual([])
    expect(normaliser.totals.refused).toEqual([
      {
        reason: "clob_market: another condition id than the market's",
        count: 1,
        first: 'connection 1 frame 1',
      },
    ])
  })

  test('whose hash is wrong is told and taken: only where the message carries all that is hashed', () => {
    const whole = { min_order_size: '5', tick_size: '0.01', neg_risk: false, last_trade_price: '0.5' }
    const wrong = book([['0.48', '31']], [], { ...whole, hash: 'f00' })
    const unverifiable = book([['0.48', '32']], [], { hash: 'f00' })
    const came = told((pen) => {
      const soon = [pen.frame(1, wrong), pen.frame(1, unverifiable), pen.frame(1, wrong), pen.frame(1, wrong)]
      pen.now_us += 6_000_000
      return [...soon, pen.frame(1, wrong)]
    })
    expect(came.groups.length).toBe(5)
    expect(healthOf(came).filter((event) => event.startsWith('hash'))).toEqual([
      'hash_mismatch clob_market/0 1',
      'hash_mismatch clob_market/0 3',
    ])
  })
})

describe('changes', () => {
  test('before the token’s first book say nothing, also when the other token has one', () => {
    const { groups } = told((pen) => [
      pen.frame(1, change('BUY', '0.5', '1', { asset_id: down })),
      pen.frame(1, change('BUY', '0.5', '1')),
    ])
    expect(groups).toEqual(['LEVEL up bid 0.5 1'])
  })

  test('of both tokens are one: the row is in the terms of the first, and a group of its own', () => {
    const mirror = book(
      [['0.47', '25']],
      [
        ['0.52', '30'],
        ['0.51', '20'],
      ],
      { asset_id: down },
    )
    const both = {
      ...change('BUY', '0.5', '9'),
      price_changes: [
        { asset_id: down, price: '0.5', size: '9', side: 'SELL', best_bid: '0.47', best_ask: '0.5' },
        { asset_id: up, price: '0.5', size: '9', side: 'BUY', best_bid: '0.5', best_ask: '0.53' },
      ],
    }
    const came = told((pen) => [pen.frame(1, mirror), pen.frame(1, both), pen.frame(1, both)])
    expect(came.groups).toEqual(['ALIVE down', 'LEVEL down ask 0.5 9', 'ALIVE down'])
    expect(came.wishes).toEqual([])
  })

  test('after a new tick size wait for the token’s next book, and the old book stays what it is held against', () => {
    const tick = {
      event_type: 'tick_size_change',
      market: EXAMPLE_LISTING.market.condition_id,
      asset_id: up,
      old_tick_size: '0.01',
      new_tick_size: '0.001',
      timestamp: '1776255905061',
    }
    const came = told((pen) => [
      pen.frame(1, tick),
      pen.frame(1, change('BUY', '0.495', '1')),
      pen.frame(
        1,
        book(
          [
            ['0.48', '30'],
            ['0.491', '20'],
          ],
          [['0.53', '25']],
        ),
      ),
      pen.frame(1, change('BUY', '0.495', '1')),
    ])
    expect(came.groups).toEqual([
      'TICK_SIZE up 0.001',
      'LEVEL up bid 0.49 0 | LEVEL up bid 0.491 20',
      'LEVEL up bid 0.495 1',
    ])
    expect(came.wishes).toEqual([
      { wish: 'reseed', feed: 'clob_market', token_id: up, reason: 'tick_size_change' },
    ])
  })
})

describe('the touch that messages state', () => {
  const wrong = (pen: Pen) => pen.frame(1, change('BUY', '0.48', '30', { best_bid: '0.5', best_ask: '0.53' }))
  const right = (pen: Pen) =>
    pen.frame(1, change('BUY', '0.48', '30', { best_bid: '0.49', best_ask: '0.53' }))

  test('may be another for three messages; the fourth asks for the book, once in a while', () => {
    const came = told((pen) => [
      wrong(pen),
      wrong(pen),
      wrong(pen),
      right(pen),
      wrong(pen),
      wrong(pen),
      wrong(pen),
    ])
    expect(came.wishes).toEqual([])
    const four = told((pen) => [wrong(pen), wrong(pen), wrong(pen), wrong(pen), wrong(pen)])
    expect(four.wishes).toEqual([{ wish: 'reseed', feed: 'clob_market', token_id: up, reason: 'mismatch' }])
    expect(healthOf(four).at(-1)).toBe('mismatch clob_market/0 4')
    const later = told((pen) => {
      const many = [wrong(pen), wrong(pen), wrong(pen), wrong(pen)]
      pen.now_us += 6_000_000
      return [...many, wrong(pen)]
    })
    expect(later.wishes.length).toBe(2)
  })

  test('may be another for a second', () => {
    const came = told((pen) => {
      const first = wrong(pen)
      pen.now_us += 1_000_000
      return [first, wrong(pen)]
    })
    expect(came.wishes.length).toBe(1)
  })

  test('of an empty side is 0 or 1, or is left out', () => {
    const states = (best_bid?: string, best_ask?: string) => (pen: Pen) =>
      Array.from({ length: 5 }, () => pen.frame(1, change('SELL', '0.53', '0', { best_bid, best_ask })))
    for (const ask of ['1', '1.00', '', undefined]) expect(told(states('0.49', ask)).wishes).toEqual([])
    expect(told(states('0.49', '0.53')).wishes.length).toBe(1)
  })

  test('by itself is a sign of life, and checked the same', () => {
    const touch = {
      event_type: 'best_bid_ask',
      market: EXAMPLE_LISTING.market.condition_id,
      asset_id: up,
      best_bid: '0.49',
      best_ask: '0.52',
      timestamp: '1776255905061',
    }
    const came = told((pen) => Array.from({ length: 4 }, () => pen.frame(1, touch)))
    expect(came.groups).toEqual(Array(4).fill('ALIVE up'))
    expect(came.wishes.length).toBe(1)
  })
})

describe('a book fetched again', () => {
  const fetched = (timestamp: string) => ({
    ...book([['0.47', '1']], [['0.53', '25']]),
    event_type: undefined,
    timestamp,
  })

  test('becomes what it changes, and the stream goes on from it', () => {
    const came = told((pen) => [
      pen.answer('clob_market', 'book', fetched('1776255905070')),
      pen.frame(1, change('BUY', '0.47', '2')),
    ])
    expect(came.groups).toEqual([
      'LEVEL up bid 0.48 0 | LEVEL up bid 0.49 0 | LEVEL up bid 0.47 1',
      'LEVEL up bid 0.47 2',
    ])
    expect(healthOf(came).at(-1)).toBe('reseed 3')
  })

  test('that is older than the stream is told, and not taken', () => {
    const came = told((pen) => [pen.answer('clob_market', 'books', [fetched('1776255905057')])])
    expect(came.groups).toEqual([])
    expect(healthOf(came).at(-1)).toBe('reseed_stale')
  })

  test('of an unknown token is none of ours; of no shape is refused', () => {
    const came = told((pen) => [
      pen.answer('clob_market', 'book', { ...fetched('1776255905070'), asset_id: '5' }),
      pen.answer('clob_market', 'book', '{"error":"none"}'),
      pen.answer('clob_market', 'book', 'busy', 503),
    ])
    expect(came.groups).toEqual([])
    expect(came.normaliser.malformed).toEqual({ clob_market: 1 })
    expect(healthOf(came).at(-1)).toBe('http_status 503')
  })
})

describe('connections', () => {
  const first = (pen: Pen) => [listed(pen), opened(pen, 1), pen.frame(1, BOOK)]

  test('a new one begins with a book: what was told before is void', () => {
    const pen = createPen()
    const { groups } = become([
      ...first(pen),
      pen.note({ note: 'closed', connection: 1, code: 1006, reason: '' }),
      opened(pen, 2),
      pen.frame(2, change('BUY', '0.5', '1')),
      pen.frame(2, book([['0.48', '30']], [])),
      pen.frame(2, change('BUY', '0.5', '1')),
    ])
    expect(groups.slice(2)).toEqual([
      'BOOK_RESET up snapshot | LEVEL up bid 0.48 30 snapshot',
      'LEVEL up bid 0.5 1',
    ])
  })

  test('a follower takes the lead without a gap: what its book has otherwise is a change, trades not told are told', () => {
    const pen = createPen()
    const came = become([
      ...first(pen),
      opened(pen, 2, false),
      pen.frame(2, BOOK),
      pen.frame(1, trade('0.53', '1', '0xa')),
      pen.frame(2, trade('0.53', '1', '0xa')),
      // From here on the leader is frozen.
      pen.frame(2, change('BUY', '0.5', '1')),
      pen.frame(2, trade('0.53', '2', '0xb')),
      pen.note({ note: 'promoted', connection: 2, line: 'clob_market/0' }),
      pen.frame(2, change('BUY', '0.5', '2')),
      pen.frame(1, change('BUY', '0.5', '1')),
    ])
    expect(came.groups.slice(2)).toEqual([
      'TRADE up buy 0.53 1',
      'LEVEL up bid 0.5 1',
      'TRADE up buy 0.53 2',
      'LEVEL up bid 0.5 2',
    ])
    expect(healthOf(came)).toContain('taken_over clob_market/0 1')
  })

  test('a follower that takes over a line that was lost begins with a whole book', () => {
    const pen = createPen()
    const { groups } = become([
      ...first(pen),
      opened(pen, 2, false),
      pen.frame(2, BOOK),
      pen.frame(2, change('BUY', '0.5', '1')),
      pen.note({
        note: 'lost',
        feed: 'clob_market',
        line: 'clob_market/0',
        since_us: pen.now_us,
        reason: 'silent',
      }),
      pen.note({ note: 'promoted', connection: 2, line: 'clob_market/0' }),
      pen.note({ note: 'back', feed: 'clob_market', line: 'clob_market/0' }),
      pen.frame(2, change('BUY', '0.5', '2')),
    ])
    expect(groups.slice(2)).toEqual([
      'FEED_DOWN',
      `BOOK_RESET up snapshot | ${SNAPSHOT.replace(' | LEVEL up ask', ' | LEVEL up bid 0.5 1 snapshot | LEVEL up ask')}`,
      'FEED_UP',
      'LEVEL up bid 0.5 2',
    ])
  })

  test('a trade that is repeated is told once', () => {
    const came = told((pen) => [
      pen.frame(1, trade('0.5', '1', '0xa')),
      pen.frame(1, trade('0.5', '1', '0xa')),
    ])
    expect(came.groups).toEqual(['TRADE up buy 0.5 1'])
    expect(healthOf(came)).toContain('duplicate_trade clob_market/0')
  })

  test('a token that is asked for again begins anew', () => {
    const { groups } = told((pen) => [
      pen.note({ note: 'subscribed', connection: 1, keys: [] }),
      pen.note({ note: 'subscribed', connection: 1, keys: [up, down] }),
      pen.frame(1, change('BUY', '0.5', '1')),
      pen.frame(1, BOOK),
    ])
    expect(groups).toEqual([`BOOK_RESET up snapshot | ${SNAPSHOT}`])
  })

  test('a token that nobody lists is counted, and no fault: the rest of its message is read', () => {
    const { groups, normaliser } = told((pen) => [
      pen.frame(1, {
        ...change('BUY', '0.5', '1'),
        price_changes: [
          { asset_id: '5', price: '0.5', size: '1', side: 'BUY' },
          { asset_id: up, price: '0.5', size: '1', side: 'BUY' },
        ],
      }),
      pen.frame(1, book([], [], { asset_id: '5' })),
    ])
    expect(groups).toEqual(['LEVEL up bid 0.5 1'])
    expect(normaliser.totals).toMatchObject({
      refused: [],
      unknown_fields: { 'clob_market.a token that is not listed': 2 },
    })
  })

  test('a market that is over is forgotten in a new tape, and begins anew should it be heard of', () => {
    const { normaliser, pen } = told(() => [])
    normaliser.drain()
    const size = () => JSON.stringify(normaliser.state()).length
    const before = size()
    pen.now_us += 7_200_000_000
    normaliser.restate({ wall_us: pen.now_us, mono_us: 0 })
    const came = createCame()
    gather(normaliser, came)
    expect(came.groups).toEqual(['MARKET up snapshot'])
    expect(size()).toBeLessThan(before)
    normaliser.take(pen.frame(1, BOOK))
    gather(normaliser, came)
    expect(came.groups[1]).toBe(SNAPSHOT)
  })
})
