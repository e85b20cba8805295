import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { timeLeft } from './progress-time.ts'

test('nothing is said before 5 % is done, and of steady work the truth', () => {
  const left = timeLeft(100, 0)
  expect(left.after(4, 4_000)).toBe('')
  expect(left.after(5, 5_000)).toBe(' 95 s left'.replace('95 s', '1 min 35 s'))
  expect(left.after(50, 50_000)).toBe(' 50 s left')
  expect(left.after(100, 100_000)).toBe(' 0 s left')
})

test('pieces of uneven size do not make it jump: it stays within a third of what the average speed says', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 30, maxLength: 60 }), (pieces) => {
      const total = pieces.reduce((sum, piece) => sum + piece, 0)
      const left = timeLeft(total, 0)
      let done = 0
      let now_ms = 0
      for (const piece of pieces) {
        // A piece takes as long as it is large, give or take a half, by its place.
        now_ms += piece * 1_000 * (1 + 0.5 * (done % 2 === 0 ? 1 : -1))
        done += piece
        const text = left.after(done, now_ms)
        const said = /^ (?:(\d+) min )?(\d+) s left$/.exec(text)
        if (said === null || total - done < 10 || done < 20) continue
        const seconds = 60 * Number(said[1] ?? 0) + Number(said[2])
        const average = ((total - done) * now_ms) / done / 1_000
        expect(seconds).toBeGreaterThan(average / 1.7)
        expect(seconds).toBeLessThan(average * 1.7)
      }
    }),
  )
})

test('work that stands still says nothing wrong: its time grows', () => {
  const left = timeLeft(100, 0)
  const before = left.after(10, 1_000)
  const later = left.after(10, 61_000)
  expect(before).toBe(' 9 s left')
  expect(later).toMatch(/min|h/)
})
