import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createRecords,
  IntentKind,
  LedgerKind,
  OrderStatus,
  type Records,
  ResolutionCode,
  RiskEvent,
  TABLES,
  type Table,
  type TableName,
  Tif,
  Trigger,
} from '../../../core/machine/records.ts'
import { exp } from '../../../core/numerics/index.ts'
import { Rng } from '../../../core/random/index.ts'
import { Gate, RejectCode } from '../../../core/risk/codes.ts'
import { HOUR, MICRO, MINUTE, MS, notional, ONE, SECOND } from '../../../core/units/index.ts'
import type { RunFile } from '../../../engine/report/run-file.ts'
import { createTableWriter, drainAll } from '../../../engine/runners/table-writer.ts'
import { auditOf } from './synthetic-audit.ts'
import { runFileOf } from './synthetic-run-file.ts'

/**
 * A run folder made up from a seed: prices, quotes, fills and a ledger that adds up. It is not a backtest; it has one of
 * everything that a report must be able to show.
 */

type Row = Record<string, number>
/** Rows of every table, as they would be drained. */
export type Rows = { [N in TableName]: Row[] }
export type SyntheticRun = { run: RunFile; rows: Rows }

export type Options = {
  seed: number
  windows: number
  /** No order is ever placed. */
  idle?: boolean
  /** Decisions a second. */
  pace?: number
}

/** 15 April 2026, 12:00 UTC. */
export const START_US = Date.UTC(2026, 3, 15) * MS + 12 * HOUR
const WINDOW_US = 5 * MINUTE
const CASH = 5_000 * MICRO
/** The tape is silent from here, for the whole feed. */
const FEED_GAP = { start_us: START_US + 17 * MINUTE, end_us: START_US + 17 * MINUTE + 47 * SECOND }

type World = {
  rng: Rng.Rng
  rows: Rows
  cash: number
  settled: number
  peak: number
  equity: number
  deepest: number
}
type Held = {
  up: number
  down: number
  cost: number
  spread: number
  fees: number
  fills: number
  makers: number
  volume: number
  most: number
}

/** Make a run. The same options give the same rows. */
export function makeRun(options: Options): SyntheticRun {
  const rows = Object.fromEntries(Object.keys(TABLES).map((name) => [name, [] as Row[]])) as Rows
  const world: World = {
    rng: Rng.create(options.seed, 1),
    rows,
    cash: CASH,
    settled: CASH,
    peak: CASH,
    equity: CASH,
    deepest: 0,
  }
  ledger(world, START_US, LedgerKind.DEPOSIT, 0, 2, 0, CASH, 0, -1)
  for (let market = 0; market < options.windows; market++) makeWindow(world, market, options)
  if (options.idle !== true) riskEvents(rows)
  return {
    run: runFileOf(
      rows,
      options,
      rows.risk_events.filter((e) => e.kind === RiskEvent.HALT).length,
      world.deepest,
      FEED_GAP,
    ),
    rows,
  }
}

/** Write a run folder as the runner does. */
export async function writeRun(dir: string, { run, rows }: SyntheticRun): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const most = Math.max(...Object.values(rows).map((table) => table.length), 1)
  const records: Records = createRecords(most)
  for (const name of Object.keys(TABLES) as TableName[])
    fillTable(records[name] as Table<TableName>, rows[name])
  const writer = await createTableWriter()
  drainAll(writer, records)
  await writer.finish(dir)
  writeFileSync(join(dir, 'run.json'), JSON.stringify(run, null, 2))
  writeFileSync(join(dir, 'audit.json'), JSON.stringify(auditOf(run), null, 2))
}

function fillTable(table: Table<TableName>, rows: Row[]): void {
  const columns = table.columns as unknown as Record<string, { [row: number]: number }>
  for (const [i, row] of rows.entries()) {
    for (const [name] of TABLES[table.name]) columns[name]![i] = row[name] ?? 0
  }
  table.length = rows.length
}

