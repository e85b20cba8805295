import type { Micros } from '../../../core/units/index.ts'
import { isHeardOn, type Life, nextOf } from './lives.ts'
import type { SentTo } from './sent.ts'

/** When a process was started and when it was killed, on the clock of the wall. */
export type Span = { started_us: Micros; killed_us: Micros }

/** What a kill cost. */
export type Loss = {
  /** Connections whose frames are not the first ones that were sent on some socket, byte for byte and in order. */
  wrong: string[]
  /** Frames that are kept, and texts that were sent before the kill and are not. */
  kept: number
  lost: number
  /** From the sending of the first text that is missing to the kill; 0: none is. */
  lost_us: Micros
  /** Longest way of a kept frame in the last seconds, from its sending to its receipt: how late the process was. */
  late_us: Micros
  /** Texts that were sent on sockets of which the journal has not even the opening. */
  unopened: number
}

/** Longer ago says nothing about how busy the machine was when it came to the kill. */
const LATELY_US: Micros = 3_000_000

/**
 * Hold what a process kept against what was sent to it.
 *
 * @param life null where it was killed before it kept anything
 * @param next when the process after it was started: what was first sent before that was sent to this one
 */
export function lossOf(sent: readonly SentTo[], life: Life | null, span: Span, next: Micros): Loss {
  const mine = sent.filter(({ texts }) => {
    const { wall_us } = texts[0]!
    return wall_us >= span.started_us && wall_us < next
  })
  const loss: Loss = { wrong: [], kept: 0, lost: 0, lost_us: 0, late_us: 0, unopened: 0 }
  const missing = ({ texts }: SentTo, from: number): number => {
    let count = 0
    for (let i = from; i < texts.length && texts[i]!.wall_us <= span.killed_us; i++) {
      loss.lost_us = Math.max(loss.lost_us, span.killed_us - texts[i]!.wall_us)
      count++
    }
    return count
  }
  const left = [...mine]
  for (const one of life?.connections ?? []) {
    const { feed, number, frames } = one
    loss.kept += frames.length
    const whole = frames.length === nextOf(one)
    const at = whole ? left.findIndex((socket) => isHeardOn(one, socket)) : -1
    if (at < 0) {
      // A socket on which nothing was sent is in no log.
      if (frames.length > 0) loss.wrong.push(`${feed}, connection ${number}`)
      continue
    }
    const [socket] = left.splice(at, 1) as [SentTo]
    frames.forEach(({ wall_us }, i) => {
      if (wall_us >= span.killed_us - LATELY_US)
        loss.late_us = Math.max(loss.late_us, wall_us - socket.texts[i]!.wall_us)
    })
    loss.lost += missing(socket, frames.length)
  }
  for (const socket of left) loss.unopened += missing(socket, 0)
  loss.lost += loss.unopened
  return loss
}

/** Whether the process after it says that it was not there, for all the time between. */
export function isTold(life: Life | null, after: Life, { killed_us }: Span): boolean {
  if (life === null) return true
  const { absent } = after
  return absent !== null && absent.from_us <= life.last_us && absent.to_us >= killed_us
}
