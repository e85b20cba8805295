import { describe, expect, test } from 'vitest'
import { formatIso } from '../../core/units/index.ts'
import { readGammaAnswer } from './answer.ts'

/** An object of the service with a slug and what else it says. */
const object = (slug: string, fields: Record<string, unknown> = {}) => ({
  slug,
  conditionId: `0x${'ab'.repeat(32)}`,
  outcomes: '["Up", "Down"]',
  clobTokenIds: '["1", "2"]',
  ...fields,
})

function read(request: string, raw: unknown, unknown: string[] = []) {
  const answer = readGammaAnswer(request, JSON.stringify(raw), (field) => unknown.push(field))
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

describe('a window', () => {
  test.each([
    // Older names have no year; the last hours of an Eastern year end in the next one.
    ['bitcoin-up-or-down-december-31-11pm-et', '2026-01-01T05:00:00Z', '2026-01-01T04:00:00Z'],
    ['bitcoin-up-or-down-january-1-12am-et', '2026-01-01T06:00:00Z', '2026-01-01T05:00:00Z'],
    ['bitcoin-up-or-down-on-july-4', '2025-07-04T16:00:00Z', '2025-07-03T16:00:00Z'],
    // Two hours of one autumn night have one name.
    ['bitcoin-up-or-down-november-1-2026-1am-et', '2026-11-01T06:00:00Z', '2026-11-01T05:00:00Z'],
    ['bitcoin-up-or-down-november-1-2026-1am-et', '2026-11-01T07:00:00Z', '2026-11-01T06:00:00Z'],
  ])('%s that ends %s starts %s', (slug, endDate, start) => {
    const { markets } = read('market', object(slug, { endDate }))
    expect(markets.map(({ market }) => formatIso(market.start_us))).toEqual([start])
  })

  test('is where its slug puts it, whatever its object says', () => {
    const { markets } = read(
      'market',
      object('btc-updown-5m-1790616600', { endDate: '2020-01-01T00:00:00Z' }),
    )
    expect(markets[0]!.market.start_us).toBe(1_790_616_600_000_000)
  })

  test('of a slug that only looks like one is refused', () => {
    const { markets, faults } = read('market', object('btc-updown-5m-1790616601'))
    expect([markets, faults]).toEqual([
      [],
      [{ slug: 'btc-updown-5m-1790616601', reason: 'a slug of no window' }],
    ])
  })

  test('is read from an event and from a list of events the same, with what the event says', () => {
    const slug = 'btc-updown-5m-1790616600'
    const event = { slug, eventMetadata: { priceToBeat: '1.25', finalPrice: 2 }, markets: [object(slug)] }
    const alone = read('event', event).markets
    expect(alone[0]).toMatchObject({ strike: { price: 125_000_000, rest: 0 }, final: { price: 200_000_000 } })
    expect(alone[0]!.object).toMatchObject({ slug, events: [{ eventMetadata: { finalPrice: 2 } }] })
    for (const list of [{ events: [event] }, [event], { data: [event] }])
      expect(read('events', list).markets).toEqual(alone)
  })

  test('keeps what it says of trading, as sent, and not its pictures and long texts', () => {
    const sent = object('btc-updown-5m-1790616600', { liquidity: '20328.37', spread: 0.01 })
    const { markets } = read('market', { ...sent, image: 'x', description: 'x' })
    expect(markets[0]!.object).toEqual(sent)
  })

  test('has its unknown fields told, with those of its event, by name', () => {
    const unknown: string[] = []
    const slug = 'btc-updown-5m-1790616600'
    read('event', { slug, fresh: 1, markets: [object(slug, { newer: 2 })] }, unknown)
    expect(unknown).toEqual(['event.fresh', 'market.newer'])
  })

  test('is listed without the times that are none, which are told by the name of their field', () => {
    const unknown: string[] = []
    const { markets, faults } = read(
      'market',
      object('btc-updown-5m-1790616600', { createdAt: 'soon' }),
      unknown,
    )
    expect(markets[0]!.market).toMatchObject({ slug: 'btc-updown-5m-1790616600', created_us: null })
    expect([faults, unknown]).toEqual([[], ['market.createdAt as it is written']])
  })
})

describe('a page', () => {
  test('says where the list goes on, or that it does not', () => {
    expect(read('events', { events: [], next_cursor: 'abc' }).next_cursor).toBe('abc')
    for (const next_cursor of ['', null, undefined])
      expect(read('events', { events: [], next_cursor }).next_cursor).toBeNull()
  })

  test('with a bad window has the good ones all the same', () => {
    const bad = object('btc-updown-5m-1790616900', { version: 'v9' })
    const { markets, faults } = read('markets', { markets: [bad, 5, object('btc-updown-5m-1790616600')] })
    expect(markets.length).toBe(1)
    expect(faults).toEqual([
      { slug: 'btc-updown-5m-1790616900', reason: 'a version other than v1 and v2: update the program' },
      { slug: '', reason: 'an entry that is no object' },
    ])
    const event = { markets: [bad, 5, object('btc-updown-5m-1790616600')] }
    expect(read('events', { events: [event] })).toMatchObject({ markets, faults })
  })
})
