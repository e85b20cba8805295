import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIso } from '../../core/units/index.ts'
import { looseStamp } from './loose-stamp.ts'

test('an instant is the same in seconds, ms, µs and as ISO text', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000_000_000, max: 9_007_199_254 }), (seconds) => {
      const us = seconds * 1e6
      for (const text of [String(seconds), `${seconds}000`, `${seconds}000000`, formatIso(us)])
        expect(looseStamp(text)).toBe(us)
    }),
  )
})

test('whatever else is written is no stamp, and none is no safe integer', () => {
  for (const text of ['', '0', '-1', '12', '1e9', '01672290687', '9999999999999999', 'soon', null, undefined])
    expect(looseStamp(text)).toBeNull()
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.nat().map(String), fc.bigInt({ min: 0n }).map(String)), (text) => {
      const stamp = looseStamp(text)
      expect(stamp === null || (Number.isSafeInteger(stamp) && stamp > 0)).toBe(true)
    }),
  )
})
