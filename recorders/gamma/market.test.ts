import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseIso } from '../../core/units/index.ts'
import { readE18 } from '../import/e18.ts'
import { marketLine } from '../import/text-fixtures.ts'
import { readGammaMarket } from './market.ts'

/** A market object with some fields said otherwise. */
const object = (fields: Record<string, unknown> = {}) => JSON.parse(marketLine(0, {}, fields)).raw as unknown
const read = (fields: Record<string, unknown> = {}) => readGammaMarket(object(fields))

describe('a market object', () => {
  test('is read into the units of the core', () => {
    expect(read()).toEqual({
      slug: null,
      version: 'v1',
      start_us: null,
      end_us: null,
      accepting_orders: null,
      condition_id: `0x${'0'.repeat(62)}10`,
      token_ids: { up: '1001', down: '1002' },
      created_us: parseIso('2026-06-07T00:02:05.044029Z'),
      updated_us: parseIso('2026-06-08T00:06:30Z'),
      closed_us: parseIso('2026-06-08T00:05:16Z'),
      tick: 100,
      min_size: 5_000_000,
      fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
      settlement: null,
      up_payout: 10_000,
      unread: [],
    })
  })

  test('has its tokens and outcome by name, whichever stands first', () => {
    const turned = { outcomes: '["Down", "Up"]', outcomePrices: '["1", "0"]' }
    expect(read(turned)).toMatchObject({ token_ids: { up: '1002', down: '1001' }, up_payout: 0 })
    expect(read({ outcomePrices: '["0.5", "0.5"]' })).toMatchObject({ up_payout: 5_000 })
  })

  test('has no outcome before it is resolved, whatever its last prices are', () => {
    expect(read({ umaResolutionStatus: 'proposed', outcomePrices: '["0.995", "0.005"]' })).toMatchObject({
      up_payout: null,
    })
    expect(read({ umaResolutionStatus: null })).toMatchObject({ up_payout: null })
    // Resolved, while the prices are still those of its last trades: the outcome waits, the market stands.
    for (const prices of ['["0.9995", "0.0005"]', '["1", "1"]', '["0.7", "0.3"]', '["1"]', '["x", "0"]'])
      expect(read({ outcomePrices: prices })).toMatchObject({ up_payout: null, token_ids: { up: '1001' } })
    expect(read({ outcomePrices: '["1.0", "0.000"]' })).toMatchObject({ up_payout: 10_000 })
    expect(read({ outcomePrices: null })).toMatchObject({ up_payout: null })
  })

  test('says nothing where the object says nothing, so that rules by date answer', () => {
    const silent = [
      'createdAt',
      'updatedAt',
      'closedTime',
      'orderPriceMinTickSize',
      'orderMinSize',
      'feesEnabled',
      'feeSchedule',
    ]
    expect(read(Object.fromEntries(silent.map((name) => [name, undefined])))).toMatchObject({
      created_us: null,
      updated_us: null,
      closed_us: null,
      tick: null,
      min_size: null,
      fee: null,
    })
  })

  test('with times or prices that are none is one without them, and they are named', () => {
    const odd = {
      createdAt: 'yesterday',
      updatedAt: 1_780_790_400_000_000,
      closedTime: '0001-01-01T00:00:00Z',
      endDate: {},
      outcomePrices: 'none',
    }
    expect(read({ ...odd, umaResolutionStatus: 'resolved' })).toMatchObject({
      created_us: null,
      updated_us: null,
      closed_us: null,
      end_us: null,
      up_payout: null,
      unread: ['createdAt', 'updatedAt', 'closedTime', 'endDate', 'outcomePrices'],
    })
    expect(read({ createdAt: '', closedTime: '', outcomePrices: '' })).toMatchObject({
      created_us: null,
      closed_us: null,
      unread: [],
    })
  })

  test('has times of any fineness, to the µs', () => {
    for (const [createdAt, us] of [
      ['2026-06-07T00:00:00.123456789Z', 123_456],
      ['2026-06-07 00:00:00.1234567+00', 123_456],
      ['2026-06-07T00:00:00.5Z', 500_000],
    ] as const)
      expect(read({ createdAt })).toMatchObject({
        created_us: Date.UTC(2026, 5, 7) * 1_000 + us,
        unread: [],
      })
  })

  test('that is resolved while its prices are still those of its trading has no outcome yet', () => {
    for (const outcomePrices of ['["0.9995", "0.0005"]', '["1", "0.0005"]', '["0.5", "0"]'])
      expect(read({ outcomePrices, umaResolutionStatus: 'resolved' })).toMatchObject({
        up_payout: null,
        unread: [],
      })
  })

  test('takes numbers as numbers or texts, and a market without fees as one', () => {
    expect(read({ orderPriceMinTickSize: '0.001', orderMinSize: '15' })).toMatchObject({
      tick: 10,
      min_size: 15e6,
    })
    expect(read({ feesEnabled: false, feeSchedule: null })).toMatchObject({ fee: { rate_ppm: 0 } })
  })

  test.each([
    [
      { duration: '15m', twapEnabled: true, twapLookbackSeconds: 60 },
      { kind: 'twap', lookback_s: 60 },
    ],
    [
      { duration: '5m', twapEnabled: false },
      { kind: 'spot', lookback_s: 0 },
    ],
  ])('settles as its own configuration says: %j', (cryptoMarketConfig, settlement) => {
    expect(read({ cryptoMarketConfig })).toMatchObject({
      settlement: { source: 'chainlink', tie: 'up', ...settlement },
    })
  })

  test('of an hourly series says nothing of its settlement without a TWAP', () => {
    expect(read({ cryptoMarketConfig: { duration: '1h', twapEnabled: false } })).toMatchObject({
      settlement: null,
    })
  })

  test.each([
    [{ conditionId: '0x12' }, 'conditionId is missing or malformed'],
    [{ outcomes: '["Yes", "No"]' }, 'outcomes other than Up and Down'],
    [{ outcomes: '["Up", "Down", "Flat"]' }, 'outcomes other than Up and Down'],
    [{ outcomes: ['Up', 'Down'] }, 'outcomes is missing or malformed'],
    [{ outcomes: 'Up, Down' }, 'outcomes is missing or malformed'],
    [{ clobTokenIds: '["7", "7"]' }, 'clobTokenIds that are not two token ids'],
    [{ clobTokenIds: '["7"]' }, 'clobTokenIds that are not two token ids'],
    [{ clobTokenIds: '["7", "0x8"]' }, 'clobTokenIds that are not two token ids'],
    [{ orderPriceMinTickSize: 0.03 }, 'a number that is none'],
    [
      { feeSchedule: { rate: 'high', exponent: 1, takerOnly: true } },
      'feeSchedule.rate is missing or malformed',
    ],
    [{ version: 'v3' }, 'a version other than v1 and v2: update the program'],
    [{ version: 'v2' }, 'a v2 market without positionIds'],
    [{ version: 'v2', positionIds: ['7', '7'] }, 'positionIds that are not two token ids'],
    [{ clobTokenIds: null }, 'clobTokenIds is missing'],
    [{ cryptoMarketConfig: { twapEnabled: true } }, 'a number that is none'],
  ])('%j is refused: %s', (fields, reason) => {
    expect(read(fields)).toBe(reason)
  })

  test('has the ids of its version, also where both are there', () => {
    const positionIds = ['91', '92']
    expect(read({ positionIds })).toMatchObject({ version: 'v1', token_ids: { up: '1001', down: '1002' } })
    for (const clobTokenIds of [null, '["1", "2"]'])
      expect(read({ version: 'v2', positionIds, clobTokenIds })).toMatchObject({
        version: 'v2',
        token_ids: { up: '91', down: '92' },
      })
  })

  test('has a condition id of 32 bytes, also where 31 were sent', () => {
    const short = `0x${'ab'.repeat(31)}`
    expect(read({ conditionId: short })).toMatchObject({ condition_id: `${short}00` })
  })

  test('that is no object is refused', () => {
    for (const raw of [null, undefined, 'x', 7, []]) expect(typeof readGammaMarket(raw)).toBe('string')
  })
})

describe('a price of 1e-18 USD', () => {
  test('is split without losing a digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 10n, max: 9n * 10n ** 25n }), (e18) => {
        const { price, rest } = readE18(String(e18))!
        expect(BigInt(price) * 10n ** 10n + BigInt(rest)).toBe(e18)
        expect(rest).toBeLessThan(1e10)
      }),
    )
  })

  test('is a text of digits above 0 that fits', () => {
    for (const text of [
      '',
      '0',
      '1',
      '9999999999',
      '-63000000000000000000000',
      '6.3e22',
      '63304.2',
      '1'.repeat(30),
      ' 1',
    ]) {
      expect(readE18(text), text).toBe(undefined)
    }
  })
})