function riskEvents(rows: Rows): void {
  for (const minutes of [22, 43]) {
    const time_us = START_US + minutes * MINUTE
    const halt = { time_us, kind: RiskEvent.HALT, market: 0xffffffff, gate: Gate.DAILY_DRAWDOWN }
    rows.risk_events.push({ ...halt, value: 50 * MICRO + minutes * 1_000, limit: 50 * MICRO })
  }
  rows.risk_events.push({
    time_us: START_US,
    kind: RiskEvent.STRIKE_MISMATCH,
    market: 1,
    value: 1.5,
    limit: 1,
  })
}

function makeWindow(world: World, market: number, options: Options): void {
  const start = START_US + market * WINDOW_US
  const steps = 300 * (options.pace ?? 1)
  const held: Held = { up: 0, down: 0, cost: 0, spread: 0, fees: 0, fills: 0, makers: 0, volume: 0, most: 0 }
  const path = makePath(world.rng, steps)
  for (let step = 0; step < steps; step++) {
    const time_us = start + Math.floor((step * WINDOW_US) / steps)
    if (time_us >= FEED_GAP.start_us && time_us < FEED_GAP.end_us) continue
    decide(world, market, step / steps, time_us, path, step, held, options)
  }
  settle(world, market, start + WINDOW_US, path.at(-1)! > 0.5, held)
}

/** A probability that wanders and ends at 0 or 1. */
function makePath(rng: Rng.Rng, steps: number): number[] {
  const path: number[] = []
  let x = normal(rng) * 0.3
  for (let i = 0; i < steps; i++) {
    const left = 1 - i / steps
    x += (normal(rng) * 1.4) / Math.sqrt(steps) / Math.sqrt(Math.max(left, 0.02))
    path.push(1 / (1 + exp(-1.7 * x)))
  }
  return path
}

function decide(
  world: World,
  market: number,
  done: number,
  time_us: number,
  path: number[],
  step: number,
  held: Held,
  options: Options,
): void {
  const { rng, rows } = world
  const model = Math.min(0.995, Math.max(0.005, path[step]!))
  const mid = Math.min(0.985, Math.max(0.015, path[Math.max(0, step - 2)]! + normal(rng) * 0.012))
  const half = 50 + 50 * Rng.below(rng, 3)
  const best_bid = Math.max(100, Math.floor((mid * ONE - half) / 100) * 100)
  const best_ask = Math.min(9_900, best_bid + 2 * Math.max(50, half))
  const empty = done > 0.985 && model > 0.97
  const gate =
    done < 0.2
      ? Gate.NOT_READY
      : done > 0.8
        ? Gate.CUTOFF
        : Math.abs(model - mid) > 0.04
          ? Gate.SANITY
          : Rng.below(rng, 60) === 0
            ? Gate.MARKET_EXPOSURE
            : Gate.NONE
  const decision = rows.decisions.length
  const active = gate === Gate.NONE && options.idle !== true
  const changed = active && Rng.below(rng, 3) === 0
  if (changed) quote(world, market, decision, time_us, best_bid, best_ask, mid, model, held, path, step)
  rows.decisions.push({
    decision,
    time_us,
    event: decision * 37,
    market,
    trigger:
      changed && Rng.below(rng, 9) === 0
        ? Trigger.FILL
        : gate === Gate.CUTOFF
          ? Trigger.CUTOFF
          : Trigger.TICK,
    regime: Rng.below(rng, 40) === 0 ? 2 : Rng.below(rng, 90) === 0 ? 6 : 0,
    gate,
    seconds_left: (1 - done) * 300,
    s0: 7.4e12,
    s_t: 7.4e12,
    mean: Number.NaN,
    sigma: gate === Gate.NOT_READY ? Number.NaN : 5e-5,
    q_up: gate === Gate.NOT_READY ? Number.NaN : model,
    z: 0,
    speed: 0.01,
    best_bid,
    best_ask: empty ? -1 : best_ask,
    up_shares: held.up,
    down_shares: held.down,
    unpaired: held.up - held.down,
    cash: world.cash,
    equity: world.equity,
    desired: active ? 6 : 0,
    live: active ? 6 : 0,
    creates: changed ? 2 : 0,
    cancels: changed ? 1 : 0,
  })
  mark(world, time_us, mid, held)
}

