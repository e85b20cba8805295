import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runTape } from '../../test/fixtures/run-tape.ts'
import { JUNE, type SyntheticTape, syntheticTape } from '../../test/fixtures/synthetic-tape.ts'
import * as Book from '../book/module.ts'
import { resolve } from '../config/index.ts'
import { allocate, COLUMNS, type Columns, Command, Feed, Flag, Kind } from '../events/index.ts'
import { Ledger } from '../portfolio/index.ts'
import { Gate, RejectCode } from '../risk/codes.ts'
import { byName } from '../strategies/registry.ts'
import { gridOf, MINUTE, ONE, onGrid, SECOND } from '../units/index.ts'
import { schedule } from './lifecycle.ts'
import * as Machine from './machine.ts'
import {
  IntentKind,
  LedgerKind,
  ResolutionCode,
  RiskEvent,
  type Table,
  type TableName,
  Trigger,
} from './records.ts'
import { schemaFor } from './settings.ts'
import { advance } from './timeline.ts'

const seeds = fc.integer({ min: 1, max: 1_000_000 })
const BANDS = [
  { from: 0, step: 10 },
  { from: 1_000, step: 100 },
  { from: 9_000, step: 10 },
]

describe('the timeline', () => {
  test('a book inside a message is never seen: it is crossed half-way, and never when a decision looks', () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, trades) => {
        const tape = syntheticTape({ seed, trades, rate: 4 })
        expect(crossesInside(tape)).toBeGreaterThan(0)
        const { rows } = runTape(tape)
        const { best_bid: bids, best_ask: asks } = rows.decisions as Record<string, number[]>
        for (let i = 0; i < bids!.length; i++) {
          if (bids![i]! >= 0 && asks![i]! >= 0) expect(bids![i]!).toBeLessThan(asks![i]!)
        }
      }),
      { numRuns: 10 },
    )
  })

  test('a session that recorded the answers it got decides the same when they come back as rows', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom('market-maker', 'random', 'divergence'),
        fc.constantFrom(0, 0.3),
        fc.boolean(),
        (seed, strategy, fail, cents) => {
          const made = syntheticTape({ seed, trades: true, silence_s: 12, rate: 4 })
          const tape = cents ? inCents(made) : made
          const params = { 'exchange.fail_probability': fail }
          const journal = journalOf(tape, strategy, params)
          expect(journal.answers).toBeGreaterThan(0)
          const again = decideAlong(tape, strategy, params, journal.columns)
          expect(again.decisions).toEqual(cut(journal.decisions, again.decisions.time_us!.length))
          expect(again.intents).toEqual(cut(journal.intents, again.intents.time_us!.length))
          expect(again.decisions.time_us!.length).toBeGreaterThan(0.9 * journal.decisions.time_us!.length)
        },
      ),
      { numRuns: 12 },
    )
  })

  test('nothing that comes after a decision changes it', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.2, max: 0.9, noNaN: true }), (seed, where) => {
        const tape = syntheticTape({ seed, trades: true, rate: 4 })
        const whole = runTape(tape).rows
        const at = Math.floor(where * tape.columns.length)
        const time = tape.columns.local_us[at]!
        const other = syntheticTape({ seed, trades: true, rate: 4 })
        for (let i = at; i < other.columns.length; i++) {
          if (other.columns.kind[i] === Kind.ORACLE)
            other.columns.price[i] = other.columns.price[i]! + 5_000_000_000
          if (other.columns.kind[i] === Kind.LEVEL) other.columns.size[i] = 7_000_000
        }
        const known = (rows: typeof whole) =>
          cut(rows.decisions!, rows.decisions!.time_us!.filter((t) => t < time).length)
        expect(known(runTape(other).rows)).toEqual(known(whole))
      }),
      { numRuns: 10 },
    )
  })
})

