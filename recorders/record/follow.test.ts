import { expect, test } from 'vitest'
import { defaults } from '../../core/config/index.ts'
import type { Market } from '../../core/events/index.ts'
import { SECOND } from '../../core/units/index.ts'
import type { Normaliser } from '../normalise/normaliser.ts'
import { followed, followSettings } from './follow.ts'

const START = 1_776_254_400 * SECOND
const market = (index: number) => ({
  start_us: START + index * 300 * SECOND,
  end_us: START + (index + 1) * 300 * SECOND,
})
const settings = { ...defaults(followSettings), lead_s: 100, linger_s: 50, resolved_s: 10 }

/** Five windows one after the other, of which some are resolved. */
function listed(resolved: readonly number[]): Normaliser {
  return {
    instruments: { markets: [0, 1, 2, 3, 4].map(market) as Market[], instruments: [] },
    resolutions: resolved.map((index) => ({ market: index })),
    listing: (index: number) => ({ index }),
  } as unknown as Normaliser
}

const indexes = (seconds: number, resolved: readonly number[] = []) =>
  followed(listed(resolved), START + seconds * SECOND, settings).map(({ index }) => index)

test('a market is listened to from its lead until its outcome is known, or was waited for', () => {
  expect(indexes(-101)).toEqual([])
  expect(indexes(-100)).toEqual([0])
  expect(indexes(200)).toEqual([0, 1])
  expect(indexes(349)).toEqual([0, 1])
  expect(indexes(350)).toEqual([1])
  expect(indexes(309, [0])).toEqual([0, 1])
  expect(indexes(310, [0])).toEqual([1])
})
