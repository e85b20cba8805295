/** Numbers gathered one by one, to be asked for quantiles and moments. */
export type Samples = { values: Float64Array; length: number; sorted: boolean }

const FIRST_CAPACITY = 1_024

/** None yet. */
export function create(): Samples {
  return { values: new Float64Array(FIRST_CAPACITY), length: 0, sorted: true }
}

/** Add a number; NaN is passed over. */
export function add(samples: Samples, value: number): void {
  if (Number.isNaN(value)) return
  if (samples.length === samples.values.length) {
    const grown = new Float64Array(samples.values.length * 2)
    grown.set(samples.values)
    samples.values = grown
  }
  samples.values[samples.length++] = value
  samples.sorted = false
}

/** The smallest number that a share `q` (0 to 1) of all is at or below; NaN without any. */
export function quantile(samples: Samples, q: number): number {
  if (samples.length === 0) return Number.NaN
  if (!samples.sorted) {
    samples.values.subarray(0, samples.length).sort()
    samples.sorted = true
  }
  return samples.values[Math.min(samples.length - 1, Math.floor(q * samples.length))]!
}

/** Arithmetic mean; NaN without any. */
export function mean(samples: Samples): number {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += samples.values[i]!
  return sum / samples.length
}

/** Standard deviation around the mean; NaN without any. */
export function deviation(samples: Samples): number {
  const centre = mean(samples)
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += (samples.values[i]! - centre) ** 2
  return Math.sqrt(sum / samples.length)
}

/** Share of the numbers from `low` (included) to `high` (excluded). */
export function share(samples: Samples, low: number, high: number): number {
  let count = 0
  for (let i = 0; i < samples.length; i++) {
    const value = samples.values[i]!
    if (value >= low && value < high) count++
  }
  return count / samples.length
}

/** Slope and correlation of `y` on `x`, pairs by position; NaN where they do not vary. */
export function regress(x: Samples, y: Samples): { slope: number; correlation: number } {
  const mx = mean(x)
  const my = mean(y)
  let xx = 0
  let xy = 0
  let yy = 0
  for (let i = 0; i < x.length; i++) {
    const dx = x.values[i]! - mx
    const dy = y.values[i]! - my
    xx += dx * dx
    xy += dx * dy
    yy += dy * dy
  }
  return { slope: xy / xx, correlation: xy / Math.sqrt(xx * yy) }
}
