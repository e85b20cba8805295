import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { judge, keyOf } from '../../docs/make/fit-cells.ts'
import {
  fillPage,
  hasRecordings,
  makeFit,
  type Own,
  PAGE,
  type Recorded,
  recordedOf,
  type Tape,
} from '../../docs/simulator-fit.ts'
import { ROOT } from '../structure/project.ts'

/**
 * The simulator is like the recordings. One simulation is measured, the page's own; beside it the part of the recording that
 * ships, and what the page says of whole days, which is measured again where they are beside the repository.
 */

const page = readFileSync(PAGE, 'utf8')
const days = recordedOf(page)
let own: Own
let recorded: Promise<Recorded> | undefined

beforeAll(async () => {
  if (hasRecordings()) recorded = measure<Recorded>('--recorded')
  own = await measure<Own>('--own')
})

/** In a process of its own: figures of coverage would make it several times slower. */
async function measure<T>(what: string): Promise<T> {
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  const script = join(ROOT, 'docs/simulator-fit.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, what], { env })
  return JSON.parse(stdout, (key, value) => (key === 'value' && value === null ? Number.NaN : value)) as T
}

const find = ({ all }: Tape, group: string, name: string) => {
  const one = all.find((other) => other.group === group && other.name === name)
  if (one === undefined) throw new Error(`no ${group}, ${name}`)
  return one
}

describe('simulated markets', () => {
  const JUDGED = [
    'Spread',
    'Depth (a side)',
    'Books received',
    'Levels changed from book to book',
    'Time between two changes of a level',
    'Move of the mid',
  ]

  test('have the statistics of recorded ones, more than four in five of them within a quarter', () => {
    const judged = own.shipped.all.filter(({ group }) => JUDGED.includes(group))
    const apart = judged.filter(
      (one) => judge([own.shipped.column[keyOf(one)]!], own.simulated.column[keyOf(one)]!, one.unit) !== '',
    )
    expect(judged.length).toBeGreaterThan(45)
    expect(apart.length, apart.map(keyOf).join('\n')).toBeLessThan(judged.length / 5)
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
    const ratio = find(own.simulated, group, name).value / find(own.shipped, group, name).value
    expect(Math.abs(ratio - 1)).toBeLessThan(share)
  })

  const RESPONSE = 'Response of the mid to a minute’s move of BTC'
  const WISDOM = 'What the mid knows'
  test.each([
    [RESPONSE, '30 s earlier, correlation'],
    [RESPONSE, '5 s earlier, correlation'],
    [RESPONSE, 'same minute, correlation'],
    [RESPONSE, '5 s later, correlation'],
    [RESPONSE, '30 s later, correlation'],
    [WISDOM, 'better than the model'],
    [WISDOM, 'better than the model 60 s before the end'],
    [WISDOM, 'off 50 cents 10 s after the start'],
    [WISDOM, 'off 50 cents 30 s after the start'],
    [WISDOM, 'doubt left 60 s before the end'],
    [WISDOM, 'doubt left 10 s before the end'],
    [WISDOM, 'doubt left 2 s before the end'],
  ])('%s, %s: no more and no less than recorded days may have', (group, name) => {
    const one = find(own.simulated, group, name)
    const cells = Object.values(days).flatMap((column) => column[keyOf(one)] ?? [])
    expect(cells.some((cell) => cell.includes('['))).toBe(true)
    const made = String(one.value)
    expect(judge(cells, made, one.unit), `${made} for ${cells.join(' and ')}`).toBe('')
  })

  test('follow BTC less the further apart one looks', () => {
    const correlation = (when: string) => find(own.simulated, RESPONSE, `${when}, correlation`).value
    expect(correlation('30 s earlier')).toBeLessThan(correlation('5 s earlier'))
    expect(correlation('30 s later')).toBeLessThan(correlation('5 s later'))
  })
})

describe('a simulated value beside recorded ones', () => {
  test.each([
    ['', ['0.820 [0.773, 0.896]', '–'], '0.801'],
    ['outside', ['0.820 [0.773, 0.896]', '–'], '0.730'],
    ['outside', ['9.79', '11.8'], '9.70'],
    ['unlike', ['9.79', '11.8'], '15.0'],
    // One number spans nothing.
    ['', ['9.79', '–'], '9.70'],
    ['unlike', ['1\u00a0843', '–'], '1\u00a0200'],
    ['', ['–', '–'], '1.00'],
  ])('is %j beside %j: %s', (mark, recorded, made) => {
    expect(judge(recorded, made, 'shares')).toBe(mark)
  })

  test('a share is far off by hundredths, not by a factor', () => {
    expect(judge(['0.010', '0.012'], '0.030', 'share')).toBe('outside')
    expect(judge(['0.010', '0.012'], '0.090', 'share')).toBe('unlike')
  })
})

describe('docs/simulator.md', () => {
  test('says what is measured on what ships and on the simulation', () => {
    expect(fillPage(page, makeFit(own, days)), 'make it again: node docs/simulator-fit.ts').toBe(page)
  })

  test('a cell that nobody measured does not pass', () => {
    const [cell] = /\| mean \| cents \| [\d.]+ /.exec(page)!
    const other = page.replace(cell, '| mean | cents | 9.99 ')
    expect(fillPage(other, makeFit(own, recordedOf(other)))).not.toBe(other)
  })

  test.skipIf(!hasRecordings())(
    'says what the recordings say (needs those of 13 and 15 April and of 8 June beside the repository)',
    async () => {
      expect(days, 'make it again: node docs/simulator-fit.ts').toEqual(await recorded)
    },
    300_000,
  )
})
