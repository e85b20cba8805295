import { basename } from 'node:path'
import {
  Feed,
  Flag,
  type Instrument,
  Kind,
  type Market,
  type ReferenceProfile,
  type ResolutionClass,
} from '../../core/events/index.ts'
import { Smoothing } from '../../core/probability/index.ts'
import { Settling, Verdicts } from '../../core/reference/index.ts'
import { Rules } from '../../core/rules/index.ts'
import pkg from '../../package.json' with { type: 'json' }
import { createDataset, type DatasetWriter, type Manifest, TapeError } from '../tape/index.ts'
import { createFacts, type Facts, factInferences } from './chainlink-facts.ts'
import { feeInferences, type ListedMarket, readMarkets, tickInference } from './chainlink-markets.ts'
import { openPrices, type PriceFeed } from './chainlink-prices.ts'
import { type ImportContext, type Importer, type ImportReport, reportOf } from './importer.ts'
import { assertKept } from './kept.ts'
import { createRefusals, type Refusals } from './refusals.ts'
import { createRowSink, type RowSink } from './row-sink.ts'
import { smoothingTold } from './smoothing-told.ts'
import { countWindows } from './windows.ts'

/** Options of {@link importChainlink1Hz} beside where to write. */
export type ChainlinkOptions = ImportContext & {
  /** JSON lines of market metadata. */
  markets?: string
}

/** Name of the series that the values become. */
export const CHAINLINK_SERIES = 'chainlink-spot'
/** Its instrument stands before those of the markets. */
const SERIES_INSTRUMENT = 0
/** Three seconds, as live: of a recorded day about one value in 50 never comes, and one wait in 550 is longer than this. */
const STALE_MS = 3_000
/** Only a value stamped at the very instant decides, as in a run. */
const BOUNDARY_AGE_US = 0

/** RTDS Chainlink spot at 1 Hz, with the metadata of the markets that settle by it. */
export const chainlink1Hz: Importer = {
  kind: 'chainlink-1hz',
  describe:
    'Chainlink spot at 1 Hz as RTDS sends it (CSV: feed_ts_ms, value, full_accuracy_value, recv_ms), one asset; a reference, no books',
  options: {
    markets: {
      type: 'file',
      doc: 'JSON lines of market metadata: slug, start_sec, end_sec, token_ids, strike_value, raw',
    },
  },
  traps: [
    'the price is read from full_accuracy_value, whole 1e-18 USD as text, exactly; value is a copy, rounded, or cut to 1e-8 USD',
    'the file is put in the order of stamps; the tape is in the order of reception',
    'a strike is not known at the start of its window: it is put a minute later and marked inferred',
    'metadata written after the end states the tick of the last seconds; Up need not stand first among the outcomes',
  ],
  example: 'BTCUSD-prices-2026-06-08.csv.gz --markets BTC-5m-markets-2026-06-08.jsonl.gz --out datasets/june',
  run: (files, { markets }, context) =>
    importChainlink1Hz(files, { ...context, ...(markets !== undefined && { markets }) }),
}

/**
 * Import a recorded Chainlink spot series, and the markets that settle by it.
 *
 * @param files CSV named after their asset, such as `BTCUSD-prices-2026-06-08.csv.gz`
 * @throws TapeError for files and columns; refused rows are counted, never fatal; nothing is left behind
 */
