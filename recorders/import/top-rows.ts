import type { Outcome } from '../../core/events/index.ts'
import { MICRO, MINUTE, type MicroShares, type Micros, ONE, type Tick } from '../../core/units/index.ts'
import { exact } from './exact.ts'
import { columnOf, type TextTable } from './text-file.ts'
import { readClock } from './time-column.ts'
import { toUtc, type Zone } from './zone.ts'

/** Best bid and ask of one token as one poll saw them; price and size 0 where a side was empty. */
export type Touch = { bid: Tick; bid_size: MicroShares; ask: Tick; ask_size: MicroShares }
/** One poll of both tokens of a window. */
export type TopRow = { kind: 'top'; local_us: Micros; start_us: Micros; up: Touch; down: Touch }
/** One buy of a watched wallet. `rounded`: the price or size was finer than our units. */
export type FillRow = {
  kind: 'fill'
  local_us: Micros
  start_us: Micros
  outcome: Outcome
  price: Tick
  size: MicroShares
  rounded: boolean
}
/** Reads the cells of a row; a text says why it is refused. */
export type RowReader<T> = (cells: readonly string[]) => T | string

/** Length of the windows. */
export const WINDOW_US: Micros = 15 * MINUTE

/** Columns of a file of polls. */
const TOP_COLUMNS = [
  'Timestamp',
  'TargetTime',
  'Expiration',
  'UpBid',
  'UpAsk',
  'UpBidLiquidity',
  'UpAskLiquidity',
  'DownBid',
  'DownAsk',
  'DownBidLiquidity',
  'DownAskLiquidity',
] as const
/** Columns of a file of a wallet's fills. */
const FILL_COLUMNS = ['timestamp', 'trade_side', 'quantity', 'price', 'TargetTime', 'ExpirationTime'] as const

/** Fills are stamped some seconds late, so that those of a window's last moments lie behind its end. */
const FILL_LATE_US: Micros = MINUTE
/** Rounding that only undoes the noise of a printed float, in ticks and micro-shares. */
const NOISE = 1e-3

/** A reader of polls. */
export function topReader(table: TextTable, zone: Zone): RowReader<TopRow> {
  const [time, target, expiration, ...sides] = TOP_COLUMNS.map((name) => columnOf(table, name))
  const window = windowReader()
  return (cells) => {
    if (cells.length !== table.header.length) return 'another number of cells than the header'
    const start_us = window(cells[target!]!, cells[expiration!]!)
    if (typeof start_us === 'string') return start_us
    const clock_us = readClock(cells[time!]!)
    if (Number.isNaN(clock_us)) return 'a time that is none'
    const local_us = toUtc(zone, clock_us, start_us)
    if (Number.isNaN(local_us)) return OUTSIDE
    const [up, down] = [readTouch(cells, sides, 0), readTouch(cells, sides, 4)]
    if (typeof up === 'string') return up
    if (typeof down === 'string') return down
    return { kind: 'top', local_us, start_us, up, down }
  }
}

/** A reader of fills. */
export function fillReader(table: TextTable, zone: Zone): RowReader<FillRow> {
  const [time, side, quantity, price, target, expiration] = FILL_COLUMNS.map((name) => columnOf(table, name))
  const window = windowReader()
  return (cells) => {
    if (cells.length !== table.header.length) return 'another number of cells than the header'
    const start_us = window(cells[target!]!, cells[expiration!]!)
    if (typeof start_us === 'string') return start_us
    const clock_us = readClock(cells[time!]!)
    if (Number.isNaN(clock_us)) return 'a time that is none'
    const local_us = toUtc(zone, clock_us, start_us, FILL_LATE_US)
    if (Number.isNaN(local_us)) return OUTSIDE
    const outcome = cells[side!]!.toLowerCase()
    if (outcome !== 'up' && outcome !== 'down') return 'a trade_side other than Up or Down'
    const ticks = floatOf(cells[price!]!) * ONE
    const micros = floatOf(cells[quantity!]!) * MICRO
    const [tick, size] = [Math.round(ticks), Math.round(micros)]
    if (!(tick > 0 && tick < ONE)) return 'a price outside (0, 1)'
    if (!(size > 0 && Number.isSafeInteger(size))) return 'a quantity that is not above 0'
    const rounded = Math.abs(ticks - tick) > NOISE || Math.abs(micros - size) > NOISE
    return { kind: 'fill', local_us, start_us, outcome, price: tick, size, rounded }
  }
}

const OUTSIDE = 'a time outside its window in the zone of its file'

/** Reads the window that a row names, UTC; rows of one window follow each other. */
function windowReader(): (target: string, expiration: string) => Micros | string {
  let known = ''
  let start_us: Micros | string = ''
  return (target, expiration) => {
    const key = `${target},${expiration}`
    if (key !== known) {
      known = key
      const [from_us, to_us] = [readClock(target), readClock(expiration)]
      start_us =
        from_us % WINDOW_US === 0 && to_us - from_us === WINDOW_US
          ? from_us
          : 'a window that is not a quarter of an hour'
    }
    return start_us
  }
}

/** A touch from four columns: bid, ask and what is offered there. */
function readTouch(cells: readonly string[], sides: readonly number[], first: number): Touch | string {
  const bid = exact(cells[sides[first]!]!, 4)
  const ask = exact(cells[sides[first + 1]!]!, 4)
  const bid_size = exact(cells[sides[first + 2]!]!, 6)
  const ask_size = exact(cells[sides[first + 3]!]!, 6)
  if (!isPrice(bid) || !isPrice(ask)) return 'a price that is not a decimal of 1e-4 below 1'
  if (!(bid_size >= 0 && ask_size >= 0)) return 'a liquidity that is not a decimal of 1e-6 from 0'
  if ((bid === 0) !== (bid_size === 0) || (ask === 0) !== (ask_size === 0))
    return 'a price without liquidity, or liquidity without a price'
  if (bid > 0 && ask > 0 && bid >= ask) return 'a bid at or above the ask'
  return { bid, bid_size, ask, ask_size }
}

function isPrice(tick: Tick): boolean {
  return tick >= 0 && tick < ONE
}

function floatOf(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
}