describe('when it decides', () => {
  const { rows } = runTape(syntheticTape({ seed: 4, trades: true }))
  const decisions = rows.decisions!

  test('quote ticks lie on multiples of the interval', () => {
    decisions.trigger!.forEach((trigger, i) => {
      if (trigger === Trigger.TICK) expect(decisions.time_us![i]! % 100_000).toBe(0)
    })
  })

  test('at once on a fill', () => {
    const matched = rows.fills!.matched_us!
    expect(matched.length).toBeGreaterThan(0)
    const times = new Set(decisions.time_us!.filter((_, i) => decisions.trigger![i] === Trigger.FILL))
    const open = matched.filter((t) => (t - JUNE) % (5 * MINUTE) < 299 * SECOND)
    for (const time of open) expect(times.has(time)).toBe(true)
  })

  test('no order before the strike is final, none from the cutoff on, and all are gone soon after', () => {
    const { intents, orders } = rows
    intents!.time_us!.forEach((time, i) => {
      if (intents!.kind![i] !== IntentKind.CREATE) return
      expect((time - JUNE) % (5 * MINUTE)).toBeLessThan(240 * SECOND)
      expect((time - JUNE) % (5 * MINUTE)).toBeGreaterThan(0)
    })
    orders!.done_us!.forEach((done, i) => {
      const end = JUNE + (orders!.market![i]! + 1) * 5 * MINUTE
      expect(done).toBeGreaterThan(0)
      expect(done).toBeLessThan(end - 59 * SECOND)
    })
  })

  test('the cutoff is a decision of its own, in every window', () => {
    const cutoffs = decisions.time_us!.filter((_, i) => decisions.trigger![i] === Trigger.CUTOFF)
    expect(cutoffs).toEqual([JUNE + 240 * SECOND, JUNE + 540 * SECOND])
  })
})

describe('gaps', () => {
  const tape = syntheticTape({ seed: 11, trades: true, silence_s: 30 })
  const silent_from = JUNE + 140 * SECOND

  test('blackout: known gap_s after the last message, cancels everything, decides nothing until the next message', () => {
    const { rows, world } = runTape(tape)
    const d = rows.decisions!
    const gap = d
      .time_us!.map((time, i) => ({ time, i }))
      .filter(({ i }) => d.trigger![i] === Trigger.GAP && d.gate![i] === Gate.GAP)
    expect(gap.length).toBe(2)
    expect(gap[0]!.time - silent_from).toBeGreaterThan(4 * SECOND)
    expect(gap[0]!.time - silent_from).toBeLessThan(6 * SECOND)
    expect(d.live![gap[0]!.i]).toBe(d.cancels![gap[0]!.i])
    const inside = d.time_us!.filter((time) => time > gap[0]!.time && time < silent_from + 30 * SECOND)
    expect(inside.every((time) => d.gate![d.time_us!.indexOf(time)] === Gate.GAP)).toBe(true)
    expect(world.machine.state.counts.gaps).toBe(2)
    expect(world.machine.state.counts.gap_us / SECOND).toBeGreaterThan(58)
  })

  test('ignore: the same silence is counted and trading goes on', () => {
    const { rows, world } = runTape(tape, { params: { 'exchange.gaps': 'ignore' } })
    expect(world.machine.state.counts.gaps).toBe(2)
    expect(rows.decisions!.gate!.includes(Gate.GAP)).toBe(false)
  })

  test('a lost feed is a gap at once', () => {
    const cutTape = syntheticTape({ seed: 11, trades: true })
    const at = cutTape.columns.local_us.findIndex((t) => t > JUNE + 100 * SECOND)
    const row = messageStart(cutTape.columns, at)
    const columns = insert(cutTape.columns, row, { kind: Kind.FEED_DOWN, instrument: 0xffffffff })
    const { rows } = runTape({ ...cutTape, columns })
    const d = rows.decisions!
    const first = d.gate!.indexOf(Gate.GAP)
    expect(d.time_us![first]).toBe(columns.local_us[row])
  })

  test('a lost feed of references is no gap of any book', () => {
    const cutTape = syntheticTape({ seed: 11, trades: true })
    const at = cutTape.columns.local_us.findIndex((t) => t > JUNE + 100 * SECOND)
    const row = messageStart(cutTape.columns, at)
    const gates = (feed: number) => {
      const lost = { kind: Kind.FEED_DOWN, instrument: 0xffffffff, feed }
      return runTape({ ...cutTape, columns: insert(cutTape.columns, row, lost) }).rows.decisions!.gate!
    }
    for (const feed of [Feed.BINANCE, Feed.COINBASE, Feed.KRAKEN, Feed.RTDS, Feed.POLYBOLT, Feed.GAMMA])
      expect(gates(feed).includes(Gate.GAP)).toBe(false)
    expect(gates(Feed.CLOB_MARKET).includes(Gate.GAP)).toBe(true)
  })
})