export async function importChainlink1Hz(
  files: readonly string[],
  options: ChainlinkOptions,
): Promise<ImportReport> {
  const refusals = createRefusals()
  const asset = assetOf(files)
  const prices = await openPrices(files, refusals)
  const marketRefusals = refusals.part('market')
  const metadata =
    options.markets === undefined ? undefined : await readMarkets(options.markets, asset, marketRefusals)
  const listed = metadata?.listed ?? []
  let writer: DatasetWriter | undefined
  try {
    writer = await createDataset(options.out, {
      source: [...files, ...(options.markets === undefined ? [] : [options.markets])]
        .map((file) => basename(file))
        .join(', '),
      licence: 'unknown',
      attribution: `Chainlink ${asset.toUpperCase()}/USD data stream as relayed by RTDS; market metadata of Polymarket`,
      created_by: `lockstep ${pkg.version}, import chainlink-1hz`,
      reference_profile: profileOf(asset, listed, Smoothing.measure(Smoothing.create())),
      carries: { book: 'none', trades: false },
    })
    const conversion = startConversion(writer, asset, listed)
    const rows_read = await takeValues(conversion, prices, options)
    const parts = [
      { what: 'the prices', rows: rows_read, taken: conversion.taken, refusals },
      ...(metadata === undefined
        ? []
        : [
            {
              what: 'the metadata of --markets',
              rows: metadata.rows,
              taken: metadata.listed.length,
              refusals: marketRefusals,
            },
          ]),
    ]
    const accepted = assertKept(parts, options.accept_refused === true)
    const inferred = [...(metadata?.inferred ?? []), ...accepted]
    return reportOf(await finish(conversion, prices, refusals, writer, inferred), rows_read)
  } finally {
    await writer?.abort()
  }
}

type Conversion = {
  asset: string
  listed: readonly ListedMarket[]
  sink: RowSink
  /** Values on the tape. */
  taken: number
  /** Made when the first value says where the tape begins. */
  facts: Facts | undefined
  /** Verdicts as the core and `engine settle` come to them; of windows that this series settles. */
  verdicts: Verdicts.Verdicts
  smoothing: Smoothing.Smoothing
}

function startConversion(writer: DatasetWriter, asset: string, listed: readonly ListedMarket[]): Conversion {
  const cases = listed.map(({ market }) => {
    const { kind, tie } = Rules.settlementOf(market).value
    return { ...Settling.instantsOf(market.start_us, market.end_us, kind), tie }
  })
  return {
    asset,
    listed,
    sink: createRowSink(writer),
    taken: 0,
    facts: undefined,
    verdicts: Verdicts.create(cases, BOUNDARY_AGE_US),
    smoothing: Smoothing.create(),
  }
}

async function takeValues(
  conversion: Conversion,
  prices: PriceFeed,
  { progress, signal }: ChainlinkOptions,
): Promise<number> {
  const { sink, verdicts, smoothing, listed } = conversion
  for await (const { values, rows_read } of prices.read()) {
    signal?.throwIfAborted()
    for (const { local_us, stamp_us, price, rest } of values) {
      conversion.facts ??= createFacts(listed, local_us, SERIES_INSTRUMENT + 1)
      conversion.facts.until(local_us, sink)
      conversion.taken++
      sink.push(local_us, stamp_us, Kind.ORACLE, Feed.RTDS, SERIES_INSTRUMENT, 0, price, rest, Flag.LAST)
      Verdicts.onValue(verdicts, price, rest, stamp_us)
      Smoothing.observe(smoothing, price, stamp_us)
      await sink.drain()
    }
    progress?.({ rows_read, rows_total: prices.rows })
  }
  return prices.rows
}

async function finish(
  { asset, listed, sink, facts, verdicts, smoothing }: Conversion,
  prices: PriceFeed,
  refusals: Refusals,
  writer: DatasetWriter,
  more: Manifest['inferred'],
): Promise<Manifest> {
  facts?.until(Number.POSITIVE_INFINITY, sink)
  await sink.flush()
  listed.forEach(({ strike }, i) => {
    if (strike !== null) Verdicts.onStrike(verdicts, i, strike.price, strike.rest)
  })
  const series: Instrument = {
    kind: 'series',
    name: CHAINLINK_SERIES,
    asset,
    venue: 'chainlink',
    unit: 'usd_e8',
  }
  const measured = Smoothing.measure(smoothing)
  return writer.finish({
    assignment: 'assigned',
    windows: countWindows(
      listed.map((one, i) => classOf(one, settles(one.market) ? Verdicts.payout(verdicts, i) : -1)),
    ),
    reference_profile: profileOf(asset, listed, measured),
    inferred: [
      smoothingTold(measured),
      ...prices.inferred(),
      ...(listed.length > 0 ? concludeMarkets(listed, verdicts) : []),
      ...more,
    ],
    refused: refusals.list(),
    instruments: {
      markets: listed.map(({ market }) => market),
      instruments: [series, ...(facts?.instruments ?? [])],
    },
    resolutions: listed.flatMap(({ outcome }, market) =>
      outcome === null ? [] : [{ market, ...outcome, class: 'recorded' as const }],
    ),
    gaps: prices.gaps,
  })
}

