import { type Columns, Flag, Kind } from '../../core/events/index.ts'
import { Verdicts } from '../../core/reference/index.ts'
import { Rules } from '../../core/rules/index.ts'
import type { Micros, Tick } from '../../core/units/index.ts'
import { type Dataset, readVerified } from '../../recorders/tape/index.ts'

/** How the settlement series is held against the official outcomes. */
export type SettleOptions = {
  /** How old a value may be at a start or end, µs. Default 0: only one stamped at that very instant counts. */
  max_age_us?: Micros
  signal?: AbortSignal
  /** Told the rows done so far. */
  progress?: (rows: number) => void
}

/** The settlement engine against official outcomes. */
export type SettleReport = {
  dataset_hash: string
  /** Name of the settlement series; null where the dataset has none. */
  series: string | null
  windows: number
  /** Windows with a strike and a value at the end. */
  computable: number
  /** Windows with an official outcome in the data; those of them that are computable are compared. */
  official: number
  compared: number
  agree: number
  /** Slugs of the compared windows whose outcome is another. */
  disagree: string[]
  /** Strikes the venue states; those with a value of the series at the start; those that are that value exactly. */
  strikes: { stated: number; compared: number; equal: number }
  not_computable: { slug: string; reason: string }[]
}

/** One asset: its series, and its markets as windows of a table of verdicts. */
type Court = { series: number; markets: number[]; verdicts: Verdicts.Verdicts }

/**
 * Settle every window of a dataset by its settlement series, as the core does, and compare with the official outcomes
 * that the dataset carries: what the venue itself said, never what was inferred. Constant memory; every row is checked on
 * the way.
 *
 * @throws TapeError as `readVerified`; RuleError where the rules of a market are unknown
 */
export async function settle(dataset: Dataset, options: SettleOptions = {}): Promise<SettleReport> {
  const { manifest, instruments, resolutions } = dataset
  const { markets } = instruments
  const courts = courtsOf(dataset, options.max_age_us ?? 0)
  const official = new Map<number, Tick>()
  for (const { market, up_payout, class: name } of resolutions)
    if (name === 'recorded') official.set(market, up_payout)
  const take = createTaker(dataset, courts, official)
  let rows = 0
  for await (const columns of readVerified(dataset)) {
    options.signal?.throwIfAborted()
    for (let i = 0; i < columns.length; i++) take(columns, i)
    rows += columns.length
    options.progress?.(rows)
  }
  const report: SettleReport = {
    dataset_hash: manifest.dataset_hash,
    series: manifest.reference_profile.settlement,
    windows: markets.length,
    computable: 0,
    official: official.size,
    compared: 0,
    agree: 0,
    disagree: [],
    strikes: { stated: 0, compared: 0, equal: 0 },
    not_computable: [],
  }
  for (const court of courts) {
    court.markets.forEach((market, window) => {
      judge(report, court, window, markets[market]!.slug, official.get(market))
    })
  }
  return report
}

function courtsOf({ manifest, instruments: { markets, instruments } }: Dataset, max_age_us: Micros): Court[] {
  const { settlement } = manifest.reference_profile
  return [...new Set(markets.map(({ asset }) => asset))].sort().map((asset) => {
    const own = markets.flatMap((market, i) => (market.asset === asset ? [i] : []))
    const cases = own.map((i) => {
      const { start_us, end_us } = markets[i]!
      return { start_us, end_us, tie: Rules.settlementOf(markets[i]!).value.tie }
    })
    return {
      series: instruments.findIndex(
        (one) => one.kind === 'series' && one.name === settlement && one.asset === asset,
      ),
      markets: own,
      verdicts: Verdicts.create(cases, max_age_us),
    }
  })
}

/** Takes one row: values of the settlement series, strikes and outcomes of the venue; all others are passed over. */
function createTaker({ instruments }: Dataset, courts: readonly Court[], official: Map<number, Tick>) {
  const bySeries = new Map(courts.map((court) => [court.series, court.verdicts]))
  const byMarket = new Map(
    courts.flatMap(({ markets, verdicts }) =>
      markets.map((market, window) => [market, { verdicts, window }]),
    ),
  )
  const marketOf = (instrument: number) => {
    const one = instruments.instruments[instrument]
    return one?.kind === 'token' ? one.market : -1
  }
  return (columns: Columns, i: number): void => {
    const kind = columns.kind[i]!
    if (kind === Kind.ORACLE || kind === Kind.PRINT) {
      const verdicts = bySeries.get(columns.instrument[i]!)
      if (verdicts === undefined) return
      const stamp_us = columns.exch_us[i]! > 0 ? columns.exch_us[i]! : columns.local_us[i]!
      Verdicts.onValue(verdicts, columns.price[i]!, kind === Kind.ORACLE ? columns.size[i]! : 0, stamp_us)
    } else if (kind === Kind.STRIKE) {
      const found = byMarket.get(marketOf(columns.instrument[i]!))
      if (found !== undefined)
        Verdicts.onStrike(found.verdicts, found.window, columns.price[i]!, columns.size[i]!)
    } else if (kind === Kind.RESOLVED && (columns.flags[i]! & Flag.INFERRED) === 0) {
      const market = marketOf(columns.instrument[i]!)
      if (market >= 0) official.set(market, columns.price[i]!)
    }
  }
}

function judge(
  report: SettleReport,
  { series, verdicts }: Court,
  window: number,
  slug: string,
  official: Tick | undefined,
): void {
  const { strikes } = report
  if (verdicts.windows[window]!.strike.source === 'metadata') strikes.stated++
  const equal = Verdicts.strikeAgrees(verdicts, window)
  if (equal !== null) strikes.compared++
  if (equal === true) strikes.equal++
  const missing = Verdicts.missing(verdicts, window)
  if (missing !== null) {
    const reason =
      series < 0
        ? 'the dataset has no settlement series of its asset'
        : missing === 'strike'
          ? 'no strike: none is stated, and the series has no value at the start'
          : 'the series has no value at the end, or none after it that confirms one'
    report.not_computable.push({ slug, reason })
    return
  }
  report.computable++
  if (official === undefined) return
  report.compared++
  if (Verdicts.payout(verdicts, window) === official) report.agree++
  else report.disagree.push(slug)
}
