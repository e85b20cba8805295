import { exp, ln } from '../numerics/index.ts'
import { Rng } from '../random/index.ts'

/**
 * Draws from distributions, by the exact functions of the core alone: one seed gives the same numbers on every machine.
 */

/** Exponential with the given mean: the wait for the next of events that come at rate 1/mean. */
export function exponential(rng: Rng.Rng, mean: number): number {
  return -mean * ln(1 - Rng.uniform(rng))
}

/** Standard normal, by Marsaglia's polar method. */
export function normal(rng: Rng.Rng): number {
  // Four in five draws are taken; the chance of sixty-four refusals in a row is below 1e-42.
  for (let round = 0; round < 64; round++) {
    const u = 2 * Rng.uniform(rng) - 1
    const v = 2 * Rng.uniform(rng) - 1
    const s = u * u + v * v
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * ln(s)) / s)
  }
  return 0
}

/** Lognormal: its median, and the standard deviation of its logarithm. */
export function lognormal(rng: Rng.Rng, median: number, deviation: number): number {
  return median * exp(deviation * normal(rng))
}

/** Uniform between two numbers. */
export function between(rng: Rng.Rng, low: number, high: number): number {
  return low + (high - low) * Rng.uniform(rng)
}

/** Whether something of probability `p` happens. */
export function chance(rng: Rng.Rng, p: number): boolean {
  return Rng.uniform(rng) < p
}

/** Sums of weights, the last one 1, for {@link pick}. */
export function cumulate(weights: readonly number[]): Float64Array {
  const sums = new Float64Array(weights.length)
  let total = 0
  for (let i = 0; i < weights.length; i++) {
    total += weights[i]!
    sums[i] = total
  }
  for (let i = 0; i < sums.length; i++) sums[i]! /= total
  return sums
}

/** An index drawn by cumulated weights. HOT. */
export function pick(rng: Rng.Rng, sums: Float64Array): number {
  const u = Rng.uniform(rng)
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > u) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Times of messages on their way, kept in a table because every message needs one: lognormal, and a few of them late by
 * about the median again.
 */
export function latencyTable(rng: Rng.Rng, median: number, deviation: number): Float64Array {
  const table = new Float64Array(TABLE)
  for (let i = 0; i < TABLE; i++) {
    const late = chance(rng, LATE_SHARE) ? exponential(rng, median) : 0
    table[i] = lognormal(rng, median, deviation) + late
  }
  return table
}

/** One of a table's draws. HOT. */
export function fromTable(rng: Rng.Rng, table: Float64Array): number {
  return table[Rng.next(rng) & (TABLE - 1)]!
}

const LATE_SHARE = 0.015

/** Entries of a table: a power of two. */
const TABLE = 4_096
