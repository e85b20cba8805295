import { Rng } from '../../core/random/index.ts'
import type { Micros } from '../../core/units/index.ts'
import { FEED_NAMES, type FeedName, type Note } from '../journal/record.ts'
import { createBackoff } from './backoff.ts'
import type { Answer, Ask, LineStatus, PollPlan, Polls, Requester, World } from './contract.ts'
import { broken } from './ending.ts'
import { createRate, type Rate } from './rate.ts'
import { RequestError } from './request-error.ts'

/** A question under way or waiting for its time. */
type Poll = {
  plan: PollPlan
  feed: FeedName | null
  forget: () => void
  /** It is being asked; `again`: as soon as that is done, once more. */
  asking: boolean
  again: boolean
  gone: boolean
  lost: boolean
  refusal: string
  /** When it was last answered well, and when it began. */
  good_us: Micros
  good_ms: number
  failures: ReturnType<typeof createBackoff>
  count: { answers: number; bytes: number; failed: number; reason: string }
  rate: Rate
}

/**
 * Asks again and again: see {@link Polls}. A poll is a line of its feed: it is `lost` while it is not answered, `refused` where
 * the venue does not want us, and then asked slowly. 404 is an answer: what is not there yet.
 */
export function createPolls(world: World, requester: Requester): Polls {
  const { timers, clock, rng, settings } = world
  const polls = new Map<string, Poll>()
  let stopped = false
  let forgetSample = timers.after(1_000, sample)

  function sample(): void {
    for (const { rate, count } of polls.values()) rate.sample(timers.now_ms(), count.answers)
    forgetSample = timers.after(1_000, sample)
  }
  const note = (what: Note): void => world.sink({ type: 'note', ...clock.receipt(), note: what })
  const later = (poll: Poll, ms: number): void => {
    poll.forget()
    poll.forget = timers.after(ms, () => void round(poll))
  }

  /** One question and, while its pages last, the next ones. */
  async function round(poll: Poll): Promise<void> {
    if (poll.asking) {
      poll.again = true
      return
    }
    poll.forget()
    poll.asking = true
    poll.again = false
    let wait = poll.plan.every_ms + Rng.uniform(rng) * poll.plan.jitter_ms
    for (let page = 0; page < settings.pages && !poll.gone && !stopped; page++) {
      const ask = poll.plan.ask(clock.receipt().wall_us)
      if (ask === null) break
      poll.feed = ask.feed
      const failed = await once(poll, ask)
      if (failed === 'again') continue
      if (failed !== null) wait = Math.max(wait, failed)
      break
    }
    poll.asking = false
    if (!poll.gone && !stopped) later(poll, poll.again ? 0 : wait)
  }

  /** Ask once. Null: answered, and that is all; `again`: there is more; else how long to wait. */
  async function once(poll: Poll, ask: Ask): Promise<'again' | number | null> {
    let answer: Answer
    try {
      answer = await requester.ask(ask)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (error.code === 'request.stopped' || poll.gone) return null
      return fail(poll, ask.feed, error.message, false, null)
    }
    if (poll.gone) return null
    if (!answer.ok && answer.status !== 404) {
      const refused = answer.status === 401 || answer.status === 403 || answer.status === 451
      return fail(poll, ask.feed, `${ask.request}: ${answer.reason}`, refused, answer.retry_after_ms)
    }
    poll.count.answers++
    poll.count.bytes += answer.bytes.length
    poll.good_us = answer.head_us
    poll.good_ms = timers.now_ms()
    poll.failures.good()
    poll.refusal = ''
    if (poll.lost) note({ note: 'back', feed: ask.feed, line: poll.plan.line })
    poll.lost = false
    return poll.plan.answered?.(answer) === true ? 'again' : null
  }

  function fail(
    poll: Poll,
    feed: FeedName,
    reason: string,
    refused: boolean,
    retry_after_ms: number | null,
  ): number {
    const { line } = poll.plan
    poll.count.failed++
    poll.count.reason = reason
    if (!poll.lost) note({ note: 'lost', feed, line, since_us: poll.good_us, reason })
    poll.lost = true
    if (refused && poll.refusal !== reason) note({ note: 'refused', feed, line, reason })
    poll.refusal = refused ? reason : ''
    return poll.failures.failed({ ...broken(reason, refused), retry_after_ms }, feed)
  }

  function retire(poll: Poll): void {
    poll.gone = true
    poll.forget()
  }

  return {
    plan(plans) {
      if (stopped) return
      const wanted = new Set(plans.map(({ line }) => line))
      for (const [line, poll] of [...polls]) {
        if (wanted.has(line)) continue
        polls.delete(line)
        retire(poll)
        if (poll.feed !== null) note({ note: 'retired', feed: poll.feed, line })
      }
      for (const plan of plans) {
        const known = polls.get(plan.line)
        if (known !== undefined) {
          known.plan = plan
          continue
        }
        const poll: Poll = {
          plan,
          feed: null,
          forget: () => {},
          asking: false,
          again: false,
          gone: false,
          lost: false,
          refusal: '',
          good_us: clock.receipt().wall_us,
          good_ms: -1,
          failures: createBackoff(settings, rng),
          count: { answers: 0, bytes: 0, failed: 0, reason: '' },
          rate: createRate(),
        }
        polls.set(plan.line, poll)
        later(poll, Rng.uniform(rng) * plan.jitter_ms)
      }
    },
    now(line) {
      const poll = polls.get(line)
      if (poll !== undefined && !stopped) void round(poll)
    },
    status: () =>
      [...polls.values()]
        .flatMap((poll) => (poll.feed === null ? [] : [statusOf(poll, poll.feed, timers.now_ms())]))
        .sort((a, b) => FEED_NAMES.indexOf(a.feed) - FEED_NAMES.indexOf(b.feed)),
    stop() {
      stopped = true
      forgetSample()
      for (const poll of polls.values()) retire(poll)
    },
  }
}

function statusOf(poll: Poll, feed: FeedName, now_ms: number): LineStatus {
  const { plan, count, lost, refusal, good_ms, rate } = poll
  return {
    line: plan.line,
    feed,
    state: refusal !== '' ? 'refused' : lost ? 'lost' : good_ms < 0 ? 'connecting' : 'live',
    connections: 0,
    keys: 1,
    frames: count.answers,
    bytes: count.bytes,
    rate: rate.per_s(),
    silent_ms: good_ms < 0 ? null : now_ms - good_ms,
    reconnects: count.failed,
    lag_ms: null,
    reason: count.reason,
  }
}
