import fc from 'fast-check'
import { JSDOM } from 'jsdom'
import { describe, expect, test } from 'vitest'
import { fillTable } from './fill-table.js'
import { fillWords, priceWords } from './path-words.js'
import type { PathData } from './price-path.d.ts'
import { drawPricePath } from './price-path.js'

const START = Date.UTC(2026, 3, 15, 12) * 1_000
const EMPTY: PathData = {
  slug: 'btc-updown-5m-1776254400',
  from: START,
  to: START + 300e6,
  start: START,
  end: START + 300e6,
  step: 1e6,
  bucket: [],
  bid: [],
  ask: [],
  low: [],
  high: [],
  q: [],
  fills: [],
  more: 0,
}
const fill = { t: 1_000, price: 4_000, size: 20, outcome: 0, side: 1, maker: true, gap: false, failed: false }

/** A path whose buckets have the same touch. */
function flat(bucket: number[], bid = 4_000, ask = 4_200): PathData {
  const all = (value: number): number[] => bucket.map(() => value)
  return { ...EMPTY, bucket, bid: all(bid), ask: all(ask), low: all(bid), high: all(ask), q: all(-1) }
}

function parse(path: PathData, width = 700): Element {
  return new JSDOM(drawPricePath(path, width, 'p')).window.document.querySelector('svg')!
}

describe('the price path', () => {
  test('stays inside its frame and finite, whatever the data', () => {
    const tick = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 10_000 }))
    const row = fc.record({ bid: tick, ask: tick, q: tick })
    const some = fc.array(
      fc.record({
        t: fc.integer({ min: 0, max: 300_000 }),
        price: fc.integer({ min: 1, max: 9_999 }),
        outcome: fc.integer({ min: 0, max: 1 }),
        maker: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        some,
        fc.integer({ min: 280, max: 1_400 }),
        (rows, fills, width) => {
          const path = {
            ...EMPTY,
            bucket: rows.map((_, i) => i * 7),
            bid: rows.map((r) => r.bid),
            ask: rows.map((r) => r.ask),
            low: rows.map((r) => r.bid),
            high: rows.map((r) => r.ask),
            q: rows.map((r) => r.q),
            fills: fills.map((f) => ({ ...fill, ...f })),
          }
          const svg = drawPricePath(path, width, 'p')
          expect(svg).not.toMatch(/NaN|Infinity|undefined/)
          for (const [, x, y] of svg.matchAll(/translate\((-?[\d.]+),(-?[\d.]+)\)/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0)
            expect(Number(x)).toBeLessThanOrEqual(width)
            expect(Number(y)).toBeGreaterThanOrEqual(0)
            expect(Number(y)).toBeLessThanOrEqual(340)
          }
        },
      ),
    )
  })

  test('ends its lines where nothing was decided for 5 s, and where a side is empty', () => {
    const strokes = (path: PathData): number =>
      [...parse(path).querySelectorAll('path[stroke^="var(--market"]')].reduce(
        (n, line) => n + line.getAttribute('d')!.split('M').length - 1,
        0,
      )
    expect(strokes(flat([0, 1, 2, 3, 4]))).toBe(2)
    expect(strokes(flat([0, 1, 2, 9, 10]))).toBe(4)
    const oneSided = flat([0, 1, 2, 3, 4])
    oneSided.ask[2] = -1
    expect(strokes(oneSided)).toBe(3)
  })

  test('sets a fill of Down at one less its price', () => {
    const y = (outcome: number, price: number): number => {
      const at = parse({ ...flat([0, 1]), fills: [{ ...fill, outcome, price }] }).querySelector(
        'g[transform]',
      )!
      return Number(/,(.*)\)/.exec(at.getAttribute('transform')!)![1])
    }
    expect(y(1, 6_000)).toBe(y(0, 4_000))
    expect(y(1, 5_900)).toBeLessThan(y(1, 6_000))
  })

  test('tells makers, takers, sales, failures and gap fills apart without colour', () => {
    const shape = (fills: PathData['fills']): string =>
      parse({ ...flat([0, 1]), fills })
        .querySelector('g[transform]')!
        .innerHTML.replace(/--\w+, #\w+/g, '')
    const others = [{ maker: false }, { side: 2 }, { failed: true }, { gap: true }]
    const shapes = [{}, ...others].map((change) => shape([{ ...fill, ...change }]))
    expect(new Set(shapes).size).toBe(5)
  })

  test('shows a slug as text', () => {
    const svg = parse({ ...EMPTY, slug: '</title><script>alert(1)</script>' })
    expect(svg.querySelector('script')).toBeNull()
    expect(svg.querySelector('title')!.textContent).toContain('<script>')
  })
})

test('a fill in words', () => {
  expect(
    fillWords({ ...fill, maker: false, gap: true, failed: true, side: 2, outcome: 1, t: 61_500 }, EMPTY),
  ).toBe('12:01:01 sells 20 Down at 0.40 as taker, granted after a gap, failed later')
  expect([4_000, 4_010, 4_005, -1].map(priceWords)).toEqual(['0.40', '0.401', '0.4005', '–'])
})

test('the table of fills has a row a fill and says what it leaves out', () => {
  const { document } = new JSDOM(fillTable({ ...EMPTY, fills: [fill, { ...fill, failed: true }], more: 3 }))
    .window
  const rows = [...document.querySelectorAll('tbody tr')].map((row) =>
    [...row.children].map((c) => c.textContent),
  )
  expect(rows).toEqual([
    ['12:00:01', 'buys', 'Up', '0.40', '20', 'maker', ''],
    ['12:00:01', 'buys', 'Up', '0.40', '20', 'maker', 'failed'],
  ])
  expect(document.body.textContent).toContain('3 later fills of this window are in fills.parquet.')
})
