import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Feed, Flag, Kind } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { importChainlink1Hz } from './chainlink-1hz.ts'
import {
  JUNE_S,
  marketLine,
  PRICE_HEADER,
  priceLine,
  rowsOf,
  type TapeRow,
  usd,
  writeLines,
} from './text-fixtures.ts'

const us = (s: number) => (JUNE_S + s) * 1_000_000
/** Prices at these seconds, a dollar up with each. */
const ticks = (seconds: readonly number[]) => seconds.map((s, i) => priceLine(s, usd(63_000 + i, 7n)))
const every = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

type Result = Awaited<ReturnType<typeof importChainlink1Hz>> & {
  dir: string
  rows: TapeRow[]
  dataset: Awaited<ReturnType<typeof openDataset>>
}

/** Import made-up lines and look at what came of them. */
async function imported(
  lines: readonly string[],
  markets: readonly string[] | null,
  look: (result: Result) => void | Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'BTCUSD-prices.csv.gz'), [PRICE_HEADER, ...lines], 'gzip')
    const dir = join(folder, 'out')
    const report = await importChainlink1Hz([file], {
      out: dir,
      ...(markets !== null && {
        markets: await writeLines(join(folder, 'markets.jsonl.gz'), markets, 'gzip'),
      }),
    })
    await verifyDataset(dir)
    await look({ ...report, dir, rows: await rowsOf(dir), dataset: await openDataset(dir) })
  })
}

const values = (rows: readonly TapeRow[]) => rows.filter(({ kind }) => kind === Kind.ORACLE)
const ofKind = (rows: readonly TapeRow[], kind: number) => rows.filter((row) => row.kind === kind)

