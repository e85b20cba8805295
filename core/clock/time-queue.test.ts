import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimeQueue } from './index.ts'

type Item = { time: number; tag: number }
const time = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 2 ** 50 }))
const moves = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: time.map((t) => t as number | null) },
    { weight: 2, arbitrary: fc.constant(null) },
  ),
  { maxLength: 300, size: 'max' },
)

function push(queue: TimeQueue.TimeQueue, { time: at, tag }: Item): void {
  TimeQueue.push(queue, at, tag % 256, tag + 1, tag + 2, tag + 3, tag + 4, tag % 200, tag + 5, tag + 6)
}

/** Every column of the item that was popped. */
function popped(queue: TimeQueue.TimeQueue) {
  const at = TimeQueue.pop(queue)
  const { time: times, kind, market, order, x, y, flags, z, w } = queue
  return [times[at], kind[at], market[at], order[at], x[at], y[at], flags[at], z[at], w[at]]
}

const columns = ({ time: at, tag }: Item) => [
  at,
  tag % 256,
  tag + 1,
  tag + 2,
  tag + 3,
  tag + 4,
  tag % 200,
  tag + 5,
  tag + 6,
]

describe('a time queue', () => {
  test('gives items by time, of equal times in the order of arrival, with all they carry', () => {
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 8 }), (list, capacity) => {
        const queue = TimeQueue.create(capacity)
        const model: Item[] = []
        list.forEach((at, tag) => {
          if (at !== null) {
            push(queue, { time: at, tag })
            model.push({ time: at, tag })
          } else if (model.length > 0) {
            const first = model.reduce((a, b) => (b.time < a.time ? b : a))
            model.splice(model.indexOf(first), 1)
            expect(popped(queue)).toEqual(columns(first))
          }
          expect(queue.length).toBe(model.length)
          expect(TimeQueue.next(queue)).toBe(Math.min(...model.map((one) => one.time)))
        })
        const rest = model
          .map((item, i) => ({ item, i }))
          .sort((a, b) => a.item.time - b.item.time || a.i - b.i)
        for (const { item } of rest) expect(popped(queue)).toEqual(columns(item))
        expect(TimeQueue.next(queue)).toBe(Number.POSITIVE_INFINITY)
      }),
      { numRuns: 200 },
    )
  })

  test('what was popped stays readable until the next push', () => {
    const queue = TimeQueue.create(2)
    push(queue, { time: 5, tag: 10 })
    push(queue, { time: 3, tag: 20 })
    const first = TimeQueue.pop(queue)
    TimeQueue.pop(queue)
    expect(queue.order[first]).toBe(22)
  })

  test('nothing can be taken from an empty queue', () => {
    const queue = TimeQueue.create(1)
    expect(() => TimeQueue.pop(queue)).toThrow(expect.objectContaining({ code: 'clock.queue_empty' }))
    push(queue, { time: 1, tag: 1 })
    expect(popped(queue)).toEqual(columns({ time: 1, tag: 1 }))
  })

  test('a producer that runs away is stopped at the stated limit', () => {
    const queue = TimeQueue.create(TimeQueue.QUEUE_MAX)
    for (let i = 0; i < TimeQueue.QUEUE_MAX; i++) TimeQueue.push(queue, i, 1, 0, 0, 0, 0, 0)
    expect(() => TimeQueue.push(queue, 0, 1, 0, 0, 0, 0, 0)).toThrow(
      expect.objectContaining({ code: 'clock.queue_full' }),
    )
    expect(queue.length).toBe(TimeQueue.QUEUE_MAX)
    expect(queue.arrivals).toBe(TimeQueue.QUEUE_MAX)
  })
})