describe('trades that a new connection tells again', () => {
  test('are no prices of now', () => {
    const tape = syntheticTape({ seed: 11, trades: true })
    const series = tape.instruments.instruments.findIndex(({ kind }) => kind === 'series')
    const row = messageStart(
      tape.columns,
      tape.columns.local_us.findIndex((t) => t > JUNE + 100 * SECOND),
    )
    const decided = (flags: number) => {
      const old = { kind: Kind.PRINT, instrument: series, price: 5e12, size: 1, flags }
      const { rows } = runTape({ ...tape, columns: insert(tape.columns, row, old) })
      return rows.decisions!.s_t!
    }
    const without = runTape(tape).rows.decisions!
    expect(decided(Flag.LAST | Flag.SNAPSHOT)).toEqual(without.s_t)
    expect(decided(Flag.LAST)).not.toEqual(without.s_t)
  })
})

describe('rows that call for a decision half-way through a message', () => {
  test('are decided on when it is whole, and a chunk that ends inside it changes nothing', () => {
    const tape = syntheticTape({ seed: 51, trades: true })
    const row =
      messageStart(
        tape.columns,
        tape.columns.local_us.findIndex((t) => t > JUNE + 150 * SECOND),
      ) + 2
    // The third row of a message: not flagged as its last.
    const columns = insert(tape.columns, row, { kind: Kind.COMMAND, price: Command.HALT, flags: 0 })
    const whole = runTape({ ...tape, columns })
    const pieces = runTape({ ...tape, columns }, { chunks: [row + 1, columns.length] })
    expect(pieces.hash).toBe(whole.hash)
    expect(pieces.rows).toEqual(whole.rows)
    const d = whole.rows.decisions!
    const at = d.trigger!.indexOf(Trigger.OPERATOR)
    expect(d.time_us![at]).toBe(columns.local_us[row])
    let end = row
    while ((columns.flags[end]! & Flag.LAST) === 0) end++
    expect(d.event![at]).toBe(end + 1)
  })
})