describe('the values of the series', () => {
  test('are on the tape in the order of reception, exact to 18 decimals, whatever the delays', async () => {
    const price = fc.record({
      e18: fc.bigInt({ min: 10n ** 22n, max: 10n ** 23n }),
      step_s: fc.integer({ min: 1, max: 8 }),
      late_ms: fc.integer({ min: 0, max: 9_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(price, { minLength: 1, maxLength: 40 }), async (made) => {
        let at_s = 0
        const rows = made.map(({ e18, step_s, late_ms }) => {
          at_s += step_s
          return { e18, at_s, recv_ms: at_s * 1_000 + late_ms }
        })
        await imported(
          rows.map(({ at_s, e18, recv_ms }) => priceLine(at_s, e18, recv_ms)),
          null,
          (result) => {
            const expected = [...rows].sort((a, b) => a.recv_ms - b.recv_ms)
            expect(result.refused).toEqual([])
            expect(
              result.rows.map(({ local_us, exch_us, price, size }) => ({
                local_us,
                exch_us,
                e18: BigInt(price) * 10n ** 10n + BigInt(size),
              })),
            ).toEqual(
              expected.map(({ at_s, e18, recv_ms }) => ({
                local_us: us(0) + recv_ms * 1_000,
                exch_us: us(at_s),
                e18,
              })),
            )
          },
        )
      }),
      { numRuns: 25 },
    )
  })

  test('are groups of one of the one series, which plays settlement and spot', async () => {
    await imported(ticks([0, 1, 2]), null, ({ rows, dataset: { manifest, instruments } }) => {
      for (const row of rows)
        expect(row).toMatchObject({
          kind: Kind.ORACLE,
          feed: Feed.RTDS,
          instrument: 0,
          side: 0,
          flags: Flag.LAST,
        })
      expect(instruments).toEqual({
        markets: [],
        instruments: [
          { kind: 'series', name: 'chainlink-spot', asset: 'btc', venue: 'chainlink', unit: 'usd_e8' },
        ],
      })
      expect(manifest).toMatchObject({
        carries: { book: 'none', trades: false },
        reference_profile: {
          settlement: 'chainlink-spot',
          spot: 'chainlink-spot',
          fast: [],
          bar_s: 0,
          stale_ms: 3_000,
          min_venues: 1,
        },
      })
    })
  })

  test('that lie more than five seconds apart leave a gap, by their stamps and not by their reception', async () => {
    const lines = [
      ...ticks([0, 5, 10, 16, 17]),
      // Received in one lump after 20 s, but complete.
      ...every(18, 38).map((s) => priceLine(s, usd(63_100 + s), 40_000 + s)),
    ]
    await imported(lines, null, ({ gaps, dataset, inferred }) => {
      expect(gaps).toMatchObject({ count: 1, seconds: 6 })
      expect(dataset.gaps).toEqual([
        { market: null, feed: 'rtds', from_us: us(10), to_us: us(16), reason: 'silence' },
      ])
      const told = inferred.find(({ what }) => what.startsWith('gaps'))!
      expect(told.agreement).toBe('1 gaps in 26 values')
      expect(told.how).toContain('silent for more than 5 s 2 times')
    })
  })
})

describe('a row of prices that is refused, counted, and said with its place', () => {
  const good = ticks([0, 1])
  const broken: [string, string][] = [
    ['another number of cells than the header', '1,2'],
    ['another number of cells than the header', `${priceLine(2, usd(63_000))},`],
    [
      'a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100',
      priceLine(2, usd(63_000)).replace(/^\d+/, 'soon'),
    ],
    ['a time without a zone', priceLine(2, usd(63_000)).replace(/^\d+/, '2026-06-08 00:00:02')],
    [
      'a time in another unit than the others: seconds',
      priceLine(2, usd(63_000)).replace(/\d+$/, '1780876801'),
    ],
    [
      'a full_accuracy_value that is not whole 1e-18 USD above 0',
      priceLine(2, usd(63_000)).replace(/63000\d{18}/, '63000.5'),
    ],
    ['a full_accuracy_value that is not whole 1e-18 USD above 0', priceLine(2, 0n)],
    [
      'value and full_accuracy_value are not one price',
      priceLine(2, usd(63_000)).replace(',63000,', ',63001,'),
    ],
    ['value and full_accuracy_value are not one price', priceLine(2, usd(63_000)).replace(',63000,', ',,')],
    ['a value stated twice', priceLine(1, usd(63_001, 7n), 3_000)],
    ['stamped more than a minute after its reception', priceLine(70, usd(63_001), 3_000)],
  ]
  test.each(broken)('%s: %s', async (reason, line) => {
    await imported([...good, line, priceLine(3, usd(63_003))], null, ({ refused, rows, rows_read }) => {
      expect(refused).toEqual([{ reason, count: 1, first: 'BTCUSD-prices.csv.gz row 2' }])
      expect(rows_read).toBe(4)
      expect(values(rows).map(({ exch_us }) => exch_us)).toEqual([us(0), us(1), us(3)])
    })
  })

  test('received longer ago than rows are held back', async () => {
    const lagging = (s: number) => priceLine(s, usd(63_000 + s), (s + 7_200) * 1_000)
    const prompt = priceLine(9_001, usd(63_000))
    await imported([...every(0, 9_000).map(lagging), prompt, lagging(9_002)], null, ({ refused, rows }) => {
      expect(refused).toEqual([
        {
          reason: 'received before values 4096 rows ahead of it',
          count: 1,
          first: 'BTCUSD-prices.csv.gz row 9001',
        },
      ])
      expect(rows).toHaveLength(9_002)
    })
  })

  test('but another value for the same second is one', async () => {
    await imported([...good, priceLine(1, usd(63_009), 3_000)], null, ({ refused, rows }) => {
      expect(refused).toEqual([])
      expect(rows).toHaveLength(3)
    })
  })
})

describe('facts of the markets', () => {
  const line = every(0, 700).map((s) => priceLine(s, usd(63_000) - BigInt(s)))
  const strike = (s: number) => String(usd(63_000) - BigInt(s))

  test('stand on the tape when they became known: strikes a minute after the start, outcomes when closed', async () => {
    const markets = [
      marketLine(-1, { strike_value: strike(0) }),
      marketLine(0, { strike_value: strike(0) }, { outcomePrices: '["0", "1"]' }),
      marketLine(
        1,
        { strike_value: strike(300) },
        { outcomePrices: '["0", "1"]', createdAt: '2026-06-08T00:03:00Z' },
      ),
    ]
    await imported(line, markets, ({ rows, windows, dataset: { instruments, resolutions }, inferred }) => {
      const begin = us(1.2)
      expect(
        instruments.instruments.slice(1).map((one) => one.kind === 'token' && [one.market, one.outcome]),
      ).toEqual(
        [0, 1, 2].flatMap((market) => [
          [market, 'up'],
          [market, 'down'],
        ]),
      )
      const told = (kind: number) =>
        ofKind(rows, kind).map(({ local_us, instrument, price, size, flags }) => [
          local_us,
          instrument,
          price,
          size,
          flags,
        ])
      const SNAPSHOT = Flag.LAST | Flag.SNAPSHOT
      expect(told(Kind.MARKET)).toEqual([
        [begin, 1, 0, 0, SNAPSHOT],
        [begin, 3, 0, 0, SNAPSHOT],
        [us(180), 5, 0, 0, Flag.LAST],
      ])
      expect(told(Kind.STRIKE)).toEqual([
        [begin, 1, 6_300_000_000_000, 0, SNAPSHOT | Flag.INFERRED],
        [us(60), 3, 6_300_000_000_000, 0, Flag.LAST | Flag.INFERRED],
        [us(360), 5, 6_299_999_999_999, 9_999_999_700, Flag.LAST | Flag.INFERRED],
      ])
      expect(told(Kind.RESOLVED)).toEqual([
        [us(16), 1, 10_000, 0, Flag.LAST],
        [us(316), 3, 0, 0, Flag.LAST],
        [us(616), 5, 0, 0, Flag.LAST],
      ])
      expect(windows).toMatchObject({ total: 3, recorded: 3 })
      expect(resolutions.map(({ market, up_payout, class: name }) => [market, up_payout, name])).toEqual([
        [0, 10_000, 'recorded'],
        [1, 0, 'recorded'],
        [2, 0, 'recorded'],
      ])
      expect(inferred.find(({ what }) => what === 'when a strike was known')!.agreement).toBe(
        '2 of 2 equal; 3 of 3 stated',
      )
      expect(inferred.find(({ what }) => what === 'when an outcome was known')!.agreement).toBe('3 of 3')
    })
  })

  test('a strike waits for the window before it, whose final value it is', async () => {
    const late = { closedTime: '2026-06-08 00:07:30+00', outcomePrices: '["0", "1"]' }
    await imported(
      line,
      [marketLine(0, {}, late), marketLine(1, { strike_value: strike(300) })],
      ({ rows }) => {
        expect(ofKind(rows, Kind.STRIKE).map(({ local_us }) => local_us)).toEqual([us(450)])
      },
    )
  })

  test('an outcome that the series contradicts is kept, counted and named', async () => {
    await imported(
      line,
      [marketLine(0, { strike_value: strike(0) }, { outcomePrices: '["1", "0"]' })],
      ({ inferred, windows }) => {
        expect(windows).toMatchObject({ recorded: 1 })
        expect(inferred.find(({ what }) => what === 'when an outcome was known')).toMatchObject({
          agreement: '0 of 1',
          exceptions: [`btc-updown-5m-${JUNE_S}`],
        })
      },
    )
  })

  test('without an official outcome the series decides by its value at the very end; else nothing does', async () => {
    const open = { umaResolutionStatus: 'proposed' }
    const markets = [marketLine(0, {}, open), marketLine(1, {}, open), marketLine(2, {}, open)]
    for (const [from, settlement] of [
      [297, 2],
      [300, 0],
    ] as const) {
      const holes = line.filter((_, s) => s < from || s > from + 2)
      await imported(holes, markets, ({ windows, rows }) => {
        const counts = { total: 3, recorded: 0, inferred_from_book: 0 }
        expect(windows).toEqual({ ...counts, settlement, unresolved: 3 - settlement })
        expect(ofKind(rows, Kind.RESOLVED)).toEqual([])
      })
    }
  })

  test('a window that settles otherwise keeps none of the others from being settled, and is not settled by the spot', async () => {
    const open = { umaResolutionStatus: 'proposed' }
    const twap = {
      cryptoMarketConfig: { duration: '5m', twapEnabled: true, twapLookbackSeconds: 60 },
      ...open,
    }
    await imported(line, [marketLine(0, {}, open), marketLine(1, {}, twap)], ({ windows }) => {
      expect(windows).toMatchObject({ total: 2, settlement: 1, unresolved: 1 })
    })
  })

  test('what the metadata says of a market is its own; the tick of its last seconds is not that of its window', async () => {
    const finer = { orderPriceMinTickSize: 0.001 }
    const markets = [
      marketLine(0),
      marketLine(1, {}, finer),
      marketLine(2, {}, { ...finer, updatedAt: '2026-06-08T00:09:00Z' }),
    ]
    await imported(line, markets, ({ dataset: { instruments }, inferred }) => {
      expect(instruments.markets.map(({ tick }) => tick)).toEqual([100, null, 10])
      expect(instruments.markets[0]).toMatchObject({
        min_size: 5_000_000,
        fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
        settlement: null,
        created_us: Date.UTC(2026, 5, 7, 0, 2, 5) * 1_000 + 44_029,
      })
      expect(inferred.find(({ what }) => what.startsWith('the tick'))).toMatchObject({
        agreement: '2 of 3 stated and kept',
        exceptions: [`btc-updown-5m-${JUNE_S + 300}`],
      })
    })
  })

  test('windows that settle by a TWAP leave the spot series its spot role alone', async () => {
    const twap = { cryptoMarketConfig: { duration: '5m', twapEnabled: true, twapLookbackSeconds: 60 } }
    await imported(line, [marketLine(0), marketLine(1, {}, twap)], ({ dataset: { manifest } }) => {
      const { settlement, spot, notes } = manifest.reference_profile
      expect({ settlement, spot }).toEqual({ settlement: 'chainlink-spot', spot: 'chainlink-spot' })
      expect(notes.join(' ')).toContain('1 of 2 windows do not settle by Chainlink spot')
    })
  })

  const refused: [string, string][] = [
    ['the line is missing or malformed', '{'],
    ['slug is missing or malformed', marketLine(1, { slug: 7 })],
    ['no slug of an up/down window', marketLine(1, { slug: 'will-it-rain' })],
    ['of another asset than the prices', marketLine(1, { slug: `eth-updown-5m-${JUNE_S + 300}` })],
    ['start and end contradict the slug', marketLine(1, { end_sec: JUNE_S + 900 })],
    ['token_ids contradict clobTokenIds', marketLine(1, { token_ids: ['1011', '7'] })],
    ['a strike_value that is not whole 1e-18 USD', marketLine(1, { strike_value: '63000.5' })],
    ['outcomes other than Up and Down', marketLine(1, {}, { outcomes: '["Yes", "No"]' })],
    ['a slug stated twice', marketLine(0)],
  ]
  test.each(refused)('are refused with their line: %s', async (reason, bad) => {
    await imported(line, [marketLine(0), bad, marketLine(2)], ({ refused: found, windows, inferred }) => {
      const { slug } = bad === '{' ? {} : JSON.parse(bad)
      const passed = reason.startsWith('of another') || reason.startsWith('a slug stated')
      const named = typeof slug === 'string' && !passed
      const first = `${named ? `${slug}, ` : ''}markets.jsonl.gz row 1`
      expect(found).toEqual([{ reason: `market: ${reason}`, count: 1, first }])
      expect(windows.total).toBe(2)
      const told = inferred.find(({ what }) => what === 'markets of the metadata')
      expect(told?.exceptions).toEqual(named ? [`${slug}: ${reason}`] : undefined)
    })
  })

  test('an outcome whose time nobody says waits, and times that are none are absent: both are listed and named', async () => {
    const markets = [
      marketLine(0, {}, { closedTime: '', updatedAt: 'soon' }),
      marketLine(1, {}, { createdAt: '' }),
      marketLine(2, {}, { createdAt: '2026-06-07T00:02:05.044029999Z' }),
      marketLine(3, {}, { outcomePrices: '["0.9995", "0.0005"]' }),
    ]
    await imported(ticks(every(0, 1_200)), markets, ({ refused: found, dataset, inferred }) => {
      expect(found).toEqual([])
      const created_us = Date.UTC(2026, 5, 7, 0, 2, 5) * 1_000 + 44_029
      expect(dataset.instruments.markets.map((market) => market.created_us)).toEqual([
        created_us,
        null,
        created_us,
        created_us,
      ])
      expect(dataset.resolutions.map(({ market }) => market)).toEqual([1, 2])
      expect(inferred.find(({ what }) => what === 'markets of the metadata')).toMatchObject({
        agreement: '4 of 4 rows listed',
        exceptions: [`btc-updown-5m-${JUNE_S}: updatedAt`],
      })
    })
  })
})

describe('what cannot be imported leaves nothing behind', () => {
  async function fails(
    files: Readonly<Record<string, readonly string[]>>,
    expected: Record<string, unknown>,
    how: 'plain' | 'cut' = 'plain',
    markets?: string,
  ): Promise<void> {
    await inFolder(async (folder) => {
      const made = []
      for (const [name, lines] of Object.entries(files))
        made.push(await writeLines(join(folder, name), lines, how))
      const running = importChainlink1Hz(made, {
        out: join(folder, 'out'),
        ...(markets !== undefined && { markets: join(folder, markets) }),
      })
      await expect(running).rejects.toMatchObject(expected)
      expect((await readdir(folder)).sort()).toEqual(Object.keys(files).sort())
    })
  }
  const lines = [PRICE_HEADER, ...ticks(every(0, 2_000))]

  test('a column is missing', () =>
    fails(
      { 'BTCUSD-a.csv': [PRICE_HEADER.replace('recv_ms', 'when'), ...ticks([1])] },
      { code: 'import.column', field: 'recv_ms' },
    ))
  test('a file is cut off', () => fails({ 'BTCUSD-a.csv.gz': lines }, { code: 'import.file' }, 'cut'))
  test('a file has no rows', () => fails({ 'BTCUSD-a.csv': [PRICE_HEADER] }, { code: 'import.empty' }))
  test('no row is good', () => fails({ 'BTCUSD-a.csv': [PRICE_HEADER, '1,2'] }, { code: 'import.kept' }))
  test('the asset is not in the name', () => fails({ 'prices.csv': lines }, { code: 'import.asset' }))
  test('two assets are mixed', () =>
    fails({ 'BTCUSD-a.csv': lines, 'ETHUSD-a.csv': lines }, { code: 'import.asset' }))
  test('the metadata is not there', () =>
    fails(
      { 'BTCUSD-a.csv': lines },
      { code: 'import.file', message: expect.stringContaining('nowhere.jsonl') },
      'plain',
      'nowhere.jsonl',
    ))

  test('a stop in the middle', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'BTCUSD-a.csv'), lines)
      const controller = new AbortController()
      const running = importChainlink1Hz([file], {
        out: join(folder, 'out'),
        signal: controller.signal,
        progress: () => controller.abort(new Error('stopped')),
      })
      await expect(running).rejects.toThrow('stopped')
      expect(await readdir(folder)).toEqual(['BTCUSD-a.csv'])
    })
  })
})

