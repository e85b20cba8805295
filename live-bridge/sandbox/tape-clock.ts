import type { Micros } from '../../core/units/index.ts'
import { SandboxError } from './sandbox-error.ts'

/** Tape seconds a second, or as fast as the sockets take it. */
export type Speed = number | 'max'

/**
 * What time it is on the tape. While it plays at a pace that time goes on between two messages, so that answers to
 * requests and heartbeats are stamped as a venue would.
 */
export type TapeClock = {
  /** The tape's time now, µs. */
  now_us(): Micros
  /** Milliseconds until a time of the tape; 0 or less where it is due. */
  wait_ms(at_us: Micros): number
  /** The tape has reached a time. */
  reach(at_us: Micros): void
  /** From now on at this speed; `run` false: it stands. */
  set(run: boolean, speed: Speed): void
}

/**
 * @param from_us where the tape begins
 * @param now_ms a clock that never goes back
 */
export function createTapeClock(
  from_us: Micros,
  speed: Speed,
  now_ms: () => number = () => performance.now(),
): TapeClock {
  let running = false
  let pace = speed
  let anchor_ms = now_ms()
  let anchor_us = from_us
  let reached_us = from_us
  const now_us = () => {
    if (!running || pace === 'max') return reached_us
    const passed = Math.floor((now_ms() - anchor_ms) * MS * pace)
    return Math.max(reached_us, anchor_us + passed)
  }
  return {
    now_us,
    wait_ms: (at_us) => (pace === 'max' ? 0 : anchor_ms + (at_us - anchor_us) / (MS * pace) - now_ms()),
    reach: (at_us) => {
      if (at_us > reached_us) reached_us = at_us
    },
    set: (run, next) => {
      anchor_us = now_us()
      anchor_ms = now_ms()
      reached_us = anchor_us
      running = run
      pace = next
    },
  }
}

const MS = 1_000
const SPEED_MAX = 100_000

/**
 * Read a speed: `max`, or a number above 0.
 *
 * @throws SandboxError `usage.speed`
 */
export function readSpeed(raw: unknown): Speed {
  if (raw === 'max') return 'max'
  const speed = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw
  if (typeof speed === 'number' && speed > 0 && speed <= SPEED_MAX) return speed
  throw new SandboxError(
    'usage.speed',
    'speed',
    `${String(raw)} is no speed`,
    `give a number above 0 and up to ${SPEED_MAX}, or max`,
  )
}