describe('outcomes', () => {
  test('by the settlement series where nobody says, and everything held is redeemed', () => {
    const { world, rows } = runTape(syntheticTape({ seed: 21, trades: true }))
    const { state } = world.machine
    expect([...state.windows.class]).toEqual([ResolutionCode.SETTLEMENT, ResolutionCode.SETTLEMENT])
    for (const market of [0, 1]) {
      expect(Ledger.shares(state.ledger, market, 0)).toBe(0)
      expect(Ledger.shares(state.ledger, market, 1)).toBe(0)
      const up = state.windows.final[market]! >= state.windows.strike[market]!
      expect(state.ledger.payout[market]).toBe(up ? ONE : 0)
    }
    expect(rows.ledger!.kind!.includes(LedgerKind.REDEEM)).toBe(true)
  })

  test('recorded ones rule, the later of two that differ holds, and the difference is counted', () => {
    const tape = syntheticTape({ seed: 21, trades: true })
    const end = JUNE + 5 * MINUTE
    const row = messageStart(
      tape.columns,
      tape.columns.local_us.findIndex((t) => t > end),
    )
    let columns = insert(tape.columns, row, { kind: Kind.RESOLVED, instrument: 1, price: 0 })
    columns = insert(columns, messageStart(columns, row + 40), {
      kind: Kind.RESOLVED,
      instrument: 1,
      price: ONE,
    })
    const { world } = runTape({ ...tape, columns })
    const { state } = world.machine
    expect(state.windows.class[0]).toBe(ResolutionCode.RECORDED)
    expect(state.ledger.payout[0]).toBe(ONE)
    expect(state.counts.conflicts).toBe(1)
    expect([...state.windows.conflicts]).toEqual([1, 0])
  })

  test('the venue’s word after the series’ verdict is the better evidence for the same outcome', () => {
    const tape = syntheticTape({ seed: 21, trades: true })
    const before = runTape(tape).world.machine.state
    const end = JUNE + 5 * MINUTE
    const row = messageStart(
      tape.columns,
      tape.columns.local_us.findIndex((t) => t > end + 20 * SECOND),
    )
    const price = before.ledger.payout[0]!
    const columns = insert(tape.columns, row, { kind: Kind.RESOLVED, instrument: 1, price })
    const { state } = runTape({ ...tape, columns }).world.machine
    expect([...state.windows.class]).toEqual([ResolutionCode.RECORDED, ResolutionCode.SETTLEMENT])
    expect(state.windows.final[0]).toBe(before.windows.final[0])
    expect(state.counts.conflicts).toBe(0)
    expect(state.ledger.cash).toBe(before.ledger.cash)
  })

  test('by a last mid near 0 or 1 when the series is missing at the end, and else unresolved', () => {
    const tape = syntheticTape({ seed: 21, trades: true })
    for (let i = 0; i < tape.columns.length; i++) {
      // No settlement value from two minutes before the first end on; no strike for the second window either.
      if (tape.columns.kind[i] === Kind.ORACLE && tape.columns.local_us[i]! > JUNE + 180 * SECOND)
        tape.columns.kind[i] = Kind.ALIVE
    }
    const near = { ...tape, columns: endAt(tape.columns, 9_800) }
    const { world } = runTape(near)
    expect(world.machine.state.windows.class[0]).toBe(ResolutionCode.INFERRED_FROM_BOOK)
    expect(world.machine.state.ledger.payout[0]).toBe(ONE)
    const open = runTape({ ...tape, columns: endAt(tape.columns, 5_000) })
    expect(open.world.machine.state.windows.class[0]).toBe(ResolutionCode.UNRESOLVED)
  })

  test('the strike that the venue states replaces the series', () => {
    const tape = syntheticTape({ seed: 21 })
    const row = messageStart(
      tape.columns,
      tape.columns.local_us.findIndex((t) => t > JUNE + 60 * SECOND),
    )
    const columns = insert(tape.columns, row, { kind: Kind.STRIKE, instrument: 1, price: 7_123_456_789_012 })
    const { rows, world } = runTape({ ...tape, columns })
    const d = rows.decisions!
    const after = d.s0!.filter((_, i) => d.market![i] === 0 && d.time_us![i]! > columns.local_us[row]!)
    expect(new Set(after)).toEqual(new Set([7_123_456_789_012]))
    expect(world.machine.state.counts.strike_mismatches).toBe(1)
  })
})

