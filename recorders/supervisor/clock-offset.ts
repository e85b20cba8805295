import type { Micros } from '../../core/units/index.ts'
import type { Answer, ClockSource, Requester, World } from './contract.ts'
import { RequestError } from './request-error.ts'

/** What a venue's clock can be off by, from one or more answers. */
export type Offset = {
  /** Venue minus ours, µs: the middle of what is possible. */
  offset_us: Micros
  /** Half the width of what is possible. */
  error_us: Micros
  /** The shortest round trip. */
  rtt_us: Micros
}

/** The venue's time in an answer, and when it can have been read. */
export type ClockSample = { venue_us: Micros; resolution_us: Micros; sent_us: Micros; head_us: Micros }

/**
 * The offset that fits all samples. The venue read its clock between our question and its answer, and cut it to its
 * resolution: true offsets lie between `venue − head` and `venue + resolution − sent`. What fits one sample alone is half a round
 * trip with its error; several narrow it, so that even whole seconds tell tenths. Samples that contradict each other (a clock was
 * stepped) leave the one with the shortest round trip.
 *
 * @returns null without samples
 */
export function offsetOf(samples: readonly ClockSample[]): Offset | null {
  if (samples.length === 0) return null
  const low = (one: ClockSample): number => one.venue_us - one.head_us
  const high = (one: ClockSample): number => one.venue_us + one.resolution_us - one.sent_us
  const rtt = (one: ClockSample): number => one.head_us - one.sent_us
  const quickest = samples.reduce((a, b) => (rtt(b) < rtt(a) ? b : a))
  let from = Math.max(...samples.map(low))
  let to = Math.min(...samples.map(high))
  if (from > to) {
    from = low(quickest)
    to = high(quickest)
  }
  return {
    offset_us: Math.round((from + to) / 2),
    error_us: Math.ceil((to - from) / 2),
    rtt_us: rtt(quickest),
  }
}

/**
 * Compare every source's clock with ours now and every `recorder.clock_every_s`, each time as a note `clock`. A venue that does
 * not answer is left for the next time: its feed's own lines say that it is gone.
 *
 * @returns ends it
 */
export function watchVenueClocks(
  world: World,
  requester: Requester,
  sources: readonly ClockSource[],
): () => void {
  const { timers, settings } = world
  let stopped = false
  const forgets = new Set<() => void>()
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const forget = timers.after(ms, () => {
        forgets.delete(forget)
        resolve()
      })
      forgets.add(forget)
    })

  async function compare(source: ClockSource): Promise<void> {
    const samples: ClockSample[] = []
    for (let i = 0; i < settings.clock_samples && !stopped; i++) {
      if (i > 0) await wait(settings.clock_apart_ms)
      const sample = await sampleOf(requester, source)
      if (sample === null) break
      samples.push(sample)
    }
    const offset = offsetOf(samples)
    if (offset === null || stopped) return
    const { offset_us, rtt_us, error_us } = offset
    const how = `${source.read === undefined ? 'Date header of ' : ''}${source.path}, ±${Math.ceil(error_us / 1_000)} ms`
    const at = world.clock.receipt()
    world.sink({
      type: 'note',
      ...at,
      note: { note: 'clock', feed: source.feed, offset_us, rtt_us, error_us, how },
    })
  }

  async function keepComparing(source: ClockSource): Promise<void> {
    while (!stopped) {
      await compare(source)
      if (!stopped) await wait(settings.clock_every_s * 1_000)
    }
  }
  for (const source of sources) if (hasAddress(world, source)) void keepComparing(source)
  return () => {
    stopped = true
    for (const forget of forgets) forget()
  }
}

/**
 * The venues' clocks minus ours, asked once, for a look before anything is recorded. One venue that agrees with us is enough;
 * where none does, it is the middle of those that answered in time.
 *
 * @param near_us what counts as agreement
 * @param wait_ms how long answers are waited for
 * @returns null where nobody answered
 */
export async function askVenueClocks(
  world: World,
  requester: Requester,
  sources: readonly ClockSource[],
  { near_us, wait_ms }: { near_us: Micros; wait_ms: number },
): Promise<Micros | null> {
  const offsets: Micros[] = []
  const { promise, resolve, reject } = Promise.withResolvers<Micros | null>()
  const end = (): void => {
    offsets.sort((a, b) => a - b)
    resolve(offsets[offsets.length >> 1] ?? null)
  }
  const forget = world.timers.after(wait_ms, end)
  const asked = sources
    .filter((source) => hasAddress(world, source))
    .map(async (source) => {
      const sample = await sampleOf(requester, source)
      if (sample === null) return
      const { offset_us } = offsetOf([sample])!
      offsets.push(offset_us)
      if (Math.abs(offset_us) <= near_us) resolve(offset_us)
    })
  Promise.all(asked).then(end, reject)
  return promise.finally(forget)
}

function hasAddress(world: World, { feed, role }: ClockSource): boolean {
  return Object.hasOwn(world.endpoints, `${feed}.${role}`)
}

/** Ask a venue for its time; null where it does not say. */
async function sampleOf(requester: Requester, source: ClockSource): Promise<ClockSample | null> {
  let answer: Answer
  try {
    answer = await requester.ask({ ...source, request: 'time', record: false })
  } catch (error) {
    if (error instanceof RequestError) return null
    throw error
  }
  const date_us = answer.date_ms === null ? null : answer.date_ms * 1_000
  const venue_us = source.read === undefined ? date_us : answer.ok ? source.read(answer.text()) : null
  if (venue_us === null || !Number.isSafeInteger(venue_us)) return null
  const { sent_us, head_us } = answer
  return { venue_us, resolution_us: source.resolution_us, sent_us, head_us }
}
