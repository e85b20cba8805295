import { expect, test } from 'vitest'
import { findChromium } from './chromium.ts'

test('a browser that is named but not there is refused in one line', () => {
  expect(() => findChromium({ CHROMIUM: '/nowhere/chromium' })).toThrow(
    /^CHROMIUM names \/nowhere\/chromium, which is no program: set it to the path of Chromium or Chrome$/,
  )
})

test('a browser that is named is taken', () => {
  expect(findChromium({ CHROMIUM: process.execPath })).toBe(process.execPath)
})
