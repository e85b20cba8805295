import { describe, expect, test } from 'vitest'
import { createRecords, type Table, type TableName } from '../../core/machine/records.ts'
import { MICRO, MINUTE } from '../../core/units/index.ts'
import { ruinOf, watchCapital } from './capital.ts'

/** What a watch says after equity went this way, a row a minute from 12:00. */
function accountOf(start: number, equities: number[]) {
  const watch = watchCapital(start)
  for (const table of tables(equities)) watch.observe(table)
  return watch.capital()
}

/** Two rows a table, as a run that drains its tables often. */
function* tables(equities: number[]): Generator<Table<TableName>> {
  for (let from = 0; from < equities.length; from += 2) {
    const { equity } = createRecords(4)
    for (const [row, usdc] of equities.slice(from, from + 2).entries()) {
      equity.columns.time_us[row] = Date.UTC(2026, 3, 15, 12) * 1_000 + (from + row) * MINUTE
      equity.columns.equity[row] = usdc * MICRO
      equity.length = row + 1
    }
    yield equity as Table<TableName>
  }
}

describe('an account is ruined', () => {
  test('from when its equity fell below one per cent of the start and stayed there', () => {
    expect(accountOf(300, [300, 200, 2.99, 1, 0])).toMatchObject({
      ruined_at: '2026-04-15T12:02:00Z',
      lowest_equity_usdc: 0,
    })
    expect(ruinOf(300)).toBe(3 * MICRO)
  })
  test('not by a mark from which it recovered, and not while it can still trade', () => {
    expect(accountOf(300, [300, 2, 100])).toMatchObject({ ruined_at: null, lowest_equity_usdc: 2 })
    expect(accountOf(300, [300, 3]).ruined_at).toBeNull()
    expect(accountOf(300, [2, 4, 2, 1]).ruined_at).toBe('2026-04-15T12:02:00Z')
  })
  test('where less is left than the least order, however small the start', () => {
    expect(accountOf(20, [20, 0.99]).ruined_at).toBe('2026-04-15T12:01:00Z')
    expect(accountOf(20, [20, 1]).ruined_at).toBeNull()
  })
  test('not where it never had enough', () => {
    expect(accountOf(0, [0, 0]).ruined_at).toBeNull()
    expect(accountOf(300, []).ruined_at).toBeNull()
  })
})

test('the lowest cash is that of every move, not of the marks alone', () => {
  const watch = watchCapital(300)
  const { ledger } = createRecords(4)
  for (const [row, balance] of [300, 12.5, 280].entries()) ledger.columns.balance[row] = balance * MICRO
  ledger.length = 3
  watch.observe(ledger as Table<TableName>)
  expect(watch.capital()).toMatchObject({ lowest_cash_usdc: 12.5, lowest_equity_usdc: 300 })
})
