import { Flag, Kind } from '../events/index.ts'
import { E8_ONE, type Micros, SECOND } from '../units/index.ts'
import * as Belief from './belief.ts'
import * as Channel from './channel.ts'
import * as Draw from './draws.ts'
import * as LatePrints from './late-prints.ts'
import * as Makers from './makers.ts'
import * as Life from './market-life.ts'
import * as Oracle from './oracle.ts'
import * as Outages from './outages.ts'
import type * as Pit from './pit.ts'
import * as Plan from './plan.ts'
import * as PricePath from './price-path.ts'
import * as Takers from './takers.ts'
import * as Timers from './timers.ts'
import * as Venue from './venue.ts'
import * as Wire from './wire.ts'
import { Line, PIT_STREAMS, type SimulatedWorld, Stream } from './world.ts'

/** The course of events: what happens at each beat of the clock. */

const { TimerKind } = Timers
const BINANCE = 0

/** Set the first beat of everything. */
export function begin(world: SimulatedWorld): void {
  const { due, now_us, venues, outages, timers, plan, config } = world
  due[Stream.STEP] = now_us
  due[Stream.SECOND] = now_us
  Timers.set(
    timers,
    plan.instruments.markets[0]!.start_us - config.sim_market.lead_s * SECOND,
    TimerKind.OPEN,
    0,
  )
  due[Stream.TIMER] = Timers.next(timers)
  venues.forEach((venue, i) => {
    due[Stream.QUOTE + i] = venue.quote_due_us
    due[Stream.PRINT + i] = venue.print_due_us
  })
  outages.forEach((outage, i) => {
    due[Stream.OUTAGE + i] = outage.due_us
  })
}

/** One beat. HOT. */
export function beat(world: SimulatedWorld, rank: number, time: number): void {
  const { due } = world
  if (rank >= Stream.PIT) pitBeat(world, rank - Stream.PIT, time)
  else if (rank === Stream.STEP) step(world, time)
  else if (rank === Stream.SECOND) second(world, time)
  else if (rank === Stream.TIMER) timer(world, time)
  else if (rank >= Stream.OUTAGE) outage(world, rank - Stream.OUTAGE, time)
  else if (rank >= Stream.PRINT) {
    const venue = world.venues[rank - Stream.PRINT]!
    Venue.print(venue, world.wire.lines[venue.line]!, world.path.price, time)
    due[rank] = venue.print_due_us
  } else {
    const venue = world.venues[rank - Stream.QUOTE]!
    Venue.quote(venue, world.wire.lines[venue.line]!, world.path.price, time)
    due[rank] = venue.quote_due_us
  }
}

function pitBeat(world: SimulatedWorld, stream: number, time: Micros): void {
  const at = Math.floor(stream / PIT_STREAMS)
  const pit = world.pits[at]!
  const { makers, takers } = world.actors
  const what = stream - at * PIT_STREAMS
  if (what === 0) {
    Makers.act(makers, pit, time)
    pit.maker_due_us = time + Draw.exponential(makers.rng, SECOND / (makers.config.acts_per_s * pit.pace))
  } else if (what === 1) {
    Takers.act(takers, pit, time)
    Takers.schedule(takers, pit, time)
  } else if (what === 2) Takers.follow(takers, pit, time)
  else Channel.latePrints(pit.channel, time)
  sync(world, at)
}

/** Note when a pit is due next. */
function sync({ due, pits }: SimulatedWorld, at: number): void {
  const pit = pits[at]!
  const first = Stream.PIT + at * PIT_STREAMS
  due[first] = pit.maker_due_us
  due[first + 1] = pit.taker_due_us
  due[first + 2] = Takers.nextFollower(pit)
  due[first + 3] = LatePrints.next(pit.channel.late)
}

function step(world: SimulatedWorld, now: Micros): void {
  const { path, oracle, plan, pits, actors, due } = world
  PricePath.step(path, now)
  Oracle.observe(oracle, path.price)
  const smooth = plan.candle ? null : oracle
  const price = fairPrice(world)
  for (let at = 0; at < pits.length; at++) {
    if (pits[at]!.market < 0) continue
    Life.step(pits[at]!, actors, path, smooth, price, now)
    sync(world, at)
  }
  due[Stream.STEP] = now + PricePath.STEP_US
}

/** What the settling series would say now, in 1e-8 USD: on a candle the exchange's own distance counts. */
function fairPrice({ path, plan, venues }: SimulatedWorld): number {
  return path.price * E8_ONE * (plan.candle ? 1 + venues[BINANCE]!.basis : 1)
}

function second(world: SimulatedWorld, now: Micros): void {
  const { oracle, wire, pits, actors, plan, due } = world
  Oracle.tick(oracle, wire.lines[Line.RTDS]!, now)
  if (plan.candle) candle(world, now)
  for (let at = 0; at < pits.length; at++) {
    if (pits[at]!.market < 0) continue
    Belief.onValue(pits[at]!.belief, oracle.whole, now)
    Life.second(pits[at]!, actors, now)
    sync(world, at)
  }
  due[Stream.SECOND] = now + SECOND
}

