import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { run, type World } from './index.ts'

type Item = { time: number; rank: number }

/** Streams of given times, each sorted; notes what was handled, one by one or as far as the horizon allows. */
function worldOf(streams: readonly number[][], greedy = false, more?: { rank: number; at: number }) {
  const sorted = streams.map((s) => [...s].sort((a, b) => a - b))
  const cursor = sorted.map(() => 0)
  const seen: Item[] = []
  let gate = more?.at ?? Number.POSITIVE_INFINITY
  const dueOf = (rank: number) =>
    rank === more?.rank && cursor[rank]! >= gate
      ? Number.NEGATIVE_INFINITY
      : (sorted[rank]![cursor[rank]!] ?? Number.POSITIVE_INFINITY)
  const due = Float64Array.from(sorted, (_, rank) => dueOf(rank))
  let fires = 0
  const world: World = {
    due,
    fire(rank, time, horizon) {
      fires++
      expect(time).toBe(due[rank])
      do {
        seen.push({ time: due[rank]!, rank })
        cursor[rank]!++
        due[rank] = dueOf(rank)
      } while (greedy && due[rank]! >= 0 && due[rank]! < horizon)
    },
  }
  const open = () => {
    gate = Number.POSITIVE_INFINITY
    if (more !== undefined) due[more.rank] = dueOf(more.rank)
  }
  return { world, seen, open, fires: () => fires }
}

const byTimeThenRank = (a: Item, b: Item) => a.time - b.time || a.rank - b.rank
const expected = (streams: readonly number[][], until: number) =>
  streams
    .flatMap((times, rank) => times.map((time) => ({ time, rank })))
    .filter((item) => item.time <= until)
    .sort(byTimeThenRank)

const streams = fc.array(fc.array(fc.nat(30), { maxLength: 20 }), { minLength: 1, maxLength: 5 })

describe('clock', () => {
  test('the smallest time goes first, of equal times the lowest rank, until `until` included', () => {
    fc.assert(
      fc.property(streams, fc.constantFrom(0, 7, 30, Number.POSITIVE_INFINITY), (list, until) => {
        const { world, seen } = worldOf(list)
        run(world, until)
        expect(seen).toEqual(expected(list, until))
      }),
    )
  })

  test('a world that handles rows up to the horizon in one call keeps that order', () => {
    fc.assert(
      fc.property(streams, fc.constantFrom(7, Number.POSITIVE_INFINITY), (list, until) => {
        const { world, seen } = worldOf(list, true)
        run(world, until)
        expect(seen).toEqual(expected(list, until))
      }),
    )
  })

  test('a lone stream is handled in one call', () => {
    const { world, fires } = worldOf([[1, 2, 3, 4], []], true)
    run(world, Number.POSITIVE_INFINITY)
    expect(fires()).toBe(1)
  })

  test('a run in pieces equals a run in one', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(30)), (list, cuts) => {
        const { world, seen } = worldOf(list)
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          run(world, cut)
          expect(seen).toEqual(expected(list, cut))
        }
        run(world, Number.POSITIVE_INFINITY)
        expect(seen).toEqual(expected(list, Number.POSITIVE_INFINITY))
      }),
    )
  })

  test('nothing is handled while a stream waits for rows', () => {
    fc.assert(
      fc.property(streams, fc.nat(4), fc.nat(20), (list, rank, at) => {
        const waiting = { rank: rank % list.length, at }
        const { world, seen, open } = worldOf(list, true, waiting)
        run(world, Number.POSITIVE_INFINITY)
        const all = expected(list, Number.POSITIVE_INFINITY)
        expect(seen).toEqual(all.slice(0, seen.length))
        expect(seen.filter((item) => item.rank === waiting.rank).length).toBe(
          Math.min(at, list[waiting.rank]!.length),
        )
        open()
        run(world, Number.POSITIVE_INFINITY)
        expect(seen).toEqual(all)
      }),
    )
  })
})
