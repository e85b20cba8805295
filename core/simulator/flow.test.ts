import { expect, test } from 'vitest'
import { Rng } from '../random/index.ts'
import * as Flow from './flow.ts'

const flow = () => Flow.create(Rng.create(9, 1), 60, 100)

test('what is known of a second stays known, and is the same whenever one looks', () => {
  const one = flow()
  const early = new Map<number, { move: number; known: boolean }>()
  for (let second = 100; second < 400; second++)
    early.set(second, { move: Flow.at(one, second), known: Flow.known(one, second, second - 100) })
  for (let now = 101; now < 400; now++) {
    Flow.turn(one, now)
    for (const [second, { move, known }] of early) {
      if (second < now) continue
      expect(Flow.at(one, second)).toBe(move)
      if (known) expect(Flow.known(one, second, second - now)).toBe(true)
    }
  }
  expect(Flow.known(one, 399, 0)).toBe(true)
})

test('less is known of what is further off, and the moves are standard normal, one by one', () => {
  const one = flow()
  const ahead = [0, 60, 120]
  const known = ahead.map(() => 0)
  const count = 20_000
  let squares = 0
  let products = 0
  for (let now = 100; now < 100 + count; now++) {
    Flow.turn(one, now)
    squares += Flow.at(one, now) ** 2
    products += Flow.at(one, now) * Flow.at(one, now + 1)
    ahead.forEach((far, i) => {
      if (Flow.known(one, now + far, far)) known[i]!++
    })
  }
  expect(Math.abs(squares / count - 1)).toBeLessThan(0.05)
  expect(Math.abs(products / count)).toBeLessThan(0.03)
  known.forEach((n, i) => {
    expect(Math.abs(n / count - Math.exp(-ahead[i]! / 60))).toBeLessThan(0.02)
  })
})
