import { type World as ClockWorld, run, TimeQueue } from '../clock/index.ts'
import { type Columns, Flag } from '../events/index.ts'
import * as Exchange from '../exchange/exchange.ts'
import { configure, createState } from '../exchange/state.ts'
import { Chain } from '../hash/index.ts'
import { Rules } from '../rules/index.ts'
import { MICRO, MINUTE, type Micros } from '../units/index.ts'
import { onAnswer } from './answers.ts'
import { finish } from './finish.ts'
import type * as Intents from './intents.ts'
import { schedule } from './lifecycle.ts'
import * as Machines from './machine.ts'
import { tableRow } from './output.ts'
import { IntentKind } from './records.ts'
import { applyRows, endMessage } from './rows.ts'
import * as Snapshot from './snapshot.ts'
import { fireDue, nextDue } from './timeline.ts'

/**
 * Streams by tie rank: at one time timers come first, as they do before any event of a tape, then answers, then the venue,
 * then the tape's next message. So a session that recorded its answers as rows is replayed in the same order.
 */
const Stream = { TIMER: 0, ANSWER: 1, VENUE: 2, ROW: 3 } as const

/** How long after the last row what is under way may still end: answers, confirmations, outcomes, redemptions. */
const DRAIN_US = 10 * MINUTE

/** A machine and the simulated exchange over one tape. */
export type World = ClockWorld & {
  readonly machine: Machines.Machine
  readonly exchange: Exchange.Exchange
  columns: Columns | null
  cursor: number
  /** No decision and no row after this time; Infinity for all. */
  until_us: Micros
  /** Told of every answer before it is acted on: a session that records itself writes it down here. */
  record: ((answers: TimeQueue.TimeQueue, slot: number, now: Micros) => void) | null
}

/** Options of a machine, and what the exchange needs beside them. */
export type WorldOptions = Machines.MachineOptions & {
  seed: number
  /** The tape has prints. */
  prints: boolean
  /** Go on from here instead of from the start. */
  from?: Snapshot.RunState
}

/** A world before its first row (or at the snapshot it goes on from). */
export function create(options: WorldOptions): World {
  const machine = Machines.create(options)
  if (options.from !== undefined) machine.state = options.from.machine
  const cash = Math.round(machine.config.portfolio.initial_cash_usdc * MICRO)
  const { markets } = machine.instruments
  const exchange: Exchange.Exchange = {
    state:
      options.from?.exchange ?? createState(markets.length, cash, options.seed, markets.some(Rules.isKalshi)),
    config: configure(machine.config.exchange),
    feeds: machine.state.feeds,
    terms: machine.terms,
    prints: options.prints,
  }
  machine.venue = exchange
  const world: World = {
    machine,
    exchange,
    due: new Float64Array(4).fill(Number.POSITIVE_INFINITY),
    columns: null,
    cursor: 0,
    until_us: Number.POSITIVE_INFINITY,
    record: null,
    fire: (rank, time, horizon) => fire(world, rank, time, horizon),
  }
  if (options.from === undefined) schedule(machine)
  sync(world)
  return world
}

/** Run over a chunk of the tape. Chunks may end anywhere, also inside a message. */
export function feed(world: World, columns: Columns): void {
  if (columns.length === 0) return
  load(world, columns)
  run(world, world.until_us)
  world.columns = null
}

/** Give a world its next chunk without running: {@link proceed} through it in steps, as a paced replay does. */
export function load(world: World, columns: Columns): void {
  world.columns = columns
  world.cursor = 0
  world.due[Stream.ROW] = columns.length === 0 ? Number.NEGATIVE_INFINITY : columns.local_us[0]!
}

/**
 * Handle everything that is due at or before a time, rows of the loaded chunk included.
 *
 * @returns false when the chunk is used up
 */
export function proceed(world: World, until_us: Micros): boolean {
  run(world, Math.min(until_us, world.until_us))
  return world.due[Stream.ROW]! !== Number.NEGATIVE_INFINITY
}

/** The tape is over: let what is under way end, and close the books. */
export function end(world: World): void {
  const { machine } = world
  const last = Math.min(machine.state.now_us, world.until_us)
  machine.ended = true
  world.due[Stream.ROW] = Number.POSITIVE_INFINITY
  sync(world)
  run(world, last + DRAIN_US)
  finish(machine)
  checkpoint(world)
}

/**
 * Handle what is due by a time with no rows until then, as a session does whose feeds are quiet. More rows may follow.
 */
export function wait(world: World, until_us: Micros): void {
  world.due[Stream.ROW] = Number.POSITIVE_INFINITY
  run(world, until_us)
}

/**
 * Stand still at `until_us`: handle what is due by then without rows, and seal the hash.
 *
 * @param tape_over there are no rows after that time: what is under way ends as it does at the end of a run, and where all
 * of it has, the world is that of the whole run
 */
export function settle(world: World, tape_over: boolean): void {
  const { machine, due, until_us } = world
  const end_us = tape_over ? machine.state.now_us + DRAIN_US : Number.POSITIVE_INFINITY
  machine.ended = tape_over
  due[Stream.ROW] = Number.POSITIVE_INFINITY
  sync(world)
  run(world, Math.min(until_us, end_us))
  if (tape_over && (until_us >= end_us || soonest(due) > end_us)) finish(machine)
  checkpoint(world)
}

