import { describe, expect, test } from 'vitest'
import { defaults } from '../../core/config/index.ts'
import { formatIso } from '../../core/units/index.ts'
import { pollSettings } from '../settings.ts'
import type { Answer } from '../supervisor/contract.ts'
import type { Scope } from './feed.ts'
import { createTaken, openReader, play, receipt } from './fixtures.ts'
import { gamma } from './gamma.ts'

describe('examples', () => {
  test.each(gamma.examples)('$title', (example) => {
    expect(play(gamma, example)).toEqual(example.becomes)
  })
})

const [before, after] = gamma.examples
const sent_us = receipt().wall_us
const about = { feed: gamma.name, request: 'market', path: '/', status: 200, sent_us } as const

describe('a window', () => {
  test('is told once: of answers that say the same, only the first makes rows', () => {
    const taken = createTaken()
    const reader = openReader(gamma, taken)
    for (let i = 0; i < 3; i++) reader.answer!(after!.text, about, receipt())
    expect(taken.words).toEqual(after!.becomes)
  })

  test('has the strike that was stated last; that it is another is told as a matter of health', () => {
    const taken = createTaken()
    const reader = openReader(gamma, taken)
    reader.answer!(after!.text, about, receipt())
    reader.answer!(after!.text.replace('61035.86', '61035.87'), about, receipt())
    expect(taken.words.filter((word) => word.startsWith('STRIKE'))).toEqual([
      'STRIKE up 61035.86',
      'STRIKE up 61035.87',
    ])
    expect(taken.health.map(({ event }) => event)).toEqual(['strike_changed'])
  })

  test('has its strike to the last digit, as a number or as a text', () => {
    for (const written of [
      '63304.200301195075123456',
      '"63304.200301195075123456"',
      '6.3304200301195075123456e4',
    ]) {
      const taken = createTaken()
      openReader(gamma, taken).answer!(after!.text.replace('61035.86', written), about, receipt())
      expect(taken.rows.find(({ kind }) => kind === 21)).toMatchObject({
        price: 6_330_420_030_119,
        size: 5_075_123_456,
      })
    }
  })

  test('opens with the tick size stated before it starts, not with that of its end', () => {
    const late = createTaken()
    openReader(gamma, late).answer!(before!.text, about, receipt())
    expect(late.instruments.markets[0]!.tick).toBeNull()
    const early = createTaken()
    openReader(gamma, early).answer!(before!.text, about, { wall_us: 1_790_616_000_000_000, mono_us: 0 })
    expect(early.instruments.markets[0]).toMatchObject({ tick: 100, min_size: 5_000_000 })
    expect(early.instruments.markets[0]!.settlement).toMatchObject({ kind: 'twap', lookback_s: 60 })
  })

  test('that runs has its strike told again in a new tape', () => {
    const taken = createTaken()
    const reader = openReader(gamma, taken)
    reader.answer!(after!.text, about, receipt())
    const again = gamma.read(taken.out, JSON.parse(JSON.stringify(reader.state())))
    again.restate!({ wall_us: 1_790_617_000_000_000, mono_us: 0 })
    expect(taken.words.at(-1)).toBe('STRIKE up 61035.86 snapshot')
    const count = taken.words.length
    again.restate!(receipt())
    expect(taken.words.length).toBe(count)
  })
})

describe('questions', () => {
  const scope: Scope = {
    assets: ['btc'],
    series: ['5m', '15m'],
    markets: [],
    wallets: [],
    credentials: new Set(),
  }
  const settings = defaults(pollSettings)
  const none: Answer = {
    status: 404,
    ok: false,
    reason: '404',
    bytes: new Uint8Array(),
    text: () => '',
    sent_us: 0,
    head_us: 0,
    retry_after_ms: null,
    date_ms: null,
  }
  const now_us = 1_790_616_000_000_000

  test('are asked one by one until there are none, and go on after a restart where they were', () => {
    const polling = gamma.polling!(settings)
    const [plan] = polling.plans(scope)
    const paths: string[] = []
    for (let ask = plan!.ask(now_us); ask !== null; ask = plan!.ask(now_us)) {
      paths.push(ask.path)
      expect(plan!.answered!(none)).toBe(true)
    }
    // Four windows of five minutes that run or begin within 15 minutes, two of fifteen, and both lists.
    expect(paths.filter((path) => path.startsWith('/markets/slug/')).length).toBe(6)
    expect(paths.filter((path) => path.startsWith('/events/keyset')).length).toBe(2)
    const again = gamma.polling!(settings, JSON.parse(JSON.stringify(polling.state())))
    expect(again.plans(scope)[0]!.ask(now_us)).toBeNull()
    expect(again.plans(scope)[0]!.ask(now_us + 30_000_000)).not.toBeNull()
  })

  test('without assets there are none', () => {
    expect(gamma.polling!(settings).plans({ ...scope, assets: [] })).toEqual([])
    expect(formatIso(now_us)).toBe('2026-09-28T17:20:00Z')
  })
})
