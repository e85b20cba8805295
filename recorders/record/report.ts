import { statfs } from 'node:fs/promises'
import { SECOND } from '../../core/units/index.ts'
import type { FeedName } from '../journal/record.ts'
import type { LineStatus } from '../supervisor/contract.ts'
import type { Gap } from '../tape/index.ts'
import type { SessionReport, SessionStatus } from './status.ts'

/** Bytes left on the disk of a folder; null where the system does not say. */
export async function freeBytes(dir: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize
  } catch {
    return null
  }
}

/**
 * The last word of a recording.
 *
 * @param lines as they were before they were closed
 * @param open gaps that nothing ended
 * @param without_fees slugs of markets whose fees cannot be computed
 */
export function reportOf(
  { out, messages, events, dropped, quarantined, gaps, clock }: SessionStatus,
  lines: readonly LineStatus[],
  by_feed: Readonly<Partial<Record<FeedName, number>>>,
  open: readonly Gap[],
  without_fees: readonly string[],
): SessionReport {
  const open_us = open.reduce((sum, { from_us, to_us }) => sum + to_us - from_us, 0)
  const names = new Set<FeedName>([...lines.map(({ feed }) => feed), ...(Object.keys(by_feed) as FeedName[])])
  return {
    out,
    messages,
    events,
    dropped,
    quarantined,
    gaps: { count: gaps.count + open.length, seconds: gaps.seconds + open_us / SECOND },
    without_fees,
    clock,
    feeds: [...names].map((name) => {
      const own = lines.filter(({ feed }) => feed === name)
      return {
        name,
        messages: by_feed[name] ?? 0,
        reconnects: own.reduce((sum, { reconnects }) => sum + reconnects, 0),
        lag_ms: worst(own),
      }
    }),
  }
}

/** The lag of the line that is the latest. */
function worst(lines: readonly LineStatus[]): { p50: number; p99: number } | null {
  let found: { p50: number; p99: number } | null = null
  for (const { lag_ms } of lines)
    if (lag_ms !== null && (found === null || lag_ms.p99 > found.p99)) found = lag_ms
  return found
}