function quote(
  world: World,
  market: number,
  decision: number,
  time_us: number,
  bid: number,
  ask: number,
  mid: number,
  q_up: number,
  held: Held,
  path: number[],
  step: number,
): void {
  const { rng, rows } = world
  for (const outcome of [0, 1]) {
    const price = outcome === 0 ? bid : ONE - ask
    const size = (20 + Rng.below(rng, 3) * 10) * MICRO
    const order = rows.orders.length
    const refused = Rng.below(rng, 25) === 0
    rows.intents.push({
      intent: rows.intents.length,
      decision,
      time_us,
      kind: IntentKind.CREATE,
      gate: refused ? Gate.TRADE_CAP : 0,
      order: refused ? -1 : order,
      market,
      outcome,
      side: 1,
      price,
      size,
      tif: Tif.GTD,
      post_only: 1,
    })
    if (refused) continue
    const rejected = Rng.below(rng, 30) === 0
    const hit = !rejected && Rng.below(rng, 7) === 0 && Math.abs(held.up - held.down) < 100 * MICRO
    const filled = hit ? (Rng.below(rng, 4) === 0 ? size / 2 : size) : 0
    const life = Math.floor(exp(1.1 * normal(rng) + 1) * SECOND)
    const status = rejected
      ? OrderStatus.REJECTED
      : filled === size
        ? OrderStatus.FILLED
        : Rng.below(rng, 20) === 0
          ? OrderStatus.EXPIRED
          : OrderStatus.CANCELLED
    rows.orders.push({
      order,
      decision,
      market,
      outcome,
      side: 1,
      price,
      size,
      filled,
      tif: Tif.GTD,
      post_only: 1,
      intended_us: time_us,
      accepted_us: rejected ? 0 : time_us + 50 * MS,
      done_us: time_us + 50 * MS + life,
      status,
      reason: rejected ? RejectCode.CROSSES : 0,
    })
    if (filled > 0)
      fill(
        world,
        market,
        decision,
        order,
        time_us + 400 * MS,
        outcome,
        price,
        filled,
        mid,
        q_up,
        held,
        path,
        step,
        Rng.below(rng, 9) > 0,
      )
  }
}

function fill(
  world: World,
  market: number,
  decision: number,
  order: number,
  time_us: number,
  outcome: number,
  price: number,
  size: number,
  mid: number,
  q_up: number,
  held: Held,
  path: number[],
  step: number,
  maker: boolean,
): void {
  const { rng, rows } = world
  const amount = notional(size, price, 'up')
  const fee = maker ? 0 : Math.floor(amount * 0.01)
  const number = rows.fills.length
  const failed = Rng.below(rng, 40) === 0
  const after = (seconds: number): number => {
    const at = step + Math.round((seconds * path.length) / 300)
    if (at >= path.length) return Number.NaN
    const token = outcome === 0 ? path[at]! : 1 - path[at]!
    return token * ONE - price - 20 * (1 - 1 / (1 + seconds))
  }
  rows.fills.push({
    fill: number,
    order,
    decision,
    market,
    outcome,
    side: 1,
    price,
    size,
    amount,
    fee_usdc: fee,
    fee_value: fee,
    maker: maker ? 1 : 0,
    gap_fill: time_us > FEED_GAP.end_us && time_us < FEED_GAP.end_us + 8 * SECOND ? 1 : 0,
    matched_us: time_us,
    mined_us: failed ? 0 : time_us + 2 * SECOND,
    confirmed_us: failed ? 0 : time_us + 4 * SECOND,
    failed_us: failed ? time_us + 3 * SECOND : 0,
    q_up,
    mid: mid * ONE,
    markout_1s: after(1),
    markout_5s: after(5),
    markout_10s: after(10),
    markout_30s: after(30),
  })
  ledger(world, time_us, LedgerKind.BUY, market, outcome, size, -amount - fee, fee, number)
  if (failed) {
    ledger(world, time_us, LedgerKind.REVERSAL, market, outcome, -size, amount + fee, -fee, number)
    return
  }
  if (outcome === 0) held.up += size
  else held.down += size
  held.cost += amount
  held.fees += fee
  held.fills += 1
  held.makers += maker ? 1 : 0
  held.volume += amount
  held.spread += Math.round(((outcome === 0 ? mid : 1 - mid) - price / ONE) * size)
  held.most = Math.max(held.most, Math.abs(held.up - held.down))
}

