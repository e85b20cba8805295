import { expect, test } from 'vitest'
import { Flag, Kind } from '../../core/events/index.ts'
import { runTape } from '../../test/fixtures/run-tape.ts'
import { syntheticTape } from '../../test/fixtures/synthetic-tape.ts'
import { takenOf } from './taken.ts'

const tape = syntheticTape({ seed: 5, trades: true, rate: 4, windows: 2 })

/** It takes, and never rests. */
const TAKER = {
  strategy: 'divergence',
  params: { 'strategy.threshold': 0.01, 'strategy.min_edge': 0, 'risk.max_model_gap': 1 },
}

/** Shares in all of some rows of the fills table. */
function sizeOf(fills: Record<string, number[]>, keep: (row: number) => boolean): number {
  return fills.size!.reduce((sum, size, row) => (keep(row) ? sum + size : sum), 0) / 1e6
}

test('a taker’s shares are all taken, and no more than was displayed', () => {
  const { world, rows } = runTape(tape, TAKER)
  const taken = takenOf(world)
  const shares = sizeOf(rows.fills!, (row) => rows.fills!.maker![row] === 0)
  expect(shares).toBeGreaterThan(0)
  expect(taken.taken_shares).toBeCloseTo(shares, 6)
  expect(taken.displayed_shares).toBeGreaterThanOrEqual(taken.taken_shares)
  expect(taken.share).toBeCloseTo(taken.taken_shares / taken.displayed_shares, 12)
  expect(taken.worst_share).toBeGreaterThanOrEqual(taken.share!)
  expect(tape.instruments.markets.map(({ slug }) => slug)).toContain(taken.worst_window)
})

test('all fills are held against what was printed after our first order came, and before the close', () => {
  const { world, rows } = runTape(tape, { strategy: 'market-maker' })
  const taken = takenOf(world)
  expect(taken.filled_shares).toBeCloseTo(
    sizeOf(rows.fills!, () => true),
    6,
  )
  const { kind, size, length } = tape.columns
  let printed = 0
  for (let row = 0; row < length; row++) if (kind[row] === Kind.TRADE) printed += size[row]!
  expect(taken.printed_shares).toBeGreaterThan(0)
  expect(taken.printed_shares).toBeLessThan(printed / 1e6)
  expect(taken.printed_share).toBeCloseTo(taken.filled_shares / taken.printed_shares, 12)
})

test('without prints there is nothing to hold fills against, without fills nothing at all', () => {
  const silent = syntheticTape({ seed: 5, trades: false, rate: 4, windows: 1 })
  const maker = takenOf(runTape(silent, { strategy: 'market-maker' }).world)
  expect([maker.printed_shares, maker.printed_share, maker.worst_printed_window]).toEqual([0, null, null])
  const nobody = takenOf(runTape(tape, { strategy: 'nothing' }).world)
  expect([nobody.share, nobody.printed_share, nobody.printed_shares, nobody.worst_window]).toEqual([
    null,
    null,
    0,
    null,
  ])
})

test('a recording without sizes fills bbo whole: every such fill is marked and counted, and takes nothing displayed', () => {
  const inferred = syntheticTape({ seed: 5, trades: false, rate: 4, windows: 1 })
  for (let row = 0; row < inferred.columns.length; row++)
    if (inferred.columns.kind[row] === Kind.LEVEL) inferred.columns.flags[row]! |= Flag.INFERRED
  const { world, rows } = runTape(inferred, {
    ...TAKER,
    params: { ...TAKER.params, 'exchange.fill': 'bbo' },
  })
  const fills = rows.fills!
  const takers = fills.maker!.filter((maker) => maker === 0).length
  expect(takers).toBeGreaterThan(0)
  expect(fills.beyond_display!.reduce((sum, one) => sum + one, 0)).toBe(takers)
  expect(world.machine.state.counts.beyond_display).toBe(takers)
})
