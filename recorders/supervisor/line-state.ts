import type { Micros } from '../../core/units/index.ts'
import type { LinePlan } from '../feeds/feed.ts'
import type { FeedName, Note } from '../journal/record.ts'
import { type Backoff, createBackoff } from './backoff.ts'
import type { Connection } from './connection.ts'
import type { World } from './contract.ts'
import type { Ending } from './ending.ts'
import type { Dial } from './web-socket.ts'

/** A connection's part in its line. */
export type Member = {
  connection: Connection
  /** `candidate`: opened to take the leader's place once it has shown itself. */
  role: 'leader' | 'follower' | 'candidate'
  /** Where it is connected to, and what it listens to. */
  where: string
  keys: readonly string[]
  /** It has delivered, or stood without a reason to. */
  proven: boolean
  /** We have given it up: its note `closed` is written, it is only waited for. */
  closing: boolean
  forgetVerify: () => void
  forgetLife: () => void
}

/** Why the leader is to be replaced. */
export type Replacement = {
  why: 'silence' | 'renewal' | 'keys' | 'wish'
  reason: string
  /** Monotonic ms. */
  asked_ms: number
  /** When the candidate first had what the silent leader had not; −1 not yet. */
  news_ms: number
}

/** A line: who its members are and what is wrong with it. */
export type LineState = {
  readonly world: World
  readonly dial: Dial
  readonly feed: FeedName
  readonly name: string
  readonly number: () => number
  readonly backoff: Backoff
  plan: LinePlan
  /** Those that close included: a socket counts until it is gone. */
  members: Member[]
  leader: Member | null
  replacement: Replacement | null
  /** The note `lost` stands and `back` has not come. */
  lost: boolean
  /** The refusal that is noted; '' none. */
  refusal: string
  state: 'running' | 'suppressed' | 'stopped'
  paused: boolean
  /** When the line began, and when its silence was last found to be the market's; timeline and monotonic. */
  good_us: Micros
  good_ms: number
  /** No data for so long raises suspicion; monotonic ms. */
  patience_ms: number
  /** Not to be dialled sooner, monotonic ms. */
  retry_ms: number
  forgetDial: () => void
  forgetWatch: () => void
  counts: { frames: number; bytes: number; reconnects: number; reason: string }
  /** What waits for all sockets to be gone. */
  gone: () => void
}

/** A line at its beginning. */
export function lineState(
  world: World,
  dial: Dial,
  feed: FeedName,
  plan: LinePlan,
  number: () => number,
): LineState {
  return {
    world,
    dial,
    feed,
    name: plan.line,
    number,
    backoff: createBackoff(world.settings, world.rng),
    plan,
    members: [],
    leader: null,
    replacement: null,
    lost: false,
    refusal: '',
    state: 'running',
    paused: false,
    good_us: world.clock.receipt().wall_us,
    good_ms: world.timers.now_ms(),
    patience_ms: plan.silence_ms,
    retry_ms: 0,
    forgetDial: () => {},
    forgetWatch: () => {},
    counts: { frames: 0, bytes: 0, reconnects: 0, reason: '' },
    gone: () => {},
  }
}

/** Write a note of now. */
export function note(line: LineState, what: Note): void {
  line.world.sink({ type: 'note', ...line.world.clock.receipt(), note: what })
}

/** Until when the line could be trusted: its last data, or when its silence was last found to be right. */
export function trustedUntil(line: LineState, leader: Member | null): Micros {
  if (leader === null) return line.good_us
  const { data_us, opened_us } = leader.connection
  return Math.max(data_us, line.good_us, data_us < 0 ? opened_us : 0)
}

/** Say that the line has given nothing since `since_us`, unless that is said. */
export function lose(line: LineState, since_us: Micros, reason: string): void {
  if (line.lost) return
  line.lost = true
  note(line, {
    note: 'lost',
    feed: line.feed,
    line: line.name,
    since_us,
    reason: line.world.redactor.text(reason),
  })
}

