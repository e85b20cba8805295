import { resolve } from '../../core/config/index.ts'
import { type Columns, Flag, Kind } from '../../core/events/index.ts'
import { Reference, Settling, Verdicts } from '../../core/reference/index.ts'
import { Rules } from '../../core/rules/index.ts'
import { type Micros, MS, type Tick } from '../../core/units/index.ts'
import { type Dataset, readVerified } from '../../recorders/tape/index.ts'

/** How the settlement series is held against the official outcomes. */
export type SettleOptions = {
  /** How old a value may be at a start or end, µs. By default as a run takes it: by the series, see Settling.boundaryAge. */
  max_age_us?: Micros
  signal?: AbortSignal
  /** Told the rows done so far. */
  progress?: (rows: number) => void
}

/** The settlement engine against official outcomes. */
export type SettleReport = {
  dataset_hash: string
  /** Names of the series that windows settle by; null where the dataset has none. */
  series: string | null
  windows: number
  /** Windows with a strike and a value at the end, and those of them by a series that only stands in. */
  computable: number
  stand_in: number
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

/** One series (−1 none): the markets that it decides as windows of a table of verdicts. */
type Court = { series: number; stand_in: boolean; markets: number[]; verdicts: Verdicts.Verdicts }

/**
 * Settle every window of a dataset by its own settlement series, as a run does, and compare with the official outcomes
 * that the dataset carries: what the venue itself said, never what was inferred. Constant memory; every row is checked on
 * the way.
 *
 * @throws TapeError as `readVerified`; RuleError where the rules of a market are unknown
 */
export async function settle(dataset: Dataset, options: SettleOptions = {}): Promise<SettleReport> {
  const { manifest, instruments, resolutions } = dataset
  const { markets } = instruments
  const courts = courtsOf(dataset, options.max_age_us)
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
    series: seriesOf(dataset, courts),
    windows: markets.length,
    computable: 0,
    stand_in: 0,
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

/** A run's own settings of the reference, under the dataset's profile: the ages are those of a run. */
function agesOf({ manifest: { reference_profile } }: Dataset, max_age_us: Micros | undefined) {
  const own = Object.entries(reference_profile.overrides).filter(([key]) => key.startsWith('reference.'))
  const { reference } = resolve({ reference: Reference.settings }, Object.fromEntries(own))
  return max_age_us === undefined ? reference : { ...reference, boundary_age_ms: max_age_us / MS }
}

function courtsOf(dataset: Dataset, max_age_us: Micros | undefined): Court[] {
  const { manifest, instruments } = dataset
  const config = agesOf(dataset, max_age_us)
  const series_at = Settling.seriesIndex(instruments)
  const settled = instruments.markets.map((market) => {
    const { value } = Rules.settlementOf(market)
    const settling = Settling.settlingOf(market, value, series_at, manifest.reference_profile, config)
    return { ...settling, tie: value.tie }
  })
  const series = [...new Set(settled.map(({ instrument }) => instrument))].sort((a, b) => a - b)
  return series.flatMap((instrument) =>
    [false, true].flatMap((stand_in) => {
      const markets = settled.flatMap((one, i) =>
        one.instrument === instrument && one.stand_in === stand_in ? [i] : [],
      )
      if (markets.length === 0) return []
      const verdicts = Verdicts.create(
        markets.map((i) => settled[i]!),
        settled[markets[0]!]!.max_age_us,
      )
      return [{ series: instrument, stand_in, markets, verdicts }]
    }),
  )
}

function seriesOf({ instruments: { instruments } }: Dataset, courts: readonly Court[]): string | null {
  const names = courts.flatMap(({ series }) => {
    const one = instruments[series]
    return one?.kind === 'series' ? [one.name] : []
  })
  return names.length === 0 ? null : [...new Set(names)].sort().join(', ')
}

/** Takes one row: values of the settlement series, strikes and outcomes of the venue; all others are passed over. */
function createTaker({ instruments }: Dataset, courts: readonly Court[], official: Map<number, Tick>) {
  const bySeries = new Map<number, Verdicts.Verdicts[]>()
  for (const { series, verdicts } of courts) bySeries.set(series, [...(bySeries.get(series) ?? []), verdicts])
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
      const spoken = bySeries.get(columns.instrument[i]!)
      if (spoken === undefined) return
      const stamp_us = columns.exch_us[i]! > 0 ? columns.exch_us[i]! : columns.local_us[i]!
      const rest = kind === Kind.ORACLE ? columns.size[i]! : 0
      for (const verdicts of spoken)
        Verdicts.onValue(verdicts, columns.price[i]!, rest, stamp_us, kind === Kind.PRINT)
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
  { series, stand_in, verdicts }: Court,
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
        ? 'the series that its rules name is not recorded, and none stands in for it'
        : missing === 'strike'
          ? 'no strike: none is stated, and the series has no value at the start'
          : 'the series has no value at the end, or none after it that confirms one'
    report.not_computable.push({ slug, reason })
    return
  }
  report.computable++
  if (stand_in) report.stand_in++
  if (official === undefined) return
  report.compared++
  if (Verdicts.payout(verdicts, window) === official) report.agree++
  else report.disagree.push(slug)
}