function concludeMarkets(listed: readonly ListedMarket[], verdicts: Verdicts.Verdicts): Manifest['inferred'] {
  const compared = listed.flatMap(({ market }, i) => {
    const agrees = settles(market) ? Verdicts.strikeAgrees(verdicts, i) : null
    return agrees === null ? [] : [agrees]
  })
  const judged = listed.flatMap(({ market, outcome }, i) => {
    const payout = settles(market) ? Verdicts.payout(verdicts, i) : -1
    return outcome === null || payout < 0 ? [] : [{ slug: market.slug, agrees: payout === outcome.up_payout }]
  })
  const disagree = judged.filter(({ agrees }) => !agrees).map(({ slug }) => slug)
  return [
    ...factInferences(
      listed,
      { equal: compared.filter(Boolean).length, compared: compared.length },
      { agree: judged.length - disagree.length, computable: judged.length, disagree },
    ),
    tickInference(listed),
    ...feeInferences(listed),
  ]
}

function classOf({ outcome }: ListedMarket, payout: number): ResolutionClass {
  return outcome !== null ? 'recorded' : payout >= 0 ? 'settlement' : 'unresolved'
}

/** The asset of price files by their names: their rows do not say it. */
function assetOf(files: readonly string[]): string {
  const assets = files.map((file) =>
    /^([A-Z0-9]{2,8})USD(?=[^A-Za-z])/.exec(basename(file))?.[1]?.toLowerCase(),
  )
  const wrong = assets.findIndex((asset) => asset === undefined || asset !== assets[0])
  if (wrong < 0) return assets[0]!
  throw new TapeError(
    'import.asset',
    `${files[wrong]}: its name does not begin with ${assets[0] === undefined ? 'its asset' : `${assets[0].toUpperCase()}USD, as the first file's`}`,
    { file: files[wrong]! },
    'name the files as they were published, such as BTCUSD-prices-2026-06-08.csv.gz, one asset at a time',
  )
}

/** Whether a window settles by this very series. */
function settles(market: Market): boolean {
  return Settling.ownSeries(Rules.settlementOf(market).value).includes(CHAINLINK_SERIES)
}

/** Windows that settle otherwise are none of this series': it is never put in another's place. */
function profileOf(
  asset: string,
  listed: readonly ListedMarket[],
  measured: Smoothing.Measure,
): ReferenceProfile {
  const others = listed.filter(({ market }) => !settles(market)).length
  return {
    name: 'chainlink-1hz',
    settlement: others > 0 && others === listed.length ? null : CHAINLINK_SERIES,
    spot: CHAINLINK_SERIES,
    fast: [],
    bar_s: 0,
    stale_ms: STALE_MS,
    min_venues: 1,
    notes: [
      ...(others === 0
        ? []
        : [
            `${others} of ${listed.length} windows do not settle by Chainlink spot: their outcomes are the venue's own, or unknown.`,
          ]),
      `Chainlink ${asset.toUpperCase()}/USD spot at 1 Hz as RTDS relayed it, to 18 decimals.`,
      'There is no fast series: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off. There are no books.',
    ],
    overrides: Smoothing.isWhite(measured) ? {} : { ...Smoothing.SETTINGS },
  }
}
