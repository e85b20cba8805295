import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allocate, type Columns, Feed, Flag, type Instruments, Kind } from '../../core/events/index.ts'
import { MS, SECOND } from '../../core/units/index.ts'
import { HEAD, inFolder, tailOf } from '../tape/fixtures.ts'
import { createDataset, openDataset } from '../tape/index.ts'
import { type Catalog, openCatalog } from './catalog.ts'

/** A tape of quotes and prints alone, so that a median can be worked out by hand. */
const START = 1_776_254_400 * SECOND
const STALE_MS = 3_000
const VENUES = ['binance-spot', 'coinbase-spot', 'kraken-spot']
const INSTRUMENTS: Instruments = {
  markets: [],
  instruments: [
    ...VENUES.map((name) => series(name, 'btc')),
    series('chainlink-spot', 'btc'),
    series('binance-spot', 'eth'),
  ],
}
const PROFILE = {
  ...HEAD.reference_profile,
  name: 'three venues',
  settlement: 'chainlink-spot',
  fast: VENUES,
  stale_ms: STALE_MS,
  min_venues: 2,
}

function series(name: string, asset: string) {
  return { kind: 'series' as const, name, asset, venue: name.split('-')[0]!, unit: 'usd_e8' as const }
}

/** [ms after the start, instrument, bid or price, ask or size, exchange's own ms or null]; a side makes it a print. */
type Tick = { at: number; instrument: number; a: number; b: number; stamp?: number; side?: 1 | 2 }

const TICKS: readonly Tick[] = [
  { at: 0, instrument: 0, a: 70_000, b: 70_002, stamp: -7 },
  { at: 100, instrument: 1, a: 70_010, b: 70_012, stamp: 40 },
  { at: 250, instrument: 2, a: 70_005, b: 0.25, side: 2 },
  { at: 260, instrument: 4, a: 3_500, b: 3_501 },
  { at: 900, instrument: 0, a: 70_004, b: 70_006, stamp: 850 },
  { at: 1_000, instrument: 2, a: 74_000, b: 0.5, side: 1 },
  { at: 3_600, instrument: 1, a: 70_010, b: 70_012, stamp: 3_500 },
  { at: 9_000, instrument: 0, a: 70_008, b: 70_010, stamp: 8_990 },
]

async function withTicks<T>(use: (catalog: Catalog) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    const dir = join(folder, 'd')
    const writer = await createDataset(dir, { ...HEAD, reference_profile: PROFILE }, { format: 'arrow' })
    await writer.append(columnsOf(TICKS))
    await writer.finish(tailOf(INSTRUMENTS))
    const catalog = await openCatalog([await openDataset(dir)])
    try {
      return await use(catalog)
    } finally {
      catalog.close()
    }
  })
}

function columnsOf(ticks: readonly Tick[]): Columns {
  const columns = allocate(ticks.length)
  ticks.forEach(({ at, instrument, a, b, stamp, side }, i) => {
    columns.local_us[i] = START + at * MS
    columns.exch_us[i] = stamp === undefined ? 0 : START + stamp * MS
    columns.seq[i] = i
    columns.kind[i] = side === undefined ? Kind.QUOTE : Kind.PRINT
    columns.feed[i] = Feed.BINANCE
    columns.instrument[i] = instrument
    columns.side[i] = side ?? 0
    columns.price[i] = a * 1e8
    columns.size[i] = b * 1e8
    columns.flags[i] = Flag.LAST
  })
  columns.length = ticks.length
  return columns
}

describe('ticks of the reference venues', () => {
  test('have mid and spread of quotes, side, price and size of prints, and how late they came', async () => {
    await withTicks(async (catalog) => {
      const all = await catalog.query('SELECT * FROM reference_ticks ORDER BY "row"')
      expect(all.map(({ asset, series, venue, kind }) => [asset, series, venue, kind])).toEqual(
        TICKS.map(({ instrument, side }) => {
          const one = INSTRUMENTS.instruments[instrument]!
          if (one.kind !== 'series') throw new Error('no series')
          return [one.asset, one.name, one.venue, side === undefined ? 'quote' : 'print']
        }),
      )
      expect(all[1]).toMatchObject({
        bid: 70_010,
        ask: 70_012,
        mid: 70_011,
        spread: 2,
        side: null,
        price: null,
        size: null,
        latency: 60,
      })
      expect(all[2]).toMatchObject({
        bid: null,
        mid: null,
        spread: null,
        side: 'sell',
        price: 70_005,
        size: 0.25,
        exchange_time: null,
        latency: null,
      })
    })
  })

  test('of BTC are those of that asset', async () => {
    await withTicks(async (catalog) => {
      expect(await catalog.query('SELECT "row" FROM btc_ticks ORDER BY "row"')).toEqual(
        [0, 1, 2, 4, 5, 6, 7].map((row) => ({ row })),
      )
    })
  })
})

describe('the median of the reference venues', () => {
  test('moves with each venue, clips outliers, and loses venues the moment they are stale', async () => {
    await withTicks(async (catalog) => {
      const rows = await catalog.query(
        `SELECT "row", epoch_us(time) - ${START} AS us, median, spread, venues, quality FROM btc_median ORDER BY time, "row"`,
      )
      expect(rows).toEqual([
        { row: 0, us: 0, median: 70_001, spread: 0, venues: 1, quality: 'few_venues' },
        { row: 1, us: 100_000, median: 70_006, spread: 10, venues: 2, quality: 'good' },
        { row: 2, us: 250_000, median: 70_005, spread: 10, venues: 3, quality: 'good' },
        // Binance's mid is now what Kraken traded at.
        { row: 4, us: 900_000, median: 70_005, spread: 6, venues: 3, quality: 'good' },
        // 74 000 is further than 50 bps from the raw median: Kraken does not count.
        { row: 5, us: 1_000_000, median: 70_008, spread: 6, venues: 2, quality: 'good' },
        // Coinbase, of 100 ms, is stale 3 s and a µs later; 74 000 and 70 005 contradict each other.
        { row: null, us: 3_100_001, median: null, spread: null, venues: 0, quality: 'few_venues' },
        { row: 6, us: 3_600_000, median: 70_008, spread: 6, venues: 2, quality: 'good' },
        { row: null, us: 3_900_001, median: null, spread: null, venues: 0, quality: 'few_venues' },
        { row: null, us: 4_000_001, median: 70_011, spread: 0, venues: 1, quality: 'few_venues' },
        { row: null, us: 6_600_001, median: null, spread: null, venues: 0, quality: 'few_venues' },
        { row: 7, us: 9_000_000, median: 70_009, spread: 0, venues: 1, quality: 'few_venues' },
      ])
    })
  })

  test('is followed for each asset by itself, with the venues that it has', async () => {
    await withTicks(async (catalog) => {
      const eth = await catalog.query(
        'SELECT "row", median, venues FROM reference_median WHERE asset = \'eth\' ORDER BY time',
      )
      expect(eth).toEqual([
        { row: 3, median: 3_500.5, venues: 1 },
        { row: null, median: null, venues: 0 },
      ])
    })
  })
})
