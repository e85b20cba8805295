import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Rows, runTape } from '../../test/fixtures/run-tape.ts'
import { JUNE, type SyntheticTape, syntheticTape } from '../../test/fixtures/synthetic-tape.ts'
import { allocate, COLUMNS, type Columns, Flag, Kind } from '../events/index.ts'
import { Ledger } from '../portfolio/index.ts'
import { MINUTE, ONE, SECOND } from '../units/index.ts'
import { LedgerKind, ResolutionCode, RiskEvent } from './records.ts'
import { Phase } from './state.ts'

/** One window, so that what its outcome frees changes no other decision; and time enough after it. */
const END = JUNE + 5 * MINUTE
const TOKEN = 1

type Word = { at: number; payout: number; flags?: number }

/** The tape with messages of the venue about the outcome of its window, and proof of life until the last of them. */
function withWords(tape: SyntheticTape, words: readonly Word[]): SyntheticTape {
  const out: Columns = allocate(tape.columns.length + words.length)
  const sorted = words.toSorted((a, b) => a.at - b.at)
  let next = 0
  const put = (row: Partial<Record<keyof Columns, number>>) => {
    const i = out.length++
    for (const [name] of COLUMNS) out[name][i] = row[name] ?? 0
  }
  const tell = (until: number) => {
    for (; next < sorted.length && sorted[next]!.at <= until; next++) {
      const { at, payout, flags = 0 } = sorted[next]!
      put({ local_us: at, kind: Kind.RESOLVED, instrument: TOKEN, price: payout, flags: flags | Flag.LAST })
    }
  }
  for (let row = 0; row < tape.columns.length; row++) {
    const { local_us, flags } = tape.columns
    // Never inside a message.
    if (row === 0 || (flags[row - 1]! & Flag.LAST) !== 0) tell(local_us[row]! - 1)
    put(Object.fromEntries(COLUMNS.map(([name]) => [name, tape.columns[name][row]!])))
  }
  tell(Number.POSITIVE_INFINITY)
  return { ...tape, columns: out }
}

/** The series is silent from two minutes before the end on: it says nothing of the outcome. */
function withoutEnd(tape: SyntheticTape): SyntheticTape {
  const { kind, local_us, length } = tape.columns
  for (let row = 0; row < length; row++)
    if (kind[row] === Kind.ORACLE && local_us[row]! > END - 120 * SECOND) kind[row] = Kind.ALIVE
  return tape
}

/** What is left of a run once all is over. */
function endOf({ world, rows }: { world: ReturnType<typeof runTape>['world']; rows: Rows }) {
  const { state } = world.machine
  const { ledger, windows } = state
  const { windows: table } = rows
  const parts = ['spread', 'pairs', 'inventory', 'settlement', 'fees', 'net', 'volume', 'up_payout'] as const
  return {
    cash: ledger.cash,
    venue: world.exchange.state.cash,
    totals: { ...ledger.totals },
    shares: [Ledger.shares(ledger, 0, 0), Ledger.shares(ledger, 0, 1)],
    venue_shares: [...world.exchange.state.markets[0]!.held],
    flows: Object.fromEntries(Object.entries(ledger.flows).map(([name, of]) => [name, [...of]])),
    parts: Object.fromEntries(parts.map((name) => [name, table![name]![0]])),
    class: windows.class[0],
    payout: ledger.payout[0],
    equity: state.equity.equity,
    residual: Ledger.residual(ledger),
  }
}

const seeds = fc.integer({ min: 1, max: 1_000_000 })
const payouts = fc.constantFrom(0, ONE, ONE / 2)
const delays = fc.constantFrom(0.4, 2, 21, 59, 61, 62.05, 125, 305, 316, 500)

