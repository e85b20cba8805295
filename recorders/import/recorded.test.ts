import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Kind } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, verifyDataset } from '../tape/index.ts'
import { importBtc15m1Hz } from './btc15m-1hz.ts'
import { importChainlink1Hz } from './chainlink-1hz.ts'
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
