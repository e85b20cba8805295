import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { clobMarket } from '../feeds/clob-market.ts'
import { createClobEvent } from './clob-event.ts'
import * as events from './events.ts'
import { eventTypeOf, readEvent } from './frame.ts'

type Raw = Record<string, unknown>

/** The schema that a message is to be judged by; undefined: its type is not known, which is no fault. */
function schemaOf(raw: Raw): z.ZodType | null | undefined {
  const type = eventTypeOf(raw)
  if (type === undefined) return null
  if (type === 'unknown') return undefined
  if (type !== 'price_change') return SCHEMAS[type]
  if (raw.price_changes !== undefined) return events.priceChange
  return raw.changes !== undefined ? events.priceChangeOfOneToken : events.singlePriceChange
}
const SCHEMAS = {
  book: events.book,
  last_trade_price: events.lastTradePrice,
  tick_size_change: events.tickSizeChange,
  best_bid_ask: events.bestBidAsk,
  new_market: events.newMarket,
  market_resolved: events.marketResolved,
} as const

function accepts(raw: unknown): boolean {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return false
  const schema = schemaOf(raw as Raw)
  return schema === undefined || (schema?.safeParse(raw).success ?? false)
}

/** Good messages: those of the examples, one by one, and the oldest form of a change. */
const GOOD: Raw[] = [
  ...clobMarket.examples
    .filter(({ text }) => /^[[{]/.test(text))
    .flatMap(({ text }) => [JSON.parse(text) as Raw | Raw[]].flat()),
  {
    event_type: 'price_change',
    asset_id: '48',
    hash: 'bf',
    market: `0x${'dd'.repeat(32)}`,
    price: '0.514',
    side: 'SELL',
    size: '21574.08',
    timestamp: '1723967931411',
  },
]

/** Values that a field may have by mistake, and some that are good. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    null,
    undefined,
    [],
    {},
    0,
    1,
    true,
    '0',
    '1',
    '1.0',
    '0.0',
    '-0',
    '0.5',
    '+.5',
    '5.',
    '0.00001',
    '1e-3',
    '-0.5',
    '999999999',
    '1000000000',
    '0.0000001',
    ' 0.5',
    'BUY',
    'buy',
    '1776255905058',
    '17762559050580',
    '0x12',
    'price_change',
    'book',
    'toString',
    '__proto__',
  ),
  fc.string({ maxLength: 6 }),
  fc.anything({ maxDepth: 1 }),
)

/** Places of a value, as lists of keys. */
function placesOf(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((one, i) => placesOf(one, [...at, i]))]
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, one]) => placesOf(one, [...at, key]))]
}

function changed(value: unknown, at: readonly (string | number)[], to: unknown): unknown {
  const [key, ...rest] = at
  if (key === undefined) return to
  if (Array.isArray(value)) return value.map((one, i) => (i === key ? changed(one, rest, to) : one))
  return { ...(value as Raw), [key]: changed((value as Raw)[key], rest, to) }
}

/** A good message with up to three of its values changed, as it comes through JSON. */
const mutated = fc
  .tuple(fc.constantFrom(...GOOD), fc.array(fc.tuple(fc.nat(), odd), { maxLength: 3 }))
  .map(([good, changes]) => {
    let raw: unknown = good
    for (const [n, to] of changes) {
      const places = placesOf(raw)
      raw = changed(raw, places[n % places.length]!, to)
    }
    try {
      return JSON.parse(JSON.stringify(raw) ?? 'null') as unknown
    } catch {
      return null
    }
  })

describe('the reader and the schema', () => {
  test('accept the same: no message that one takes the other refuses', () => {
    const event = createClobEvent()
    let taken = 0
    let refused = 0
    fc.assert(
      fc.property(mutated, (raw) => {
        const reason = readEvent(raw, event, () => {})
        expect([accepts(raw), reason]).toEqual([reason === undefined, reason])
        if (reason === undefined) taken++
        else refused++
      }),
      { numRuns: 20_000 },
    )
    // Neither side is a rarity: the test has met both many times.
    expect(Math.min(taken, refused)).toBeGreaterThan(1_000)
  })

  test.each(GOOD.map((raw) => [raw.event_type, raw]))('take the good %s', (_, raw) => {
    expect(readEvent(raw, createClobEvent(), () => {})).toBeUndefined()
    expect(accepts(raw)).toBe(true)
  })

  test('know the same fields: what the schema does not have is told by name', () => {
    const event = createClobEvent()
    for (const raw of GOOD) {
      const unknown: string[] = []
      readEvent({ ...raw, fresh: 1 }, event, (field) => unknown.push(field))
      expect(unknown).toEqual([`${String(raw.event_type)}.fresh`])
    }
    const unknown: string[] = []
    const change = { asset_id: '1', price: '0.5', size: '1', side: 'BUY', fresh: 1 }
    readEvent({ ...GOOD.find((raw) => raw.price_changes), price_changes: [change] }, event, (f) =>
      unknown.push(f),
    )
    expect(unknown).toEqual(['price_change.price_changes.fresh'])
  })
})

describe('numbers', () => {
  test('are exact, of any length', () => {
    const event = createClobEvent()
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999 }),
        fc.integer({ min: 1, max: 1e15 - 1 }),
        (price, size) => {
          const text = (value: number, digits: number) =>
            `${Math.floor(value / 10 ** digits)}.${String(value % 10 ** digits).padStart(digits, '0')}`
          const trade = GOOD.find((raw) => raw.event_type === 'last_trade_price')!
          const raw = { ...trade, price: text(price, 4), size: text(size, 6) }
          expect(readEvent(raw, event, () => {})).toBeUndefined()
          expect([event.price, event.size]).toEqual([price, size])
        },
      ),
    )
  })
})