describe('a market of another venue', () => {
  test('Kalshi: every fill moves the balance by whole cents, and both identities hold', () => {
    for (const seed of [31, 32, 33]) {
      const tape = inCents(syntheticTape({ seed, trades: true }))
      const params = { 'exchange.fill': 'queue-optimistic', 'strategy.taker_share': 0.3 }
      const { world, rows } = runTape(tape, { strategy: 'random', params })
      const { amount, fee_usdc, side, maker } = rows.fills!
      expect(new Set(maker)).toEqual(new Set([0, 1]))
      amount!.forEach((money, i) => {
        expect((side![i] === 1 ? money + fee_usdc![i]! : money - fee_usdc![i]!) % 10_000).toBe(0)
      })
      expect(Ledger.residual(world.machine.state.ledger)).toBe(0)
    }
  })

  test('prices in several steps: nothing that is built in asks for one between them', () => {
    for (const strategy of ['market-maker', 'random', 'divergence']) {
      const tape = syntheticTape({ seed: 31, trades: true })
      const markets = tape.instruments.markets.map((market) => ({ ...market, tick: 10, price_bands: BANDS }))
      const { rows } = runTape({ ...tape, instruments: { ...tape.instruments, markets } }, { strategy })
      const grid = gridOf(BANDS)
      expect(rows.orders!.price!.length, strategy).toBeGreaterThan(0)
      expect(rows.orders!.price!.filter((price) => !onGrid(grid, price))).toEqual([])
      expect(rows.orders!.reason!.filter((reason) => reason === RejectCode.TICK)).toEqual([])
    }
  })
})

describe('a market whose fees cannot be computed', () => {
  test('is left out, and the run goes on over the others', () => {
    const tape = syntheticTape({ seed: 31, trades: true })
    const [first, ...others] = tape.instruments.markets
    const fee = { rate_ppm: 50_000, exponent: 0.3, taker_only: true }
    const markets = [{ ...first!, fee }, ...others]
    for (const strategy of ['market-maker', 'random']) {
      const { rows } = runTape({ ...tape, instruments: { ...tape.instruments, markets } }, { strategy })
      expect(new Set(rows.decisions!.market)).not.toContain(0)
      expect(new Set(rows.orders!.market)).toEqual(new Set(others.map((_, i) => i + 1)))
    }
  })
})

describe('operators and the account', () => {
  const tape = syntheticTape({ seed: 31, trades: true })
  const at = (seconds: number) =>
    messageStart(
      tape.columns,
      tape.columns.local_us.findIndex((t) => t > JUNE + seconds * SECOND),
    )

  test('HALT cancels everything at once and holds until RESET', () => {
    let columns = insert(tape.columns, at(180), { kind: Kind.COMMAND, price: Command.RESET })
    columns = insert(columns, at(120), { kind: Kind.COMMAND, price: Command.HALT })
    const { rows } = runTape({ ...tape, columns })
    const halt = columns.local_us[at(120)]!
    const reset = columns.local_us[at(180) + 1]!
    const creates = rows.intents!.time_us!.filter(
      (_, i) => rows.intents!.kind![i] === IntentKind.CREATE && rows.intents!.gate![i] === 0,
    )
    expect(creates.some((t) => t < halt)).toBe(true)
    expect(creates.some((t) => t >= halt && t < reset)).toBe(false)
    expect(creates.some((t) => t >= reset)).toBe(true)
  })

  test('quoting pauses while the account’s own stream is down', () => {
    const columns = insert(tape.columns, at(120), { kind: Kind.USER_DOWN })
    const { rows } = runTape({ ...tape, columns })
    const down = columns.local_us[at(120)]!
    const d = rows.decisions!
    const later = d.gate!.filter((_, i) => d.time_us![i]! > down)
    expect(later.every((gate) => gate === Gate.USER_STREAM)).toBe(true)
  })

  test('a day’s drawdown is one risk event, recorded in a backtest and halting otherwise', () => {
    const params = { 'risk.daily_drawdown': 1 }
    const recorded = runTape(tape, { params })
    expect(recorded.rows.risk_events!.kind).toEqual([RiskEvent.HALT])
    const first = recorded.rows.risk_events!.time_us![0]!
    const creates = (rows: typeof recorded.rows) =>
      rows.intents!.time_us!.filter(
        (t, i) => t > first && rows.intents!.kind![i] === IntentKind.CREATE && rows.intents!.gate![i] === 0,
      )
    expect(creates(recorded.rows).length).toBeGreaterThan(0)
    const halted = runTape(tape, { params: { ...params, 'risk.on_drawdown': 'halt' } })
    expect(creates(halted.rows).length).toBe(0)
  })
})

