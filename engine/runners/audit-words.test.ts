import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowsFor } from './audit-assumptions.ts'
import { cellsOf, diceOf, resultOf, tableOf } from './audit-table.fixture.ts'
import { dependsOn, type Table } from './audit-words.ts'
import { reachOf } from './controls.ts'

const OWN = '+6.75 [+3.38, +10.13] over 40 traded windows'
const LOST = '-6.75 [-10.13, -3.38] over 40 traded windows'
const LUCK = '+3.38 [-131.63, +138.38] over 40 traded windows'
const GAIN = '++++++'
const LOSS = '------'
const NOISE = '000000'

describe('the sentence follows from the table', () => {
  test.each<[string, string[], string]>([
    ['all lose', [LOSS, LOSS, LOSS], `Every cell loses, by more than luck; the run itself loses: ${LOST}.`],
    [
      'all gain',
      [GAIN, GAIN, GAIN],
      `Every cell is profitable on this tape, by more than luck or dice explain: ${OWN}, at the least +6.00 [+3.00, +9.00].`,
    ],
    [
      'nothing can be told',
      [NOISE, NOISE, NOISE],
      `The result is not to be told from luck: ${LUCK}, and so it is in every cell.`,
    ],
    [
      'a loss among noise',
      ['00-000', NOISE, NOISE],
      `No cell is profitable by more than luck, 1 of 18 lose by more; the run itself is not to be told from luck: ${LUCK}.`,
    ],
    [
      'one cell of noise is not every cell',
      [GAIN, GAIN, '+++0++'],
      `Profit beyond luck depends on the assumptions: pessimistic fills at every latency; neutral fills at every latency; optimistic fills at all latencies but 250 ms, where it is not to be told from luck; the run itself gains: ${OWN}.`,
    ],
    [
      'optimistic alone',
      [LOSS, LOSS, GAIN],
      `Profit beyond luck only under optimistic fills, at every latency; the run itself loses: ${LOST}.`,
    ],
    [
      'optimistic alone, the run unclear',
      [NOISE, NOISE, GAIN],
      `Profit beyond luck only under optimistic fills, at every latency; the run itself is not to be told from luck: ${LUCK}.`,
    ],
    [
      'latency alone',
      ['+++---', '+++00-', '+0+--0'],
      `Profit beyond luck only at latencies below 250 ms, in all rows; the run itself gains: ${OWN}.`,
    ],
    [
      'only slow',
      ['-00+++', '---+++', '-0-+++'],
      `Profit beyond luck only at latencies of 250 ms and more, in all rows: being slow pays, which no edge explains; the run itself is not to be told from luck: ${LUCK}.`,
    ],
    [
      'a latency within noise is no loss, and makes no pattern',
      ['++0+++', '++0+++', '++0+++'],
      `Profit beyond luck at all latencies but 100 ms, where it is not to be told from luck, in all rows; the run itself gains: ${OWN}.`,
    ],
    [
      'a loss between gains is no order of latency',
      ['++-+++', '++-+++', '++-+++'],
      `Profit beyond luck only at latencies of 0, 50, 250, 500 and 1000 ms, in all rows: it follows no order of latency, as luck does; the run itself gains: ${OWN}.`,
    ],
    [
      'nothing was filled',
      ['......', '......', '......'],
      'No cell has a fill: there is no result to explain.',
    ],
  ])('%s', (_, lines, sentence) => {
    expect(dependsOn(tableOf(lines))).toBe(sentence)
  })

  test('over the touch alone its rows are slippage', () => {
    const cells = cellsOf([LOSS, GAIN, GAIN], rowsFor('touch'))
    const { run, ...rest } = tableOf([GAIN, GAIN, GAIN])
    expect(dependsOn({ ...rest, cells, run: { ...run, fill: 'bbo' } })).toMatch(
      /^Profit beyond luck only under one tick of and no slippage, at every latency;/,
    )
  })

  test('where too few windows were traded it says so, whatever the net', () => {
    const table = tableOf([NOISE, NOISE, NOISE])
    const few = { ...table.run.net_pnl_interval_usdc, windows: 7, blocks: 7 }
    expect(dependsOn({ ...table, run: { ...table.run, net_pnl_interval_usdc: few } })).toBe(
      'The result is not to be told from luck: +3.38 over 7 traded windows, and below 10 nothing can be.',
    )
  })
})

