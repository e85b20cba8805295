import { MS, SECOND } from '../../core/units/index.ts'
import { judge } from './agreement.ts'
import { endRuns } from './ledger.ts'
import type { Line } from './lines.ts'
import { type Making, tellHealth } from './making.ts'

/** What is looked at from time to time, on the clock of the records: what connections missed, runs of refused frames. */
export function lookAround(making: Making): void {
  const { settings, now_us } = making
  making.due_us = now_us + settings.tell_ms * MS
  endRuns(making.ledger, now_us, SECOND)
  for (const line of making.lines.list) if (line.agreement !== null) lookAtLine(making, line)
}

function lookAtLine(making: Making, line: Line): void {
  const { settings, now_us } = making
  const agreement = line.agreement!
  judge(agreement, line.connections, now_us, settings.follow_ms * MS, settings.follow_events)
  for (const [connection, count] of agreement.missed) {
    const who = connection === line.leader ? 'the leader' : 'a follower'
    const detail = `${who}, connection ${connection}, did not have what others had`
    tellHealth(making, line.feed, 'missed', line.line, detail, count)
  }
  agreement.missed.clear()
  if (agreement.unjudged > 0) {
    const detail = 'too many events at once to compare the connections by'
    tellHealth(making, line.feed, 'not_compared', line.line, detail, agreement.unjudged)
    agreement.unjudged = 0
  }
}
