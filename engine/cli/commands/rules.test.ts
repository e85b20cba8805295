import { expect, test } from 'vitest'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

async function rules(...argv: string[]) {
  const { io, out, err } = capture()
  const code = await runCli(['rules', ...argv], io)
  return { code, out: out(), err: err() }
}

test('the JSON is whole and exact, in USDC and shares', async () => {
  const { code, out, err } = await rules('--market', 'btc-updown-5m-1776240000', '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toEqual({
    market: 'btc-updown-5m-1776240000',
    asset: 'btc',
    series: '5m',
    window_start: '2026-04-15T08:00:00Z',
    window_end: '2026-04-15T08:05:00Z',
    at: '2026-04-15T08:00:00Z',
    fee: {
      rate: 0.072,
      exponent: 1,
      taker_only: true,
      charged_in: { buy: 'shares', sell: 'usdc' },
      buy_amount: 'usdc_value_over_price',
      certainty: 'low',
      key_time: '2026-04-14T08:00:00Z',
      origin: 'table',
    },
    taker_hold_ms: 0,
    settlement: { source: 'chainlink', kind: 'spot', lookback_s: 0, tie: 'up' },
    tick: { value: 0.01, origin: 'default' },
    min_size: { value: 5, origin: 'default' },
    marketable_buy_min: 1,
    maker_rebate_share: 0.2,
    certainty: { taker_hold: 'medium', settlement: 'high', charged_in: 'medium' },
  })
})

test('the time of the order selects what is keyed by orders, and nothing else', async () => {
  const market = 'btc-updown-5m-1777373700' // 2026-04-28 10:55, five minutes before the fee moved to USDC
  const before = JSON.parse((await rules('--market', market, '--json')).out)
  const after = JSON.parse((await rules('--market', market, '--at', '2026-04-28T11:00:00Z', '--json')).out)
  expect(before.fee.charged_in.buy).toBe('shares')
  expect(after.fee).toEqual({ ...before.fee, charged_in: { buy: 'usdc', sell: 'usdc' }, buy_amount: 'usdc' })
  expect(after.at).toBe('2026-04-28T11:00:00Z')
})

test('without --json it is a list of names and values', async () => {
  const { out } = await rules('--market', 'bitcoin-up-or-down-on-september-28-2026')
  expect(out).toMatch(/^market +bitcoin-up-or-down-on-september-28-2026$/m)
  expect(out).toMatch(/^window +2026-09-27T16:00:00Z to 2026-09-28T16:00:00Z$/m)
  expect(out).toMatch(/^fee +shares · 0.07 · p\(1−p\), takers only/m)
  expect(out).toMatch(/^settlement +binance candle_1m_noon_et, a tie is half/m)
  expect(out).not.toContain('\u001b')
})

test('no fee and an unknown share of the makers are said in words', async () => {
  const { out } = await rules('--market', 'btc-updown-15m-1766736000')
  expect(out).toMatch(/^fee +none$/m)
  expect(out).toMatch(/^makers get +unknown$/m)
})

test('an older name is read with its year', async () => {
  const market = 'bitcoin-up-or-down-november-20-1pm-et'
  const refused = await rules('--market', market, '--json')
  expect(refused.code).toBe(1)
  expect(JSON.parse(refused.err)).toMatchObject({ code: 'rules.ambiguous_market', field: 'slug' })
  const { out } = await rules('--market', market, '--year', '2025', '--json')
  expect(JSON.parse(out)).toMatchObject({ series: '1h', window_start: '2025-11-20T18:00:00Z' })
})

test.each([
  [['--market', 'will-it-rain'], 1, 'rules.unknown_market'],
  [['--market', 'btc-updown-5m-1774958400'], 1, 'rules.unknown_range'],
  [['--market', 'btc-updown-5m-1776240000', '--at', 'noon'], 2, 'usage.time'],
  [['--market', 'btc-updown-5m-1776240000', '--year', '26'], 2, 'usage.year'],
  [['--market'], 2, 'usage.option_missing_argument'],
  [[], 2, 'usage.missing_mandatory_option_value'],
])('%j ends with %d and %s, nothing on stdout', async (argv, exit, code) => {
  const result = await rules('--json', ...argv)
  expect(result.code).toBe(exit)
  expect(result.out).toBe('')
  expect(JSON.parse(result.err)).toMatchObject({ code, fix: expect.stringMatching(/./) })
})
