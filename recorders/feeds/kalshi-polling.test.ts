import { describe, expect, test } from 'vitest'
import { defaults } from '../../core/config/index.ts'
import { SECOND } from '../../core/units/index.ts'
import { kalshiMarket, kalshiTokens } from '../kalshi/index.ts'
import { pollSettings } from '../settings.ts'
import { answerOf } from './answers.fixture.ts'
import type { Polling, Scope } from './feed.ts'
import { kalshi } from './kalshi.ts'

const SETTINGS = defaults(pollSettings)
const TICKER = 'KXBTC15M-26NOV202015-15'
const MARKET = kalshiMarket(TICKER, 0)!
const SCOPE: Scope = {
  assets: ['btc', 'eth'],
  series: ['15m'],
  markets: [{ index: 0, market: MARKET, tokens: kalshiTokens(TICKER), version: 'v1' }],
  wallets: [],
  credentials: new Set(),
}
const DURING = MARKET.end_us - 60 * SECOND

const polling = (state?: unknown) => kalshi.polling!(SETTINGS, state)
const linesOf = (one: Polling, scope = SCOPE) => one.plans(scope).map(({ line }) => line)
const planOf = (one: Polling, line: string) => one.plans(SCOPE).find((plan) => plan.line === line)!
describe('Kalshi is asked', () => {
  test('for books and trades where no key lets us listen, else for positions, signed; for 15 minutes alone', () => {
    const always = ['kalshi/markets/KXBTC15M', 'kalshi/markets/KXETH15M', 'kalshi/results']
    expect(linesOf(polling())).toEqual([...always, `kalshi/book/${TICKER}`, `kalshi/trades/${TICKER}`])
    const keyed: Scope = { ...SCOPE, credentials: new Set(['kalshi']) }
    expect(linesOf(polling(), keyed)).toEqual([...always, 'kalshi/positions'])
    const ask = polling().plans(keyed).at(-1)!.ask(DURING)!
    expect(() => ask.headers!({}, 0)).toThrow(/key_id/)
    expect(linesOf(polling(), { ...SCOPE, series: ['5m', '1h'] })).toEqual([])
  })

  test('for the next page as long as there is one, also by whoever goes on from its state', () => {
    let one = polling()
    const line = 'kalshi/markets/KXBTC15M'
    const first = '/trade-api/v2/markets?series_ticker=KXBTC15M&status=open&limit=1000'
    expect(planOf(one, line).ask(0)!.path).toBe(first)
    expect(planOf(one, line).answered!(answerOf({ markets: [], cursor: 'a&b' }))).toBe(true)
    one = polling(JSON.parse(JSON.stringify(one.state())))
    expect(planOf(one, line).ask(0)!.path).toBe(`${first}&cursor=a%26b`)
    expect(planOf(one, line).answered!(answerOf({ markets: [], cursor: '' }))).toBe(false)
    expect(planOf(one, line).ask(0)!.path).toBe(first)
    planOf(one, line).answered!(answerOf({ cursor: 'c' }))
    expect(planOf(one, line).answered!(answerOf('<html>', false))).toBe(false)
    expect(planOf(one, line).ask(0)!.path).toBe(first)
  })

  test('for a book until its market ends', () => {
    const plan = planOf(polling(), `kalshi/book/${TICKER}`)
    expect(plan.ask(DURING)!.path).toBe(`/trade-api/v2/markets/${TICKER}/orderbook`)
    expect(plan.ask(MARKET.end_us)).toBeNull()
  })

  test('for trades from where every page was read, and not from where reading broke off', () => {
    const one = polling()
    const plan = () => planOf(one, `kalshi/trades/${TICKER}`)
    const path = `/trade-api/v2/markets/trades?ticker=${TICKER}&limit=1000`
    const trades = (second: number, cursor: string) =>
      answerOf({ trades: [{ created_time: `2026-11-21T01:00:${second}.9Z` }, {}, 3], cursor })
    expect(plan().ask(DURING)!.path).toBe(path)
    expect(plan().answered!(trades(30, 'c'))).toBe(true)
    expect(plan().ask(DURING)!.path).toBe(`${path}&cursor=c`)
    expect(plan().answered!(answerOf({}, false))).toBe(false)
    expect(plan().ask(DURING)!.path).toBe(path)
    plan().answered!(trades(40, 'c'))
    expect(plan().answered!(trades(20, ''))).toBe(false)
    const since = Date.parse('2026-11-21T01:00:40Z') / 1_000
    expect(plan().ask(DURING)!.path).toBe(`${path}&min_ts=${since}`)
    expect(plan().ask(MARKET.end_us + 61 * SECOND)).toBeNull()
  })

  test('for the result of a market that ended until it is final, also when nobody listens to it any longer', () => {
    const one = polling()
    one.plans(SCOPE)
    const plan = one.plans({ ...SCOPE, markets: [] }).find(({ line }) => line === 'kalshi/results')!
    expect(plan.ask(DURING)).toBeNull()
    expect(plan.ask(MARKET.end_us)!.path).toContain(`tickers=${TICKER}`)
    plan.answered!(answerOf({ markets: [{ ticker: TICKER, status: 'determined', result: 'yes' }] }))
    expect(plan.ask(MARKET.end_us)).not.toBeNull()
    plan.answered!(answerOf({ markets: [{ ticker: TICKER, status: 'finalized', result: 'yes' }] }))
    expect(plan.ask(MARKET.end_us)).toBeNull()
    const late = polling()
    expect(planOf(late, 'kalshi/results').ask(MARKET.end_us + 3 * 3_600 * SECOND)).toBeNull()
  })
})
