import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { blocksOf, type WindowNet } from './blocks.ts'

function window(start_us: number, end_us: number, net = 1, fills = 1): WindowNet {
  return { start_us, end_us, net, stake: 2, fills }
}

test('windows that follow one another are apart, those that overlap are one', () => {
  expect(blocksOf([window(0, 5), window(5, 10), window(10, 15)])).toHaveLength(3)
  // Two assets at the same time; an hour over its first two five-minute windows.
  expect(blocksOf([window(0, 5, 3), window(0, 5, -1)])).toEqual([{ net: 2, stake: 4, traded: 2 }])
  expect(blocksOf([window(0, 5), window(0, 60), window(5, 10), window(60, 65)])).toHaveLength(2)
  expect(blocksOf([window(0, 5, 0, 0), window(5, 10)]).map(({ traded }) => traded)).toEqual([0, 1])
})

test('whatever the windows and their order, nothing is lost and no two blocks overlap', () => {
  const windows = fc.array(
    fc
      .tuple(fc.nat(100), fc.integer({ min: 1, max: 20 }), fc.integer({ min: -9, max: 9 }))
      .map(([start, length, net]) => window(start, start + length, net)),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(windows, (list) => {
      const made = blocksOf(list)
      const sum = (of: readonly { net: number }[]) => of.reduce((total, { net }) => total + net, 0)
      expect(sum(made)).toBe(sum(list))
      expect(made.reduce((total, { traded }) => total + traded, 0)).toBe(list.length)
      expect(blocksOf(list.toReversed())).toEqual(made)
      const covered = new Set(
        list.flatMap(({ start_us, end_us }) =>
          Array.from({ length: end_us - start_us }, (_, i) => start_us + i),
        ),
      )
      const times = [...covered].sort((a, b) => a - b)
      const cuts = times.filter(
        (time, i) =>
          i > 0 && (time - 1 !== times[i - 1] || !list.some((w) => w.start_us < time && time < w.end_us)),
      )
      expect(made).toHaveLength(list.length === 0 ? 0 : cuts.length + 1)
    }),
  )
})
