import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell } from '../report/index.ts'
import { dependsOn, FILLS, LATENCIES_MS, notesOn } from './audit-words.ts'

/** A table from three lines of six nets: pessimistic, neutral, optimistic; latencies rising. */
function table(...lines: number[][]): Cell[] {
  return FILLS.flatMap((fill, row) =>
    LATENCIES_MS.map((latency_ms, column) => ({
      fill,
      latency_ms,
      net_pnl_usdc: lines[row]![column]!,
      fills: 10,
      unresolved_usdc: 0,
    })),
  )
}

const LOSS = [-1, -2, -3, -4, -5, -6]
const GAIN = [6, 5, 4, 3, 2, 1]
const FAST = [3, 2, 1, -1, -2, -3]
const SLOW = [-3, -2, -1, 1, 2, 3]
const MIXED = [1, -1, 1, -1, 1, -1]
const EVEN = [0, 0, 0, 0, 0, 0]

describe('the sentence follows from the table', () => {
  test.each<[string, number[][], string]>([
    ['all lose', [LOSS, LOSS, LOSS], 'No cell is profitable: the loss depends on no assumption.'],
    [
      'all gain',
      [GAIN, GAIN, GAIN],
      'Every cell is profitable: the profit depends on neither fills nor latency.',
    ],
    ['optimistic alone', [LOSS, LOSS, GAIN], 'Profit only under optimistic fills, at every latency.'],
    ['two models', [LOSS, GAIN, GAIN], 'Profit only under neutral and optimistic fills, at every latency.'],
    ['more fills, more loss', [GAIN, LOSS, LOSS], 'Profit only under pessimistic fills, at every latency.'],
    [
      'latency alone',
      [FAST, FAST, FAST],
      'Profit vanishes at latencies of 250 ms and more, under any fills.',
    ],
    [
      'only slow',
      [SLOW, SLOW, SLOW],
      'Profit only at latencies of 250 ms and more, under any fills: being slow pays, which no edge explains.',
    ],
    [
      'no order of latency',
      [MIXED, MIXED, MIXED],
      'Profit only at latencies of 0, 100 and 500 ms, under any fills: it follows no order of latency, as luck does.',
    ],
    [
      'one model, while fast',
      [LOSS, LOSS, FAST],
      'Profit only under optimistic fills, and there it vanishes at latencies of 250 ms and more.',
    ],
    [
      'one model, while slow',
      [LOSS, SLOW, LOSS],
      'Profit only under neutral fills, and there only at latencies of 250 ms and more.',
    ],
    [
      'one model, here and there',
      [LOSS, LOSS, MIXED],
      'Profit only under optimistic fills, and there only at latencies of 0, 100 and 500 ms.',
    ],
    [
      'each model its own',
      [LOSS, FAST, GAIN],
      'Profit depends on fills and latency: pessimistic fills never; neutral fills below 250 ms; optimistic fills at every latency.',
    ],
    [
      'each model its own, in other orders',
      [SLOW, MIXED, FAST],
      'Profit depends on fills and latency: pessimistic fills from 250 ms on; neutral fills at 0, 100 and 500 ms only; optimistic fills below 250 ms.',
    ],
    [
      'nothing gained, nothing lost',
      [EVEN, EVEN, EVEN],
      'No cell gains or loses anything: there is no profit that could depend on anything.',
    ],
    [
      'breaking even is no profit',
      [LOSS, LOSS, EVEN],
      'No cell is profitable: 6 of 18 break even, the others lose.',
    ],
    [
      'nor is it in the middle of a line',
      [GAIN, GAIN, [3, 2, 1, 0, 0, 0]],
      'Profit depends on fills and latency: pessimistic fills at every latency; neutral fills at every latency; optimistic fills below 250 ms.',
    ],
    [
      'a single cell',
      [LOSS, LOSS, [1, -1, -1, -1, -1, -1]],
      'Profit only under optimistic fills, and there it vanishes at latencies of 50 ms and more.',
    ],
  ])('%s', (_, lines, sentence) => {
    expect(dependsOn(table(...lines))).toBe(sentence)
  })

  test('where nothing was filled', () => {
    const cells = table(EVEN, EVEN, EVEN).map((cell) => ({ ...cell, fills: 0 }))
    expect(dependsOn(cells)).toBe('No cell has a fill: there is no profit that could depend on anything.')
  })

  const tables = fc
    .array(fc.integer({ min: -2, max: 2 }), { minLength: 18, maxLength: 18 })
    .map((nets) => table(nets.slice(0, 6), nets.slice(6, 12), nets.slice(12)))

  test('by signs alone: sizes, the order of the cells and what is unresolved change no word', () => {
    fc.assert(
      fc.property(tables, fc.double({ min: 0.01, max: 1e6, noNaN: true }), (cells, scale) => {
        const other = cells
          .map((cell) => ({ ...cell, net_pnl_usdc: cell.net_pnl_usdc * scale, unresolved_usdc: scale }))
          .sort((a, b) => b.latency_ms - a.latency_ms)
        expect(dependsOn(other)).toBe(dependsOn(cells))
      }),
    )
  })

  test('two tables whose profitable cells differ have different sentences', () => {
    const signs = (cells: readonly Cell[]) => cells.map((cell) => cell.net_pnl_usdc > 0).join()
    const isPlain = (cells: readonly Cell[]) => cells.some((cell) => cell.net_pnl_usdc > 0)
    fc.assert(
      fc.property(tables, tables, (a, b) => {
        fc.pre(isPlain(a) && isPlain(b) && signs(a) !== signs(b))
        expect(dependsOn(a)).not.toBe(dependsOn(b))
      }),
      { numRuns: 500 },
    )
  })
})

