import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  fillPage,
  hasRecording,
  makeFit,
  measureDataset,
  measureSimulated,
  PAGE,
  unlike,
} from '../../docs/simulator-fit.ts'
import type { Statistic } from '../../engine/fit/statistics.ts'
import { SHIPPED } from '../../recorders/import/shipped.ts'

/** The simulator is like the recording: measured here on the part of it that ships. */

let recorded: Statistic[]
let simulated: Statistic[]

beforeAll(async () => {
  recorded = await measureDataset(SHIPPED.dir)
  simulated = measureSimulated(11, 24).all
}, 120_000)

const JUDGED = [
  'Spread',
  'Depth (a side)',
  'Books received',
  'Levels changed from book to book',
  'Time between two changes of a level',
  'Move of the mid',
]

describe('simulated markets', () => {
  test('have the statistics of recorded ones, more than four in five of them within a quarter', () => {
    const apart: string[] = []
    let judged = 0
    recorded.forEach(({ group, name, value, unit }, i) => {
      if (!JUDGED.includes(group)) return
      judged++
      if (unlike([value], simulated[i]!.value, unit))
        apart.push(`${group}, ${name}: ${simulated[i]!.value} for ${value}`)
    })
    expect(judged).toBeGreaterThan(45)
    expect(apart.length, apart.join('\n')).toBeLessThan(judged / 5)
  })

  test.each([
    ['Spread', 'mean', 0.15],
    ['Depth (a side)', 'at the touch, median', 0.35],
    ['Depth (a side)', 'within 5 cents, median', 0.35],
    ['Books received', 'mean', 0.25],
    ['Levels changed from book to book', 'mean', 0.25],
    ['Time between two changes of a level', 'at the touch, median', 0.35],
    ['Move of the mid', 'deviation over 5 s', 0.25],
  ])('%s, %s: within a share of %f', (group, name, share) => {
    const at = recorded.findIndex((one) => one.group === group && one.name === name)
    expect(Math.abs(simulated[at]!.value / recorded[at]!.value - 1)).toBeLessThan(share)
  })

  test('follow BTC as recorded ones do: together with it, less so the further apart one looks', () => {
    const correlation = (name: string) =>
      simulated.find((one) => one.group.startsWith('Response') && one.name === `${name}, correlation`)!.value
    expect(correlation('same minute')).toBeGreaterThan(0.75)
    expect(correlation('30 s earlier')).toBeLessThan(correlation('5 s earlier'))
    expect(correlation('30 s later')).toBeLessThan(correlation('5 s later'))
  })
})

describe('docs/simulator.md', () => {
  test.skipIf(!hasRecording())(
    'says what is measured (needs the recording of 15 April beside the repository)',
    async () => {
      const page = readFileSync(PAGE, 'utf8')
      expect(fillPage(page, await makeFit()), 'make it again: node docs/simulator-fit.ts').toBe(page)
    },
    300_000,
  )
})
