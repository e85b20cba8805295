import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { matchGolden } from './golden.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-golden-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function bless(name: string, text: string): void {
  vi.stubEnv('BLESS', '1')
  matchGolden(name, text, folder)
  vi.stubEnv('BLESS', '')
}

describe('a golden', () => {
  test('that does not exist fails and says how to write it', () => {
    vi.stubEnv('BLESS', '')
    expect(() => matchGolden('deep/new.txt', 'a', folder)).toThrow(
      /deep\/new.txt does not exist.*npm run bless/,
    )
  })

  test('is written in bless mode with one newline at its end, and then passes', () => {
    bless('deep/a.txt', 'one\ntwo')
    expect(readFileSync(join(folder, 'deep/a.txt'), 'utf8')).toBe('one\ntwo\n')
    expect(() => matchGolden('deep/a.txt', 'one\ntwo', folder)).not.toThrow()
    expect(() => matchGolden('deep/a.txt', 'one\ntwo\n', folder)).not.toThrow()
  })

  test('that differs shows the first differing line from both sides and how to bless', () => {
    bless('a.txt', 'one\ntwo\nthree')
    expect(() => matchGolden('a.txt', 'one\n2\n3', folder)).toThrow(
      /Line 2 of 3 stored and 3 made:\n {2}stored: two\n {2}made: {3}2[\s\S]*npm run bless/,
    )
  })

  test('that ends early says so', () => {
    bless('a.txt', 'one\ntwo')
    expect(() => matchGolden('a.txt', 'one', folder)).toThrow(/stored: two\n {2}made: {3}\(the end\)/)
  })

  test('with a long line shows the part that differs', () => {
    bless('a.txt', `${'x'.repeat(5_000)}A${'y'.repeat(5_000)}`)
    expect(() => matchGolden('a.txt', `${'x'.repeat(5_000)}B${'y'.repeat(5_000)}`, folder)).toThrow(
      /stored: … x+Ay+ …\n {2}made: {3}… x+By+ …/,
    )
  })
})
