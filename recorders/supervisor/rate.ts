/** How fast a counter grows. */
export type Rate = {
  /** Look at the counter; called about once a second. */
  sample(now_ms: number, count: number): void
  /** Growth a second over the last samples; 0 before the second one. */
  per_s(): number
}

const SAMPLES = 6

/** A rate over the last six samples. */
export function createRate(): Rate {
  const times = new Float64Array(SAMPLES)
  const counts = new Float64Array(SAMPLES)
  let taken = 0
  return {
    sample(now_ms, count) {
      times[taken % SAMPLES] = now_ms
      counts[taken % SAMPLES] = count
      taken++
    },
    per_s() {
      if (taken < 2) return 0
      const last = (taken - 1) % SAMPLES
      const first = taken <= SAMPLES ? 0 : taken % SAMPLES
      const elapsed_ms = times[last]! - times[first]!
      return elapsed_ms <= 0 ? 0 : ((counts[last]! - counts[first]!) * 1_000) / elapsed_ms
    },
  }
}