/** When the next of what is under way is due. */
function soonest(due: Float64Array): Micros {
  return Math.min(due[Stream.ANSWER]!, due[Stream.TIMER]!, due[Stream.VENUE]!)
}

/** The whole state, between two messages. */
export function snapshot(world: World): Uint8Array {
  return Snapshot.encode({ machine: world.machine.state, exchange: world.exchange.state })
}

/** HOT for rows. */
function fire(world: World, rank: number, time: number, horizon: number): void {
  if (rank === Stream.ROW) rows(world, time, horizon)
  else {
    world.machine.state.now_us = time
    if (rank === Stream.ANSWER) answer(world, time)
    else if (rank === Stream.TIMER) fireDue(world.machine, time)
    else Exchange.fireRequest(world.exchange, time)
    after(world)
  }
}

/** Rows up to the first message after which something else is due, or that is not before the horizon. */
function rows(world: World, time: number, horizon: number): void {
  const { machine, due } = world
  const { state } = machine
  const columns = world.columns!
  const { local_us, flags, length } = columns
  let now = time
  for (;;) {
    state.now_us = now
    const at = applyRows(machine, columns, world.cursor, length, now)
    state.counts.events += at - world.cursor
    world.cursor = at
    if ((flags[at - 1]! & Flag.LAST) !== 0) {
      endMessage(machine, now)
      after(world)
    }
    if (at === length) {
      due[Stream.ROW] = Number.NEGATIVE_INFINITY
      return
    }
    now = local_us[at]!
    due[Stream.ROW] = now
    if (now >= horizon || now >= due[0]! || now >= due[1]! || now >= due[2]!) return
  }
}

function answer(world: World, now: Micros): void {
  const { answers } = world.exchange.state
  const at = TimeQueue.pop(answers)
  world.record?.(answers, at, now)
  onAnswer(
    world.machine,
    answers.kind[at]!,
    answers.market[at]!,
    answers.order[at]!,
    answers.x[at]!,
    answers.y[at]!,
    answers.flags[at]!,
    answers.z[at]!,
    answers.w[at]!,
    now,
  )
}

/** Send what was intended, look again at what is due next, seal the hash when it is time. */
function after(world: World): void {
  if (world.machine.intents.length > 0) send(world)
  sync(world)
  const { counts, next_checkpoint } = world.machine.state
  if (counts.events >= next_checkpoint) checkpoint(world)
}

function sync(world: World): void {
  const { machine, exchange, due } = world
  due[Stream.ANSWER] = TimeQueue.next(exchange.state.answers)
  due[Stream.VENUE] = TimeQueue.next(exchange.state.requests)
  due[Stream.TIMER] = nextDue(machine)
}

function send(world: World): void {
  const { exchange, machine } = world
  const { intents } = machine
  const now = machine.state.now_us
  for (let i = 0; i < intents.length; i++) {
    const kind = intents.kind[i]!
    const market = intents.market[i]!
    if (kind === IntentKind.CREATE) Exchange.send(exchange, orderOf(intents, i), now)
    else if (kind === IntentKind.CANCEL) Exchange.cancel(exchange, market, intents.order[i]!, now)
    else if (kind === IntentKind.MERGE) Exchange.merge(exchange, market, intents.size[i]!, now)
    else
      Exchange.redeem(
        exchange,
        market,
        intents.outcome[i]! as 0 | 1,
        intents.size[i]!,
        intents.price[i]!,
        now,
      )
  }
  intents.length = 0
}

// Written anew for every order; the exchange keeps nothing of it.
const order: Exchange.NewOrder = {
  order: 0,
  market: 0,
  outcome: 0,
  side: 1,
  price: 0,
  size: 0,
  amount: 0,
  tif: 0,
  post_only: false,
  expire_us: 0,
}

function orderOf(intents: Intents.Intents, i: number): Exchange.NewOrder {
  order.order = intents.order[i]!
  order.market = intents.market[i]!
  order.outcome = intents.outcome[i]! as 0 | 1
  order.side = intents.side[i]! as 1 | 2
  order.price = intents.price[i]!
  order.size = intents.size[i]!
  order.amount = intents.amount[i]!
  order.tif = intents.tif[i]!
  order.post_only = intents.post_only[i] === 1
  order.expire_us = intents.expire_us[i]!
  return order
}

function checkpoint(world: World): void {
  const { machine, exchange } = world
  const { state } = machine
  Chain.checkpoint(state.chain, Snapshot.digest({ machine: state, exchange: exchange.state }))
  state.next_checkpoint = state.counts.events + machine.config.machine.checkpoint_events
  const row = tableRow(machine, machine.records.hashes)
  const { columns } = machine.records.hashes
  columns.index[row] = state.chain.index - 1
  columns.event[row] = state.counts.events
  columns.time_us[row] = state.now_us
  const { link } = state.chain
  columns.h0[row] = link[0]!
  columns.h1[row] = link[1]!
  columns.h2[row] = link[2]!
  columns.h3[row] = link[3]!
  columns.h4[row] = link[4]!
  columns.h5[row] = link[5]!
  columns.h6[row] = link[6]!
  columns.h7[row] = link[7]!
}
