import type { SupervisorSettings } from '../settings.ts'
import type { Timers } from './contract.ts'
import { RequestError } from './request-error.ts'

/** Lets questions to one host through, so many at once and so many a second, in the order they came. */
export type HostGate = {
  /**
   * Wait for a turn.
   *
   * @param name for messages
   * @returns to be called when the question is done
   * @throws RequestError `request.queue` where too many wait; `request.stopped`
   */
  enter(name: string): Promise<() => void>
  /** The host wants quiet for so long. */
  hold(ms: number): void
  stop(): void
}

type Settings = Pick<
  SupervisorSettings,
  'request_concurrency' | 'request_rate' | 'request_burst' | 'request_queue'
>
type Waiting = { name: string; go: (leave: () => void) => void; fail: (error: Error) => void }

/** A gate with a token bucket that begins full. */
export function createHostGate(settings: Settings, timers: Timers): HostGate {
  const queue: Waiting[] = []
  let tokens = settings.request_burst
  let filled_ms = timers.now_ms()
  let held_ms = 0
  let inside = 0
  let stopped = false
  let forget = (): void => {}

  const leave = (): (() => void) => {
    let left = false
    return () => {
      if (left) return
      left = true
      inside--
      next()
    }
  }
  const next = (): void => {
    forget()
    const now = timers.now_ms()
    tokens = Math.min(settings.request_burst, tokens + ((now - filled_ms) * settings.request_rate) / 1_000)
    filled_ms = now
    while (queue.length > 0 && inside < settings.request_concurrency && tokens >= 1 && now >= held_ms) {
      tokens--
      inside++
      queue.shift()!.go(leave())
    }
    if (queue.length === 0 || inside >= settings.request_concurrency) return
    const filling_ms = tokens >= 1 ? 0 : ((1 - tokens) * 1_000) / settings.request_rate
    // A moment more than the exact time, which rounding could miss by a hair.
    forget = timers.after(Math.max(filling_ms, held_ms - now) + 0.01, next)
  }
  return {
    enter(name) {
      if (stopped) return Promise.reject(stoppedError(name))
      if (queue.length >= settings.request_queue) {
        const message = `${name}: ${queue.length} questions wait for its host already; ask less often`
        return Promise.reject(new RequestError('request.queue', name, message))
      }
      return new Promise((go, fail) => {
        queue.push({ name, go, fail })
        next()
      })
    },
    hold(ms) {
      held_ms = Math.max(held_ms, timers.now_ms() + ms)
    },
    stop() {
      stopped = true
      forget()
      for (const { name, fail } of queue.splice(0)) fail(stoppedError(name))
    },
  }
}

/** The recorder stops: nothing is asked any longer. */
export function stoppedError(name: string): RequestError {
  return new RequestError('request.stopped', name, `${name}: the recorder stops`)
}
