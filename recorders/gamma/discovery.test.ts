import { describe, expect, test } from 'vitest'
import { defaults } from '../../core/config/index.ts'
import { Slug } from '../../core/rules/index.ts'
import { HOUR, MINUTE, parseIso, SECOND } from '../../core/units/index.ts'
import {
  answered,
  createDiscovery,
  type Discovery,
  type GammaQuestion,
  lookUp,
  missing,
  questions,
  type Wanted,
} from './discovery.ts'
import { gammaSettings } from './settings.ts'

const settings = defaults(gammaSettings)
const ALL: Wanted = {
  assets: ['btc', 'eth', 'sol', 'xrp', 'doge', 'bnb', 'hype', 'zec'],
  series: ['5m', '15m', '1h', '4h', '1d'],
}
const BTC: Wanted = { assets: ['btc'], series: ['5m'] }

const ask = (discovery: Discovery, wanted: Wanted, now_us: number, limit = 1_000) =>
  questions(discovery, wanted, now_us, settings, limit)
const slugs = (asked: readonly GammaQuestion[]) =>
  asked.filter(({ request }) => request === 'market').map(({ path }) => path.replace('/markets/slug/', ''))

/** The service's object of a window. */
function object(slug: string, fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    slug,
    conditionId: `0x${'ab'.repeat(32)}`,
    outcomes: '["Up", "Down"]',
    clobTokenIds: '["1", "2"]',
    ...fields,
  })
}
const STRUCK = { events: [{ eventMetadata: { priceToBeat: 1.5 } }] }
const RESOLVED = { ...STRUCK, umaResolutionStatus: 'resolved', outcomePrices: '["0", "1"]' }

/** Ask and answer over a span of time, every second; which questions were put when. */
function live(
  discovery: Discovery,
  wanted: Wanted,
  from_us: number,
  to_us: number,
  answer: (question: GammaQuestion, now_us: number) => string | null,
): { question: GammaQuestion; at_us: number }[] {
  const asked: { question: GammaQuestion; at_us: number }[] = []
  for (let now_us = from_us; now_us <= to_us; now_us += SECOND) {
    for (const question of ask(discovery, wanted, now_us)) {
      asked.push({ question, at_us: now_us })
      answered(discovery, question, answer(question, now_us), wanted, now_us, settings)
    }
  }
  return asked
}

describe('windows', () => {
  const now_us = parseIso('2026-11-20T20:02:00Z')

  test('of every asset and series that run or begin soon are asked for by name, once', () => {
    const asked = slugs(ask(createDiscovery(), ALL, now_us))
    expect(asked.length).toBe(new Set(asked).size)
    expect(asked.filter((slug) => slug.startsWith('btc') || slug.startsWith('bitcoin')).sort()).toEqual([
      'bitcoin-up-or-down-november-20-2026-3pm-et',
      'bitcoin-up-or-down-on-november-21-2026',
      'btc-updown-15m-1795204800',
      'btc-updown-15m-1795205700',
      // By the Eastern day; and, because nobody has seen one in winter, by the UTC day too.
      'btc-updown-4h-1795194000',
      'btc-updown-4h-1795204800',
      'btc-updown-5m-1795204800',
      'btc-updown-5m-1795205100',
      'btc-updown-5m-1795205400',
      'btc-updown-5m-1795205700',
    ])
    for (const slug of asked) expect(Slug.parse(slug).end_us).toBeGreaterThan(now_us)
  })

  test('leave no instant of a day uncovered, also where clocks change', () => {
    for (const day of ['2026-11-20', '2026-03-08', '2026-11-01', '2026-12-31']) {
      const discovery = createDiscovery()
      const from_us = parseIso(`${day}T00:00:00Z`)
      for (let at_us = from_us; at_us < from_us + 26 * HOUR; at_us += 5 * MINUTE) {
        ask(discovery, ALL, at_us)
        const running = Object.values(discovery.windows).filter(
          ({ start_us, end_us }) => start_us <= at_us && at_us < end_us,
        )
        // The second of two hours that have one name is found by its list alone.
        const twice = day === '2026-11-01' && at_us >= from_us + 6 * HOUR && at_us < from_us + 7 * HOUR
        const found = new Set(running.map(({ asset, series }) => `${asset} ${series}`)).size
        expect([at_us, found]).toEqual([at_us, twice ? 32 : 40])
      }
    }
  })

  test('are asked for about every 30 s until they are there, and are missing until then', () => {
    const discovery = createDiscovery()
    const asked = live(discovery, BTC, now_us, now_us + 2 * MINUTE, () => null)
    const times = asked
      .filter(({ question }) => question.path.endsWith('-1795204800'))
      .map(({ at_us }) => (at_us - now_us) / SECOND)
    expect(times).toEqual([0, 30, 60, 90, 120])
    expect(missing(discovery, now_us)).toEqual(['btc-updown-5m-1795204800'])
    answered(
      discovery,
      { request: 'market', path: '' },
      object('btc-updown-5m-1795204800'),
      BTC,
      now_us,
      settings,
    )
    expect(missing(discovery, now_us)).toEqual([])
  })

  test('a whole life: found, its strike after the start, its outcome after the end, and then never again', () => {
    const discovery = createDiscovery()
    const slug = 'btc-updown-5m-1795205100'
    const start_us = 1_795_205_100 * SECOND
    const end_us = start_us + 5 * MINUTE
    const asked = live(discovery, BTC, now_us, end_us + 10 * MINUTE, (question, at_us) => {
      if (!question.path.endsWith(slug)) return null
      if (at_us >= end_us + 40 * SECOND) return object(slug, RESOLVED)
      return object(slug, at_us >= start_us + 70 * SECOND ? STRUCK : {})
    })
    const times = asked
      .filter(({ question }) => question.path.endsWith(slug))
      .map(({ at_us }) => (at_us - start_us) / SECOND)
    expect(times).toEqual([-180, 60, 90, 315, 330, 345])
    expect(Object.keys(discovery.windows)).not.toContain(slug)
  })

  test('a result that never comes is given up', () => {
    const discovery = createDiscovery()
    ask(discovery, BTC, now_us)
    const late_us = now_us + settings.gamma_give_up_s * SECOND + HOUR
    ask(discovery, { assets: [], series: [] }, late_us)
    expect(discovery.windows).toEqual({})
  })

  test('nothing is asked beyond the limit; the rest is asked next', () => {
    const discovery = createDiscovery()
    const all = slugs(ask(createDiscovery(), ALL, now_us))
    const asked: string[] = []
    for (let i = 0; i < 100; i++) {
      const some = ask(discovery, ALL, now_us, 7)
      expect(some.length).toBeLessThanOrEqual(7)
      asked.push(...slugs(some))
    }
    expect(asked.sort()).toEqual(all.sort())
  })

  test('that somebody tells of are asked for at once, if they are wanted', () => {
    const discovery = createDiscovery()
    lookUp(discovery, 'eth-updown-5m-1795205100', BTC, now_us)
    lookUp(discovery, 'who-wins', BTC, now_us)
    lookUp(discovery, 'btc-updown-5m-1795290000', BTC, now_us)
    expect(Object.keys(discovery.windows)).toEqual(['btc-updown-5m-1795290000'])
  })
})

