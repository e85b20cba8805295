import pc from 'picocolors'
import { SECOND } from '../../core/units/index.ts'
import { printable } from '../../recorders/printable.ts'
import { type SessionStatus, stepWords } from '../../recorders/record/index.ts'
import type { LineStatus } from '../../recorders/supervisor/contract.ts'
import type { Io } from './io.ts'
import { table } from './output.ts'
import { whole } from './run-summary.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** The one screen of a running recording: what comes in, how late, what is missing, how the disk does. */
export function recordScreen(io: Pick<Io, 'color'>, status: SessionStatus): string {
  const colors = pc.createColors(io.color)
  const { markets, gaps, clock, disk, dropped, quarantined, problem } = status
  const state = status.state === 'recording' ? colors.green(status.state) : colors.yellow(status.state)
  const counts = [
    `${whole(status.messages)} messages`,
    `${whole(status.events)} events`,
    `${whole(markets.followed)} of ${whole(markets.listed)} markets`,
  ]
  const losses = [
    `gaps ${gaps.count} (${gaps.seconds.toFixed(0)} s)`,
    `dropped ${whole(dropped)}`,
    `quarantined ${whole(quarantined)}`,
  ]
  const free = disk.free_bytes === null ? '' : `, ${(disk.free_bytes / GIB).toFixed(1)} GiB free`
  return [
    `${state}  ${span(status.now_us - status.started_us)}  ${status.out}`,
    counts.join(', '),
    colorIf(colors.yellow, losses.join(', '), dropped + quarantined + gaps.count > 0),
    `journal ${(disk.journal_bytes / MIB).toFixed(1)} MiB, ${(disk.pending_bytes / MIB).toFixed(1)} waiting, ${disk.segments} sealed${free}`,
    ...(clock.steps === 0 ? [] : [colors.yellow(`clock ${stepWords(clock)}`)]),
    ...(problem === '' ? [] : [colors.red(printable(problem))]),
    '',
    table(
      io,
      ['line', 'state', 'keys', 'frames', 'rate/s', 'silent', 'lag p50', 'p99', 'lost', ''],
      status.lines.map(lineRow),
    ),
    colors.dim('Ctrl-C seals what is open and ends.'),
  ].join('\n')
}

function lineRow(line: LineStatus) {
  return [
    line.line,
    line.connections > 1 ? `${line.state} ×${line.connections}` : line.state,
    line.keys,
    line.frames,
    Math.round(line.rate),
    line.silent_ms === null ? null : `${(line.silent_ms / 1_000).toFixed(1)} s`,
    line.lag_ms === null ? null : `${Math.round(line.lag_ms.p50)} ms`,
    line.lag_ms === null ? null : `${Math.round(line.lag_ms.p99)} ms`,
    line.reconnects,
    line.state === 'live' ? '' : line.reason,
  ]
}

/** One line of a log, for whoever has no terminal. */
export function recordLine(status: SessionStatus): string {
  const { lines, clock, disk, gaps } = status
  const live = lines.filter(({ state }) => state === 'live').length
  const rate = lines.reduce((sum, line) => sum + line.rate, 0)
  const others = lines.filter(({ state }) => state !== 'live').map(({ line, state }) => `${line} ${state}`)
  return [
    status.state,
    `messages ${status.messages}`,
    `events ${status.events}`,
    `rate ${Math.round(rate)}/s`,
    `lines ${live}/${lines.length}`,
    `markets ${status.markets.followed}/${status.markets.listed}`,
    `gaps ${gaps.count} (${gaps.seconds.toFixed(0)} s)`,
    `dropped ${status.dropped}`,
    `quarantined ${status.quarantined}`,
    `waiting ${(disk.pending_bytes / MIB).toFixed(1)} MiB`,
    ...(clock.steps === 0 ? [] : [`clock ${stepWords(clock)}`]),
    ...(others.length === 0 ? [] : [others.join(', ')]),
    ...(status.problem === '' ? [] : [printable(status.problem)]),
  ].join(', ')
}

/** `2 d 03:04:05`. */
function span(us: number): string {
  const s = Math.floor(us / SECOND)
  const days = Math.floor(s / 86_400)
  const clock = [Math.floor(s / 3_600) % 24, Math.floor(s / 60) % 60, s % 60]
  const text = clock.map((part) => String(part).padStart(2, '0')).join(':')
  return days === 0 ? text : `${days} d ${text}`
}

function colorIf(paint: (text: string) => string, text: string, yes: boolean): string {
  return yes ? paint(text) : text
}
