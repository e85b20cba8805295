import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Rng } from '../../../core/random/index.ts'
import { createBoard } from './board.ts'
import { FAULT_NAMES, FAULTS, parseFault, readFault } from './fault.ts'
import { spoil } from './spoil.ts'

describe('faults as they are written', () => {
  test.each(FAULT_NAMES)('%s: alone it has its defaults, and every argument can be set', (name) => {
    expect(parseFault(name)).toEqual({ name, feed: null, for_s: null, args: FAULTS[name].args })
    const args = Object.entries(FAULTS[name].args).map(([key, value]) => `${key}=${value}`)
    const text = `${name}:${['feed=kraken', 'for_s=2.5', ...args].join(',')}`
    expect(parseFault(text)).toEqual({ name, feed: 'kraken', for_s: 2.5, args: FAULTS[name].args })
  })

  test.each([
    ['rain', /is no fault/],
    ['drop:code', /is no argument/],
    ['drop:rate=0.5', /no argument "rate"/],
    ['drop:code=1005', /no code/],
    ['drop:code=-3', /is no number/],
    ['lost:rate=1.5', /more than all/],
    ['lost:rate=much', /is no number/],
    ['lost:feed=nyse', /is no feed/],
    ['cut:mode=slowly', /mode of cut/],
    ['malformed:kind=ugly', /kind of malformed/],
    ['http-5xx:status=200', /no status of a failure/],
  ])('%s is refused', (text, message) => {
    expect(() => parseFault(text)).toThrow(message)
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: 'usage.fault' }))
  })

  test('nothing but known names and values gets through', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (raw) => {
        try {
          const spec = readFault(raw)
          expect(Object.keys(spec.args).sort()).toEqual(Object.keys(FAULTS[spec.name].args).sort())
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'usage.fault' })
        }
      }),
    )
  })
})

describe('chance', () => {
  const spec = (rate: number) => parseFault(`lost:rate=${rate}`)
  const strikes = (seed: number, rate: number) => {
    const board = createBoard(seed, { began: () => undefined, ended: () => undefined })
    board.add(spec(rate))
    return Array.from({ length: 2_000 }, () => board.strikes('lost', 'binance') !== undefined)
  }

  test('is the same for one seed, another for another, and as frequent as asked', () => {
    expect(strikes(4, 0.25)).toEqual(strikes(4, 0.25))
    expect(strikes(5, 0.25)).not.toEqual(strikes(4, 0.25))
    const share = strikes(4, 0.25).filter(Boolean).length / 2_000
    expect(Math.abs(share - 0.25)).toBeLessThan(0.05)
    expect(strikes(4, 0).some(Boolean)).toBe(false)
    expect(strikes(4, 1).every(Boolean)).toBe(true)
  })

  test('a fault of one feed spares the others; cleared by number or name it is over', () => {
    const ended: number[] = []
    const board = createBoard(1, { began: () => undefined, ended: ({ id }) => ended.push(id) })
    const one = board.add(parseFault('lost:rate=1,feed=binance'))
    board.add(parseFault('freeze'))
    expect(board.strikes('lost', 'kraken')).toBeUndefined()
    expect(board.strikes('lost', 'binance')).toBe(one)
    expect(board.clear(one.id)).toBe(1)
    expect(board.strikes('lost', 'binance')).toBeUndefined()
    expect([board.clear('freeze'), board.clear(null), ended]).toEqual([1, 0, [1, 2]])
    expect(board.counts).toEqual({ lost: 1 })
  })
})

describe('spoilt messages', () => {
  const message = fc
    .record({
      type: fc.string(),
      data: fc.array(fc.record({ p: fc.string(), q: fc.double({ noNaN: true }) })),
    })
    .map((value) => JSON.stringify(value))
  const seeds = fc.integer({ min: 0, max: 2 ** 31 })

  test('truncated and broken ones are no JSON', () => {
    fc.assert(
      fc.property(message, seeds, fc.constantFrom('truncated', 'broken'), (text, seed, kind) => {
        const spoilt = spoil(text, kind, Rng.create(seed, 0))
        expect(() => JSON.parse(spoilt)).toThrow()
      }),
    )
  })

  test('wrong types: JSON of another shape', () => {
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shape)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
          : typeof value
    fc.assert(
      fc.property(message, seeds, (text, seed) => {
        const spoilt = spoil(text, 'types', Rng.create(seed, 0))
        expect(shape(JSON.parse(spoilt))).not.toEqual(shape(JSON.parse(text)))
      }),
    )
  })

  test('any text at all is spoilt into another', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 2 }),
        seeds,
        fc.constantFrom('any', 'types', 'broken'),
        (text, seed, kind) => {
          expect(spoil(text, kind, Rng.create(seed, 0))).not.toBe(text)
        },
      ),
    )
  })
})