describe('lists', () => {
  const now_us = parseIso('2026-11-20T20:02:00Z')
  const pages = (asked: readonly GammaQuestion[]) => asked.filter(({ request }) => request === 'events')
  const page = (slug: string, next_cursor?: string) =>
    JSON.stringify({ events: [{ slug, markets: [JSON.parse(object(slug))] }], next_cursor })

  test('are read to their end, page by page, and again after a while', () => {
    const discovery = createDiscovery()
    const cursors: (string | null)[] = []
    const asked = live(discovery, BTC, now_us, now_us + 6 * MINUTE, ({ request, path }) => {
      if (request !== 'events') return null
      const cursor = new URL(path, 'http://x').searchParams.get('after_cursor')
      cursors.push(cursor)
      const next = cursor === null ? 'a b' : cursor === 'a b' ? 'c' : undefined
      return page('btc-updown-5m-1795206900', next)
    })
    expect(cursors).toEqual([null, 'a b', 'c', null, 'a b', 'c'])
    expect(pages(asked.map(({ question }) => question))[0]!.path).toBe(
      '/events/keyset?series_slug=btc-up-or-down-5m&closed=false&end_date_min=2026-11-20T20:02:00Z&end_date_max=2026-11-20T20:22:00Z&limit=100',
    )
  })

  test('find windows of names that nobody asked for', () => {
    const discovery = createDiscovery()
    const [list] = pages(ask(discovery, BTC, now_us))
    answered(discovery, list!, page('btc-updown-5m-1795206000'), BTC, now_us, settings)
    expect(discovery.windows['btc-updown-5m-1795206000']).toMatchObject({ known: 'market' })
  })

  test('of years to come are not followed', () => {
    const discovery = createDiscovery()
    const [list] = pages(ask(discovery, BTC, now_us))
    const before = Object.keys(discovery.windows)
    answered(discovery, list!, page('btc-updown-5m-1858278900'), BTC, now_us, settings)
    expect(Object.keys(discovery.windows)).toEqual(before)
  })

  test('that never end are left after so many pages', () => {
    const discovery = createDiscovery()
    const asked = live(discovery, BTC, now_us, now_us + 4 * MINUTE, ({ request }) =>
      request === 'events' ? page('btc-updown-5m-1795206900', 'again') : null,
    )
    expect(pages(asked.map(({ question }) => question)).length).toBe(settings.gamma_pages)
  })

  test('that are refused or malformed are left until the next time', () => {
    for (const text of [null, '<html>', '{}', '{"events":[1]}']) {
      const discovery = createDiscovery()
      const [list] = pages(ask(discovery, BTC, now_us))
      answered(discovery, list!, text, BTC, now_us, settings)
      expect(pages(ask(discovery, BTC, now_us + MINUTE))).toEqual([])
      expect(pages(ask(discovery, BTC, now_us + 5 * MINUTE)).length).toBe(1)
    }
  })
})

test('the state is plain data: discovery goes on from its copy as it would itself', () => {
  const now_us = parseIso('2026-11-20T20:02:00Z')
  const own = createDiscovery()
  ask(own, ALL, now_us, 20)
  const copy = JSON.parse(JSON.stringify(own)) as Discovery
  expect(ask(copy, ALL, now_us + MINUTE)).toEqual(ask(own, ALL, now_us + MINUTE))
  expect(copy).toEqual(own)
})
