import type { FeeSchedule, SeriesName, Settlement } from '../events/index.ts'
import type { BuyAmount, ChargedIn } from '../fees/index.ts'
import { type Micros, parseDecimal, parseIso } from '../units/index.ts'
import { RuleError } from './rule-error.ts'
import source from './rules.json' with { type: 'json' }

/** How sure a record is: an official page, several observers, one observer. */
export type Certainty = 'high' | 'medium' | 'low'

/** A value that held in [from, until); null where nobody knows. Open ends are infinite. */
export type Dated<T> = {
  from_us: Micros
  until_us: Micros
  value: T | null
  certainty: Certainty
  note: string
}

/** The table, checked, with every record in the units of the core. */
export type RuleTable = {
  fee: Readonly<Record<SeriesName, readonly Dated<FeeSchedule>[]>>
  /** Share of the taker fees that goes to makers, in 1e-6. */
  maker_rebate_ppm: readonly Dated<number>[]
  charged_in: readonly Dated<ChargedIn>[]
  taker_hold_ms: readonly Dated<number>[]
  settlement: Readonly<Record<SeriesName, readonly Dated<Settlement>[]>>
  defaults: { tick: number; min_size: number; marketable_buy_min: number; certainty: Certainty }
}

export const SERIES: readonly SeriesName[] = ['5m', '15m', '1h', '4h', '1d']

const CERTAINTIES: readonly string[] = ['high', 'medium', 'low']
const HOLD_MS_MAX = 60_000
const LOOKBACK_S_MAX = 3600

type Fields = Readonly<Record<string, unknown>>
type Reader<T> = (record: Fields, where: string) => T

/**
 * Check a table as it stands in rules.json and turn it into the units of the core: for every series, records in order
 * from the beginning of time to its end, without overlap or hole; rates, looks-back and holds in range.
 *
 * @throws RuleError `rules.table` naming the record
 */
export function readTable(json: unknown): RuleTable {
  const root = fields(json, 'table')
  const fee = section(root, 'fee', 'market')
  const settlement = section(root, 'settlement', 'window')
  return {
    fee: bySeries(fee.records, 'fee', readFee),
    maker_rebate_ppm: dated(
      section(fee, 'maker_rebate_share', 'order').records,
      'maker_rebate_share',
      readShare,
    ),
    charged_in: dated(section(fee, 'charged_in', 'order').records, 'charged_in', readChargedIn),
    taker_hold_ms: dated(section(root, 'taker_hold_ms', 'order').records, 'taker_hold_ms', readHold),
    settlement: bySeries(settlement.records, 'settlement', readSettlement),
    defaults: readDefaults(fields(root.defaults_without_metadata, 'defaults_without_metadata')),
  }
}

/** The rules that ship, checked when the module is loaded. */
export const TABLE: RuleTable = readTable(source)

/**
 * The record in force at a time.
 *
 * @throws RuleError `rules.time` for a time that is no whole number of µs
 */
export function at<T>(records: readonly Dated<T>[], us: Micros): Dated<T> {
  if (!Number.isSafeInteger(us)) {
    throw new RuleError('rules.time', 'time', `${us} is no time in µs`, 'give whole µs since 1970')
  }
  let i = records.length - 1
  while (i > 0 && us < records[i]!.from_us) i--
  return records[i]!
}

function bySeries<T>(records: unknown, name: string, read: Reader<T>): Record<SeriesName, Dated<T>[]> {
  const all = list(records, name).map((record, i) => fields(record, `${name} record ${i}`))
  const table = {} as Record<SeriesName, Dated<T>[]>
  for (const [i, record] of all.entries()) {
    for (const series of list(record.series, `${name} record ${i}`)) {
      if (!SERIES.includes(series as SeriesName)) fail(`${name} record ${i}`, `unknown series ${series}`)
    }
  }
  for (const series of SERIES) {
    const own = all.filter((record) => (record.series as unknown[]).includes(series))
    table[series] = dated(own, `${name} of ${series}`, read)
  }
  return table
}

