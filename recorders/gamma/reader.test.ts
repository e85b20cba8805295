import { describe, expect, test } from 'vitest'
import { parseIso, SECOND } from '../../core/units/index.ts'
import { COUNT } from '../limits.ts'
import { become, createPen, healthOf } from '../normalise/fixtures.ts'

const NOW_US = parseIso('2026-11-20T20:00:00Z')

/** Windows of a series one after the other, as a list shows them. */
function list(count: number, from_s: number): string {
  const markets = Array.from({ length: count }, (_, i) => ({
    slug: `btc-updown-5m-${from_s + 300 * i}`,
    conditionId: `0x${String(from_s + i).padStart(64, '0')}`,
    outcomes: '["Up", "Down"]',
    clobTokenIds: JSON.stringify([String(10 * (from_s + i)), String(10 * (from_s + i) + 1)]),
  }))
  return JSON.stringify({ events: markets.map((market) => ({ slug: market.slug, markets: [market] })) })
}

function told(...texts: readonly string[]) {
  const pen = createPen()
  pen.now_us = NOW_US
  return become(texts.map((text) => pen.answer('gamma', 'events', text)))
}

describe('a list of windows', () => {
  test('of years to come lists none of them, and says how many in one row', () => {
    const came = told(list(50, NOW_US / SECOND + 400 * 86_400))
    expect(came.normaliser.instruments.markets).toEqual([])
    expect(healthOf(came)).toEqual(['listed_too_early 50'])
  })

  test('with bad ones in it lists the others, and the refusal names each by its slug', () => {
    const sent = JSON.parse(list(4, NOW_US / SECOND)) as { events: { markets: Record<string, unknown>[] }[] }
    const [a, b, c] = sent.events.map(({ markets }) => markets[0]!)
    a!.version = 'v9'
    b!.orderPriceMinTickSize = 0.03
    c!.version = 'v9'
    const came = told(JSON.stringify(sent))
    expect(came.normaliser.instruments.markets.map(({ slug }) => slug)).toEqual([
      sent.events[3]!.markets[0]!.slug,
    ])
    expect(came.side.quarantine).toEqual([
      expect.objectContaining({
        reason: `a version other than v1 and v2: update the program, at ${a!.slug}, ${b!.slug} (a number that is none), ${c!.slug}`,
      }),
    ])
  })

  test('with many bad ones names the first of them, and how many more', () => {
    const sent = JSON.parse(list(30, NOW_US / SECOND)) as { events: { markets: Record<string, unknown>[] }[] }
    for (const { markets } of sent.events) markets[0]!.version = 'v9'
    expect(told(JSON.stringify(sent)).side.quarantine![0]!.reason).toMatch(/ and 10 more$/)
  })

  test('longer than anybody needs is read up to a bound', () => {
    const came = told(list(COUNT.markets_shown + 200, NOW_US / SECOND - 300_000))
    expect(came.normaliser.instruments.markets).toHaveLength(COUNT.markets_shown)
    expect(healthOf(came)).toEqual(['too_many_markets 200'])
  })
})
