/**
 * The two-sided clock: one loop for every world. A world is a handful of streams (market data, orders on their way to
 * the exchange, answers on their way back, timers), each with its own next due time; latency and tie order are how a
 * world fills and numbers them.
 */
export type World = {
  /**
   * Next due time of each stream, by rank: of streams due at the same time the lowest rank goes first.
   * Infinity: nothing to come. −Infinity: the stream cannot say before it gets more rows, so the clock stops.
   */
  readonly due: Float64Array
  /**
   * Handle the earliest item of stream `rank`, which is due at `time`, and move `due[rank]` on.
   *
   * @param horizon the earliest time of any other stream, or of the end of the run: items strictly before it may be
   *   handled in the same call, as long as handling them makes nothing due before the next one
   */
  fire(rank: number, time: number, horizon: number): void
}

/**
 * Run a world: the item with the smallest time, then the lowest rank, again and again, until every stream's next
 * item is after `until`, nothing is left, or a stream needs rows (then: give it rows and call again).
 * HOT: nothing is allocated but, where the engine does not inline `fire`, its two numbers; what is left of that is for
 * `horizon` to make rare. The unit of time is the world's own.
 *
 * @param until the last time that is handled; Infinity for all
 */
export function run(world: World, until: number): void {
  const due = world.due
  const streams = due.length
  const last = until === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : until
  for (;;) {
    // Places, not times, are carried through the search: a time carried along would be boxed at every turn.
    let rank = 0
    let next = -1
    for (let r = 1; r < streams; r++) {
      if (due[r]! < due[rank]!) {
        next = rank
        rank = r
      } else if (next < 0 || due[r]! < due[next]!) next = r
    }
    const time = due[rank]!
    if (time > last || time === Number.NEGATIVE_INFINITY) return
    world.fire(rank, time, next < 0 || due[next]! > last ? last : due[next]!)
  }
}