/** The exchange's candle as it stands: its close is the last trade. */
function candle({ wire, venues }: SimulatedWorld, now: Micros): void {
  const line = wire.lines[Line.BINANCE]!
  const { last_e8 } = venues[BINANCE]!
  if (last_e8 === 0) return
  Wire.put(line, Wire.send(line, now), now, Kind.ORACLE, Plan.SETTLING, 0, last_e8, 0, Flag.LAST)
}

/** The value that windows settle on, at full precision. */
function settling({ plan, oracle, venues }: SimulatedWorld): { whole: number; rest: number } {
  return plan.candle ? { whole: venues[BINANCE]!.last_e8, rest: 0 } : Oracle.settling(oracle)
}

function outage(world: SimulatedWorld, at: number, now: Micros): void {
  const outages = world.outages[at]!
  const line = world.wire.lines[outages.line]!
  const over = Outages.turn(outages, line, now)
  world.due[Stream.OUTAGE + at] = outages.due_us
  if (over === null) return
  world.lost.push(over)
  if (outages.line !== Line.CLOB) return
  for (const pit of world.pits) if (pit.market >= 0) Channel.snapshot(pit.channel, true, now)
}

function timer(world: SimulatedWorld, now: Micros): void {
  const { timers, due } = world
  const { kind, market, a, b } = Timers.pop(timers)
  if (kind === TimerKind.OPEN) open(world, market, now)
  else if (kind === TimerKind.START) start(world, market)
  else if (kind === TimerKind.END) end(world, market, a, b, now)
  else if (kind === TimerKind.CLOSE) close(world, market, now)
  else if (kind === TimerKind.RESOLVE) resolve(world, market, a, now)
  else strike(world, market, a, b, now)
  due[Stream.TIMER] = Timers.next(timers)
}

function open(world: SimulatedWorld, market: number, now: Micros): void {
  const { pits, plan, actors, path, timers, wire, config } = world
  const { markets } = plan.instruments
  const { start_us, end_us, tick } = markets[market]!
  const up = Plan.upToken(plan, market)
  const gamma = wire.lines[Line.GAMMA]!
  Wire.put(gamma, Wire.send(gamma, now), 0, Kind.MARKET, up, 0, 0, 0, Flag.LAST)
  const at = pits.findIndex((pit) => pit.market < 0)
  const listing = { market, up, start_us, end_us, tick: tick! }
  Life.open(pits[at]!, listing, actors, path, now)
  sync(world, at)
  Timers.set(timers, start_us, TimerKind.START, market)
  if (market + 1 < markets.length) {
    const next = markets[market + 1]!.start_us - config.sim_market.lead_s * SECOND
    Timers.set(timers, next, TimerKind.OPEN, market + 1)
  }
}

/** The window begins: its strike is the settling value of this moment. */
function start(world: SimulatedWorld, market: number): void {
  const { timers, plan, rng, config } = world
  const { whole, rest } = settling(world)
  const { end_us, start_us } = plan.instruments.markets[market]!
  pitOf(world, market).belief.strike = whole
  Timers.set(timers, end_us, TimerKind.END, market, whole, rest)
  // The venue tells a strike when it resolves the window before; the first has none before it.
  if (market > 0) return
  const { resolve_min_s, resolve_max_s } = config.sim_market
  const told = start_us + Draw.between(rng, resolve_min_s, Math.max(resolve_min_s, resolve_max_s)) * SECOND
  Timers.set(timers, told, TimerKind.STRIKE, market, whole, rest)
}

function end(world: SimulatedWorld, market: number, whole: number, rest: number, now: Micros): void {
  const { timers, rng, config, plan } = world
  const { resolve_min_s, resolve_max_s, linger_s } = config.sim_market
  const value = settling(world)
  const payout = Life.decide(pitOf(world, market), { whole, rest }, value)
  const told = now + Draw.between(rng, resolve_min_s, Math.max(resolve_min_s, resolve_max_s)) * SECOND
  Timers.set(timers, now + linger_s * SECOND, TimerKind.CLOSE, market)
  Timers.set(timers, told, TimerKind.RESOLVE, market, payout)
  if (market + 1 < plan.instruments.markets.length)
    Timers.set(timers, told + SECOND, TimerKind.STRIKE, market + 1, value.whole, value.rest)
}

function close(world: SimulatedWorld, market: number, now: Micros): void {
  const at = world.pits.findIndex((pit) => pit.market === market)
  Life.close(world.pits[at]!, now)
  sync(world, at)
}

/** `market_resolved` on the market channel; where that is down the metadata say it. */
function resolve(world: SimulatedWorld, market: number, payout: number, now: Micros): void {
  const clob = world.wire.lines[Line.CLOB]!
  const line = clob.down ? world.wire.lines[Line.GAMMA]! : clob
  Channel.resolved(line, Plan.upToken(world.plan, market), payout, now)
  world.resolved++
}

function strike(world: SimulatedWorld, market: number, whole: number, rest: number, now: Micros): void {
  const line = world.wire.lines[Line.GAMMA]!
  const up = Plan.upToken(world.plan, market)
  Wire.put(line, Wire.send(line, now), 0, Kind.STRIKE, up, 0, whole, rest, Flag.LAST)
}

function pitOf({ pits }: SimulatedWorld, market: number): Pit.Pit {
  return pits.find((pit) => pit.market === market)!
}