test('a fee schedule that cannot be computed is kept, and its market is named', async () => {
  const schedule = (exponent: number) => ({ feeSchedule: { rate: 0.05, exponent, takerOnly: true } })
  const markets = [marketLine(0), marketLine(1, {}, schedule(0.5)), marketLine(2, {}, schedule(-1))]
  await imported(ticks(every(0, 900)), markets, ({ inferred, dataset }) => {
    expect(inferred.find(({ what }) => what === 'fees of the markets')).toMatchObject({
      agreement: '2 of 3 can be computed',
      exceptions: [`btc-updown-5m-${JUNE_S + 600}`],
    })
    expect(dataset.instruments.markets.map(({ fee }) => fee!.exponent)).toEqual([1, 0.5, -1])
  })
  await imported(ticks(every(0, 300)), [marketLine(0)], ({ inferred }) => {
    expect(inferred.map(({ what }) => what)).not.toContain('fees of the markets')
  })
})

test('several days in any order are one series', async () => {
  await inFolder(async (folder) => {
    const second = await writeLines(join(folder, 'BTCUSD-a.csv'), [PRICE_HEADER, ...ticks([4, 5])])
    const first = await writeLines(join(folder, 'BTCUSD-b.csv'), [PRICE_HEADER, ...ticks([1, 2])])
    const report = await importChainlink1Hz([second, first], { out: join(folder, 'out') })
    expect(report).toMatchObject({ rows_read: 4, refused: [] })
    expect((await rowsOf(join(folder, 'out'))).map(({ exch_us }) => exch_us)).toEqual([1, 2, 4, 5].map(us))
  })
})
