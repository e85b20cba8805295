import type { World } from '../clock/index.ts'
import { Feed } from '../events/index.ts'
import { Rng } from '../random/index.ts'
import { type Micros, SECOND } from '../units/index.ts'
import * as Belief from './belief.ts'
import * as Channel from './channel.ts'
import * as Exchange from './exchange.ts'
import * as LatePrints from './late-prints.ts'
import * as Makers from './makers.ts'
import type * as Life from './market-life.ts'
import * as Oracle from './oracle.ts'
import * as Outages from './outages.ts'
import * as Pit from './pit.ts'
import * as Plan from './plan.ts'
import * as PricePath from './price-path.ts'
import * as Response from './response.ts'
import type { SimulatorConfig } from './settings.ts'
import * as Takers from './takers.ts'
import type * as Timers from './timers.ts'
import * as Venue from './venue.ts'
import * as Wire from './wire.ts'

/** Everything that a simulation consists of: plain data, but for the clock's hook in `due` and `fire`. */
export type SimulatedWorld = World & {
  readonly config: SimulatorConfig
  readonly plan: Plan.Plan
  /** Nothing happens after this. */
  readonly end_us: Micros
  readonly wire: Wire.Wire
  readonly path: PricePath.PricePath
  readonly oracle: Oracle.Oracle
  readonly venues: Venue.Venue[]
  readonly outages: Outages.Outages[]
  readonly pits: Pit.Pit[]
  readonly actors: Life.Actors
  readonly timers: Timers.Timers
  /** Draws what belongs to nobody else: when the venue resolves. */
  readonly rng: Rng.Rng
  /** Simulated up to here. */
  now_us: Micros
  /** Connections that were lost and came back. */
  readonly lost: Outages.Outage[]
  /** Windows resolved so far. */
  resolved: number
}

/** Lines of the wire, and what each is called in a ledger of gaps. */
export const Line = { CLOB: 0, GAMMA: 1, BINANCE: 2, COINBASE: 3, KRAKEN: 4, RTDS: 5 } as const
export const LINE_NAMES: readonly string[] = ['clob_market', 'gamma', 'binance', 'coinbase', 'kraken', 'rtds']
/** Lines that lose their connection at times. Gamma is asked, not listened to. */
const MORTAL: readonly number[] = [Line.CLOB, Line.BINANCE, Line.COINBASE, Line.KRAKEN, Line.RTDS]

/** Streams of time by rank: at one time the price moves first, then values are stamped, then markets turn. */
export const Stream = { STEP: 0, SECOND: 1, TIMER: 2, QUOTE: 3, PRINT: 6, OUTAGE: 9, PIT: 14 } as const
/** Of each pit: makers, takers, followers, late prints. */
export const PIT_STREAMS = 4
/** Markets at a time: one begins before the other has left. */
export const PITS = 2

/** Consumers of chance, each with an own stream: what one of them draws changes nothing for the others. */
const Chance = {
  WORLD: 0,
  PLAN: 1,
  PATH: 2,
  ORACLE: 3,
  MAKERS: 4,
  TAKERS: 5,
  VENUE: 10,
  LINE: 20,
  OUTAGE: 30,
  PIT: 40,
  LATE: 50,
} as const
const GAMMA_LATENCY_MS = 400

/**
 * Everything before the first moment.
 *
 * @param fire what the clock calls
 */
export function create(
  seed: number,
  plan: Plan.Plan,
  config: SimulatorConfig,
  fire: (world: SimulatedWorld, rank: number, time: number) => void,
): SimulatedWorld {
  const { markets } = plan.instruments
  const now = markets[0]!.start_us - config.sim_market.warmup_s * SECOND
  const rng = (consumer: number) => Rng.create(seed, consumer)
  const { sim_venues, sim_market, sim_oracle } = config
  const wire = Wire.create()
  const line = (feed: number, latency_ms: number, spread: number) =>
    Wire.addLine(wire, feed, rng(Chance.LINE + wire.lines.length), latency_ms, spread)
  line(Feed.CLOB_MARKET, sim_market.latency_ms, Channel.LATENCY_SPREAD)
  line(Feed.GAMMA, GAMMA_LATENCY_MS, Channel.LATENCY_SPREAD)
  for (const { name, feed } of Venue.VENUES)
    line(feed, sim_venues[`${name}_latency_ms`], Venue.LATENCY_SPREAD)
  line(Feed.RTDS, sim_oracle.latency_ms, Oracle.LATENCY_SPREAD)
  const makers = Makers.create(rng(Chance.MAKERS), config.sim_makers)
  const takers = Takers.create(rng(Chance.TAKERS), config.sim_takers)
  const twap = plan.lookback_s > 0 ? Plan.SETTLING : -1
  const oracle = Oracle.create(rng(Chance.ORACLE), Plan.SPOT, twap, plan.lookback_s, sim_oracle)
  const response = Response.create(plan.lookback_s, plan.candle ? Response.PLAIN : sim_oracle)
  const believes = () => Belief.create(response, plan.candle ? 0 : oracle.noise)
  const world: SimulatedWorld = {
    due: new Float64Array(Stream.PIT + PITS * PIT_STREAMS).fill(Number.POSITIVE_INFINITY),
    fire: (rank, time) => fire(world, rank, time),
    config,
    plan,
    end_us: markets.at(-1)!.end_us + (sim_market.resolve_max_s + TAIL_S) * SECOND,
    wire,
    path: PricePath.create(rng(Chance.PATH), config.sim_price, now),
    oracle,
    venues: Venue.VENUES.map((manners, i) =>
      Venue.create(rng(Chance.VENUE + i), manners, Line.BINANCE + i, Plan.FIRST_VENUE + i, sim_venues, now),
    ),
    outages: MORTAL.map((at, i) => Outages.create(rng(Chance.OUTAGE + i), at, config.sim_outages, now)),
    pits: Array.from({ length: PITS }, (_, i) =>
      pit(
        rng(Chance.PIT + i),
        wire.lines[Line.CLOB]!,
        believes(),
        makers,
        LatePrints.create(rng(Chance.LATE + i), sim_market.late_prints, sim_market.late_print_ms),
      ),
    ),
    actors: { makers, takers, config: sim_market },
    timers: [],
    rng: rng(Chance.WORLD),
    now_us: now,
    lost: [],
    resolved: 0,
  }
  return world
}

/** Prices go on this long after the last window is resolved. */
const TAIL_S = 5

function pit(
  rng: Rng.Rng,
  line: Wire.Line,
  belief: Belief.Belief,
  makers: Makers.Makers,
  late: LatePrints.LatePrints,
): Pit.Pit {
  const count = makers.config.count
  const channel: Channel.Channel = {
    line,
    exchange: Exchange.create(Pit.FIRST_MAKER + count),
    up: -1,
    down: -1,
    late,
  }
  return Pit.create(rng, channel, belief, count)
}