describe('money', () => {
  test('when every fill fails on chain, all cash is back and nothing is held', () => {
    const { world, rows } = runTape(syntheticTape({ seed: 41, trades: true }), {
      params: { 'exchange.fail_probability': 1 },
    })
    const { ledger } = world.machine.state
    expect(rows.fills!.fill!.length).toBeGreaterThan(0)
    expect(rows.fills!.failed_us!.every((t) => t > 0)).toBe(true)
    expect(ledger.cash).toBe(5_000_000_000)
    expect(Ledger.equity(ledger)).toBe(5_000_000_000)
  })

  test('gas of our own is paid outside the result', () => {
    const params = {
      'portfolio.wallet_mode': 'eoa',
      'portfolio.merge_threshold_eoa': 5,
      'portfolio.max_ops_per_min': 60,
    }
    const { world, rows } = runTape(syntheticTape({ seed: 21, trades: true }), { params })
    const { totals } = world.machine.state.ledger
    expect(rows.ledger!.kind!.includes(LedgerKind.MERGE)).toBe(true)
    expect(totals.gas).toBeGreaterThan(0)
    expect(totals.gas % 10_000).toBe(0)
  })
})

/** Levels of a market that are crossed after a row that does not end its message. */
function crossesInside({ columns, instruments }: SyntheticTape): number {
  const book = Book.create()
  let crossed = 0
  for (let i = 0; i < columns.length; i++) {
    if (columns.kind[i] !== Kind.LEVEL) continue
    const token = instruments.instruments[columns.instrument[i]!]!
    if (token.kind !== 'token' || token.market !== 0) continue
    Book.setToken(
      book,
      token.outcome === 'up' ? 0 : 1,
      columns.side[i] as 1 | 2,
      columns.price[i]!,
      columns.size[i]!,
    )
    if ((columns.flags[i]! & Flag.LAST) === 0 && Book.crossed(book)) crossed++
  }
  return crossed
}

/** The tape of a simulated session as a live one would have recorded it: its answers are rows among the others. */
function journalOf(tape: SyntheticTape, strategy: string, params: Record<string, unknown>) {
  const rows: { at: number; fields: Partial<Record<keyof Columns, number>>; now: number }[] = []
  let answers = 0
  const { rows: tables } = runTape(tape, {
    strategy,
    params,
    before: (world) => {
      world.record = (queue, slot, now) => {
        answers++
        const kind = queue.kind[slot]!
        const redeemed = kind === Kind.REDEEMED ? queue.flags[slot]! & 1 : 0
        rows.push({
          at: world.machine.state.counts.events,
          now,
          fields: {
            kind,
            instrument: 1 + 2 * queue.market[slot]! + redeemed,
            price: queue.x[slot]!,
            size: queue.y[slot]!,
            ref: queue.order[slot]!,
            seq: queue.z[slot]!,
            flags: (kind === Kind.REDEEMED ? 0 : queue.flags[slot]!) | Flag.LAST,
          },
        })
      }
    },
  })
  const columns = allocate(tape.columns.length + rows.length)
  let next = 0
  for (let i = 0; i <= tape.columns.length; i++) {
    for (; next < rows.length && rows[next]!.at === i; next++)
      put(columns, { ...rows[next]!.fields, local_us: rows[next]!.now })
    if (i < tape.columns.length) put(columns, rowOf(tape.columns, i))
  }
  return { columns, answers, decisions: without(tables.decisions!, 'event'), intents: tables.intents! }
}

/** The same of Kalshi's markets. */
function inCents(tape: SyntheticTape): SyntheticTape {
  const fee = { rate_ppm: 70_000, exponent: 1, taker_only: true }
  const settlement = { source: 'cf_benchmarks', kind: 'twap', lookback_s: 60, tie: 'up' } as const
  const own = { tick: 10, price_bands: BANDS, min_size: 10_000, fee, settlement, taker_hold_ms: 0 }
  const markets = tape.instruments.markets.map((market) => ({ ...market, ...own }))
  return { ...tape, instruments: { ...tape.instruments, markets } }
}

