import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults, parse, resolve, type Schema, sortedKeys } from './index.ts'

const schema = {
  exchange: {
    latency_ms: { type: 'number', default: 50, min: 0, max: 1000, unit: 'ms', doc: '' },
    levels: { type: 'number', default: 3, min: 1, max: 9, integer: true, unit: '', doc: '' },
    fill: { type: 'choice', default: 'bbo', choices: ['bbo', 'depth'], unit: '', doc: '' },
  },
  risk: {
    halt: { type: 'flag', default: true, unit: '', doc: '' },
    markets: { type: 'list', default: ['btc'], unit: '', doc: '' },
    venue: { type: 'text', default: 'wss://a, b', unit: '', doc: '' },
  },
} as const satisfies Schema

const refusal = (code: string, field: string) => expect.objectContaining({ code, field }) as Error

describe('a configuration', () => {
  test('without overrides is the defaults', () => {
    expect(resolve(schema)).toEqual({
      exchange: { latency_ms: 50, levels: 3, fill: 'bbo' },
      risk: { halt: true, markets: ['btc'], venue: 'wss://a, b' },
    })
    expect(defaults(schema.exchange)).toEqual({ latency_ms: 50, levels: 3, fill: 'bbo' })
  })

  test('takes for every key the last layer that names it', () => {
    const layer = fc.dictionary(
      fc.constantFrom('exchange.latency_ms', 'exchange.levels'),
      fc.integer({ min: 1, max: 9 }),
    )
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 4 }), (layers) => {
        const config = resolve(schema, ...layers)
        const last = (key: string, otherwise: number) =>
          layers.findLast((one) => key in one)?.[key] ?? otherwise
        expect(config.exchange.latency_ms).toBe(last('exchange.latency_ms', 50))
        expect(config.exchange.levels).toBe(last('exchange.levels', 3))
        expect(config.exchange.fill).toBe('bbo')
      }),
    )
  })

  test('leaves defaults and layers as they were', () => {
    const layer = { 'exchange.levels': 4 }
    resolve(schema, layer)
    expect(layer).toEqual({ 'exchange.levels': 4 })
    expect(resolve(schema).exchange.levels).toBe(3)
  })

  test('reads texts as the setting’s type, as environment and flags give them', () => {
    const config = resolve(schema, {
      'exchange.latency_ms': '12.5',
      'exchange.levels': '4',
      'exchange.fill': 'depth',
      'risk.halt': 'false',
      'risk.markets': 'btc, eth ,,sol',
      'risk.venue': ' x, y ',
    })
    expect(config).toEqual({
      exchange: { latency_ms: 12.5, levels: 4, fill: 'depth' },
      risk: { halt: false, markets: ['btc', 'eth', 'sol'], venue: ' x, y ' },
    })
  })
})

describe('is refused, naming key, value and what is expected', () => {
  test.each([
    ['exchange.latency_ms', -1, 'config.range', 'from 0 to 1000 ms'],
    ['exchange.latency_ms', 1001, 'config.range', 'from 0 to 1000 ms'],
    ['exchange.latency_ms', 'Infinity', 'config.range', 'from 0 to 1000 ms'],
    ['exchange.latency_ms', Number.NaN, 'config.type', 'a number'],
    ['exchange.latency_ms', 'fast', 'config.type', 'a number'],
    ['exchange.latency_ms', ' ', 'config.type', 'a number'],
    ['exchange.latency_ms', null, 'config.type', 'a number'],
    ['exchange.levels', 2.5, 'config.type', 'a whole number'],
    ['exchange.fill', 'best', 'config.choice', 'one of bbo, depth'],
    ['exchange.fill', 1, 'config.choice', 'one of bbo, depth'],
    ['risk.halt', 'yes', 'config.type', 'true or false'],
    ['risk.halt', 1, 'config.type', 'true or false'],
    ['risk.markets', 5, 'config.type', 'a list of texts'],
    ['risk.venue', 5, 'config.type', 'a text'],
    ['risk.markets', [1], 'config.type', 'a list of texts'],
  ])('%s = %j', (key, value, code, expected) => {
    const act = () => resolve(schema, { [key]: value })
    expect(act).toThrow(refusal(code, key))
    expect(act).toThrow(expected)
    expect(act).toThrow(JSON.stringify(value))
  })

  test('both ends of a range are inside it', () => {
    for (const value of [0, 1000]) expect(parse('x', schema.exchange.latency_ms, value)).toBe(value)
  })

  test.each([
    ['exchange.latncy_ms', 'exchange.latency_ms'],
    ['exchnge.levels', 'exchange.levels'],
    ['risk.hatl', 'risk.halt'],
    ['market', 'risk.markets'],
    ['halt', 'risk.halt'],
    ['exchange', 'exchange.fill'],
  ])('an unknown key %s, with the nearest known one', (key, nearest) => {
    expect(() => resolve(schema, { [key]: 1 })).toThrow(refusal('config.unknown', key))
    expect(() => resolve(schema, { [key]: 1 })).toThrow(nearest)
  })

  test('an unknown key without its value, which may be a secret', () => {
    expect(() => resolve(schema, { 'exchange.key': 'hunter2' })).toThrow(
      /^exchange\.key is refused: expected a known key, such as /,
    )
  })

  test.each(['__proto__.x', 'constructor.name', 'exchange.constructor', 'exchange.toString', 'exchange.'])(
    'a key %s that only every object has',
    (key) => {
      expect(() => resolve(schema, { [key]: 1 })).toThrow(refusal('config.unknown', key))
    },
  )
})

test('keys are walked in code-unit order, whatever the order of their making', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), (keys) => {
      const object = Object.fromEntries(keys.map((key) => [key, 0]))
      const order = [...keys].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1))
      expect(sortedKeys(object)).toEqual(order)
    }),
  )
})
