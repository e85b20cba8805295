import type { Keepalive } from '../feeds/feed.ts'
import type { Timers } from './contract.ts'
import type { Socket } from './web-socket.ts'

/** Keeps one connection alive and sees its death. */
export type Heart = {
  /** From here on, once the subscription is sent: venues close on a ping before it. */
  start(): void
  /** A ping waits for its answer. */
  readonly waiting: boolean
  /** The answer came. */
  heard(): void
  /** Answers cannot be read for now: none is missed; and they can again. */
  pause(): void
  resume(): void
  stop(): void
}

/**
 * @param dead called once when an answer is overdue
 */
export function createHeart(
  plan: Keepalive,
  timers: Timers,
  socket: Pick<Socket, 'send' | 'ping'>,
  dead: (reason: string) => void,
): Heart {
  let forgetBeat = nothing
  let forgetDeadline = nothing
  let waiting = false
  let paused = false
  const beat = (): void => {
    if (plan.kind === 'none') return
    if (plan.kind === 'text') socket.send(plan.text)
    else socket.ping()
    if (!waiting) {
      waiting = true
      expect()
    }
    forgetBeat = timers.after(plan.every_ms, beat)
  }
  const expect = (): void => {
    forgetDeadline()
    if (plan.kind !== 'none' && plan.timeout_ms > 0 && !paused)
      forgetDeadline = timers.after(plan.timeout_ms, overdue)
  }
  // After a stall of this process timers fire before what came meanwhile is read: it gets one more turn.
  const overdue = (): void => {
    forgetDeadline = timers.after(1, () => {
      if (waiting && !paused && plan.kind !== 'none') dead(`no pong within ${plan.timeout_ms} ms`)
    })
  }
  return {
    start() {
      if (plan.kind !== 'none') forgetBeat = timers.after(plan.every_ms, beat)
    },
    get waiting() {
      return waiting
    },
    heard() {
      waiting = false
      forgetDeadline()
    },
    pause() {
      paused = true
      forgetDeadline()
    },
    resume() {
      paused = false
      if (waiting) expect()
    },
    stop() {
      forgetBeat()
      forgetDeadline()
      waiting = false
    },
  }
}

function nothing(): void {}
