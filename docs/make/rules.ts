import type { FeeSchedule, SeriesName } from '../../core/events/index.ts'
import { Fees } from '../../core/fees/index.ts'
import { type Dated, SERIES, TABLE } from '../../core/rules/index.ts'
import source from '../../core/rules/rules.json' with { type: 'json' }
import { formatDecimal, MICRO, ONE } from '../../core/units/index.ts'
import { code, sentence, table } from './markdown.ts'

/** Blocks of `rules-by-date.md`, from the table that the core itself reads. */

/** Fee schedules, series with the same history together. */
export function feeRecords(): string {
  return bySeries(TABLE.fee, ['fee of a fill', 'certainty', 'note'], (record) => [
    record.value === null ? '**unknown: refused**' : formula(record.value),
    record.value === null ? '' : record.certainty,
    record.note,
  ])
}

/** What the formula’s number is charged in. */
export function chargedRecords(): string {
  return table(
    ['from', 'until', 'a BUY pays in', 'a SELL pays in', 'certainty', 'note'],
    TABLE.charged_in.map((record) => {
      const { value } = record
      if (value === null) return [from(record), until(record), '**unknown: refused**', '', '', record.note]
      return [
        from(record),
        until(record),
        BUY_AMOUNT[value.buy_amount],
        value.sell.toUpperCase(),
        record.certainty,
        record.note,
      ]
    }),
  )
}

/** The makers’ share of the fees. */
export function rebateRecords(): string {
  return table(
    ['from', 'until', 'share of taker fees', 'certainty', 'note'],
    TABLE.maker_rebate_ppm.map((record) => [
      from(record),
      until(record),
      record.value === null ? 'unknown' : `${formatDecimal(record.value * 100, 6)} %`,
      record.value === null ? '' : record.certainty,
      record.note,
    ]),
  )
}

/** How long marketable orders are held. */
export function holdRecords(): string {
  return table(
    ['from', 'until', 'hold', 'certainty'],
    TABLE.taker_hold_ms.map((record) => [
      from(record),
      until(record),
      record.value === null ? '**unknown: refused**' : `${record.value} ms`,
      record.value === null ? '' : record.certainty,
    ]),
  )
}

/** How windows are settled. */
export function settlementRecords(): string {
  return bySeries(TABLE.settlement, ['settled by', 'a tie is', 'certainty'], ({ value, certainty }) => {
    if (value === null) return ['**unknown: refused**', '', '']
    const lookback = value.lookback_s > 0 ? ` of ${value.lookback_s} s` : ''
    return [
      `${value.source} ${code(value.kind)}${lookback}`,
      value.tie === 'up' ? 'Up' : 'half each',
      certainty,
    ]
  })
}

/** What holds where the market’s metadata says nothing. */
export function defaultRules(): string {
  const { tick, min_size, marketable_buy_min, certainty } = TABLE.defaults
  const rows = table(
    ['rule', 'default', 'certainty'],
    [
      ['tick size', `${formatDecimal(tick, 4)} USDC`, certainty],
      ['smallest resting order', `${formatDecimal(min_size, 6)} shares`, certainty],
      ['smallest marketable BUY', `${formatDecimal(marketable_buy_min, 6)} USDC`, certainty],
    ],
  )
  return `${rows}\n\n${sentence(source.defaults_without_metadata.note)}`
}

/** Two formulas that are still met, beside the fees that the venue took. Per 100 shares. */
export function olderFormulas(): string {
  const early = scheduleAt('5m', Date.UTC(2026, 2, 1) * 1_000)
  const today = TABLE.fee['5m'].at(-1)!.value!
  const rows = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9].map((p) => {
    const price = Math.round(p * ONE)
    const sell = Fees.taker(early, 'usdc', 'shares', 2, price, 100 * MICRO, Fees.createOut()).fee_usdc
    const buy = Fees.taker(early, 'shares', 'shares', 1, price, 100 * MICRO, Fees.createOut()).fee_shares
    const now = Fees.taker(today, 'usdc', 'usdc', 1, price, 100 * MICRO, Fees.createOut()).fee_usdc
    return [
      p.toFixed(2),
      amount(100 * p * 0.25 * (p * (1 - p)) ** 2),
      amount((buy / MICRO) * p),
      amount(sell / MICRO),
      amount(100 * 0.0312 * (0.5 - Math.abs(p - 0.5))),
      amount(now / MICRO),
    ]
  })
  return table(
    [
      'price',
      '`shares·p·0.25·(p(1−p))²`',
      'a BUY then, worth',
      'a SELL then',
      '`0.0312·(0.5−\\|p−0.5\\|)`',
      'either side today',
    ],
    rows,
  ).replaceAll('\\\\|', '\\|')
}

const BUY_AMOUNT = {
  shares: 'shares: the formula’s number',
  usdc_value_over_price: 'shares: the formula’s number over the price',
  usdc: 'USDC',
} as const

function amount(usdc: number): string {
  return usdc.toFixed(5)
}

function scheduleAt(series: SeriesName, us: number): FeeSchedule {
  return TABLE.fee[series].find((record) => us >= record.from_us && us < record.until_us)!.value!
}

function formula({ rate_ppm, exponent }: FeeSchedule): string {
  if (rate_ppm === 0) return 'none'
  const rate = formatDecimal(rate_ppm, 6)
  return code(`shares · ${rate} · ${exponent === 1 ? 'p(1−p)' : `(p(1−p))^${exponent}`}`)
}

/** One table of all series: records that are the same for several stand once. */
function bySeries<T>(
  records: Readonly<Record<SeriesName, readonly Dated<T>[]>>,
  columns: readonly string[],
  cells: (record: Dated<T>) => string[],
): string {
  const rows: { series: SeriesName[]; from_us: number; cells: string[] }[] = []
  for (const series of SERIES) {
    for (const record of records[series]) {
      const own = [from(record), until(record), ...cells(record)]
      const same = rows.find((row) => row.cells.join('\n') === own.join('\n'))
      if (same !== undefined) same.series.push(series)
      else rows.push({ series: [series], from_us: record.from_us, cells: own })
    }
  }
  rows.sort((a, b) => (a.from_us === b.from_us ? 0 : a.from_us < b.from_us ? -1 : 1))
  return table(
    ['series', 'from', 'until', ...columns],
    rows.map((row) => [row.series.join(', '), ...row.cells]),
  )
}

function from({ from_us }: { from_us: number }): string {
  return from_us === Number.NEGATIVE_INFINITY ? 'the beginning' : instant(from_us)
}

function until({ until_us }: { until_us: number }): string {
  return until_us === Number.POSITIVE_INFINITY ? 'now' : instant(until_us)
}

/** An instant of whole minutes, in UTC. */
function instant(us: number): string {
  const text = new Date(us / 1_000).toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 16)}`
}