function dated<T>(records: unknown, name: string, read: Reader<T>): Dated<T>[] {
  const out: Dated<T>[] = []
  for (const [i, item] of list(records, name).entries()) {
    const where = `${name} record ${i}`
    const record = fields(item, where)
    const from_us = instant(record.from, Number.NEGATIVE_INFINITY, where)
    const until_us = instant(record.until, Number.POSITIVE_INFINITY, where)
    if (!(from_us < until_us)) fail(where, 'it ends before it begins')
    const expected = i === 0 ? Number.NEGATIVE_INFINITY : out[i - 1]!.until_us
    if (from_us !== expected)
      fail(where, from_us < expected ? 'it overlaps the one before' : 'a hole lies before it')
    const known = record.unknown !== true
    const certainty = known ? choice(record.certainty, CERTAINTIES, where) : 'low'
    out.push({
      from_us,
      until_us,
      value: known ? read(record, where) : null,
      certainty: certainty as Certainty,
      note: typeof record.note === 'string' ? record.note : '',
    })
  }
  if (out.at(-1)?.until_us !== Number.POSITIVE_INFINITY) fail(name, 'the last record must have no end')
  return out
}

function readFee(record: Fields, where: string): FeeSchedule {
  const exponent = integer(record.exponent, 1, 2, where)
  return { rate_ppm: ppm(record.rate, where), exponent, taker_only: true }
}

function readShare(record: Fields, where: string): number {
  return ppm(record.share, where)
}

function readChargedIn(record: Fields, where: string): ChargedIn {
  const buy = choice(record.buy, ['usdc', 'shares'], where) as 'usdc' | 'shares'
  const sell = choice(record.sell, ['usdc'], where) as 'usdc'
  const buy_amount = choice(
    record.buy_amount,
    ['shares', 'usdc_value_over_price', 'usdc'],
    where,
  ) as BuyAmount
  if ((buy === 'usdc') !== (buy_amount === 'usdc'))
    fail(where, `a fee in ${buy} cannot be counted in ${buy_amount}`)
  return { buy, sell, buy_amount, cents: false }
}

function readHold(record: Fields, where: string): number {
  return integer(record.ms, 0, HOLD_MS_MAX, where)
}

function readSettlement(record: Fields, where: string): Settlement {
  const kinds = ['spot', 'twap', 'candle_1h', 'candle_1m_noon_et']
  const source = choice(record.source, ['chainlink', 'binance'], where) as Settlement['source']
  const kind = choice(record.kind, kinds, where) as Settlement['kind']
  const lookback_s = integer(record.lookback_s, 0, LOOKBACK_S_MAX, where)
  if ((kind === 'twap') !== lookback_s > 0) fail(where, 'a TWAP, and only a TWAP, looks back')
  if ((source === 'binance') !== kind.startsWith('candle'))
    fail(where, `${source} does not settle by ${kind}`)
  return { source, kind, lookback_s, tie: choice(record.tie, ['up', 'half'], where) as Settlement['tie'] }
}

function readDefaults(record: Fields): RuleTable['defaults'] {
  const where = 'defaults_without_metadata'
  return {
    tick: decimal(record.tick, 4, where),
    min_size: decimal(record.min_size_shares, 6, where),
    marketable_buy_min: decimal(record.marketable_buy_min_usdc, 6, where),
    certainty: choice(record.certainty, CERTAINTIES, where) as Certainty,
  }
}

function section(parent: Fields, name: string, key: string): Fields {
  const found = fields(parent[name], name)
  if (found.key !== key) fail(name, `it must be selected by ${key}, not by ${String(found.key)}`)
  return found
}

function fields(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(where, 'it is missing')
  return value as Fields
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) fail(where, 'it must be a list of records')
  return value as unknown[]
}

function choice(value: unknown, choices: readonly string[], where: string): string {
  if (typeof value !== 'string' || !choices.includes(value))
    fail(where, `${String(value)} is none of ${choices.join(', ')}`)
  return value as string
}

function integer(value: unknown, min: number, max: number, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    fail(where, `${String(value)} is no whole number from ${min} to ${max}`)
  return value as number
}

function decimal(value: unknown, decimals: number, where: string): number {
  if (typeof value !== 'number' || !(value >= 0)) fail(where, `${String(value)} is no amount`)
  try {
    return parseDecimal(String(value), decimals)
  } catch (error) {
    return fail(where, (error as Error).message)
  }
}

function ppm(value: unknown, where: string): number {
  const parsed = decimal(value, 6, where)
  return parsed <= 1_000_000 ? parsed : fail(where, `${String(value)} is no share of 1`)
}

function instant(value: unknown, open: number, where: string): Micros {
  if (value === null) return open
  if (typeof value !== 'string') fail(where, `${String(value)} is no instant`)
  return parseIso(value as string)
}

function fail(where: string, why: string): never {
  throw new RuleError('rules.table', where, `rules.json, ${where}: ${why}`, 'correct that record')
}
