import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Kind } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, verifyDataset } from '../tape/index.ts'
import { importBtc15m1Hz } from './btc15m-1hz.ts'
import { importChainlink1Hz } from './chainlink-1hz.ts'
import { findImporter } from './registry.ts'
import { RECORDINGS, rowsOf } from './text-fixtures.ts'

/** Recordings that may be read and not shipped: without them these tests are skipped, visibly. */
function recorded(
  folder: string,
  name: string,
  run: (path: (file: string) => string) => Promise<void>,
): void {
  const place = join(RECORDINGS, folder)
  const present = existsSync(place)
  if (!present) console.warn(`skipped: ${name}; the recording is not at ${place}`)
  const one = present ? test : test.skip
  one(name, () => run((file) => join(place, file)))
}

recorded(
  'chainlink-1hz-2026-06-08',
  'a day of Chainlink spot: nothing refused, 60 gaps, the longest 122 s, 292 official outcomes',
  (path) =>
    inFolder(async (folder) => {
      const dir = join(folder, 'out')
      const report = await importChainlink1Hz([path('BTCUSD-prices-2026-06-08.csv.gz')], {
        out: dir,
        markets: path('BTC-5m-markets-2026-06-08.jsonl.gz'),
      })
      await verifyDataset(dir)
      expect(report).toMatchObject({
        rows_read: 84_558,
        events: 84_558 + 292 + 288 + 292,
        refused: [],
        windows: { total: 292, recorded: 292, settlement: 0, inferred_from_book: 0, unresolved: 0 },
        gaps: { count: 60, seconds: 828 },
      })
      const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
      expect(told).toMatchObject({
        'the order of the tape is the order of reception': '20 of 84558 values moved',
        'when a strike was known': '284 of 284 equal; 288 of 292 stated',
        'when an outcome was known': '280 of 280',
        'the tick size a window opened with': '266 of 292 stated and kept',
      })
      const { gaps, instruments, manifest } = await openDataset(dir)
      expect(Math.max(...gaps.map(({ from_us, to_us }) => to_us - from_us))).toBe(122e6)
      for (const { fee, min_size, created_us } of instruments.markets) {
        expect({ fee, min_size }).toEqual({
          fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
          min_size: 5e6,
        })
        expect(created_us).toBeLessThan(manifest.time_range.to_us)
      }
    }),
)

recorded(
  'btc15m-1hz-2025-12',
  'two days of polls: a zone each, 68 windows, 66 of 67 outcomes by Binance as the books said',
  (path) =>
    inFolder(async (folder) => {
      const dir = join(folder, 'out')
      const outcomes = join(RECORDINGS, 'btc5m-outcomes', 'btc_5m_2025-12-18_to_2025-12-31.csv.gz')
      // In the wrong order on purpose.
      const files = [path('market_data_20251229.csv.gz'), path('market_data_20251226.csv.gz')]
      const report = await importBtc15m1Hz(files, { out: dir, outcomes })
      await verifyDataset(dir)
      expect(report).toMatchObject({
        rows_read: 28_494 + 31_949,
        refused: [{ reason: 'stamped before a row ahead of it: a poll that ended late', count: 331 }],
        windows: { total: 68, recorded: 0, settlement: 68, inferred_from_book: 0, unresolved: 0 },
      })
      const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
      expect(told).toMatchObject({
        'times of market_data_20251226.csv.gz are UTC+1': '28494 of 28494',
        'times of market_data_20251229.csv.gz are UTC': '31949 of 31949',
        outcomes: '66 of 67',
      })
      const dataset = await openDataset(dir)
      for await (const columns of readColumns(dataset, { cache: false })) {
        for (let i = 0; i < columns.length; i++) {
          const one = dataset.instruments.instruments[columns.instrument[i]!]!
          if (one.kind !== 'token') continue
          const { start_us, end_us } = dataset.instruments.markets[one.market]!
          if (columns.local_us[i]! < start_us || columns.local_us[i]! >= end_us)
            throw new Error('outside its window')
        }
      }
    }),
)

