/** Sums that one cluster (a window) contributes to a mean. */
export type Cluster = { n: number; sum: number }

/**
 * A mean with a standard error that takes what happened in one window as one observation: fills and decisions of a
 * window share its path and its outcome, and counting each as independent would make the error look far too small.
 *
 * @returns NaN for both without data; the error is NaN with fewer than two clusters
 */
export function clusteredMean(clusters: readonly Cluster[]): { n: number; mean: number; se: number } {
  let n = 0
  let sum = 0
  for (const c of clusters) {
    n += c.n
    sum += c.sum
  }
  if (n === 0) return { n, mean: Number.NaN, se: Number.NaN }
  const mean = sum / n
  const g = clusters.length
  if (g < 2) return { n, mean, se: Number.NaN }
  let squares = 0
  for (const c of clusters) squares += (c.sum - c.n * mean) ** 2
  return { n, mean, se: Math.sqrt((g / (g - 1)) * squares) / n }
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `value` (> 0). */
export function niceAtLeast(value: number): number {
  let scale = 1
  while (scale > value) scale /= 10
  while (scale * 10 <= value) scale *= 10
  for (const step of [1, 2, 2.5, 5]) if (step * scale >= value) return step * scale
  return 10 * scale
}
