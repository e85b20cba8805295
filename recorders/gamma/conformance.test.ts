import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseIso } from '../../core/units/index.ts'
import { become, createPen } from '../normalise/fixtures.ts'
import { readGammaAnswer } from './answer.ts'

const DATA = new URL('../../../shared/data/', import.meta.url).pathname
const FIXTURES = join(DATA, 'wire-fixtures/')
const DAY = join(DATA, 'chainlink-1hz-2026-06-08/BTC-5m-markets-2026-06-08.jsonl.gz')
const missing = (path: string) => (existsSync(path) ? '' : `; skipped: ${path} is not here`)
const absent = missing(FIXTURES)

test.skipIf(absent !== '')(`a captured window is listed as its object says${absent}`, () => {
  const pen = createPen()
  const came = become([
    pen.answer('gamma', 'market', readFileSync(`${FIXTURES}rust/gamma_market.json`, 'utf8')),
  ])
  expect(came.groups).toEqual(['MARKET up'])
  expect(came.normaliser.totals).toMatchObject({ refused: [], unknown_fields: {} })
  expect(came.normaliser.instruments).toEqual({
    markets: [
      {
        slug: 'btc-updown-5m-1773307200',
        asset: 'btc',
        series: '5m',
        start_us: parseIso('2026-03-12T09:20:00Z'),
        end_us: parseIso('2026-03-12T09:25:00Z'),
        created_us: parseIso('2026-03-11T09:27:51.140253Z'),
        condition_id: '0x78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b',
        // Received a month after its end: what it opened with is not known.
        tick: null,
        min_size: 5_000_000,
        // Fees are on, but no schedule is stated: rules by date answer.
        fee: null,
        settlement: null,
        taker_hold_ms: null,
      },
    ],
    instruments: [
      {
        kind: 'token',
        market: 0,
        outcome: 'up',
        token_id: '104239898038807136052399800151408521467737075933964991162589336683346093173875',
      },
      {
        kind: 'token',
        market: 0,
        outcome: 'down',
        token_id: '71183960810705820955071415844881728181970340514894896943812046065452395013351',
      },
    ],
  })
  const metadata = JSON.parse(String(came.side.market_metadata![0]!.metadata)) as Record<string, unknown>
  expect(metadata).toMatchObject({ liquidity: '20328.3747', rewardsMinSize: 50, acceptingOrders: true })
  expect(metadata).not.toHaveProperty('description')
})

/** Objects of other kinds of markets, and of older forms: none of them is a window, and none is a fault. */
test.skipIf(absent !== '').each([
  ['market', 'rust/gamma_market_closed_binary_accepting_false.json'],
  ['market', 'rust/gamma_market_closed_binary_accepting_true.json'],
  ['market', 'rust/gamma_market_closed_nonbinary_legacy.json'],
  ['market', 'rust/gamma_market_closed_zero_zero_legacy.json'],
  ['market', 'rust/gamma_market_sports_market_map_handicap.json'],
  ['market', 'rust/gamma_market_sports_market_money_line.json'],
  ['market', 'py/http_responses/market_slug.json'],
  ['markets', 'py/http_responses/markets_list.json'],
  ['event', 'py/http_responses/event.json'],
  ['events', 'py/http_responses/events_list.json'],
  ['events', 'rust/gamma_event.json'],
])(`as %s, %s lists no window and is no fault${absent}`, (request, file) => {
  const pen = createPen()
  const came = become([pen.answer('gamma', request, readFileSync(FIXTURES + file, 'utf8'))])
  expect([came.groups, came.normaliser.malformed]).toEqual([[], {}])
})

const absentDay = missing(DAY)

test.skipIf(absentDay !== '')(
  `a day of captured windows: 292 listed and resolved as they were${absentDay}`,
  () => {
    const lines = gunzipSync(readFileSync(DAY)).toString('utf8').trim().split('\n')
    const up = { expected: 0, found: 0 }
    const pen = createPen()
    pen.now_us = Date.UTC(2026, 5, 8) * 1_000
    const records = lines.map((line) => {
      const { raw, outcome_prices } = JSON.parse(line) as { raw: object; outcome_prices: string[] }
      if (outcome_prices[0] === '1') up.expected++
      return pen.answer('gamma', 'market', raw)
    })
    const { normaliser, groups } = become(records)
    expect(normaliser.totals).toMatchObject({ refused: [], unknown_fields: {} })
    expect(groups.filter((words) => words === 'MARKET up').length).toBe(292)
    up.found = normaliser.resolutions.filter(({ up_payout }) => up_payout === 10_000).length
    expect([normaliser.resolutions.length, up.found]).toEqual([292, up.expected])
  },
)

test('whatever text comes, an answer is read or refused in words', () => {
  for (const text of ['', 'null', '[]', '{}', '"a"', '1', '[null]', '{"events":{}}', '{"markets":[[]]}'])
    for (const request of ['event', 'market', 'events', 'markets', 'other']) {
      const answer = readGammaAnswer(request, text)
      if (typeof answer === 'string') expect(answer.length).toBeGreaterThan(3)
      else expect(answer.markets).toEqual([])
    }
})