describe('notes', () => {
  const run = {
    strategy: 'market-maker',
    fill: 'queue-pessimistic',
    entry_latency_ms: 50,
    response_latency_ms: 50,
    net_pnl_usdc: -2,
    fills: 3,
    cell: true,
  }
  const controls = [
    { strategy: 'random', net_pnl_usdc: -3, fills: 4 },
    { strategy: 'nothing', net_pnl_usdc: 0, fills: 0 },
  ]

  test('none where there is nothing to add', () => {
    expect(notesOn({ cells: table(LOSS, LOSS, LOSS), controls, run }, true)).toEqual([])
  })

  test('what is unresolved stands apart, with how many signs it would turn', () => {
    const cells = table(LOSS, LOSS, LOSS).map((cell) => ({ ...cell, unresolved_usdc: 2.5 }))
    cells[0]!.unresolved_usdc = -1
    expect(notesOn({ cells, controls, run }, true)).toEqual([
      'Windows without an outcome are in no cell; at their last mid they would add -1.00 to 2.50 USDC, and 5 of 18 cells would turn from loss to profit or back.',
    ])
    const little = table(LOSS, LOSS, LOSS).map((cell) => ({ ...cell, unresolved_usdc: 0.25 }))
    expect(notesOn({ cells: little, controls, run }, true)[0]).toContain('and no cell would turn')
  })

  test('without trades in the recording, how far neutral and pessimistic are one', () => {
    const rule = 'The recording has no trades: neutral fills differ from pessimistic ones only where'
    const say = (...lines: number[][]) => notesOn({ cells: table(...lines), controls, run }, false)[0]!
    expect(say(LOSS, LOSS, GAIN)).toContain(rule)
    expect(say(LOSS, LOSS, GAIN)).toMatch(/; here they are equal at every latency\.$/)
    expect(say(LOSS, [-1, -2, 3, 4, 5, 6], GAIN)).toMatch(/; here they are equal at 2 of 6 latencies\.$/)
    expect(say(LOSS, GAIN, GAIN)).toMatch(/with the touch behind it\.$/)
  })

  test('when throwing dice does no worse', () => {
    const lucky = [{ strategy: 'random', net_pnl_usdc: -2, fills: 4 }]
    const cells = table(LOSS, LOSS, LOSS)
    expect(notesOn({ cells, controls: lucky, run }, true)).toEqual([
      'Throwing dice does no worse: the random control makes -2.00 USDC under the run’s own fills and latency, market-maker -2.00.',
    ])
    expect(notesOn({ cells, controls: lucky, run: { ...run, strategy: 'random' } }, true)).toEqual([])
  })
})