recorded('btc15m-1hz-2025-12', 'a day of a wallet: 24,155 buys in 32 windows, none refused', (path) =>
  inFolder(async (folder) => {
    const dir = join(folder, 'out')
    const files = [path('market_data_20251226.csv.gz'), path('user_data_20251226.csv.gz')]
    const report = await importBtc15m1Hz(files, { out: dir })
    expect(report.refused.map(({ count, first }) => [count, first])).toEqual([
      [289, 'market_data_20251226.csv.gz row 1202'],
    ])
    const trades = (await rowsOf(dir)).filter(({ kind }) => kind === Kind.WALLET_TRADE)
    expect(trades).toHaveLength(24_155)
    expect(new Set(trades.map(({ instrument }) => instrument >> 1)).size).toBe(32)
  }),
)

/** Import files of a folder with the importer of a kind; the dataset verified, and what was inferred by name. */
async function imported(kind: string, files: readonly string[], folder: string) {
  const dir = join(folder, 'out')
  const report = await findImporter(kind).run(files, {}, { out: dir })
  await verifyDataset(dir)
  const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
  return { report, told, dataset: await openDataset(dir), dir }
}

/** Files of a folder of recordings, by name. */
function listed(path: string, wanted = /\.gz$/): string[] {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => wanted.test(name))
    .sort()
    .map((name) => join(path, name))
}

recorded(
  'binance-raw-ws',
  'raw Binance frames: 37,797 quotes and trades, depth refused, the venue 1.06 to 1.27 s ahead of the recorder',
  (path) =>
    inFolder(async (folder) => {
      const { report, dataset, told } = await imported('binance-raw', listed(path('.')), folder)
      expect(report).toMatchObject({ rows_read: 41_249, events: 37_797, gaps: { count: 0 } })
      expect(report.refused.map(({ count }) => count)).toEqual([3_451, 1])
      expect(dataset.manifest).toMatchObject({
        licence: 'MIT',
        counts: { kinds: { QUOTE: 28_040, PRINT: 9_757 } },
      })
      expect(told).toMatchObject({
        gaps: '0 left out in 9757 trades and 3451 depth updates',
        'the order of the tape is the order of reception': '-1274 to -1058 ms in 9757 trades',
      })
    }),
)

recorded(
  'kalshi-btc15m-trades',
  'trades of eight Kalshi markets: 39,664, none refused, all on the grid',
  (path) =>
    inFolder(async (folder) => {
      const { report, dataset, told } = await imported('kalshi-trades', listed(path('.')), folder)
      expect(report).toMatchObject({
        rows_read: 39_664,
        events: 39_664,
        refused: [],
        windows: { total: 8, recorded: 0, unresolved: 8 },
      })
      expect(told['a time without trades is no gap']).toBe('28 times, 44 s')
      expect(told['rules of the markets']).toContain('39664 of 39664 prices')
      // The markets follow each other: a quarter of an hour each, by their New York times.
      const { markets } = dataset.instruments
      expect(markets.map(({ start_us }) => (start_us - markets[0]!.start_us) / 60e6)).toEqual([
        0, 15, 30, 45, 60, 75, 90, 105,
      ])
      expect(new Date(markets[0]!.start_us / 1_000).toISOString()).toBe('2026-04-27T18:30:00.000Z')
    }),
)

recorded(
  'kalshi-eth15m-snapshots',
  'snapshots of 115 Kalshi markets: none refused, 440 gaps of the feed, all prices on the grid',
  (path) =>
    inFolder(async (folder) => {
      const { report, dataset, told } = await imported('kalshi-snapshots', listed(path('.')), folder)
      expect(report).toMatchObject({
        rows_read: 11_826,
        refused: [],
        windows: { total: 115, recorded: 0, inferred_from_book: 8, unresolved: 107 },
        gaps: { count: 440 },
      })
      expect(told['rules of the markets']).toContain('23652 of 23652 prices')
      expect(dataset.manifest).toMatchObject({ licence: 'CC BY 4.0', counts: { kinds: { ORACLE: 11_826 } } })
    }),
)

