import { expect, test } from 'vitest'
import type { Market } from '../../core/events/index.ts'
import { INSTRUMENTS } from './fixtures.ts'
import { checkSides } from './side-check.ts'

const FILES = { instruments: 'instruments.json', resolutions: 'resolutions.json', gaps: 'gaps.json' }

function check(own: Partial<Market>) {
  const [market, ...others] = INSTRUMENTS.markets
  return () => checkSides({ ...INSTRUMENTS, markets: [{ ...market!, ...own }, ...others] }, [], [], FILES)
}

test('prices of a market in several steps make one grid, whose finest step is its tick', () => {
  const price_bands = [
    { from: 0, step: 10 },
    { from: 1_000, step: 100 },
    { from: 9_000, step: 10 },
  ]
  expect(check({ tick: 10, price_bands })).not.toThrow()
  const refused = (field: string) => expect.objectContaining({ code: 'tape.side_value', field, row: 0 })
  for (const tick of [100, null]) expect(check({ tick, price_bands })).toThrow(refused('markets.0.tick'))
  for (const bands of [[], price_bands.slice(1), price_bands.slice(0, 2)])
    expect(check({ tick: 10, price_bands: bands })).toThrow(refused('markets.0.price_bands'))
})
