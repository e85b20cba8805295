/**
 * A queue ordered by (time, order of arrival), as plain data: a binary heap of slots over columns. Items due at the same
 * time leave in the order in which they were put in.
 */
export type TimeQueue = {
  length: number
  /** Arrivals so far: the tie-breaker. */
  arrivals: number
  heap: Int32Array
  free: Int32Array
  time: Float64Array
  arrival: Float64Array
  kind: Uint8Array
  flags: Uint8Array
  market: Uint32Array
  order: Float64Array
  x: Float64Array
  y: Float64Array
  z: Float64Array
  w: Float64Array
}

/** Items a queue may hold at most: beyond it something is wrong, not busy. */
export const QUEUE_MAX = 1 << 20

/** An empty queue with room for `capacity` items; it grows by doubling up to {@link QUEUE_MAX}. */
export function create(capacity = 64): TimeQueue {
  const free = new Int32Array(capacity)
  for (let i = 0; i < capacity; i++) free[i] = i
  return {
    length: 0,
    arrivals: 0,
    heap: new Int32Array(capacity),
    free,
    time: new Float64Array(capacity),
    arrival: new Float64Array(capacity),
    kind: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    market: new Uint32Array(capacity),
    order: new Float64Array(capacity),
    x: new Float64Array(capacity),
    y: new Float64Array(capacity),
    z: new Float64Array(capacity),
    w: new Float64Array(capacity),
  }
}

/**
 * Put an item in.
 *
 * @throws TimeQueueError `clock.queue_full` beyond {@link QUEUE_MAX} items
 */
export function push(
  queue: TimeQueue,
  time: number,
  kind: number,
  market: number,
  order: number,
  x: number,
  y: number,
  flags: number,
  z = 0,
  w = 0,
): void {
  if (queue.length === queue.heap.length) grow(queue)
  const slot = queue.free[queue.length]!
  queue.time[slot] = time
  queue.arrival[slot] = queue.arrivals++
  queue.kind[slot] = kind
  queue.flags[slot] = flags
  queue.market[slot] = market
  queue.order[slot] = order
  queue.x[slot] = x
  queue.y[slot] = y
  queue.z[slot] = z
  queue.w[slot] = w
  let at = queue.length++
  const heap = queue.heap
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(queue, slot, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = slot
}

/** Time of the earliest item, Infinity when there is none. */
export function next(queue: TimeQueue): number {
  return queue.length === 0 ? Number.POSITIVE_INFINITY : queue.time[queue.heap[0]!]!
}

/**
 * Take the earliest item out; its columns stay readable at the returned slot until the next {@link push}.
 *
 * @throws TimeQueueError `clock.queue_empty`
 */
export function pop(queue: TimeQueue): number {
  if (queue.length === 0)
    throw new TimeQueueError('clock.queue_empty', 'nothing is waiting; ask next() before')
  const heap = queue.heap
  const slot = heap[0]!
  const last = heap[--queue.length]!
  queue.free[queue.length] = slot
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= queue.length) break
    if (child + 1 < queue.length && before(queue, heap[child + 1]!, heap[child]!)) child++
    if (!before(queue, heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return slot
}

function before(queue: TimeQueue, a: number, b: number): boolean {
  const ta = queue.time[a]!
  const tb = queue.time[b]!
  return ta < tb || (ta === tb && queue.arrival[a]! < queue.arrival[b]!)
}

function grow(queue: TimeQueue): void {
  const old = queue.heap.length
  if (old >= QUEUE_MAX)
    throw new TimeQueueError(
      'clock.queue_full',
      `more than ${QUEUE_MAX} items are waiting; a producer runs away`,
    )
  const bigger = create(old * 2)
  bigger.heap.set(queue.heap)
  for (const column of ['time', 'arrival', 'kind', 'flags', 'market', 'order', 'x', 'y', 'z', 'w'] as const) {
    bigger[column].set(queue[column])
    ;(queue as Record<string, unknown>)[column] = bigger[column]
  }
  queue.heap = bigger.heap
  queue.free = bigger.free
}

/** More was put in or taken out than can be. */
export class TimeQueueError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'TimeQueue.TimeQueueError'
    this.code = code
  }
}
