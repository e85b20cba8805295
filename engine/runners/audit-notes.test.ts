import { describe, expect, test } from 'vitest'
import { notesOn } from './audit-notes.ts'
import { diceOf, resultOf, tableOf } from './audit-table.fixture.ts'
import { DICE } from './controls.ts'

const LOSS = '------'
const plain = tableOf([LOSS, LOSS, LOSS])

test('none where there is nothing to add', () => {
  expect(notesOn({ ...plain, controls: [diceOf(-90, 1)] }, true)).toEqual([])
})

describe('which rows show nothing', () => {
  test('because they are the same', () => {
    const cells = plain.cells.map((cell, i) => ({ ...plain.cells[i % 6]!, fill: cell.fill }))
    expect(notesOn({ ...plain, cells, controls: [] }, true)).toEqual([
      'All rows are the same for this run: it never meets what they assume differently, and the table varies latency alone.',
    ])
    const two = plain.cells.map((cell, i) =>
      i < 6 ? cell : { ...plain.cells[6 + (i % 6)]!, fill: cell.fill },
    )
    expect(notesOn({ ...plain, cells: two, controls: [] }, true)).toEqual([
      'The rows neutral and optimistic are the same for this run: what they assume differently, it never meets.',
    ])
  })

  test('because the run only takes, or only rests', () => {
    const takers = plain.cells.map((cell) => ({ ...cell, maker_fills: 0 }))
    expect(notesOn({ ...plain, cells: takers, controls: [] }, true)[0]).toMatch(
      /^No resting order was filled in any cell: what is assumed of queues changes nothing here/,
    )
    const makers = plain.cells.map((cell) => ({ ...cell, maker_fills: cell.fills }))
    expect(notesOn({ ...plain, cells: makers, controls: [] }, true)[0]).toMatch(
      /^No order took from the book in any cell/,
    )
  })
})

test('cells whose capital is gone', () => {
  const cells = plain.cells.map((cell, i) => ({ ...cell, ruined: i < 4 }))
  const run = { ...plain.run, ruined: true }
  expect(notesOn({ cells, run, controls: [] }, true)).toEqual([
    'The run itself and 4 of 18 cells end with their capital gone: a loss cannot be larger there, however much worse the strategy is.',
  ])
})

test('what is unresolved stands apart, with how many signs it would turn; what is nothing has none', () => {
  const cells = plain.cells.map((cell) => ({ ...cell, ...resultOf(-2, 'loss'), unresolved_usdc: 2.5 }))
  Object.assign(cells[0]!, { unresolved_usdc: -1 })
  Object.assign(cells[1]!, resultOf(-0.001, 'unclear'))
  const notes = notesOn({ cells, run: plain.run, controls: [] }, true)
  expect(notes.at(-1)).toBe(
    'Windows without an outcome are in no cell; at their last mid they would add -1.00 to 2.50 USDC, and 16 of 18 cells would turn from profit to loss or back.',
  )
})

test('without trades in the recording, how far neutral and pessimistic are one', () => {
  const say = (cells = plain.cells) => notesOn({ ...plain, cells, controls: [] }, false).at(-1)!
  expect(say()).toMatch(/^The recording has no trades: neutral queues differ .* touch behind it\.$/)
  const some = plain.cells.map((cell, i) =>
    i >= 6 && i < 8 ? { ...plain.cells[i - 6]!, fill: cell.fill } : cell,
  )
  expect(say(some)).toMatch(/; here the rows are equal at 2 of 6 latencies\.$/)
})

test('when throwing dice does no worse, at the volume of the run', () => {
  const controls = [diceOf(-2, 1)]
  expect(notesOn({ ...plain, controls }, true)).toEqual([
    'Throwing dice does no worse: 10 seeds of random make -2.00 USDC on average at the volume of the run (standard deviation 1.05), market-maker -6.75.',
  ])
  expect(controls[0]!.strategy).toBe(DICE)
})