describe('the venue’s own word on an outcome', () => {
  test('leaves the same ledger whenever it comes: before the series speaks, after it, after what it paid is redeemed, after nobody could tell', () => {
    fc.assert(
      fc.property(
        seeds,
        payouts,
        fc.array(delays, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.constantFrom('gasless', 'eoa'),
        fc.constantFrom('market-maker', 'random'),
        (seed, payout, after_s, mute, wallet_mode, strategy) => {
          const tape = () => {
            const made = syntheticTape({ seed, trades: true, rate: 2, windows: 1 })
            return mute ? withoutEnd(made) : made
          }
          const params = { 'portfolio.wallet_mode': wallet_mode, 'portfolio.max_ops_per_min': 60 }
          const run = (words: Word[]) => runTape(withWords(tape(), words), { params, strategy })
          const first = run([{ at: END + 1, payout }])
          const words = after_s.map((s) => ({ at: END + s * SECOND, payout }))
          const late = run(words)
          expect(endOf(late)).toEqual(endOf(first))
          expect(endOf(first)).toMatchObject({
            payout,
            class: ResolutionCode.RECORDED,
            shares: [0, 0],
            venue_shares: [0, 0],
            residual: 0,
          })
          expect(first.world.machine.state.counts.conflicts).toBe(0)
          expect(late.world.machine.state.counts.conflicts).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 16 },
    )
  })

  test('against itself: the later holds, as if it alone had been said', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(fc.tuple(delays, payouts), { minLength: 2, maxLength: 4 }),
        (seed, said) => {
          const tape = () => syntheticTape({ seed, trades: true, rate: 2, windows: 1 })
          const words = said
            .map(([s, payout], i) => ({ at: END + s * SECOND + i, payout }))
            .toSorted((a, b) => a.at - b.at)
          const turns = words.filter(({ payout }, i) => i > 0 && payout !== words[i - 1]!.payout).length
          const { world, rows } = runTape(withWords(tape(), words))
          const alone = runTape(withWords(tape(), [{ at: END + 1, payout: words.at(-1)!.payout }]))
          expect(endOf({ world, rows })).toEqual(endOf(alone))
          const { counts, windows } = world.machine.state
          expect(counts.conflicts).toBeGreaterThanOrEqual(turns)
          expect(counts.conflicts).toBeLessThanOrEqual(turns + 1)
          expect(windows.conflicts[0]).toBe(counts.conflicts)
          const events = rows.risk_events?.kind?.filter((kind) => kind === RiskEvent.RESOLUTION_CONFLICT)
          expect(events?.length ?? 0).toBe(counts.conflicts)
        },
      ),
      { numRuns: 10 },
    )
  })

  test('after what was paid is redeemed takes the money back, entry by entry, and equity says when', () => {
    const tape = syntheticTape({ seed: 21, trades: true, windows: 1 })
    const before = runTape(tape)
    const paid = before.world.machine.state.ledger.payout[0]!
    const at = END + 200 * SECOND
    const { rows, world } = runTape(withWords(tape, [{ at, payout: ONE - paid }]))
    const { kind, cash, time_us, balance } = rows.ledger!
    const redeemed = kind!.flatMap((one, i) => (one === LedgerKind.REDEEM ? [i] : []))
    const reversed = kind!.flatMap((one, i) => (one === LedgerKind.REVERSAL ? [i] : []))
    expect(reversed.length).toBeGreaterThan(0)
    expect(redeemed.length).toBe(2 * reversed.length)
    const sum = (list: number[]) => list.reduce((all, i) => all + cash![i]!, 0)
    expect(sum(reversed)).toBe(-sum(redeemed.slice(0, reversed.length)))
    for (const i of reversed) expect(time_us![i]).toBeGreaterThanOrEqual(at)
    expect(balance!.at(-1)).toBe(world.machine.state.ledger.cash)
    const told = rows.equity!.time_us!.findIndex((time) => time > at)
    expect(rows.equity!.time_us![told]).toBe(time_us![reversed.at(-1)!])
    expect(rows.equity!.equity![told]).toBe(world.machine.state.equity.equity)
    expect(world.machine.state.counts.conflicts).toBe(1)
  })

  test('after nobody could tell is no conflict: the window is resolved after all', () => {
    const tape = withoutEnd(syntheticTape({ seed: 5, trades: true, windows: 1 }))
    const params = { 'machine.settle_band_window_s': 0 }
    const alone = runTape(tape, { params }).world.machine.state
    expect(alone.windows.class[0]).toBe(ResolutionCode.UNRESOLVED)
    const { state } = runTape(withWords(tape, [{ at: END + 316 * SECOND, payout: ONE }]), { params }).world
      .machine
    expect([state.windows.class[0], state.ledger.payout[0], state.counts.conflicts]).toEqual([
      ResolutionCode.RECORDED,
      ONE,
      0,
    ])
    expect(Ledger.shares(state.ledger, 0, 0)).toBe(0)
  })

  test('before the window has begun is heard', () => {
    const tape = syntheticTape({ seed: 5, trades: true, windows: 1 })
    const { state } = runTape(withWords(tape, [{ at: JUNE - 30 * SECOND, payout: 0 }])).world.machine
    expect([state.phase[0], state.windows.class[0], state.ledger.payout[0]]).toEqual([
      Phase.RESOLVED,
      ResolutionCode.RECORDED,
      0,
    ])
    expect(state.counts.orders).toBe(0)
  })

  test('is not what a recorder concluded: that never overrules anything', () => {
    const tape = syntheticTape({ seed: 5, trades: true, windows: 1 })
    const paid = runTape(tape).world.machine.state.ledger.payout[0]!
    const concluded = { at: END + 30 * SECOND, payout: ONE - paid, flags: Flag.INFERRED }
    const { state } = runTape(withWords(tape, [concluded])).world.machine
    expect([state.windows.class[0], state.ledger.payout[0]]).toEqual([ResolutionCode.SETTLEMENT, paid])
  })
})

describe('orders that a gap left undecided', () => {
  /** The books fall silent from 20 s before the end on, with orders resting. */
  function silentEnd(seed: number): SyntheticTape {
    const tape = syntheticTape({ seed, trades: true, windows: 1 })
    const { columns } = tape
    const out = allocate(columns.length)
    for (let row = 0; row < columns.length; row++) {
      if (columns.instrument[row]! > 0 && columns.local_us[row]! > END - 20 * SECOND) continue
      const i = out.length++
      for (const [name] of COLUMNS) out[name][i] = columns[name][row]!
    }
    return { ...tape, columns: out }
  }
  // No cutoff: something rests when the books fall silent.
  const params = { 'strategy.cutoff_s': 0, 'strategy.levels': 3 }

  test('wait for the venue’s word, and are filled by it alone', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(0, ONE),
        fc.constantFrom(2, 21, 90, 250),
        (seed, payout, after_s) => {
          const run = (s: number) =>
            runTape(withWords(silentEnd(seed), [{ at: END + s * SECOND, payout }]), { params })
          const first = run(0.000001)
          const late = run(after_s)
          expect(endOf(late)).toEqual(endOf(first))
          expect(late.world.machine.state.counts.conflicts).toBe(0)
          expect(late.world.machine.state.counts.gap_fills).toBe(first.world.machine.state.counts.gap_fills)
        },
      ),
      { numRuns: 5 },
    )
  })

  test('are decided by the series once nobody told for as long as is waited', () => {
    const { state } = runTape(silentEnd(3), { params }).world.machine
    expect(state.windows.class[0]).toBe(ResolutionCode.SETTLEMENT)
    expect(state.ledger.resolved_us[0]).toBe(END + 300 * SECOND)
    expect(Ledger.residual(state.ledger)).toBe(0)
  })
})
