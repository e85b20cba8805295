import type { DiskOutcome } from './disk.ts'
import type { FaultOutcome } from './faults.ts'
import type { Kills } from './kills.ts'
import type { Measured } from './measured.ts'

/** Head and rows of a table whose cells are text. */
export type Text = { head: string[]; rows: string[][] }

/** Machine and day in sentences. */
export function circumstances({ at, machine, load_before }: Measured): string {
  const { processor, cores, memory_gib } = machine
  return `${at}, ${processor}, ${cores} cores, ${memory_gib} GiB. Load before the start, over 1, 5 and 15 minutes: ${load_before.join(', ')}.`
}

/** What all kills cost. */
export function kills({ kills: all, kept, last_kept, last_lost, flush_ms, whole }: Kills): Text {
  const lost = all.map((one) => one.lost)
  const ms = all.map(({ lost_us }) => lost_us / 1_000)
  const late = all.map(({ late_us, timer_us }) => (late_us + timer_us) / 1_000)
  const starting = all.filter(({ at }) => at === 'start').length
  return {
    head: ['', 'median', 'most'],
    rows: [
      ['frames that a kill cost', String(median(lost)), String(Math.max(...lost))],
      [
        `ms between the first of them and the kill (stated: ${flush_ms})`,
        median(ms).toFixed(0),
        Math.max(...ms).toFixed(0),
      ],
      ['ms that the machine was late', median(late).toFixed(0), Math.max(...late).toFixed(0)],
      ['kills beyond the two together', '', String(all.filter(({ beyond }) => beyond).length)],
      [`kills; of these before the first frame`, String(all.length), String(starting)],
      ['frames kept by all, each byte for byte what was sent', '', String(kept)],
      ['frames kept and lost by the last process, which was stopped', String(last_kept), String(last_lost)],
      ['rows; rows made again of the raw journals', String(whole.rows), String(whole.rows_again)],
    ],
  }
}

/** A row a fault. */
export function faults(outcomes: readonly FaultOutcome[]): Text {
  return {
    head: [
      'fault',
      'what happens',
      'struck',
      'on, s',
      'reconnects',
      'health',
      'gaps',
      'not in a gap',
      'books',
    ],
    rows: outcomes.map((one) => [
      `\`${one.name}\``,
      one.what,
      Object.entries(one.struck)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
      (one.on_ms / 1_000).toFixed(1),
      String(one.reconnects),
      healthOf(one),
      gapsOf(one.gaps),
      one.uncovered.length === 0 ? 'nothing' : one.uncovered.join('; '),
      booksOf(one),
    ]),
  }
}

/** A row a disk. */
export function disks(outcomes: readonly (DiskOutcome | { what: string; skipped: string })[]): Text {
  return {
    head: [
      'disk',
      'for, s',
      'frames dropped',
      'told',
      'missing',
      'sockets that the venue gave up',
      'gaps',
      'books',
    ],
    rows: outcomes.map((one) =>
      'skipped' in one
        ? [one.what, `skipped: ${one.skipped}`, '', '', '', '', '', '']
        : [
            one.what,
            (one.for_ms / 1_000).toFixed(1),
            String(one.dropped),
            String(one.dropped_told),
            String(one.holes),
            String(one.given_up),
            gapsOf(one.gaps),
            `${one.books.whole} of ${one.books.tokens}`,
          ],
    ),
  }
}

/** Events that every recording has. */
const ORDINARY = new Set(['start', 'stop', 'opened', 'closed', 'back'])
/** Events whose figure is a count. */
const COUNTED = new Set(['missed', 'dropped', 'duplicate_trade'])

function healthOf({ health }: FaultOutcome): string {
  const sums = new Map<string, number>()
  for (const [name, { count, value }] of Object.entries(health)) {
    const [, event] = name.split(' ') as [string, string]
    if (ORDINARY.has(event)) continue
    sums.set(event, (sums.get(event) ?? 0) + (COUNTED.has(event) && value > 0 ? value : count))
  }
  return [...sums].map(([event, count]) => `${event} ${count}`).join(', ')
}

function gapsOf(gaps: FaultOutcome['gaps']): string {
  const feeds = Object.entries(gaps)
  if (feeds.length === 0) return 'none'
  const count = feeds.reduce((sum, [, gap]) => sum + gap.count, 0)
  const most = Math.max(...feeds.map(([, { ms }]) => ms))
  return `${count} of ${feeds.length} feeds, at most ${(most / 1_000).toFixed(1)} s a feed`
}

function booksOf({ books, books_after_ms }: FaultOutcome): string {
  const after = books_after_ms === null ? 'not equal' : `after ${(books_after_ms / 1_000).toFixed(1)} s`
  return `${books.whole} of ${books.tokens}, ${after}`
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
