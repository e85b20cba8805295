import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, type Columns, Flag, slice } from '../../core/events/index.ts'
import { createPlayer } from './player.ts'
import type { Piece, Source } from './sources/source.ts'
import { wholeGroups } from './sources/whole-groups.ts'
import { createTapeClock, readSpeed } from './tape-clock.ts'

/** Messages of so many rows each, one a second. */
function messages(sizes: readonly number[]): Columns {
  const columns = allocate(sizes.reduce((sum, size) => sum + size, 0))
  sizes.forEach((size, message) => {
    for (let row = 0; row < size; row++) {
      const at = columns.length++
      columns.local_us[at] = message * 1e6
      columns.seq[at] = at
      columns.flags[at] = row === size - 1 ? Flag.LAST : 0
    }
  })
  return columns
}

function source(pieces: () => AsyncIterable<Piece>): Source {
  return {
    kind: 'script',
    name: '',
    instruments: { markets: [], instruments: [] },
    from_us: 0,
    activity: [],
    notes: [],
    pieces,
  }
}

describe('chunks', () => {
  test('however a tape is cut, messages come whole, once and in order', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(fc.nat(60)), async (counts, cuts) => {
        const tape = messages(counts)
        const bounds = [0, ...cuts.filter((cut) => cut < tape.length).sort((a, b) => a - b), tape.length]
        const chunks = bounds.slice(1).map((end, i) => slice(tape, bounds[i]!, end))
        const numbers: number[] = []
        for await (const chunk of wholeGroups(chunks)) {
          expect(chunk.flags[chunk.length - 1]).toBe(Flag.LAST)
          numbers.push(...chunk.seq.subarray(0, chunk.length))
        }
        expect(numbers).toEqual([...tape.seq])
      }),
    )
  })

  test('a tape that ends inside a message gives what there is', async () => {
    const tape = messages([2, 3])
    tape.flags[4] = 0
    const rows: number[] = []
    for await (const chunk of wholeGroups([slice(tape, 0, 4), slice(tape, 4, 5)])) rows.push(chunk.length)
    expect(rows).toEqual([2, 3])
  })
})

describe('the tape’s clock', () => {
  test('stands until it plays, goes at its speed, and stands in a pause', () => {
    let now = 100
    const clock = createTapeClock(5e6, 2, () => now)
    now += 1_000
    expect(clock.now_us()).toBe(5e6)
    clock.set(true, 2)
    now += 500
    expect(clock.now_us()).toBe(6e6)
    expect(clock.wait_ms(7e6)).toBe(500)
    clock.set(false, 2)
    now += 10_000
    expect(clock.now_us()).toBe(6e6)
    clock.set(true, 10)
    now += 100
    expect(clock.now_us()).toBe(7e6)
    expect(clock.wait_ms(6.5e6)).toBe(-50)
  })

  test('never goes back, and at full speed is where the tape is', () => {
    let now = 0
    const clock = createTapeClock(0, 'max', () => now)
    clock.set(true, 'max')
    expect(clock.wait_ms(1e12)).toBe(0)
    clock.reach(9e6)
    now += 1e6
    clock.reach(8e6)
    expect(clock.now_us()).toBe(9e6)
    clock.set(true, 1)
    expect(clock.now_us()).toBe(9e6)
  })

  test.each([0, -1, 1e9, Number.NaN, 'fast', '', null, {}])('%s is no speed', (raw) => {
    expect(() => readSpeed(raw)).toThrow(expect.objectContaining({ code: 'usage.speed' }))
  })

  test.each([
    ['max', 'max'],
    ['2.5', 2.5],
    [60, 60],
  ])('%s is one', (raw, speed) => {
    expect(readSpeed(raw)).toBe(speed)
  })
})

describe('a player', () => {
  const tape = messages([1, 2, 1, 3])
  const played = () => {
    const at: number[] = []
    const clock = createTapeClock(0, 'max')
    const stage = {
      message: (columns: Columns, from: number) => at.push(columns.local_us[from]! / 1e6),
      act: () => undefined,
      drained: () => undefined,
    }
    return { at, clock, stage }
  }
  async function* pieces(): AsyncGenerator<Piece> {
    yield { rows: tape }
  }

  test('plays every message once, and is done', async () => {
    const { at, clock, stage } = played()
    const player = createPlayer(source(pieces), clock, 'max', stage)
    player.play()
    player.play()
    await player.done
    expect([at, player.state, player.messages, player.rows]).toEqual([[0, 1, 2, 3], 'done', 4, 7])
    player.stop()
    expect(player.state).toBe('done')
  })

  test('a pause keeps the place; no message is played before its time', async () => {
    const at: number[] = []
    const clock = createTapeClock(0, 100)
    const player = createPlayer(source(pieces), clock, 100, {
      message(columns, from) {
        expect(clock.now_us()).toBeGreaterThanOrEqual(columns.local_us[from]!)
        at.push(columns.local_us[from]! / 1e6)
        if (at.length === 2) player.pause()
      },
      act: () => undefined,
      drained: () => undefined,
    })
    player.play()
    while (player.state !== 'paused') await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect(at).toEqual([0, 1])
    player.play()
    await player.done
    expect(at).toEqual([0, 1, 2, 3])
  })

  test('stopped before it began or in the middle it is done with; a source that fails says so', async () => {
    const { clock, stage } = played()
    const fresh = createPlayer(source(pieces), clock, 'max', stage)
    fresh.stop()
    await fresh.done
    expect(fresh.state).toBe('stopped')
    const broken = createPlayer(
      source(async function* () {
        yield { rows: tape }
        throw new Error('torn')
      }),
      createTapeClock(0, 'max'),
      'max',
      stage,
    )
    broken.play()
    await expect(broken.done).rejects.toThrow('torn')
    expect(broken.state).toBe('failed')
  })

  test('at full speed it waits for whoever is behind', async () => {
    const { clock, at, stage } = played()
    const gate = Promise.withResolvers<void>()
    let open = false
    const player = createPlayer(
      source(async function* () {
        yield { rows: messages([1]) }
        yield { rows: messages([1]) }
      }),
      clock,
      'max',
      { ...stage, drained: () => (open ? undefined : gate.promise) },
    )
    player.play()
    while (at.length === 0) await new Promise((resolve) => setImmediate(resolve))
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(at.length).toBe(1)
    open = true
    gate.resolve()
    await player.done
    expect(at.length).toBe(2)
  })
})