/**
 * The line stands and says nothing, and that is not the market's doing: it gives nothing since its last data, until it shows
 * itself again.
 */
export function mute(line: LineState, leader: Member): void {
  leader.proven = false
  line.counts.reason = 'silent'
  lose(line, trustedUntil(line, leader), 'silent')
}

/** Whether the silence of a member means that something is wrong: what is due did not come, or never stops coming. */
export function owesData(line: LineState, member: Member): boolean {
  return line.plan.restless === true || (line.plan.proves !== undefined && member.connection.data_ms < 0)
}

/** Say that the line is good again, if it was not. */
export function recover(line: LineState): void {
  line.refusal = ''
  if (!line.lost) return
  line.lost = false
  note(line, { note: 'back', feed: line.feed, line: line.name })
}

/** Let an open member lead from here on. */
export function promote(line: LineState, member: Member): void {
  if (line.leader !== null) line.leader.role = 'follower'
  member.role = 'leader'
  line.leader = member
  line.replacement = null
  for (const other of line.members) if (other.role === 'candidate') other.role = 'follower'
  note(line, { note: 'promoted', connection: member.connection.number, line: line.name })
}

/** The leader is gone: whoever is alive leads. Without a gap, if it had what the leader had. */
export function bequeath(line: LineState, leader: Member): void {
  const { settings } = line.world
  const since_us = trustedUntil(line, leader)
  line.leader = null
  const alive = line.members.filter(isAlive)
  const best = alive.toSorted((a, b) => b.connection.data_ms - a.connection.data_ms)
  const heir = best.find((member) => member.proven && isCurrent(line, member)) ?? best[0]
  const seamless =
    heir?.proven === true && heir.connection.data_ms - leader.connection.data_ms <= settings.echo_ms
  if (!seamless) lose(line, since_us, line.counts.reason)
  line.good_us = Math.max(line.good_us, since_us)
  line.replacement = null
  if (heir === undefined) return
  promote(line, heir)
  if (heir.proven) recover(line)
}

/** Give a member up: says `closed` at once; its socket counts until it is gone. */
export function dismiss(line: LineState, member: Member, code: number, reason: string): void {
  if (member.closing) return
  member.closing = true
  member.forgetVerify()
  member.forgetLife()
  if (line.leader === member) line.leader = null
  const { connection } = member
  if (connection.opened_ms >= 0) {
    note(line, {
      note: 'closed',
      connection: connection.number,
      code,
      reason: line.world.redactor.text(reason),
    })
  }
  connection.close(code, reason)
}

/** A member failed: the next socket waits the longer, the shorter this one stood. */
export function fail(line: LineState, member: Member, ending: Ending): void {
  const { opened_ms } = member.connection
  const now = line.world.timers.now_ms()
  if (opened_ms >= 0 && now - opened_ms >= line.world.settings.good_ms) line.backoff.good()
  line.retry_ms = Math.max(line.retry_ms, now + line.backoff.failed(ending, line.feed))
  line.counts.reconnects++
  line.counts.reason = ending.reason === '' ? `code ${ending.code}` : ending.reason
}

/** Say once that the venue does not want us. */
export function refuse(line: LineState): void {
  const { reason } = line.counts
  if (line.refusal === reason) return
  line.refusal = reason
  note(line, { note: 'refused', feed: line.feed, line: line.name, reason })
}

/** What of the plan needs a connection of its own. */
export function whereOf(plan: LinePlan): string {
  return `${plan.endpoint} ${plan.path}`
}

/** Whether a member is what the plan asks for now. */
export function isCurrent(line: LineState, member: Member): boolean {
  return member.where === whereOf(line.plan) && sameKeys(member.keys, line.plan.keys)
}

/** Whether two lists hold the same keys, in whatever order. */
export function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  const known = new Set(a)
  return b.every((key) => known.has(key))
}

/** Open and not given up. */
export function isAlive(member: Member): boolean {
  return !member.closing && member.connection.state === 'open'
}
