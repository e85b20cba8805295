import type { Percentiles, Stress } from '../runners/stress.ts'
import type { Io } from './io.ts'
import { list, table } from './output.ts'

/** How a paced replay went, for a person. */
export function stressInWords(io: Io, result: Stress, equal: boolean | null): string {
  const { speed, events, messages, wall_s, timeline_s, queues_max: q, rss_mb: rss } = result
  const rows = [
    ...(result.lateness_ms === null ? [] : [['late by, ms', ...cells(result.lateness_ms, 3)]]),
    ['handling of a step, ms', ...cells(result.handling_ms, 3)],
    ...(result.backlog === null ? [] : [['messages waiting', ...cells(result.backlog, 0)]]),
  ]
  const head = list(io, [
    ['speed', speed === null ? 'as fast as it goes' : `${speed} timeline seconds a second`],
    [
      'replayed',
      `${events} events in ${messages} steps: ${timeline_s.toFixed(1)} s of timeline in ${wall_s.toFixed(1)} s`,
    ],
    ['events a second', result.events_per_s],
    ['longest queues', `${q.requests} requests, ${q.answers} answers, ${q.timers} timers`],
    ['memory', `${rss.start} MB at the start, ${rss.peak} MB at most, ${rss.end} MB at the end`],
    ['state', equal === null ? 'stopped before the end' : equal ? 'as recorded' : 'not as recorded'],
    ['state hash', result.state_hash],
  ])
  return `${head}\n${table(io, ['', 'p50', 'p99', 'p99.9', 'max'], rows)}`
}

function cells({ p50, p99, p999, max }: Percentiles, digits: number): string[] {
  return [p50, p99, p999, max].map((value) => value.toFixed(digits))
}
