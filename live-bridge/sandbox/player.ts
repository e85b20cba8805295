import { setImmediate } from 'node:timers/promises'
import { type Columns, Flag } from '../../core/events/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { Act, Source } from './sources/source.ts'
import type { Speed, TapeClock } from './tape-clock.ts'

/** What a player does with what it plays. */
export type Stage = {
  /** A message: rows `from` to `to` of the columns. */
  message(columns: Columns, from: number, to: number): void
  act(act: Act): void
  /** At speed `max`: resolves when every client has taken most of what it was sent; undefined where that is so. */
  drained(): Promise<void> | undefined
}

export type PlayerState = 'ready' | 'playing' | 'paused' | 'done' | 'stopped' | 'failed'

/** Plays a source on a stage. */
export type Player = {
  readonly state: PlayerState
  readonly speed: Speed
  readonly messages: number
  readonly rows: number
  /** Resolves when the source is played to its end, or stopped; rejects where it cannot be read. */
  readonly done: Promise<void>
  play(): void
  pause(): void
  setSpeed(speed: Speed): void
  stop(): void
}

/** Work between two looks at the event loop, so that sockets are served. */
const TURN_MS = 4
const LOOK_MESSAGES = 32

/** A player at the beginning of its source; it keeps to `clock`. */
export function createPlayer(source: Source, clock: TapeClock, first: Speed, stage: Stage): Player {
  let state: PlayerState = 'ready'
  let speed = first
  let messages = 0
  let rows = 0
  let wake = () => {}
  let turn_ms = performance.now()
  const ended = Promise.withResolvers<void>()
  // Who does not ask for the end is not told of a failure twice: the state says it.
  ended.promise.catch(() => undefined)

  const woken = (ms: number | null) =>
    new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const due = (at_us: Micros) => state === 'playing' && clock.wait_ms(at_us) <= 0
  const until = async (at_us: Micros) => {
    while (state !== 'stopped' && !due(at_us))
      await woken(state === 'playing' ? sleepFor(clock.wait_ms(at_us)) : null)
  }
  const breathe = async () => {
    if (performance.now() - turn_ms >= TURN_MS) {
      await setImmediate()
      turn_ms = performance.now()
    }
    while (state !== 'stopped' && speed === 'max') {
      const full = stage.drained()
      if (full === undefined) return
      await full
    }
  }
  const playRows = async (columns: Columns) => {
    for (let from = 0; from < columns.length; ) {
      let to = from + 1
      while (to < columns.length && (columns.flags[to - 1]! & Flag.LAST) === 0) to++
      const at_us = columns.local_us[from]!
      if (!due(at_us)) await until(at_us)
      if (state === 'stopped') return
      clock.reach(at_us)
      stage.message(columns, from, to)
      rows += to - from
      messages++
      from = to
      if (messages % LOOK_MESSAGES === 0) await breathe()
    }
  }
  const run = async () => {
    for await (const piece of source.pieces()) {
      if ('rows' in piece) await playRows(piece.rows)
      else {
        await until(piece.at_us)
        if (state !== 'stopped') {
          clock.reach(piece.at_us)
          stage.act(piece.act)
        }
      }
      await breathe()
      if (state === 'stopped') return
    }
  }
  const finish = (next: PlayerState) => {
    clock.set(false, speed)
    if (state !== 'stopped') state = next
  }
  const start = () => {
    run().then(
      () => {
        finish('done')
        ended.resolve()
      },
      (thrown: unknown) => {
        finish('failed')
        ended.reject(thrown)
      },
    )
  }
  return {
    get state() {
      return state
    },
    get speed() {
      return speed
    },
    get messages() {
      return messages
    },
    get rows() {
      return rows
    },
    done: ended.promise,
    play() {
      if (state !== 'ready' && state !== 'paused') return
      const fresh = state === 'ready'
      state = 'playing'
      clock.set(true, speed)
      if (fresh) start()
      wake()
    },
    pause() {
      if (state !== 'playing') return
      clock.set(false, speed)
      state = 'paused'
      wake()
    },
    setSpeed(next) {
      speed = next
      clock.set(state === 'playing', next)
      wake()
    },
    stop() {
      if (state === 'done' || state === 'failed' || state === 'stopped') return
      const fresh = state === 'ready'
      clock.set(false, speed)
      state = 'stopped'
      wake()
      if (fresh) ended.resolve()
    },
  }
}

/** In whole milliseconds, the last of them included. */
function sleepFor(wait_ms: number): number {
  return Math.min(SLEEP_MS_MAX, Math.max(0, Math.ceil(wait_ms)))
}

/** Longest sleep, so that a timer never gets a delay that it cannot hold. */
const SLEEP_MS_MAX = 60_000
