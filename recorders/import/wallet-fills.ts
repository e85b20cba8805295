import { basename } from 'node:path'
import { type Outcome, Side } from '../../core/events/index.ts'
import { type MicroShares, type Micros, ONE, type Tick } from '../../core/units/index.ts'
import { TapeError } from '../tape/index.ts'
import { exact } from './exact.ts'
import type { Refusals } from './refusals.ts'
import { columnOf, readRows, type TextTable } from './text-file.ts'
import { createTimeColumn } from './time-column.ts'

/** A trade of a wallet, at the time that it is stamped with. */
export type WalletFill = {
  kind: 'fill'
  local_us: Micros
  token_id: string
  outcome: Outcome
  side: number
  price: Tick
  size: MicroShares
  file: string
  row: number
}

/** Columns of a wallet's trades that are read. */
export const WALLET_COLUMNS = ['timestamp', 'wallet', 'side', 'price', 'size', 'asset', 'outcome'] as const
/** A wallet's trades are listed the newest first, so that all are held: more than these are no list of one wallet. */
const FILLS_MAX = 1_000_000

/** Whether times rise more often than they fall, from one to the next. */
function createTurns() {
  let before: Micros = Number.NaN
  let up = 0
  let down = 0
  return {
    look(us: Micros) {
      if (us > before) up++
      else if (us < before) down++
      before = us
    },
    rising: () => up > down,
  }
}

/**
 * Trades of one wallet by rising time; those of one second the other way round than listed.
 *
 * @throws TapeError `import.wallet` for more than a million of them
 */
export async function readWalletFills(table: TextTable, refusals: Refusals): Promise<WalletFill[]> {
  const file = basename(table.file)
  const places = WALLET_COLUMNS.map((name) => columnOf(table, name))
  const fills: WalletFill[] = []
  const [timeAt] = places
  const times = createTimeColumn(table.file, 'timestamp', 's')
  for await (const rows of readRows(table)) for (const { cells } of rows) times.look(cells[timeAt!])
  const turns = createTurns()
  let owner = ''
  for await (const rows of readRows(table)) {
    for (const { row, cells } of rows) {
      const [time, wallet, side, price, size, token_id, name] = places.map((place) => cells[place] ?? '')
      owner ||= wallet!
      const tick = exact(price, 4)
      const micros = exact(size, 6)
      const local_us = times.read(time)
      const outcome = name === 'Up' ? 'up' : name === 'Down' ? 'down' : undefined
      const fault =
        cells.length !== table.header.length
          ? 'another number of cells than the header'
          : typeof local_us === 'string'
            ? local_us
            : wallet !== owner
              ? 'another wallet than the first'
              : side !== 'BUY' && side !== 'SELL'
                ? 'a side other than BUY and SELL'
                : !(tick > 0 && tick < ONE)
                  ? 'a price that is not a decimal of 1e-4 inside (0, 1)'
                  : !(micros > 0)
                    ? 'a size that is not a decimal of 1e-6 above 0'
                    : outcome === undefined
                      ? 'an outcome other than Up and Down'
                      : undefined
      if (fault !== undefined) {
        refusals.add(fault, file, row)
        continue
      }
      if (fills.length >= FILLS_MAX)
        throw new TapeError(
          'import.wallet',
          `${table.file}: more than ${FILLS_MAX} trades of a wallet`,
          { file: table.file, row },
          'give a shorter list',
        )
      turns.look(local_us as Micros)
      fills.push({
        kind: 'fill',
        local_us: local_us as Micros,
        token_id: token_id!,
        outcome: outcome!,
        side: side === 'BUY' ? Side.BUY : Side.SELL,
        price: tick,
        size: micros,
        file,
        row,
      })
    }
  }
  // The newest are listed first, as a rule; then so are those of one second.
  if (!turns.rising()) fills.reverse()
  return fills.sort((a, b) => a.local_us - b.local_us)
}