function settle(world: World, market: number, end_us: number, up_won: boolean, held: Held): void {
  const open = market % 12 === 7
  const code = open
    ? ResolutionCode.UNRESOLVED
    : market % 6 === 4
      ? ResolutionCode.INFERRED_FROM_BOOK
      : ResolutionCode.SETTLEMENT
  const payout = open ? 0 : up_won ? held.up : held.down
  const gross = open ? 0 : payout - held.cost
  const rest = gross - held.spread
  const pairs = Math.round(rest * 0.25)
  const inventory = Math.round(rest * 0.45)
  if (!open && held.up > 0)
    ledger(world, end_us + SECOND, LedgerKind.REDEEM, market, 0, -held.up, up_won ? held.up : 0, 0, -1)
  if (!open && held.down > 0)
    ledger(world, end_us + SECOND, LedgerKind.REDEEM, market, 1, -held.down, up_won ? 0 : held.down, 0, -1)
  world.settled += open ? Math.floor(held.cost * 0.97) - held.cost - held.fees : gross - held.fees
  markAt(world, end_us + SECOND, world.settled, 0, 0)
  const decisions = world.rows.decisions.filter((d) => d.market === market).length
  world.rows.windows.push({
    market,
    class: code,
    up_payout: open ? -1 : up_won ? ONE : 0,
    strike: 7.4e12,
    final: 7.4e12,
    decisions,
    fills: held.fills,
    maker_fills: held.makers,
    volume: held.volume,
    spread: open ? 0 : held.spread,
    pairs: open ? 0 : pairs,
    inventory: open ? 0 : inventory,
    settlement: open ? 0 : rest - pairs - inventory,
    fees: open ? 0 : held.fees,
    net: open ? 0 : gross - held.fees,
    unresolved_cost: open ? held.cost + held.fees : 0,
    unresolved_value: open ? Math.floor(held.cost * 0.97) : 0,
    rebate_low: Math.floor(held.volume * 0.0004),
    rebate_high: Math.floor(held.volume * 0.0011),
    reward_high: held.fills > 0 ? 40_000 : 0,
    max_unpaired: held.most,
  })
}

function ledger(
  world: World,
  time_us: number,
  kind: number,
  market: number,
  outcome: number,
  shares: number,
  cash: number,
  fee: number,
  ref: number,
): void {
  world.cash = kind === LedgerKind.DEPOSIT ? cash : world.cash + cash
  world.rows.ledger.push({
    entry: world.rows.ledger.length,
    time_us,
    kind,
    market,
    outcome,
    shares,
    cash,
    fee,
    ref,
    balance: world.cash,
  })
}

function mark(world: World, time_us: number, mid: number, held: Held): void {
  const inventory = Math.floor(mid * held.up + (1 - mid) * held.down)
  markAt(world, time_us, world.settled - held.cost - held.fees + inventory, inventory, held.cost)
}

function markAt(world: World, time_us: number, equity: number, inventory: number, exposure: number): void {
  if (equity === world.equity && world.rows.equity.length > 0) return
  world.equity = equity
  world.peak = Math.max(world.peak, equity)
  world.deepest = Math.max(world.deepest, world.peak - equity)
  const drawdown = world.peak - equity
  world.rows.equity.push({ time_us, cash: world.cash, inventory, equity, drawdown, exposure })
}

/** About normal: twelve uniform numbers less their mean. */
function normal(rng: Rng.Rng): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += Rng.uniform(rng)
  return sum
}
