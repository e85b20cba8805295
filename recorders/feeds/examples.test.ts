import { describe, expect, test } from 'vitest'
import { binance } from './binance.ts'
import { coinbase } from './coinbase.ts'
import type { Feed } from './feed.ts'
import { play } from './fixtures.ts'
import { kraken } from './kraken.ts'
import { polybolt } from './polybolt.ts'
import { rtds } from './rtds.ts'

/** Feeds whose examples need no listed market. */
const PRICE_FEEDS: readonly Feed[] = [binance, coinbase, kraken, rtds, polybolt]

describe.each(PRICE_FEEDS)('$name', (feed) => {
  test.each(feed.examples)('$title', (example) => {
    expect(play(feed, example)).toEqual(example.becomes)
  })

  test('names examples once each, and shows a refusal or an answer beside the data', () => {
    const titles = feed.examples.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
    expect(
      feed.examples.some(({ becomes }) => becomes.length === 0 || becomes[0]!.startsWith('REFUSED')),
    ).toBe(true)
  })
})
