import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { color, type Role, variables } from './theme.ts'

test('each colour is defined in light and in dark, by the system and by the switch', () => {
  const css = variables()
  for (const role of Object.keys(color)) {
    expect(css.match(new RegExp(`--${role}:#[0-9a-f]{6}`, 'g')), role).toHaveLength(5)
  }
})

test("the browser's script names the same colours as the page", () => {
  const script = readFileSync(new URL('client/price-path.js', import.meta.url), 'utf8')
  const named = [...script.matchAll(/var\(--(\w+), #\w+\)/g)]
  expect(named.length).toBeGreaterThan(4)
  for (const [text, role] of named) expect(text).toBe(color[role as Role])
})
