import { Rng } from '../../core/random/index.ts'
import type { LinePlan } from '../feeds/feed.ts'
import type { FeedName, FrameRecord } from '../journal/record.ts'
import { connect } from './connection.ts'
import type { World } from './contract.ts'
import { broken, type Ending } from './ending.ts'
import {
  bequeath,
  dismiss,
  fail,
  isAlive,
  isCurrent,
  type LineState,
  lineState,
  lose,
  type Member,
  mute,
  note,
  owesData,
  promote,
  type Replacement,
  recover,
  refuse,
  trustedUntil,
  whereOf,
} from './line-state.ts'
import { DONE, discard, watch } from './watchdog.ts'
import type { Dial } from './web-socket.ts'

/**
 * One logical stream, kept up: a leader whose frames make rows, followers that can take over, and a candidate whenever the
 * leader is to be replaced. Never more than `recorder.redundancy` sockets and one, those that close included.
 */
export type Line = {
  readonly state: Readonly<LineState>
  /** The plan changed: by frames where it says how, else by a second socket that takes over. */
  update(plan: LinePlan): void
  /** Open anew beside the leader, and swap. */
  reconnect(reason: string): void
  pause(): void
  resume(): void
  /** Do not listen for a while; and listen again. */
  suppress(reason: string): void
  release(): void
  /** Close everything; resolves when every socket is gone, at the latest after `recorder.close_ms`. */
  stop(reason: string): Promise<void>
}

/**
 * Keep a line up from now on.
 *
 * @param number gives each connection its number
 * @param suppressed why it is not to be listened to before {@link Line.release}; null: it is
 */
export function createLine(
  world: World,
  dial: Dial,
  feed: FeedName,
  plan: LinePlan,
  number: () => number,
  suppressed: string | null = null,
): Line {
  const line = lineState(world, dial, feed, plan, number)
  if (suppressed === null) step(line)
  else rest(line, 'suppressed', suppressed)
  return {
    state: line,
    update: (next) => update(line, next),
    reconnect(reason) {
      if (line.leader === null || line.replacement?.why === 'wish') return
      // A stream that is full of holes is not opened anew without pause.
      fail(line, line.leader, broken(reason))
      replace(line, 'wish', reason)
      step(line)
    },
    pause() {
      line.paused = true
      line.forgetWatch()
      for (const { connection } of line.members) connection.pause()
    },
    resume() {
      line.paused = false
      // Nothing could come meanwhile: patience begins anew.
      line.good_ms = world.timers.now_ms()
      for (const { connection } of line.members) connection.resume()
      look(line)
    },
    suppress(reason) {
      if (line.state !== 'running') return
      rest(line, 'suppressed', reason)
    },
    release() {
      if (line.state !== 'suppressed') return
      line.state = 'running'
      step(line)
    },
    stop(reason) {
      rest(line, 'stopped', reason)
      return new Promise((resolve) => {
        line.gone = resolve
        if (line.members.length === 0) resolve()
      })
    },
  }
}

/** Leave the line without members. */
function rest(line: LineState, state: 'suppressed' | 'stopped', reason: string): void {
  const since_us = trustedUntil(line, line.leader)
  line.state = state
  line.replacement = null
  line.forgetDial()
  line.forgetWatch()
  for (const member of [...line.members]) dismiss(line, member, DONE, reason)
  if (state === 'suppressed') lose(line, since_us, `suppressed: ${reason}`)
}

/** Ask for another leader; what was asked for before stands, unless it was a mere suspicion. */
function replace(line: LineState, why: Replacement['why'], reason: string): void {
  if (line.leader === null || (line.replacement !== null && line.replacement.why !== 'silence')) return
  line.replacement = { why, reason, asked_ms: line.world.timers.now_ms(), news_ms: -1 }
}

function update(line: LineState, plan: LinePlan): void {
  line.plan = plan
  line.patience_ms = plan.silence_ms
  for (const member of line.members) {
    if (!isAlive(member) || member.where !== whereOf(plan) || isCurrent(line, member)) continue
    const before = new Set(member.keys)
    const after = new Set(plan.keys)
    const texts = plan.resubscribe(
      plan.keys.filter((key) => !before.has(key)),
      member.keys.filter((key) => !after.has(key)),
      line.world.secrets[line.feed] ?? {},
    )
    if (texts === null) continue
    member.connection.say(texts)
    member.keys = plan.keys
    note(line, { note: 'subscribed', connection: member.connection.number, keys: plan.keys })
  }
  step(line)
}

/** Do what is to be done now: the one place that opens sockets. Called after everything that happens. */
function step(line: LineState): void {
  if (line.state !== 'running') return
  const { leader } = line
  if (leader !== null) {
    if (isCurrent(line, leader)) {
      if (line.replacement?.why === 'keys') line.replacement = null
      for (const member of [...line.members])
        if (isAlive(member) && !isCurrent(line, member)) dismiss(line, member, DONE, 'other keys')
    } else replace(line, 'keys', 'other keys')
    const candidate = line.members.find((member) => member.role === 'candidate' && isAlive(member))
    if (candidate !== undefined && !isCurrent(line, candidate)) dismiss(line, candidate, DONE, 'other keys')
    else if (candidate?.proven && line.replacement !== null && line.replacement.why !== 'silence') {
      takeOver(line, candidate)
      return
    }
  }
  const { redundancy } = line.world.settings
  const wanted = redundancy + (line.leader !== null && line.replacement !== null ? 1 : 0)
  const live = (): number => line.members.reduce((count, member) => count + (member.closing ? 0 : 1), 0)
  while (live() > wanted && line.leader !== null) {
    const spare = line.members.findLast((member) => !member.closing && member !== line.leader)
    if (spare === undefined) break
    dismiss(line, spare, DONE, 'not needed any longer')
  }
  line.forgetDial()
  while (live() < wanted && line.members.length < redundancy + 1) {
    const wait = line.retry_ms - line.world.timers.now_ms()
    if (wait > 0) {
      line.forgetDial = line.world.timers.after(wait, () => step(line))
      break
    }
    open(line)
  }
  look(line)
}

