import { DOUBLE, type DuckDBConnection, VARCHAR } from '@duckdb/node-api'
import { type Config, resolve } from '../../core/config/index.ts'
import { Kind, type ReferenceProfile } from '../../core/events/index.ts'
import { Reference, Regime, Settling } from '../../core/reference/index.ts'
import type { Micros } from '../../core/units/index.ts'
import type { Dataset } from '../tape/index.ts'
import { appendRows } from './append.ts'
import { type Named, rowsOf } from './raw.ts'

/**
 * The median over the reference venues, by the code that the core itself decides with: one pass over the tape. Its state
 * (which venues are fresh, what each one's basis is) is what no query could keep.
 */

const COLUMN_TYPES = [VARCHAR, VARCHAR, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE]
/** Settings that a reference reads. */
const SCHEMA = { reference: Reference.settings, toxicity: Regime.settings } as const
/** Values that make a new row when one of them changes. */
const CHANGING = ['px_median', 'px_spread', 'px_fair', 'venue_count', 'quality'] as const

type Tell = (
  asset: string,
  row: number | null,
  time_us: Micros,
  median: Reference.Reference['median'],
) => void

/** The empty table that {@link loadMedian} fills. Prices are real 1e-8 USD, NaN where there is none. */
export async function createMedian(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'CREATE TABLE raw.median (dataset VARCHAR, asset VARCHAR, "row" DOUBLE, local_us DOUBLE, median DOUBLE, spread DOUBLE, fair DOUBLE, venues DOUBLE, quality DOUBLE)',
  )
}

/** Fill `raw.median`: a row for each change of an asset's median, its venues or its quality. */
export async function loadMedian(
  connection: DuckDBConnection,
  datasets: readonly Named[],
  signal?: AbortSignal,
): Promise<void> {
  await appendRows(connection, 'median', COLUMN_TYPES, async (add) => {
    for (const { name, dataset } of datasets) {
      await followMedians(
        dataset,
        (asset, row, time_us, { px_median, px_spread, px_fair, venue_count, quality }) => {
          add([name, asset, row, time_us, px_median, px_spread, px_fair, venue_count, quality])
        },
        signal,
      )
    }
  })
}

type Followed = { reference: Reference.Reference; shown: number[] }

async function followMedians(dataset: Dataset, tell: Tell, signal?: AbortSignal): Promise<void> {
  const { instruments } = dataset.instruments
  const all = referencesOf(dataset)
  const by_instrument = instruments.map((one) =>
    one.kind === 'series' ? all.find(({ reference }) => reference.asset === one.asset) : undefined,
  )
  let first = 0
  let last_us = Number.NEGATIVE_INFINITY
  for await (const columns of rowsOf(dataset)) {
    signal?.throwIfAborted()
    for (let row = 0; row < columns.length; row++) {
      const instrument = columns.instrument[row]!
      const followed = by_instrument[instrument]
      const kind = columns.kind[row]!
      if (followed === undefined || !isPrice(kind)) continue
      const local_us = columns.local_us[row]!
      const { reference } = followed
      age(followed, local_us, tell)
      const { price, size, exch_us } = columns
      Reference.accept(reference, kind, instrument, price[row]!, size[row]!, local_us, exch_us[row]!)
      if (changed(followed)) tell(reference.asset, first + row, local_us, reference.median)
    }
    first += columns.length
    if (columns.length > 0) last_us = columns.local_us[columns.length - 1]!
  }
  for (const followed of all) age(followed, last_us, tell)
}

/** Venues that fell silent leave the median at their own time, though no row says so. */
function age(followed: Followed, until_us: Micros, tell: Tell): void {
  const { reference } = followed
  for (let at = reference.median.expiry_us; at <= until_us; at = reference.median.expiry_us) {
    Reference.refresh(reference, at)
    if (changed(followed)) tell(reference.asset, null, at, reference.median)
  }
}

function changed({ reference: { median }, shown }: Followed): boolean {
  let other = false
  for (let i = 0; i < CHANGING.length; i++) {
    const value = median[CHANGING[i]!]
    if (Object.is(value, shown[i])) continue
    shown[i] = value
    other = true
  }
  return other
}

function isPrice(kind: number): boolean {
  return kind === Kind.QUOTE || kind === Kind.PRINT || kind === Kind.ORACLE
}

/** A reference for each asset that has a venue, under the dataset's own profile. */
function referencesOf(dataset: Dataset): Followed[] {
  const { instruments, manifest } = dataset
  const config = configOf(manifest.reference_profile)
  const assets = new Set(instruments.instruments.flatMap((one) => (one.kind === 'series' ? [one.asset] : [])))
  return [...assets].sort().flatMap((asset) => {
    const profile = profileOf(dataset, asset)
    if (profile.fast.length === 0 && profile.spot === null) return []
    const reference = Reference.create(instruments, asset, profile, config)
    // As if an empty median had been shown: the first row is the first that says something.
    return [{ reference, shown: CHANGING.map((name) => reference.median[name]) }]
  })
}

/** The profile as far as the asset has its series; a TWAP is no spot. */
function profileOf({ instruments, manifest }: Dataset, asset: string): ReferenceProfile {
  const has = (name: string) =>
    instruments.instruments.some((one) => one.kind === 'series' && one.asset === asset && one.name === name)
  const profile = manifest.reference_profile
  const settlement = profile.settlement !== null && has(profile.settlement) ? profile.settlement : null
  const spot = profile.spot !== null && has(profile.spot) ? profile.spot : null
  const own = settlement !== null && Settling.isOwn(settlement)
  const twap = own
    ? Settling.lookbackOf(settlement) > 0
    : instruments.markets.some((market) => market.asset === asset && market.settlement?.kind === 'twap')
  return {
    ...profile,
    settlement,
    spot: twap && spot === settlement ? null : spot,
    fast: profile.fast.filter(has),
  }
}

/** The defaults, with what the dataset's profile overrides of them. */
function configOf({ overrides }: ReferenceProfile): Config<typeof SCHEMA> {
  const own = Object.keys(overrides).filter((key) => /^(reference|toxicity)\./.test(key))
  return resolve(SCHEMA, Object.fromEntries(own.map((key) => [key, overrides[key]])))
}
