import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../doctor/installation.ts'
import { authorPlace } from './author-place.ts'

const at = (stack: string) => Object.assign(new Error('boom'), { stack })
const own = new URL(`file://${join(ROOT, 'core/strategies/strategy.ts')}`).href

test('the place is the first line of the stack that is not of this project', () => {
  const stack = `Error: boom\n    at badRow (${own}:200:9)\n    at addResting (${own}:150:3)\n    at Object.on (file:///home/me/my%20bots/skew.ts?0a1b:21:7)\n    at ask (file:///home/me/other.ts:3:1)`
  expect(authorPlace(at(stack))).toEqual({ file: '/home/me/my bots/skew.ts', line: 21 })
})

test('a stack of this project alone, of Node or of nothing has none', () => {
  for (const stack of [`Error\n    at x (${own}:1:1)`, 'Error\n    at node:internal/x:1:1', ''])
    expect(authorPlace(at(stack))).toBeNull()
  expect(authorPlace('text')).toBeNull()
})
