import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, REDACTED } from './redactor.ts'

const secrets = fc
  .string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 64 })
  .filter((s) => s.trim() === s)

/** Ways in which a venue may repeat a secret. */
const WAYS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (s) => s,
  json: (s) => JSON.stringify({ error: `bad key ${s}` }),
  'json with escapes': (s) =>
    [...s].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'json with upper-case escapes': (s) =>
    [...s].map((c) => `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`).join(''),
  'every second character escaped': (s) =>
    [...s]
      .map((c, i) =>
        i % 2 === 0
          ? JSON.stringify(c).slice(1, -1)
          : `\\u00${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
      )
      .join(''),
  'json with escaped slashes': (s) => JSON.stringify(s).replaceAll('/', '\\/'),
  url: (s) => `?key=${encodeURIComponent(s)}`,
  'url, every character': (s) =>
    [...s].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  base64: (s) => Buffer.from(s).toString('base64'),
  'base64 for urls': (s) => Buffer.from(s).toString('base64url'),
  hexadecimal: (s) => Buffer.from(s).toString('hex'),
  'upper-case hexadecimal': (s) => Buffer.from(s).toString('hex').toUpperCase(),
}

describe.each(Object.keys(WAYS))('a secret that comes back as %s', (way) => {
  test('is taken out, of text and of bytes, and nothing else is', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const { text, bytes } = createRedactor([secret])
        const written = WAYS[way]!(secret)
        const said = `before ${written} after`
        expect(text(said)).toContain(REDACTED)
        expect(text(said)).not.toContain(written)
        expect(Buffer.from(bytes(Buffer.from(said))).toString()).toBe(text(said))
      }),
      { numRuns: 50 },
    )
  })
})

test('halves of a long secret, and the lines of a key, are secrets', () => {
  const long = 'abcdefghijklmnopqrstuvwxyz0123'
  const { text } = createRedactor([long])
  expect(text(`${long.slice(0, 15)} ${long.slice(15)}`)).toBe(`${REDACTED} ${REDACTED}`)
  const pem =
    '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----'
  const key = createRedactor([pem])
  expect(key.text('x MIIEvQIBADANBgkqhkiG9w0B y')).toBe(`x ${REDACTED} y`)
  expect(key.text(JSON.stringify(pem))).not.toContain('MIIE')
})

test('bytes without a secret are the very same, whatever they are', () => {
  const { bytes } = createRedactor(['a secret of mine'])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (some) => {
      expect(bytes(some)).toBe(some)
    }),
  )
})

test('short texts are no secrets', () => {
  expect(createRedactor(['abc', '']).text('abcabc')).toBe('abcabc')
})
