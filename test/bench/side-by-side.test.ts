import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ALL, differences, differencesFromPublished } from '../../bench/side-by-side/agreement.ts'
import { CASES, type Outcome, PUBLISHED } from '../../bench/side-by-side/cases.ts'
import { readEvents, writeEvents } from '../../bench/side-by-side/event-file.ts'
import { type MatchInput, play, timesOf } from '../../bench/side-by-side/match.ts'
import { pinnedTo, start } from '../../bench/side-by-side/player.ts'
import { LOCKSTEP, type Side } from '../../bench/side-by-side/sides.ts'
import { oracleColumns } from '../../engine/runners/oracle.ts'

const SEED = 11
const EVENTS = 100_000

let folder: string
let events_file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-side-by-side-'))
  events_file = join(folder, 'events')
  writeEvents(events_file, SEED, EVENTS)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function inputOf(name: string, others: readonly Side[]): MatchInput {
  const game = CASES.find((one) => one.name === name)!
  const files = { events_file, npz: join(folder, 'events.npz') }
  return { game, seed: SEED, events: EVENTS, others, files, runs: 1, pin: pinnedTo(0) }
}

describe('what holds the sides together', () => {
  test('the event file gives the rows of the stream back', () => {
    expect(readEvents(events_file).length).toBe(EVENTS)
    const { kind, side, price, size, exch_us } = readEvents(events_file)
    const stream = oracleColumns(SEED, EVENTS)
    const same = (one: ArrayLike<number>, other: ArrayLike<number>) =>
      expect(Buffer.compare(bytesOf(one), bytesOf(other))).toBe(0)
    for (const name of ['kind', 'side', 'price', 'size', 'exch_us'] as const)
      same({ kind, side, price, size, exch_us }[name], stream[name].subarray(0, EVENTS))
  })

  test('a side that plays by other rules is found out, and no time of it is given', async () => {
    const slower: Side = {
      title: 'Lockstep, a millisecond slower',
      agrees: ALL,
      command: (setup) => LOCKSTEP.command({ ...setup, entry_latency: setup.entry_latency + 1_000_000 }),
    }
    await expect(play(inputOf('100 ms', [slower]))).rejects.toMatchObject({
      code: 'side-by-side.disagreement',
      field: '100 ms',
    })
    const { scores } = await play(inputOf('100 ms', [LOCKSTEP]))
    expect(scores.map(({ wall_s }) => wall_s.all.length)).toEqual([1, 1])
  })

  test('any part that differs is named, and cash may differ by less than its unit', () => {
    const book = { bids: [[49, 5]], asks: [[51, 7]] } as const
    const one: Outcome = { trades: 3, position: -10, cash: 12.3, calls: 8, book }
    expect(differences({ ...one, cash: 12.3 + 1e-9 }, one, ALL)).toEqual([])
    for (const part of ALL) {
      const other = { ...one, [part]: part === 'book' ? { bids: [[49, 6]], asks: book.asks } : 9 }
      expect(differences(other, one, ALL)).toHaveLength(1)
      expect(differences(other, one, [part])[0]).toContain(part)
      expect(
        differences(
          other,
          one,
          ALL.filter((name) => name !== part),
        ),
      ).toEqual([])
    }
  })

  test('the published table is held against every case that it has', () => {
    const [row] = PUBLISHED
    const outcome = {
      trades: row!.trades,
      position: row!.position,
      cash: row!.cash,
      calls: 1,
      book: { bids: [], asks: [] },
    }
    const of = (cash: number) =>
      differencesFromPublished(row!.seed, row!.events, row!.case, { ...outcome, cash })
    expect(of(row!.cash)).toEqual([])
    expect(of(row!.cash + 0.01)).toHaveLength(1)
    expect(differencesFromPublished(row!.seed, row!.events + 1, row!.case, { ...outcome, cash: 0 })).toEqual(
      [],
    )
  })

  test('a side that fails says why, and is not waited for', async () => {
    const failing = start([process.execPath, '-e', 'throw new Error("no such events")'])
    await expect(failing).rejects.toThrow(/no such events/)
    await expect(start(['no-such-program'])).rejects.toMatchObject({ code: 'side-by-side.player' })
  })

  test('the median of five runs is the third, whatever their order', () => {
    expect(timesOf([5, 1, 4, 2, 3])).toMatchObject({ median: 3, min: 1, max: 5 })
    expect(timesOf([4, 1]).median).toBe(2.5)
  })
})

function bytesOf(values: ArrayLike<number>): Buffer {
  return Buffer.from(Float64Array.from(values).buffer)
}
