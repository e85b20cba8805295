import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EXAMPLE_LISTING } from './clob-market-examples.ts'
import type { Example, Feed } from './feed.ts'
import { createTaken, openReader, receipt } from './fixtures.ts'
import { FEEDS } from './index.ts'
import { parseLossless } from './lossless.ts'

/**
 * Lists in the examples of a feed, by where they stand, whose entries are statements of their own. Sides of a book are
 * none: a book is one statement, and without one of its levels it is another book.
 */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  binance: [],
  coinbase: ['events.0.trades', 'events.0.tickers'],
  kraken: ['data'],
  rtds: ['payload.data'],
  polybolt: ['payload.data'],
  clob_market: ['price_changes', ''],
  clob_user: [''],
  gamma: ['markets', 'events'],
  kalshi: ['trades', 'markets', 'market_positions'],
  wallets: ['data'],
}

type Json = unknown

function at(value: Json, path: string): Json {
  return path === ''
    ? value
    : path.split('.').reduce<Json>((one, key) => (one as Record<string, Json>)?.[key], value)
}

function put(value: Json, path: string, to: Json): Json {
  if (path === '') return to
  const [key, ...rest] = path.split('.')
  const copy = structuredClone(value) as Record<string, Json>
  copy[key!] = put(copy[key!], rest.join('.'), to)
  return copy
}

/** What a frame becomes, but for what is said of refusals and unknown fields. */
function wordsOf(feed: Feed, example: Example, text: string): { words: string[]; refused: unknown } {
  const taken = createTaken([EXAMPLE_LISTING])
  const reader = openReader(feed, taken)
  const at_us = receipt()
  // A change of a book means something behind the book alone.
  if (feed.name === 'clob_market') {
    const book = feed.examples.find((one) => one.about === undefined && one.text.includes('"bids"'))!
    reader.frame(book.text, 1, at_us)
    taken.words.length = 0
  }
  const { about } = example
  const refused =
    about === undefined
      ? reader.frame(text, 1, at_us)
      : reader.answer?.(text, { feed: feed.name, ...about, status: 200, sent_us: at_us.wall_us }, at_us)
  // Numbers left out are told as missed: they are.
  return { words: taken.words.filter((word) => !word.startsWith('HEALTH')), refused }
}

/** What is put in the place of an entry: nothing of the kind, or one whose every value is wrong. */
const SPOILED: readonly ((entry: Json) => Json)[] = [
  () => null,
  () => 7,
  () => 'x',
  () => [],
  () => ({}),
  (entry) => Object.fromEntries(Object.keys((entry ?? {}) as object).map((key) => [key, null])),
]

const CASES = FEEDS.flatMap((feed) =>
  feed.examples.flatMap((example) => {
    let raw: Json
    try {
      raw = JSON.parse(example.text)
    } catch {
      return []
    }
    return LISTS[feed.name]!.flatMap((path) => {
      const list = at(raw, path)
      const good = !example.becomes.some((words) => words.startsWith('REFUSED'))
      // The metadata of one market has its event around it, which is no list of answers.
      const whole = feed.name !== 'gamma' || example.about?.request === path
      return Array.isArray(list) && list.length > 0 && good && whole
        ? [{ feed, example, raw, path, list }]
        : []
    })
  }),
)

describe('of a frame with several entries', () => {
  test('every feed is looked at: those without lists say so', () => {
    expect(Object.keys(LISTS).sort()).toEqual(FEEDS.map(({ name }) => name).sort())
  })

  test.each(
    CASES.map((one) => [`${one.feed.name}: ${one.path || 'the list'} of ${one.example.title}`, one] as const),
  )('the good ones stand whatever one is: %s', (_, { feed, example, raw, path, list }) => {
    const whole = wordsOf(feed, example, JSON.stringify(raw))
    fc.assert(
      fc.property(fc.constantFrom(...SPOILED), fc.nat(list.length), (spoil, place) => {
        // A bad entry beside the good ones, anywhere among them.
        const entries = [...list.slice(0, place), spoil(list[0]), ...list.slice(place)]
        const found = wordsOf(feed, example, JSON.stringify(put(raw, path, entries)))
        expect(found.words).toEqual(whole.words)
        // Markets of other kinds are passed over.
        if (feed.name === 'gamma') return
        expect(found.refused).toMatchObject({
          reason: expect.any(String),
          place: expect.stringContaining(`1 of ${entries.length} are refused`),
        })
      }),
      { numRuns: 20 },
    )
  })

  test('numbers of a frame are read as they are written, in any place', () => {
    expect(parseLossless('{"a":[1.10,2]}')).toEqual({ a: ['1.10', '2'] })
  })
})