describe('a table is praised only', () => {
  const praise = /Every cell is profitable/

  test('where the run beats what dice of its volume reach', () => {
    for (const [dice, beaten] of [
      [diceOf(-5, 1), true],
      [diceOf(1, 1), true],
      [diceOf(4, 2), false],
      [diceOf(-5, 8), false],
    ] as const) {
      const sentence = dependsOn(tableOf([GAIN, GAIN, GAIN], { dice }))
      expect(praise.test(sentence)).toBe(beaten)
      expect(6.75 > reachOf(dice)).toBe(beaten)
      if (beaten) continue
      expect(sentence).toMatch(
        /^The result is not to be told from luck: \+6\.75 \[\+3\.38, \+10\.13\] over 40 traded windows, and dice of the same volume reach \+\d+\.\d\d\.$/,
      )
    }
  })

  test('with what its rows have not tested', () => {
    const table = tableOf([GAIN, GAIN, GAIN])
    const cells = table.cells.map((cell, i) => ({ ...table.cells[i % 6]!, fill: cell.fill }))
    expect(dependsOn({ ...table, cells })).toMatch(
      /; pessimistic, neutral and optimistic being the same, they test nothing\.$/,
    )
  })

  test('never in a word that says it depends on nothing', () => {
    fc.assert(
      fc.property(tables, ({ lines, own, dice }) => {
        const table = tableOf(lines, { ...(own !== null && { own }), dice })
        const sentence = dependsOn(table)
        expect(sentence).not.toMatch(/depends on n|neither|independent|under any|no assumption|\u2212/)
        expect(sentence).toMatch(/^[A-Z].*[^.]\.$/)
        const certain =
          lines.join('') === '+'.repeat(18) &&
          table.run.sign === 'gain' &&
          table.run.net_pnl_usdc > reachOf(dice)
        expect(praise.test(sentence)).toBe(certain)
        if (!lines.join('').includes('+')) expect(sentence).not.toMatch(/^Profit/)
        if (table.run.sign === 'unclear') expect(sentence).toContain('not to be told from luck')
      }),
      { numRuns: 500 },
    )
  })
})

const line = fc
  .array(fc.constantFrom('+', '+', '+', '-', '0', '.'), { minLength: 6, maxLength: 6 })
  .map((marks) => marks.join(''))
const tables = fc.record({
  lines: fc.oneof(
    fc.tuple(line, line, line).map((lines): string[] => lines),
    fc.constantFrom([GAIN, GAIN, GAIN], [LOSS, GAIN, GAIN], [NOISE, NOISE, NOISE]),
  ),
  own: fc.constantFrom(null, '+', '-', '0', '.'),
  dice: fc
    .tuple(fc.integer({ min: -20, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([a, b]) => diceOf(a, b)),
})

test('by signs alone: what is unresolved, the order of the cells and nets within noise change no word', () => {
  fc.assert(
    fc.property(tables, ({ lines, dice }) => {
      const table = tableOf(lines, { own: '0', dice })
      const other: Table = {
        ...table,
        cells: table.cells
          .map((cell) => ({
            ...cell,
            unresolved_usdc: 5,
            ...(cell.sign === 'unclear' && resultOf(-0.14, 'unclear')),
          }))
          .sort((a, b) => b.latency_ms - a.latency_ms),
      }
      // Rows in the same order of worst to best.
      other.cells.sort(
        (a, b) =>
          table.cells.findIndex((c) => c.fill === a.fill) - table.cells.findIndex((c) => c.fill === b.fill),
      )
      fc.pre(new Set(lines).size === lines.length)
      expect(dependsOn(other)).toBe(dependsOn(table))
    }),
  )
})
