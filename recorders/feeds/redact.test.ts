import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../redactor.ts'
import { userExamples } from './clob-user-examples.ts'
import { OWN, REMOVED, redact } from './redact.ts'

const KEY = '3e2c94ca-8124-c4c1-c7ea-be1ea21b71fe'
const OTHER = '62880c97-4a03-c6fa-2665-e6072ffc6ae6'
const SECRETS = { api_key: KEY, secret: 'c2VjcmV0+/=="quoted', passphrase: 'p4ssphrase' }
const redactor = createRedactor(Object.values(SECRETS))
const FIELDS = ['apiKey', 'owner', 'order_owner', 'trade_owner', 'secret', 'passphrase', 'API_KEY', 'api_key']

/** An object of the wire whose secret fields hold what must not survive, at any depth. */
const frames = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc
    .tuple(
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
      fc.dictionary(
        fc.constantFrom(...FIELDS),
        fc.oneof(
          fc.constantFrom(KEY, OTHER, SECRETS.secret),
          fc.array(fc.constantFrom(OTHER, KEY)),
          fc.record({ id: fc.constant(OTHER) }),
          fc.constant(62_880),
        ),
        { maxKeys: 3 },
      ),
    )
    .map(([plain, secret]) => ({ ...plain, ...secret })),
})).object as fc.Arbitrary<Record<string, unknown>>

/** The same object as it may be recorded. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null) return value
  const secret = /^(api_?key|owner|order_?owner|trade_?owner|secret|passphrase)$/i
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secret.test(key.replaceAll('_', '')) ? (inner === KEY ? OWN : REMOVED) : cleaned(inner),
    ]),
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function secretsIn(text: string): string[] {
  return [KEY, OTHER, ...Object.values(SECRETS)].filter(
    (one) => text.includes(one) || text.includes(JSON.stringify(one).slice(1, -1)),
  )
}

describe('credentials', () => {
  test('are taken out of every object and everything else stays as it was', () => {
    fc.assert(
      fc.property(frames, fc.constantFrom(0, 1), (frame, indent) => {
        const text = redact(JSON.stringify(frame, null, indent), SECRETS)
        expect(JSON.parse(text)).toEqual(cleaned(JSON.parse(JSON.stringify(frame))))
        expect(redact(text, SECRETS)).toBe(text)
        expect(secretsIn(text)).toEqual([])
      }),
    )
  })

  test('survive in no frame that is cut off or changed somewhere', () => {
    const broken = fc
      .tuple(frames, fc.nat(), fc.nat(), fc.string({ maxLength: 3 }))
      .map(([frame, from, length, put]) => {
        const text = JSON.stringify(frame)
        const at = from % (text.length + 1)
        const whole = text.slice(0, at) + put + text.slice(at + (length % 3))
        return length % 2 === 0 ? whole : text.slice(0, at)
      })
    fc.assert(
      fc.property(broken, (text) => {
        const left = secretsIn(redactor.text(redact(text, SECRETS)))
        // Where a change leaves JSON it may have made another field of the name: then the own ones alone are known.
        expect(isJson(text) ? left.filter((one) => one !== OTHER) : left).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })

  test('of others are no better known: whatever stands behind such a name in broken text is gone', () => {
    for (const text of ['{"owner":"abc,def"', '{"a":1,"secret" : "x y', '"passphrase":{"p":"q","r":"s"}}}'])
      expect(redact(text)).toMatch(/^[^:]*(:1,"secret" )?:? ?removed$/)
  })

  test('a name with escapes is the same name, and a name inside a text is none', () => {
    expect(redact('{"own\\u0065r":"x"}')).toBe('{"own\\u0065r":"removed"}')
    expect(redact('{"a":"\\"owner\\":\\"x\\""}')).toBe('{"a":"\\"owner\\":\\"x\\""}')
    expect(redact(`{"owner" :\n "x" , "b":1}`)).toBe(`{"owner" :\n "removed" , "b":1}`)
  })

  test('the own key can be told from another’s', () => {
    const text = JSON.stringify({ owner: KEY, maker_orders: [{ owner: OTHER }, { owner: KEY }] })
    expect(redact(text, SECRETS)).toBe('{"owner":"own","maker_orders":[{"owner":"removed"},{"owner":"own"}]}')
    expect(redact(text)).not.toContain(`"${OWN}"`)
  })

  test('a frame without any is the same text', () => {
    for (const { text } of userExamples) expect(redact(text, SECRETS)).toBe(text)
    expect(redact('PONG', SECRETS)).toBe('PONG')
  })
})
