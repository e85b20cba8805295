import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ReferenceProfile } from '../../core/events/index.ts'
import { MINUTE } from '../../core/units/index.ts'
import { TapeError } from '../tape/index.ts'
import { exact } from './exact.ts'
import type { Refusals } from './refusals.ts'
import type { SettlementSeries } from './windows.ts'

/** Name of the series that the closes become. */
export const KLINE_SERIES = 'binance-perp-1m'

/** What these bars are worth as a reference, said to whoever reads a report. */
export const KLINE_PROFILE: ReferenceProfile = {
  name: 'perp-1m-bars',
  settlement: KLINE_SERIES,
  spot: KLINE_SERIES,
  fast: [],
  bar_s: 60,
  stale_ms: 75_000,
  min_venues: 1,
  notes: [
    'One-minute closes of the Binance BTCUSDT perpetual stand in for Chainlink spot, which these windows settled by. Their basis is unknown; in near-ties the two can disagree.',
    'Each close is known at the end of its minute: the model is up to 60 s behind the market it is compared with.',
    'There is no fast series: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off.',
  ],
  overrides: { 'volatility.half_life_s': 300, 'volatility.warmup_s': 180, 'volatility.max_dt_s': 600 },
}

/** Profile of a recording without any reference. */
export const NO_REFERENCE: ReferenceProfile = {
  name: 'none',
  settlement: null,
  spot: null,
  fast: [],
  bar_s: 0,
  stale_ms: 0,
  min_venues: 0,
  notes: ['The recording has no reference price: no strike, no model, no settlement.'],
  overrides: {},
}

/**
 * Read one-minute bars from CSV (`open_time_ms` and `close` among the columns named in its first line) as a series of
 * closes, each stamped with the end of its minute, when it became known.
 *
 * @throws TapeError `import.file`, `import.column`
 */
export async function readKlines(file: string, refusals: Refusals): Promise<SettlementSeries> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new TapeError(
      'import.file',
      `${file}: cannot be read`,
      { file },
      'give the path of a CSV of one-minute bars',
      thrown,
    )
  })
  const lines = text.split(/\r?\n/)
  const header = lines[0]!.split(',').map((name) => name.trim())
  const [time, close] = ['open_time_ms', 'close'].map((field) => {
    const place = header.indexOf(field)
    if (place >= 0) return place
    throw new TapeError(
      'import.column',
      `${file}: column ${field} is missing; found ${header.join(', ')}`,
      { file, field },
      'give a CSV with the columns open_time_ms and close',
    )
  })
  const stamps_us: number[] = []
  const prices: number[] = []
  lines.forEach((line, row) => {
    if (row === 0 || line === '') return
    const cells = line.split(',')
    const stamp = stampOf(cells[time!])
    const price = exact(cells[close!], 8)
    const refuse = (reason: string) => refusals.add(`kline: ${reason}`, basename(file), row - 1)
    if (Number.isNaN(stamp)) refuse('an open time that is not a whole minute in milliseconds')
    else if (!(price > 0)) refuse('a close that is not a decimal of 1e-8 above 0')
    else if (stamp <= (stamps_us.at(-1) ?? 0)) refuse('not after the bar ahead of it')
    else {
      stamps_us.push(stamp)
      prices.push(price)
    }
  })
  return { stamps_us, prices, reach_us: MINUTE }
}

function stampOf(text: string | undefined): number {
  if (text === undefined || !/^\d{13}$/.test(text)) return Number.NaN
  const open_us = Number(text) * 1_000
  return open_us % MINUTE === 0 ? open_us + MINUTE : Number.NaN
}