/** Add a socket. */
function open(line: LineState): void {
  const { world, plan } = line
  const hasCandidate = line.members.some((member) => member.role === 'candidate' && !member.closing)
  const candidate = line.leader !== null && line.replacement !== null && !hasCandidate
  const member: Member = {
    connection: undefined as unknown as Member['connection'],
    role: candidate ? 'candidate' : 'follower',
    where: whereOf(plan),
    keys: plan.keys,
    proven: false,
    closing: false,
    forgetVerify: () => {},
    forgetLife: () => {},
  }
  const keys = (): readonly string[] => {
    member.keys = line.plan.keys
    return member.keys
  }
  member.connection = connect(world, line.dial, line.feed, plan, line.number(), keys, {
    opened: () => opened(line, member),
    frame: (record, data) => frame(line, member, record, data),
    ended: (ending, asked) => ended(line, member, ending, asked),
  })
  if (line.paused) member.connection.pause()
  line.members.push(member)
}

function opened(line: LineState, member: Member): void {
  const { timers, settings } = line.world
  const leads = line.leader === null
  if (leads) {
    line.leader = member
    line.replacement = null
    member.role = 'leader'
  }
  const { connection, keys } = member
  note(line, { note: 'opened', connection: connection.number, feed: line.feed, line: line.name, leads, keys })
  member.forgetVerify = timers.after(settings.verify_ms, () => stood(line, member))
  const { life_ms } = line.plan
  if (life_ms > 0) {
    // Not all at once, where many were opened at once.
    const early = settings.renew_ms * (1 + jitter(line))
    member.forgetLife = timers.after(Math.max(life_ms - early, life_ms / 2), () => renew(line, member))
  }
  step(line)
}

function jitter(line: LineState): number {
  return Rng.uniform(line.world.rng)
}

/** HOT. */
function frame(line: LineState, member: Member, record: FrameRecord, data: boolean): void {
  if (data && !member.proven) prove(line, member, record.bytes)
  line.counts.frames++
  line.counts.bytes += record.bytes.length
  line.world.sink(record)
}

/** A member's first data: what it shows is said before the frame itself. */
function prove(line: LineState, member: Member, bytes: Uint8Array): void {
  const { proves } = line.plan
  if (proves !== undefined && !proves(Buffer.from(bytes).toString('utf8'))) return
  member.proven = true
  if (member === line.leader) recover(line)
  else if (member.role === 'candidate' && line.replacement?.why !== 'silence') takeOver(line, member)
}

/** The candidate leads; the leader before goes. Nothing is lost. */
function takeOver(line: LineState, candidate: Member): void {
  const before = line.leader
  const reason = line.replacement?.reason ?? ''
  promote(line, candidate)
  candidate.proven = true
  recover(line)
  if (before !== null) dismiss(line, before, DONE, reason)
  step(line)
}

/** A member has stood for a while without proof. */
function stood(line: LineState, member: Member): void {
  if (member.proven || member.closing || line.state !== 'running') return
  const { timers, settings } = line.world
  const { opened_ms } = member.connection
  const left = opened_ms + line.plan.silence_ms - timers.now_ms()
  // Where proof is due on opening, silence is none until it has lasted.
  const due = line.plan.proves !== undefined || line.plan.restless === true
  const wait = line.paused ? settings.verify_ms : member === line.leader && due ? left : 0
  if (wait > 0) {
    member.forgetVerify = timers.after(wait, () => stood(line, member))
    return
  }
  const leaderSpoke =
    line.leader !== null &&
    line.leader.connection.data_ms > Math.max(opened_ms, line.good_ms) + settings.dump_ms
  if (member === line.leader) {
    if (owesData(line, member)) mute(line, member)
    else {
      member.proven = true
      recover(line)
    }
  } else if (member.role === 'follower') {
    if (leaderSpoke) discard(line, member, 'silent though the leader is not')
    else member.proven = true
  } else if (line.replacement !== null && line.replacement.why !== 'silence') {
    if (leaderSpoke && line.replacement.why === 'renewal')
      discard(line, member, 'silent, so that it cannot lead')
    else takeOver(line, member)
  }
  step(line)
}

function renew(line: LineState, member: Member): void {
  if (member.closing || line.state !== 'running') return
  if (member === line.leader) replace(line, 'renewal', 'renewed before its end')
  else dismiss(line, member, DONE, 'renewed before its end')
  step(line)
}

function ended(line: LineState, member: Member, ending: Ending, asked: boolean): void {
  const { connection } = member
  member.forgetVerify()
  member.forgetLife()
  line.members = line.members.filter((other) => other !== member)
  if (!asked && !member.closing) {
    if (connection.opened_ms >= 0) {
      const { code, reason } = ending
      note(line, { note: 'closed', connection: connection.number, code, reason })
    }
    fail(line, member, ending)
    if (member === line.leader) bequeath(line, member)
    else if (line.leader === null) lose(line, trustedUntil(line, null), line.counts.reason)
    if (ending.refused) refuse(line)
  }
  if (line.state === 'stopped' && line.members.length === 0) line.gone()
  step(line)
}

/** Arm the watchdog. */
function look(line: LineState): void {
  line.forgetWatch()
  const { leader, world } = line
  if (leader === null || line.paused || line.state !== 'running') return
  const wait = watch(line, leader)
  line.forgetWatch = world.timers.after(Math.max(1, wait), () => {
    look(line)
    step(line)
  })
}