recorded(
  'eth-1h-1min-2025-07',
  'hourly windows of ETH in SQLite: none refused, Up recorded, 106 outcomes as the recorder wrote them',
  (path) =>
    inFolder(async (folder) => {
      const { report, dataset, told } = await imported('hourly-sqlite', [path('eth_polyscraper.db')], folder)
      expect(report).toMatchObject({
        rows_read: 6_300,
        refused: [],
        windows: { total: 107, recorded: 0, settlement: 106, unresolved: 1 },
        gaps: { count: 4, seconds: 17_160 + 128 + 143 + 180 },
      })
      expect(told).toMatchObject({
        'times of eth_polyscraper.db are UTC': '6300 of 6300',
        'the recorded token is up': '100 of 106',
        outcomes: '106 of 106 as that column says',
        'a decided book has no touch': '445 of 6300 polls',
      })
      expect(dataset.manifest.assignment).toBe('assigned')
    }),
)

recorded(
  'window-15m-1h-2025-12-11',
  'one 15m and one 1h window: 11 trades told twice, 287 of 287 pairs of books mirrors, the rest of the hour a gap',
  (path) =>
    inFolder(async (folder) => {
      const { report, dataset, told } = await imported('window-book-trades', listed(path('.')), folder)
      expect(report).toMatchObject({
        rows_read: 3_870,
        refused: [{ reason: 'trade: stated twice: time, side, price and size', count: 11 }],
        windows: { total: 2, recorded: 0, unresolved: 2 },
      })
      expect(told).toMatchObject({
        'the market and the outcome of a file': '3859 of 3859 in 2 windows',
        'the price of the asset': '74 values on 3859 rows',
        'trades of one venue time, side, price and size are one':
          '3259 trades taken, 0 of 600 books repeated',
        'Down is the complement of Up': '287 of 287',
      })
      expect(dataset.manifest.counts.kinds).toMatchObject({ TRADE: 3_259, ALIVE: 287 })
      const hour = dataset.instruments.markets.findIndex(({ series }) => series === '1h')
      const { end_us } = dataset.instruments.markets[hour]!
      const rest = dataset.gaps.find(({ market, to_us }) => market === hour && to_us === end_us)
      expect((rest!.to_us - rest!.from_us) / 60e6).toBeGreaterThan(50)
    }),
)

recorded(
  'events-15m-2026-02-20',
  'an event log of 112 windows: 104 official outcomes, 9,406 trades, every row taken or refused',
  (path) =>
    inFolder(async (folder) => {
      const { report, dataset, told } = await imported('events-15m', listed(path('.')), folder)
      expect(report).toMatchObject({
        rows_read: 16_855 + 803,
        events: 10_133,
        windows: { total: 112, recorded: 104, unresolved: 8 },
      })
      const refused = report.refused.map(({ count }) => count)
      expect(refused).toEqual([800, 6_511, 214])
      expect(report.events + refused.reduce((sum, count) => sum + count, 0)).toBe(report.rows_read)
      expect(told).toMatchObject({
        'the window that a label names': '104 of 104 resolutions, 9406 of 9406 trades',
        'trades at other prices': '0.99 to 0.999 in 9406 trades',
        'fills of the wallet': '3 of 803',
      })
      expect(dataset.manifest.counts.kinds).toMatchObject({ TRADE: 9_406, TICK_SIZE: 146, RESOLVED: 104 })
      const ups = dataset.resolutions.filter(({ up_payout }) => up_payout === 10_000).length
      expect([ups, dataset.resolutions.length - ups]).toEqual([61, 43])
      for (const one of dataset.instruments.instruments) {
        if (one.kind === 'token') expect(one.token_id).toMatch(/^\d{70,78}$/)
      }
    }),
)
