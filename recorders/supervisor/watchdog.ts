import { broken } from './ending.ts'
import {
  dismiss,
  fail,
  isAlive,
  type LineState,
  lose,
  type Member,
  mute,
  owesData,
  promote,
  recover,
  trustedUntil,
} from './line-state.ts'

/** Close codes of ours: 1000 as wanted; 4000 and up are the application's, and mean "you are no good". */
export const DONE = 1_000
export const USELESS = 4_000

/**
 * Look whether the line's silence is a frozen leader or a quiet market. A socket can freeze while it still answers pings, so
 * only a second socket tells: if it has something new (later than the snapshot that comes on opening) and the leader does not
 * repeat it, the leader is frozen.
 *
 * @returns ms until the next look
 */
export function watch(line: LineState, leader: Member): number {
  const { settings, timers } = line.world
  const now = timers.now_ms()
  const heard = Math.max(leader.connection.data_ms, leader.connection.opened_ms, line.good_ms)
  if (failOver(line, leader)) return settings.echo_ms
  dropSilentFollowers(line, leader)
  if (line.replacement?.why === 'silence') return judge(line, leader, now)
  if (now - heard >= line.patience_ms) {
    line.replacement ??= { why: 'silence', reason: 'silent', asked_ms: now, news_ms: -1 }
    return settings.echo_ms
  }
  if (leader.connection.data_ms > line.good_ms && line.patience_ms > line.plan.silence_ms) {
    line.patience_ms = line.plan.silence_ms
    return 1
  }
  const left = line.patience_ms - (now - heard)
  return line.members.length > 1 ? Math.min(left, settings.verify_ms) : left
}

/** A candidate was opened because of silence: what does it show? */
function judge(line: LineState, leader: Member, now: number): number {
  const { settings } = line.world
  const replacement = line.replacement!
  const candidate = line.members.find((member) => member.role === 'candidate' && isAlive(member))
  if (leader.connection.data_ms >= replacement.asked_ms) {
    // It was the market, or the leader woke up: a gap would show when the two are compared.
    line.patience_ms = line.plan.silence_ms
    recover(line)
    settle(line, candidate, 'the leader has data again')
    return line.patience_ms
  }
  if (candidate === undefined) {
    // A quiet market lets a second socket in: this is a network that swallows everything.
    if (now - replacement.asked_ms >= line.plan.silence_ms)
      lose(line, trustedUntil(line, leader), 'silent, and no second socket opens')
    return settings.echo_ms
  }
  const { data_ms, opened_ms } = candidate.connection
  if (data_ms > opened_ms + settings.dump_ms) {
    if (replacement.news_ms < 0) replacement.news_ms = data_ms
    const waited = now - replacement.news_ms
    if (waited < settings.echo_ms) return settings.echo_ms - waited
    succeed(line, leader, candidate, 'frozen: a second socket has data')
    line.patience_ms = line.plan.silence_ms
    return line.patience_ms
  }
  if (now - opened_ms < line.plan.silence_ms) return settings.echo_ms
  if (owesData(line, leader)) {
    mute(line, leader)
    line.replacement = null
    line.good_ms = now
    dismiss(line, candidate, DONE, 'silent as well')
    return line.patience_ms
  }
  settle(line, candidate, 'the second socket is silent as well')
  recover(line)
  const most = line.plan.silence_ms * 2 ** settings.silence_doublings
  line.patience_ms = Math.min(line.patience_ms * 2, most)
  return line.patience_ms
}

/** The silence is the market's, as of now. */
function settle(line: LineState, candidate: Member | undefined, reason: string): void {
  line.replacement = null
  line.good_ms = line.world.timers.now_ms()
  line.good_us = line.world.clock.receipt().wall_us
  if (candidate !== undefined) dismiss(line, candidate, DONE, reason)
}

/** A follower has had data for longer than a moment that the leader has not: it takes over. */
function failOver(line: LineState, leader: Member): boolean {
  const { settings } = line.world
  const heard = Math.max(leader.connection.data_ms, leader.connection.opened_ms, line.good_ms)
  for (const member of line.members) {
    if (member.role !== 'follower' || !isAlive(member) || !member.proven) continue
    const { data_ms, opened_ms } = member.connection
    if (data_ms > opened_ms + settings.dump_ms && data_ms - heard > settings.verify_ms) {
      succeed(line, leader, member, 'frozen: a follower has data')
      return true
    }
  }
  return false
}

function dropSilentFollowers(line: LineState, leader: Member): void {
  for (const member of line.members) {
    if (member.role !== 'follower' || !isAlive(member)) continue
    const heard = Math.max(member.connection.data_ms, member.connection.opened_ms, line.good_ms)
    if (leader.connection.data_ms - heard > line.plan.silence_ms)
      discard(line, member, 'silent though the leader is not')
  }
}

/** The leader was frozen since its last data; `heir` leads from here on. */
function succeed(line: LineState, leader: Member, heir: Member, reason: string): void {
  lose(line, trustedUntil(line, leader), reason)
  promote(line, heir)
  heir.proven = true
  recover(line)
  line.counts.reconnects++
  line.counts.reason = reason
  dismiss(line, leader, USELESS, reason)
}

/** A member that stands but is no good: as if it had failed. */
export function discard(line: LineState, member: Member, reason: string): void {
  fail(line, member, broken(reason))
  dismiss(line, member, USELESS, reason)
}
