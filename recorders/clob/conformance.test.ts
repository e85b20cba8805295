import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXAMPLE_LISTING } from '../feeds/clob-market-examples.ts'
import { become, book, createPen, opened } from '../normalise/fixtures.ts'

const FOLDER = new URL('../../../shared/data/wire-fixtures/', import.meta.url).pathname
const absent = existsSync(FOLDER) ? '' : `; skipped: ${FOLDER} is not here`

type Raw = Record<string, unknown>

/** Tokens of a message, Up first; the second is made up where it has one. */
function tokensOf(raw: Raw): [string, string] {
  const changes = (raw.price_changes ?? []) as { asset_id: string }[]
  const ids = [
    raw.asset_id,
    ...changes.map(({ asset_id }) => asset_id),
    ...((raw.assets_ids ?? []) as string[]),
  ]
  const [up, down = '1'] = [...new Set(ids.filter((id) => typeof id === 'string'))]
  return [up!, down]
}

/** What a recorded message becomes for somebody who has both tokens' books, empty ones, or none where `fresh`. */
function becomes(file: string, { fresh = false, request = '' } = {}): string[] {
  const text = readFileSync(FOLDER + file, 'utf8')
  const raw = JSON.parse(text) as Raw
  const { market } = raw as { market: string }
  const [up, down] = tokensOf(raw)
  const pen = createPen()
  const metadata = pen.answer('gamma', 'market', {
    slug: EXAMPLE_LISTING.market.slug,
    conditionId: market,
    outcomes: '["Up", "Down"]',
    clobTokenIds: JSON.stringify([up, down]),
  })
  const empty = (asset_id: string) =>
    pen.frame(1, book([], [], { market, asset_id, timestamp: '1600000000000' }))
  const { groups, normaliser, wishes } = become([
    metadata,
    opened(pen, 1),
    ...(fresh ? [] : [empty(up), empty(down)]),
    request === '' ? pen.frame(1, text) : pen.answer('clob_market', request, text),
  ])
  expect(normaliser.totals).toMatchObject({ refused: [], unknown_fields: {} })
  return [...groups.slice(fresh ? 1 : 3), ...wishes.map((wish) => `WISH ${wish.wish}`)]
}

const levels = (snapshot: string, ...words: string[]) =>
  words.map((one) => `LEVEL up ${one}${snapshot}`).join(' | ')
const BOOK = levels(
  ' snapshot',
  'bid 0.48 500',
  'bid 0.49 350',
  'bid 0.5 200',
  'ask 0.51 150',
  'ask 0.52 250',
  'ask 0.53 400',
)

const CASES: readonly [
  file: string,
  becomes: readonly string[],
  how?: { fresh?: boolean; request?: string },
][] = [
  ['rust/ws_book_snapshot.json', [BOOK], { fresh: true }],
  [
    'rust/ws_market_book_msg.json',
    [levels(' snapshot', 'bid 0.49 350', 'bid 0.5 200', 'ask 0.51 150', 'ask 0.52 250')],
    { fresh: true },
  ],
  ['rust/ws_last_trade.json', ['TRADE up buy 0.51 25']],
  ['rust/ws_market_last_trade_msg.json', ['TRADE up buy 0.51 25']],
  ['py/ws_messages/last_trade_price.json', ['TRADE up sell 0.491 85.36']],
  ['rust/ws_market_best_bid_ask_msg.json', ['ALIVE up']],
  // A market on a share price: none of ours.
  ['rust/ws_market_new_market_msg.json', [], { fresh: true }],
  ['rust/ws_market_resolved_msg.json', ['RESOLVED up 1']],
  ['rust/ws_market_price_change_msg.json', ['LEVEL up bid 0.51 150']],
  // Both tokens' words on one level: the second is newer.
  ['rust/ws_quotes.json', ['LEVEL up bid 0.51 150 | LEVEL down ask 0.49 100']],
  ['py/ws_messages/price_change.json', ['LEVEL up ask 0.514 21574.08']],
  [
    'py/ws_messages/price_change_v2.json',
    ['LEVEL up bid 0.6 3300 | LEVEL up bid 0.5 3400 | LEVEL up bid 0.7 3400'],
  ],
  ['rust/ws_market_tick_size_msg.json', ['TICK_SIZE up 0.01', 'WISH reseed']],
  ['rust/ws_tick_size_change.json', ['TICK_SIZE up 0.01', 'WISH reseed']],
  ['py/ws_messages/tick_size_change.json', ['TICK_SIZE up 0.001', 'WISH reseed']],
  [
    'rust/clob_book_response.json',
    [
      levels(
        '',
        'bid 0.48 100',
        'bid 0.49 200',
        'bid 0.5 150',
        'ask 0.51 120',
        'ask 0.52 180',
        'ask 0.53 90',
      ),
    ],
    { request: 'book' },
  ],
  [
    'py/http_responses/book.json',
    [
      levels(
        '',
        'bid 0.01 1000',
        'bid 0.06 200',
        'bid 0.08 120',
        'bid 0.09 294',
        'bid 0.1 125',
        'ask 0.14 705',
        'ask 0.2 70',
        'ask 0.38 192.3',
        'ask 0.46 10',
        'ask 0.47 50',
        'ask 0.5 30',
        'ask 0.98 5000',
      ),
    ],
    { request: 'book' },
  ],
]

test.skipIf(absent !== '').each(CASES)(`%s becomes its rows${absent}`, (file, words, how) => {
  expect(becomes(file, how)).toEqual(words)
})

test.skipIf(absent !== '')(`a book of 162 levels becomes as many rows, by rising price${absent}`, () => {
  const [group] = becomes('py/ws_messages/book.json', { fresh: true })
  const rows = group!.split(' | ')
  expect(rows.length).toBe(76 + 86)
  expect([rows[0], rows[75], rows[76], rows[161]]).toEqual([
    'LEVEL up bid 0.001 9000023.58 snapshot',
    'LEVEL up bid 0.511 1304.72 snapshot',
    'LEVEL up ask 0.514 20230.87 snapshot',
    'LEVEL up ask 0.999 10500100 snapshot',
  ])
})
