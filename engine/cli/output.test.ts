import { expect, test } from 'vitest'
import { capture } from './capture.ts'
import { emit, list, table } from './output.ts'

test('JSON is one line; text is made only when it is wanted', () => {
  const json = capture()
  emit(json.io, true, { a: [1, 2] }, () => expect.unreachable())
  expect(json.out()).toBe('{"a":[1,2]}\n')
  const text = capture()
  emit(text.io, false, {}, () => 'a table\n')
  emit(text.io, false, {}, () => 'a line')
  expect(text.out()).toBe('a table\na line\n')
})

test('a table aligns numbers right and words left, without lines at the edges', () => {
  const rows = [
    ['up', 12, null],
    ['longer', 3, true],
  ]
  expect(table({ color: false }, ['name', 'count', 'flag'], rows)).toBe(
    'name    count  flag\nup         12  –\nlonger      3  true\n',
  )
})

test('a list aligns its values', () => {
  expect(
    list({ color: false }, [
      ['a', 1],
      ['longer', null],
    ]),
  ).toBe('a       1\nlonger  –\n')
  expect(list({ color: false }, [])).toBe('')
})

test('colours come only where they are wanted', () => {
  const rows = [['up', 1]]
  expect(table({ color: true }, ['name', 'count'], rows)).toContain('\u001b[1m')
  expect(table({ color: false }, ['name', 'count'], rows)).not.toContain('\u001b')
  expect(list({ color: true }, [['a', 1]])).toContain('\u001b[2m')
})
