import { Agent, type Dispatcher, request } from 'undici'
import type { Receipt } from '../journal/record.ts'
import { createBackoff } from './backoff.ts'
import type { Answer, Ask, Requester, World } from './contract.ts'
import { answeredBy, broken, type Ending, first, htmlPage } from './ending.ts'
import { createHostGate, type HostGate, stoppedError } from './host-gate.ts'
import { RequestError } from './request-error.ts'
import { describe } from './web-socket.ts'

/** An answer, or why there is none; `again`: it may pass. */
type Attempt =
  | { answer: Answer; ending: Ending; again: boolean; error?: undefined }
  | { answer?: undefined; ending: Ending; again: boolean; error: RequestError }

/**
 * Asks REST endpoints: see {@link Requester}. Redirections are not followed, and nothing is asked again that was refused for
 * what it is (4xx but 429).
 */
export function createRequester(world: World): Requester {
  const { timers, settings } = world
  // Its own clocks are off: one deadline for the whole answer is ours.
  const agent = new Agent({
    connections: settings.request_concurrency,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: -1,
  })
  const gates = new Map<string, HostGate>()
  const underWay = new Map<string, Promise<Answer>>()
  const aborts = new Set<AbortController>()
  const sleepers = new Set<() => void>()
  let stopped = false

  const gateOf = (url: URL): HostGate => {
    const gate = gates.get(url.origin) ?? createHostGate(settings, timers)
    gates.set(url.origin, gate)
    return gate
  }
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        forget()
        sleepers.delete(wake)
        resolve()
      }
      const forget = timers.after(ms, wake)
      sleepers.add(wake)
    })

  async function attempt(ask: Ask, url: URL, gate: HostGate): Promise<Attempt> {
    const leave = await gate.enter(ask.request)
    const abort = new AbortController()
    aborts.add(abort)
    let late = false
    const forget = timers.after(settings.request_timeout_ms, () => {
      late = true
      abort.abort()
    })
    try {
      return await exchange(world, agent, ask, url, abort.signal)
    } catch (error) {
      if (stopped) throw stoppedError(ask.request)
      const failure = late
        ? new RequestError(
            'request.timeout',
            ask.request,
            `${ask.request}: no answer within ${settings.request_timeout_ms} ms`,
          )
        : failureOf(world, ask, error)
      return {
        error: failure,
        ending: broken(failure.message),
        again: failure.code !== 'request.size' && failure.code !== 'request.headers',
      }
    } finally {
      forget()
      aborts.delete(abort)
      leave()
    }
  }

  async function persist(ask: Ask, url: URL): Promise<Answer> {
    const gate = gateOf(url)
    const backoff = createBackoff(settings, world.rng)
    for (let count = 1; ; count++) {
      const one = await attempt(ask, url, gate)
      if (stopped) throw stoppedError(ask.request)
      const quiet_ms = one.ending.retry_after_ms ?? 0
      // A venue that wants quiet for long is not waited for here: whoever asked says that the line is lost.
      const long = quiet_ms > settings.backoff_cap_ms
      if (long) gate.hold(quiet_ms)
      if (!one.again || long || count >= settings.request_attempts) {
        if (one.answer === undefined) throw one.error
        keep(world, ask, one.answer)
        return one.answer
      }
      const wait = backoff.failed(one.ending, ask.feed)
      if (quiet_ms > 0) gate.hold(quiet_ms)
      await sleep(wait)
      if (stopped) throw stoppedError(ask.request)
    }
  }

  return {
    ask(ask) {
      if (stopped) return Promise.reject(stoppedError(ask.request))
      const key = JSON.stringify([ask.feed, ask.role, ask.path, ask.body ?? null])
      const known = underWay.get(key)
      if (known !== undefined) return known
      const role = `${ask.feed}.${ask.role}`
      const base = Object.hasOwn(world.endpoints, role) ? world.endpoints[role]! : null
      if (base === null || !URL.canParse(base + ask.path)) {
        const message = `${ask.request}: no address is known for ${role}: configure it`
        return Promise.reject(new RequestError('request.endpoint', ask.request, message))
      }
      const answer = persist(ask, new URL(base + ask.path)).finally(() => underWay.delete(key))
      underWay.set(key, answer)
      return answer
    },
    get pending() {
      return underWay.size
    },
    async stop() {
      stopped = true
      for (const gate of gates.values()) gate.stop()
      for (const abort of aborts) abort.abort()
      for (const wake of [...sleepers]) wake()
      await Promise.allSettled([...underWay.values()])
      await agent.destroy()
    },
  }
}

/** Ask once. */
async function exchange(
  world: World,
  dispatcher: Dispatcher,
  ask: Ask,
  url: URL,
  signal: AbortSignal,
): Promise<Attempt> {
  const { clock, settings, secrets } = world
  const sent = clock.receipt()
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'lockstep' }
  if (ask.body !== undefined) headers['content-type'] = 'application/json'
  try {
    Object.assign(headers, ask.headers?.(secrets[ask.feed] ?? {}, sent.wall_us / 1_000))
  } catch (error) {
    const message = world.redactor.text(`${ask.request}: it cannot be signed: ${describe(error)}`)
    throw new RequestError('request.headers', ask.request, message)
  }
  const {
    statusCode,
    headers: said,
    body,
  } = await request(url, {
    method: ask.body === undefined ? 'GET' : 'POST',
    headers,
    body: ask.body ?? null,
    signal,
    dispatcher,
  })
  const head = clock.receipt()
  const bytes = await readBounded(body, settings.max_frame_bytes, ask)
  const date = Date.parse(first(said.date) ?? '')
  const ending = answeredBy(statusCode, said, textOf(bytes.subarray(0, 4_096)), head.wall_us / 1_000)
  const html = htmlPage(textOf(bytes.subarray(0, 4_096)), said) !== null
  const answer: Answer = {
    status: statusCode,
    ok: statusCode >= 200 && statusCode < 300 && !html,
    reason: world.redactor.text(ending.reason),
    bytes,
    text: () => textOf(bytes),
    sent_us: sent.wall_us,
    head_us: head.wall_us,
    retry_after_ms: ending.retry_after_ms,
    date_ms: Number.isNaN(date) ? null : date,
  }
  return { answer, ending, again: statusCode === 429 || statusCode >= 500 }
}

async function readBounded(body: AsyncIterable<Buffer>, most: number, ask: Ask): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += part.length
    if (size > most) {
      const message = `${ask.request}: the answer is longer than recorder.max_frame_bytes = ${most}`
      throw new RequestError('request.size', ask.request, message)
    }
    parts.push(part)
  }
  return Buffer.concat(parts, size)
}

/** Into the journal, byte for byte. */
function keep(world: World, ask: Ask, answer: Answer): void {
  if (ask.record === false) return
  const at: Receipt = world.clock.receipt()
  world.sink({
    type: 'answer',
    ...at,
    about: {
      feed: ask.feed,
      request: ask.request,
      path: world.redactor.text(ask.path),
      status: answer.status,
      sent_us: answer.sent_us,
    },
    bytes: world.redactor.bytes(ask.scrub?.(answer.bytes, world.secrets[ask.feed] ?? {}) ?? answer.bytes),
  })
}

function failureOf(world: World, ask: Ask, error: unknown): RequestError {
  if (error instanceof RequestError) return error
  return new RequestError(
    'request.network',
    ask.request,
    world.redactor.text(`${ask.request}: ${describe(error)}`),
  )
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
