import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readObject, readWire, wire } from './wire.ts'

const order = wire(
  'order',
  z.looseObject({
    id: z.int(),
    about: z.looseObject({}).optional(),
    legs: z.array(
      z.looseObject({ side: z.enum(['buy', 'sell']), note: z.looseObject({ by: z.string() }).nullable() }),
    ),
  }),
)

function read(raw: unknown): { read: unknown; unknown: string[] } {
  const unknown: string[] = []
  return { read: readWire(order, raw, (field) => unknown.push(field)), unknown }
}

test('fields that the schema does not know are let through, and told by their path wherever they are', () => {
  const raw = {
    id: 1,
    extra: 1,
    about: { anything: 1 },
    legs: [
      { side: 'buy', note: null, x: 1 },
      { side: 'sell', note: { by: 'a', y: [] } },
    ],
  }
  expect(read(raw)).toEqual({ read: raw, unknown: ['order.extra', 'order.legs.x', 'order.legs.note.y'] })
})

describe('a fault', () => {
  test.each([
    [{ id: 'secret', legs: [] }, 'order.id: expected number, received string'],
    [{ id: 1 }, 'order.legs: expected array, received undefined'],
    [
      {
        id: 1,
        legs: [
          { side: 'buy', note: null },
          { side: 'secret', note: null },
        ],
      },
      'order.legs.#.side: Invalid option: expected one of "buy"|"sell"',
    ],
    [
      { id: 1, legs: [{ side: 'buy', note: { by: 7 } }] },
      'order.legs.#.note.by: expected string, received number',
    ],
    [null, 'order: expected object, received null'],
  ])(
    'of %o names the field, never the value, nor which of a list; unknown fields of it are not told',
    (raw, words) => {
      expect(read(raw)).toEqual({ read: words, unknown: [] })
    },
  )
})

test('a text is JSON of an object, or why not; nesting without end does not throw', () => {
  expect(readObject('{"a":1}')).toEqual({ a: 1 })
  expect(readObject('[1]')).toBe('not a JSON object')
  expect(readObject('null')).toBe('not a JSON object')
  expect(readObject('{')).toBe('not JSON')
  expect(
    typeof readObject(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, (text) =>
      JSON.parse(text, (_, value) => value),
    ),
  ).toBe('string')
})
