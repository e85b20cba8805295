import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JournalRecord } from '../journal/record.ts'
import { answeredBy, closedBy } from './ending.ts'
import { createLine, type Line } from './line.ts'
import type { ManualTime } from './time.fixture.ts'
import { linePlan, type ScriptedSocket, scriptedDial, trial } from './world.fixture.ts'

/** What can happen to a line. `which` chooses among the sockets that it can happen to. */
type Happening =
  | { what: 'open' | 'data' | 'pong' | 'close' | 'error' | 'refusal' | 'answer'; which: number }
  | { what: 'wait'; ms: number }
  | { what: 'keys'; keys: string[]; frames: boolean }
  | { what: 'path'; path: string }
  | { what: 'reconnect' | 'pause' | 'resume' | 'suppress' | 'release' }

const which = fc.nat(7)
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('open' as const), which }) },
  { weight: 8, arbitrary: fc.record({ what: fc.constant('data' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'pong' as const,
        'close' as const,
        'error' as const,
        'refusal' as const,
        'answer' as const,
      ),
      which,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 50, 999, 5_000, 31_000, 400_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('keys' as const),
      keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
      frames: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('path' as const), path: fc.constantFrom('/1', '/2') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'reconnect' as const,
        'pause' as const,
        'resume' as const,
        'suppress' as const,
        'release' as const,
      ),
    }),
  },
)

/** Follows a line's journal and refuses what is not legal in it. */
function createWitness() {
  const open = new Set<number>()
  const ever = new Set<number>()
  let leader = -1
  let lost = false
  let last_us = 0
  return {
    read(record: JournalRecord): void {
      expect(record.wall_us).toBeGreaterThanOrEqual(last_us)
      last_us = record.wall_us
      if (record.type === 'frame') {
        expect(open).toContain(record.connection)
        return
      }
      if (record.type !== 'note') throw new Error('a line makes frames and notes')
      const { note } = record
      switch (note.note) {
        case 'opened':
          expect(ever).not.toContain(note.connection)
          expect(note.leads).toBe(leader < 0)
          ever.add(note.connection)
          open.add(note.connection)
          if (note.leads) leader = note.connection
          return
        case 'promoted':
          expect(open).toContain(note.connection)
          expect(note.connection).not.toBe(leader)
          leader = note.connection
          return
        case 'closed':
          expect(open).toContain(note.connection)
          open.delete(note.connection)
          if (leader === note.connection) leader = -1
          return
        case 'subscribed':
          expect(open).toContain(note.connection)
          return
        case 'lost':
          expect(lost).toBe(false)
          expect(note.since_us).toBeLessThanOrEqual(record.wall_us)
          lost = true
          return
        case 'back':
          expect(lost).toBe(true)
          expect(leader).toBeGreaterThanOrEqual(0)
          lost = false
          return
        case 'refused':
          expect(leader < 0 || ever.size > 0).toBe(true)
          return
        default:
          throw new Error(`a line does not say ${note.note}`)
      }
    },
    get open() {
      return open.size
    },
    get leader() {
      return leader
    },
    get lost() {
      return lost
    },
  }
}

function happen(one: Happening, line: Line, time: ManualTime, sockets: readonly ScriptedSocket[]): unknown {
  const pick = (...states: ScriptedSocket['state'][]): ScriptedSocket | undefined => {
    if (!('which' in one)) return undefined
    const fit = sockets.filter(({ state }) => states.includes(state))
    return fit[one.which % Math.max(1, fit.length)]
  }
  const { plan } = line.state
  switch (one.what) {
    case 'open':
      return pick('connecting')?.open()
    case 'data':
      return pick('open')?.say('data')
    case 'pong':
      return pick('open')?.say('PONG')
    case 'answer':
      return pick('open')?.say('ok')
    case 'close':
      return pick('open', 'closing')?.end(closedBy(1_001, 'going away'))
    case 'error':
      return pick('connecting', 'open', 'closing')?.end()
    case 'refusal':
      return pick('connecting')?.end(answeredBy(403, {}, '', 0))
    case 'wait':
      return time.advance(one.ms)
    case 'keys':
      return line.update({ ...plan, keys: one.keys, resubscribe: () => (one.frames ? ['again'] : null) })
    case 'path':
      return line.update({ ...plan, path: one.path })
    case 'reconnect':
      return line.reconnect('a hole')
    case 'suppress':
      return line.suppress('nonsense')
    default:
      return line[one.what]()
  }
}

/** A venue that works: opens, answers and delivers for so long. */
function calm(time: ManualTime, sockets: readonly ScriptedSocket[], ms: number): void {
  for (let passed = 0; passed < ms; passed += 1_000) {
    for (const socket of [...sockets]) {
      if (socket.state === 'connecting') socket.open()
      else if (socket.state === 'closing') socket.end()
    }
    for (const socket of [...sockets]) {
      if (socket.state !== 'open') continue
      if (socket.sent.at(-1) === 'PING') socket.say('PONG')
      if (socket.state === 'open') socket.say('data')
    }
    time.advance(1_000)
  }
}

test('whatever happens to its sockets, a line has one leader at most, legal notes, few sockets, and comes back', async () => {
  let lost = 0
  let promoted = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(happening, { minLength: 20, maxLength: 120 }),
      async (redundancy, mortal, proves, happenings) => {
        const { world, time, records } = trial({ redundancy })
        const { dial, sockets, live } = scriptedDial()
        let next = 0
        const plan = linePlan({
          idle: (text) => text === 'ok',
          life_ms: mortal ? 600_000 : 0,
          ...(proves ? { proves: (text: string) => text === 'data' } : {}),
        })
        const line = createLine(world, dial, 'clob_market', plan, () => next++)
        const witness = createWitness()
        let read = 0
        const look = (): void => {
          for (; read < records.length; read++) {
            const record = records[read]!
            if (record.type === 'note' && record.note.note === 'lost') lost++
            if (record.type === 'note' && record.note.note === 'promoted') promoted++
            witness.read(record)
          }
          expect(live().length).toBeLessThanOrEqual(redundancy + 1)
        }
        for (const one of happenings) {
          happen(one, line, time, sockets)
          look()
        }
        line.resume()
        line.release()
        // Longer than the slowest retry after a refusal.
        calm(time, sockets, 500_000)
        look()
        expect(witness.lost).toBe(false)
        expect(witness.leader).toBeGreaterThanOrEqual(0)
        // A follower of limited life may just be renewed.
        expect(mortal ? live().length : witness.open).toBeGreaterThanOrEqual(redundancy)
        expect(line.state.leader?.keys.toSorted()).toEqual(line.state.plan.keys.toSorted())
        const stopped = line.stop('enough')
        time.advance(world.settings.close_ms)
        await stopped
        look()
        expect(witness.open).toBe(0)
        expect(live()).toEqual([])
        expect(time.waiting).toBe(0)
      },
    ),
    { numRuns: 200 },
  )
  // The sequences do reach what they are about.
  expect(lost).toBeGreaterThan(100)
  expect(promoted).toBeGreaterThan(50)
})
