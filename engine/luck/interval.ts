import { normalCdf } from '../../core/numerics/index.ts'
import { Rng } from '../../core/random/index.ts'
import { MICRO, type MicroUsdc } from '../../core/units/index.ts'
import { normalQuantile, studentQuantile } from './quantiles.ts'

/**
 * A piece of the tape that is one throw of the dice: a window, or windows that overlap in time and share the moves of the
 * price. Of windows with a known outcome only.
 */
export type Block = {
  net: MicroUsdc
  /** The most that could have been lost in it: unpaired shares, at 1 USDC each. */
  stake: MicroUsdc
  /** Windows in it that were traded. */
  traded: number
}

/**
 * What other tapes of such windows would have made, in USDC: in `level` of all cases the interval drawn so holds what the
 * strategy makes on average. The ends are null where fewer than two blocks were traded.
 */
export type Interval = {
  low: number | null
  high: number | null
  level: number
  /** Windows traded with a known outcome, and the blocks they make. */
  windows: number
  blocks: number
}

/** How often of 1 an interval holds what it is for. */
export const LEVEL = 0.95
/** Traded blocks below which nothing can be told from luck. */
export const BLOCKS_MIN = 10
/** Tapes that are drawn. */
const DRAWS = 4_000
/** One seed for all: the same nets give the same interval, and the cells of an audit draw the same windows. */
const SEED = 20_260_415
const STREAM = 29
/** How often a tape may well hold what this one does not hold once (Poisson, 97.5 %). */
const UNSEEN_MAX = 3.689
/** Gains or losses are seen where one is at least this part of what was at stake in its block, or there are so many. */
const SEEN_PART = 0.1
const SEEN_COUNT = 3

/** The interval of the sum of what the blocks made. */
export function intervalOf(blocks: readonly Block[]): Interval {
  const traded = blocks.filter((block) => block.traded > 0)
  const windows = traded.reduce((sum, block) => sum + block.traded, 0)
  const base = { level: LEVEL, windows, blocks: traded.length }
  if (traded.length < 2 || blocks.length < 2) return { low: null, high: null, ...base }
  const drawn = bootstrap(
    blocks.map(({ net }) => net),
    traded.length,
  )
  const [least, most] = unseen(traded)
  return {
    low: micro(Math.min(drawn.low, least)),
    high: micro(Math.max(drawn.high, most)),
    ...base,
  }
}

/** Enough was traded for the interval to mean something. */
export function isEnough({ low, blocks }: Interval): boolean {
  return low !== null && blocks >= BLOCKS_MIN
}

/**
 * Bounds where no block was lost, or none won. Who buys at 0.95 wins nineteen times and loses once; drawing from nineteen
 * wins finds no loss. So what was not seen once is taken to come as often as it well might, each time with what was at stake.
 */
function unseen(traded: readonly Block[]): [least: MicroUsdc, most: MicroUsdc] {
  const stake = traded.reduce((sum, block) => sum + block.stake, 0) / traded.length
  const sums = [0, 0]
  const seen = [0, 0]
  for (const { net, stake: own } of traded) {
    if (net === 0) continue
    const side = net < 0 ? 0 : 1
    sums[side]! += net
    seen[side]! += Math.abs(net) >= SEEN_PART * own ? SEEN_COUNT : 1
  }
  const [losses, gains] = sums as [number, number]
  return [
    seen[0]! >= SEEN_COUNT ? Number.POSITIVE_INFINITY : gains - UNSEEN_MAX * stake,
    seen[1]! >= SEEN_COUNT ? Number.NEGATIVE_INFINITY : losses + UNSEEN_MAX * stake,
  ]
}

/**
 * Bias-corrected and accelerated bootstrap of a sum, drawn with replacement, its level widened for few blocks as Student's t
 * widens a normal interval (Hesterberg 2015).
 */
function bootstrap(nets: readonly number[], traded: number): { low: MicroUsdc; high: MicroUsdc } {
  const total = nets.reduce((sum, net) => sum + net, 0)
  const totals = draw(nets)
  const bias = normalQuantile(shareBelow(totals, total))
  const skew = acceleration(nets, total / nets.length)
  const wide = Math.sqrt(traded / (traded - 1)) * studentQuantile(0.5 + LEVEL / 2, traded - 1)
  return { low: at(totals, share(bias, skew, -wide)), high: at(totals, share(bias, skew, wide)) }
}

/** Sums of as many blocks as there are, drawn anew, sorted. They are integers, so no order of adding changes them. */
function draw(nets: readonly number[]): Float64Array {
  const { length } = nets
  const pool = Float64Array.from(nets)
  const rng = Rng.create(SEED, STREAM)
  const totals = new Float64Array(DRAWS)
  for (let i = 0; i < DRAWS; i++) {
    let total = 0
    for (let j = 0; j < length; j++) total += pool[Math.floor((Rng.next(rng) / 0x1_0000_0000) * length)]!
    totals[i] = total
  }
  return totals.sort()
}

/** Share of the draws below the sum itself, ties by half, never 0 or 1. */
function shareBelow(totals: Float64Array, total: number): number {
  let below = 0
  for (const one of totals) below += one < total ? 1 : one === total ? 0.5 : 0
  return Math.min(Math.max(below, 0.5), DRAWS - 0.5) / DRAWS
}

/** A sixth of the skewness of the sum: how fast its spread grows with it. */
function acceleration(nets: readonly number[], mean: number): number {
  let squares = 0
  let cubes = 0
  for (const net of nets) {
    const d = net - mean
    squares += d * d
    cubes += d * d * d
  }
  return squares === 0 ? 0 : cubes / (6 * squares * Math.sqrt(squares))
}

function share(bias: number, skew: number, z: number): number {
  return normalCdf(bias + (bias + z) / (1 - skew * (bias + z)))
}

function at(totals: Float64Array, part: number): number {
  return totals[Math.round(part * (totals.length - 1))]!
}

function micro(value: MicroUsdc): number {
  return Math.round(value) / MICRO
}