/** A machine without a simulated exchange, fed row by row as a live session would. */
function decideAlong(tape: SyntheticTape, name: string, params: Record<string, unknown>, columns: Columns) {
  const strategy = byName(name)
  const tables: Record<string, Record<string, number[]>> = {}
  const drain = (table: Table<TableName>) => {
    tables[table.name] ??= {}
    for (const [column, values] of Object.entries(table.columns)) {
      tables[table.name]![column] ??= []
      for (let i = 0; i < table.length; i++) tables[table.name]![column]!.push(values[i]!)
    }
    table.length = 0
  }
  const m = Machine.create({
    instruments: tape.instruments,
    profile: tape.profile,
    strategy,
    config: resolve(schemaFor(strategy), {
      'risk.on_drawdown': 'record',
      'machine.checkpoint_events': 1_000,
      ...params,
    }) as Machine.MachineConfig,
    onFull: drain,
  })
  schedule(m)
  for (let i = 0; i < columns.length; i++) advance(m, columns, i)
  for (const table of Object.values(m.records)) drain(table as Table<TableName>)
  return { decisions: without(tables.decisions!, 'event'), intents: tables.intents! }
}

function without(table: Record<string, number[]>, column: string): Record<string, number[]> {
  const { [column]: _gone, ...rest } = table
  return rest
}

function cut(table: Record<string, number[]>, rows: number): Record<string, number[]> {
  return Object.fromEntries(Object.entries(table).map(([name, values]) => [name, values.slice(0, rows)]))
}

function rowOf(columns: Columns, row: number): Partial<Record<keyof Columns, number>> {
  return Object.fromEntries(COLUMNS.map(([name]) => [name, columns[name][row]!]))
}

function put(columns: Columns, fields: Partial<Record<keyof Columns, number>>): void {
  const row = columns.length++
  for (const [name] of COLUMNS) columns[name][row] = fields[name] ?? 0
}

/** The columns with one message of a single row more, at the time of the row that it goes before. */
function insert(columns: Columns, row: number, fields: Partial<Record<keyof Columns, number>>): Columns {
  const out = allocate(columns.length + 1)
  for (let i = 0; i < columns.length; i++) {
    if (i === row) put(out, { flags: Flag.LAST, ...fields, local_us: columns.local_us[row]! })
    put(out, rowOf(columns, i))
  }
  return out
}

/** The first row at or after `row` that begins a message. */
function messageStart(columns: Columns, row: number): number {
  let at = row
  while (at > 0 && (columns.flags[at - 1]! & Flag.LAST) === 0) at++
  return at
}

/** The first window's book replaced by one touch around `mid` in its last five seconds. */
function endAt(columns: Columns, mid: number): Columns {
  const out = allocate(columns.length + 300)
  const end = JUNE + 5 * MINUTE
  let done = false
  for (let i = 0; i < columns.length; i++) {
    const time = columns.local_us[i]!
    const late = time > end - 5 * SECOND && time < end + 2 * SECOND
    if (late && !done && (columns.flags[i - 1]! & Flag.LAST) !== 0) {
      done = true
      put(out, { kind: Kind.BOOK_RESET, instrument: 1, local_us: time })
      put(out, {
        kind: Kind.LEVEL,
        instrument: 1,
        local_us: time,
        side: 1,
        price: mid - 100,
        size: 5_000_000,
      })
      put(out, {
        kind: Kind.LEVEL,
        instrument: 1,
        local_us: time,
        side: 2,
        price: mid + 100,
        size: 5_000_000,
        flags: Flag.LAST,
      })
    }
    if (late && columns.instrument[i]! > 0 && columns.instrument[i]! < 3) continue
    put(out, rowOf(columns, i))
  }
  return out
}
