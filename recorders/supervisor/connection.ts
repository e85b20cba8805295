import type { LinePlan, Secrets } from '../feeds/feed.ts'
import type { FeedName, FrameRecord } from '../journal/record.ts'
import type { World } from './contract.ts'
import { broken, type Ending } from './ending.ts'
import { createHeart } from './keepalive.ts'
import { type Dial, describe } from './web-socket.ts'

/** One socket's life: connecting, open, closing, gone. It knows nothing of its line. */
export type Connection = {
  /** Unique in the recording. */
  readonly number: number
  readonly state: 'connecting' | 'open' | 'closing' | 'gone'
  /** When it was opened and when its last data came, monotonic ms; −1 not yet. */
  readonly opened_ms: number
  readonly data_ms: number
  /** The same on the timeline's clock, µs. */
  readonly opened_us: number
  readonly data_us: number
  /** Send frames, in order. */
  say(texts: readonly string[]): void
  pause(): void
  resume(): void
  /** Close it: frames that still come are not taken. `ended` follows within `recorder.close_ms`. */
  close(code: number, reason: string): void
}

/** What a connection says to its line. */
export type ConnectionEvents = {
  /** Open; the hello frames are sent. */
  opened(): void
  /** HOT. The record is used again. `data`: it is neither pong nor idle. */
  frame(record: FrameRecord, data: boolean): void
  /** Gone. Once, and last. `asked`: by {@link Connection.close}. */
  ended(ending: Ending, asked: boolean): void
}

// Pongs, heartbeats and answers to subscriptions are short; longer frames are data without a look.
const SHORT_BYTES = 256
// A frame so short is looked at even where no pong is expected.
const TINY_BYTES = 16

/**
 * Connect.
 *
 * @param number unique in the recording
 * @param keys what to subscribe to at the moment of opening
 */
export function connect(
  world: World,
  dial: Dial,
  feed: FeedName,
  plan: LinePlan,
  number: number,
  keys: () => readonly string[],
  events: ConnectionEvents,
): Connection {
  const { clock, timers, settings, redactor } = world
  const secrets: Secrets = world.secrets[feed] ?? {}
  // A venue that was told secrets may repeat them in any frame.
  const told = Object.keys(secrets).length > 0
  const record: FrameRecord = {
    type: 'frame',
    connection: number,
    seq: -1,
    bytes: new Uint8Array(0),
    wall_us: 0,
    mono_us: 0,
  }
  const self = {
    number,
    state: 'connecting' as Connection['state'],
    opened_ms: -1,
    data_ms: -1,
    opened_us: -1,
    data_us: -1,
    say: (texts: readonly string[]) => {
      for (const text of texts) socket.send(text)
    },
    pause() {
      paused = true
      heart.pause()
      if (self.state === 'open') socket.pause()
    },
    resume() {
      paused = false
      heart.resume()
      if (self.state === 'open') socket.resume()
    },
    close(code: number, reason: string) {
      if (self.state === 'gone' || self.state === 'closing') return
      const ending = { ...broken(reason), code }
      asked = true
      if (self.state === 'connecting') return cut(ending)
      self.state = 'closing'
      heart.stop()
      forget()
      forget = timers.after(settings.close_ms, () => cut(ending))
      // A paused socket reads no closing frame.
      if (paused) socket.resume()
      socket.close(code, reason)
    },
  }
  let asked = false
  let paused = false
  const { idle, scrub, keepalive } = plan
  const text = keepalive.kind === 'text' ? keepalive : null

  const gone = (ending: Ending): void => {
    if (self.state === 'gone') return
    self.state = 'gone'
    heart.stop()
    forget()
    events.ended({ ...ending, reason: world.redactor.text(ending.reason) }, asked)
  }
  const cut = (ending: Ending): void => {
    socket.terminate()
    gone(ending)
  }
  // HOT.
  const isData = (bytes: Uint8Array): boolean => {
    const length = bytes.length
    if (length > SHORT_BYTES) return true
    if (length === 0) return false
    if (text !== null && (heart.waiting || length <= TINY_BYTES)) {
      if (text.pong(decode(bytes))) {
        heart.heard()
        return false
      }
    }
    return idle === undefined || !idle(decode(bytes))
  }

  let headers: Readonly<Record<string, string>>
  let prevented: string | null = null
  try {
    headers = plan.headers?.(secrets, clock.receipt().wall_us / 1_000) ?? {}
  } catch (error) {
    headers = {}
    prevented = `its handshake cannot be signed: ${describe(error)}`
  }
  const address = (world.endpoints[`${feed}.${plan.endpoint}`] ?? '') + plan.path
  const socket = (prevented === null ? dial : refusing(prevented))(
    address,
    { headers, max_bytes: settings.max_frame_bytes },
    {
      open() {
        if (self.state !== 'connecting') return
        forget()
        const at = clock.receipt()
        self.state = 'open'
        self.opened_ms = timers.now_ms()
        self.opened_us = at.wall_us
        self.say(plan.hello(keys(), secrets))
        heart.start()
        if (paused) socket.pause()
        events.opened()
      },
      frame(bytes) {
        if (self.state !== 'open') return
        clock.stamp(record)
        record.seq++
        const data = isData(bytes)
        if (data) {
          self.data_ms = record.mono_us / 1_000
          self.data_us = record.wall_us
        }
        record.bytes = told ? redactor.bytes(scrub === undefined ? bytes : scrub(bytes, secrets)) : bytes
        events.frame(record, data)
      },
      pong() {
        if (keepalive.kind === 'control') heart.heard()
      },
      ended: gone,
    },
  )
  const heart = createHeart(keepalive, timers, socket, (reason) => cut(broken(reason)))
  let forget = timers.after(settings.handshake_ms, () =>
    cut(broken(`no handshake within ${settings.handshake_ms} ms`)),
  )
  return self
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** A dial that tells why it does not. */
function refusing(reason: string): Dial {
  return (_address, _options, events) => {
    queueMicrotask(() => events.ended(broken(reason, true)))
    const ignore = (): void => {}
    return { send: ignore, ping: ignore, close: ignore, terminate: ignore, pause: ignore, resume: ignore }
  }
}
