import { run } from '../clock/index.ts'
import { allocate, type Columns, type Instruments, type SeriesName } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import * as Course from './course.ts'
import * as Plan from './plan.ts'
import type { SimulatorConfig } from './settings.ts'
import { SimulatorError } from './simulator-error.ts'
import * as Wire from './wire.ts'
import * as World from './world.ts'

/** What is to be simulated. */
export type SimulatorOptions = {
  /** Whole, 0 to 2^53 − 1. One seed and one configuration: the same rows on any machine. */
  seed: number
  series: SeriesName
  /** Start of the first window. */
  start_us: Micros
  /** 1 to 100,000, one after the other. */
  windows: number
  config: SimulatorConfig
}

/** A connection that was lost: a gap of a feed. */
export type LostFeed = { feed: string; from_us: Micros; to_us: Micros }

/** A simulation under way. */
export type Simulator = World.SimulatedWorld

/** Simulated between two looks at what has arrived. */
const SLICE_US = SECOND / 10
const WINDOWS_MAX = 100_000
/** Consumer of chance, apart from those of the world. */
const PLAN_STREAM = 1

/**
 * A simulation at its beginning.
 *
 * @throws SimulatorError `simulate.seed`, `simulate.windows`, `simulate.series`, `simulate.rules_change`, naming the option;
 *   RuleError where no window starts at the given time
 */
export function create(options: SimulatorOptions): Simulator {
  const { seed, windows } = options
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new SimulatorError(
      'simulate.seed',
      'seed',
      `${seed} is no seed`,
      'give a whole number from 0 to 2^53 − 1',
    )
  }
  if (!Number.isSafeInteger(windows) || windows < 1 || windows > WINDOWS_MAX) {
    const fix = `give a whole number from 1 to ${WINDOWS_MAX}`
    throw new SimulatorError('simulate.windows', 'windows', `${windows} is no number of windows`, fix)
  }
  const plan = Plan.create(Rng.create(seed, PLAN_STREAM), options.series, options.start_us, windows)
  const world = World.create(seed, plan, options.config, Course.beat)
  Course.begin(world)
  return world
}

/** Markets and instruments: known before the first row. */
export function instruments(simulator: Simulator): Instruments {
  return simulator.plan.instruments
}

/**
 * Fill `out` up with the next rows, in the order of the tape. Memory does not grow with what was made before.
 *
 * @param out rows are added behind those that it holds
 * @returns whether there is more
 */
export function fill(simulator: Simulator, out: Columns): boolean {
  for (;;) {
    const over = simulator.now_us >= simulator.end_us
    if (!Wire.take(simulator.wire, over ? Number.POSITIVE_INFINITY : simulator.now_us, out)) return true
    if (over) return false
    simulator.now_us = Math.min(simulator.now_us + SLICE_US, simulator.end_us)
    run(simulator, simulator.now_us)
  }
}

/** All rows in chunks of at most so many; the columns are used again. */
export function* chunks(simulator: Simulator, rows: number): Generator<Columns> {
  const out = allocate(rows)
  for (let more = true; more; ) {
    out.length = 0
    more = fill(simulator, out)
    if (out.length > 0) yield out
  }
}

/** Connections lost so far, those that are not back yet until now, by their beginning. */
export function lostFeeds(simulator: Simulator): LostFeed[] {
  const { lost, outages, wire, now_us } = simulator
  const open = outages
    .filter(({ line }) => wire.lines[line]!.down)
    .map(({ line, from_us }) => ({ line, from_us, to_us: Math.max(now_us, from_us) }))
  return [...lost, ...open]
    .map(({ line, from_us, to_us }) => ({ feed: World.LINE_NAMES[line]!, from_us, to_us }))
    .sort((a, b) => a.from_us - b.from_us || (a.feed < b.feed ? -1 : 1))
}
