import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importChainlink1Hz } from '../../recorders/import/chainlink-1hz.ts'
import {
  JUNE_S,
  marketLine,
  PRICE_HEADER,
  priceLine,
  usd,
  writeLines,
} from '../../recorders/import/text-fixtures.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { type SettleOptions, type SettleReport, settle } from './settle.ts'

/** A day that falls by 1e-18 USD a second, but for the seconds left out. */
async function settled(
  markets: readonly string[],
  look: (report: SettleReport) => void,
  options: SettleOptions = {},
  absent: readonly number[] = [],
): Promise<void> {
  await inFolder(async (folder) => {
    const seconds = Array.from({ length: 1_000 }, (_, s) => s).filter((s) => !absent.includes(s))
    const lines = seconds.map((s) => priceLine(s, usd(63_000) - BigInt(s)))
    const file = await writeLines(join(folder, 'BTCUSD-a.csv'), [PRICE_HEADER, ...lines])
    const dir = join(folder, 'out')
    await importChainlink1Hz([file], {
      out: dir,
      markets: await writeLines(join(folder, 'm.jsonl'), markets),
    })
    look(await settle(await openDataset(dir), options))
  })
}

const slug = (index: number) => `btc-updown-5m-${JUNE_S + 300 * index}`
const strike = (s: number) => ({ strike_value: String(usd(63_000) - BigInt(s)) })
const DOWN = { outcomePrices: '["0", "1"]' }

describe('settling a dataset', () => {
  test('compares each window that has a strike and a value at its end with its official outcome', async () => {
    const markets = [
      marketLine(0, strike(0), DOWN),
      marketLine(1, strike(300), { outcomePrices: '["1", "0"]' }),
      marketLine(2, {}, DOWN),
      marketLine(3, strike(900), DOWN),
    ]
    await settled(markets, (report) => {
      expect(report).toMatchObject({
        series: 'chainlink-spot',
        windows: 4,
        computable: 3,
        official: 4,
        compared: 3,
        agree: 2,
        disagree: [slug(1)],
        strikes: { stated: 3, compared: 3, equal: 3 },
        not_computable: [
          { slug: slug(3), reason: 'the series has no value at the end, or none after it that confirms one' },
        ],
      })
    })
  })

  test("goes by the venue's own strike, to the last of 18 decimals", async () => {
    // A strike of 1e-18 USD less than the value at the end makes Up of what the series alone calls Down.
    const own = { strike_value: String(usd(63_000) - 301n) }
    await settled([marketLine(0, own)], (report) => {
      expect(report).toMatchObject({ computable: 1, agree: 1, strikes: { stated: 1, compared: 1, equal: 0 } })
    })
  })

  test('takes values stamped at the very start and end alone, unless older ones are allowed', async () => {
    const markets = [marketLine(0, {}, DOWN), marketLine(1, {}, DOWN)]
    const absent = [299, 300]
    await settled(
      markets,
      (report) => {
        expect(report).toMatchObject({ computable: 0, compared: 0, agree: 0, disagree: [] })
        expect(report.not_computable.map(({ reason }) => reason.split(':')[0])).toEqual([
          'the series has no value at the end, or none after it that confirms one',
          'no strike',
        ])
      },
      {},
      absent,
    )
    await settled(
      markets,
      (report) => expect(report).toMatchObject({ computable: 2, agree: 2 }),
      { max_age_us: 2e6 },
      absent,
    )
    await settled(
      markets,
      (report) => expect(report).toMatchObject({ computable: 0 }),
      { max_age_us: 1e6 },
      absent,
    )
  })

  test('computes without official outcomes too, and compares nothing', async () => {
    await settled([marketLine(0, {}, { umaResolutionStatus: 'proposed' })], (report) => {
      expect(report).toMatchObject({
        windows: 1,
        computable: 1,
        official: 0,
        compared: 0,
        agree: 0,
        disagree: [],
      })
    })
  })

  test('says of windows without a settlement series that they have none', async () => {
    const twap = { cryptoMarketConfig: { duration: '5m', twapEnabled: true, twapLookbackSeconds: 60 } }
    await settled([marketLine(0, strike(0), twap)], (report) => {
      expect(report).toMatchObject({ series: null, computable: 0, official: 1 })
      expect(report.not_computable[0]!.reason).toBe(
        'the series that its rules name is not recorded, and none stands in for it',
      )
    })
  })

  test('stops when it is told to', async () => {
    const running = settled([marketLine(0)], () => {}, { signal: AbortSignal.abort(new Error('stopped')) })
    await expect(running).rejects.toThrow('stopped')
  })
})
