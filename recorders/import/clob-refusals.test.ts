import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset } from '../tape/index.ts'
import { around, BOOK, book, groupsOf, imported, row } from './clob-fixtures.ts'
import { importClobL2 } from './clob-l2.ts'
import { type Recorded, START_S, writeRecording } from './fixtures.ts'

describe('what cannot be read is refused, counted and said', () => {
  const faults: [string, Recorded][] = [
    ['not JSON', { ...row(0, 0, 2, BOOK), raw: '{' }],
    ['not a JSON object', { ...row(0, 0, 2, BOOK), raw: '3' }],
    ['not JSON', { ...row(0, 0, 2, BOOK), raw: null }],
    ['an event type other than book', row(0, 0, 2, BOOK, { event_type: 'price_change' })],
    ['no slug of an up/down window', { ...row(0, 0, 2, BOOK), slug: 'btc-updown-5m-1776254401' }],
    ['no slug of an up/down window', { ...row(0, 0, 2, BOOK), slug: null }],
    ['no condition id', row(0, 0, 2, BOOK, { market: 'x' })],
    ["another condition id than the market's", row(0, 0, 2, BOOK, { market: `0x${'1'.repeat(64)}` })],
    ['no token id', row(0, 0, 2, BOOK, { asset_id: 7 })],
    ['no timestamp in milliseconds', row(0, 0, 2, BOOK, { timestamp: '1776254402' })],
    ['a tick size that is none', row(0, 0, 2, BOOK, { tick_size: 'fine' })],
    ['no levels', row(0, 0, 2, BOOK, { bids: undefined })],
    ['a level that is none', row(0, 0, 2, BOOK, { asks: [null] })],
    [
      'a price that is not a decimal of 1e-4',
      row(0, 0, 2, BOOK, { bids: [{ price: '0.48001', size: '1' }] }),
    ],
    ['a price that is not a decimal of 1e-4', row(0, 0, 2, BOOK, { bids: [{ price: 0.48, size: '1' }] })],
    ['a price outside (0, 1)', row(0, 0, 2, BOOK, { bids: [{ price: '1', size: '1' }] })],
    ['a size that is not a decimal of 1e-6', row(0, 0, 2, BOOK, { bids: [{ price: '0.4', size: '-1' }] })],
    ['a size too large', row(0, 0, 2, BOOK, { bids: [{ price: '0.4', size: '1000000000' }] })],
    [
      'a price twice on one side',
      row(0, 0, 2, BOOK, {
        bids: [
          { price: '0.4', size: '1' },
          { price: '0.40', size: '2' },
        ],
      }),
    ],
    ['no receive time', { ...row(0, 0, 2, BOOK), recv_s: null }],
    ['no receive time', { ...row(0, 0, 2, BOOK), recv_s: Number.NaN }],
  ]
  test.each(faults)('%s', async (reason, bad) => {
    const after = around(6_000)
    await imported([row(0, 0, 1, BOOK), bad, row(0, 0, 3, after)], async ({ dir, report }) => {
      expect(report.rows_read).toBe(3)
      expect(report.refused).toEqual([{ reason, count: 1, first: 'book.parquet row 1' }])
      const groups = await groupsOf(dir)
      expect(groups.map((group) => group.book)).toEqual([BOOK, after])
      const { gaps } = await openDataset(dir)
      const refused = gaps.filter((gap) => gap.reason.startsWith('refused'))
      const known = !['no slug of an up/down window', 'no receive time'].includes(reason)
      expect(refused.map(({ market, from_us, to_us }) => [market, from_us / 1e6, to_us / 1e6])).toEqual(
        known ? [[0, START_S + 2, START_S + 3]] : [],
      )
    })
  })

  test('a third token', async () => {
    const rows = [row(0, 0, 1, BOOK), row(0, 1, 2, BOOK), row(0, 2, 3, BOOK), row(0, 2, 4, BOOK)]
    await imported(rows, async ({ report }) => {
      expect(report.refused).toEqual([
        { reason: 'a third token in one market', count: 2, first: 'book.parquet row 2' },
      ])
    })
  })

  test('levels in another order than the usual are the same book', async () => {
    const prices = [1_200, 4_900, 300, 4_800, 2_500]
    const bids = prices.map((price) => ({
      price: `0.${String(price).padStart(4, '0')}`,
      size: String(price),
    }))
    const state = book(
      prices.map((price) => [price, price * 1e6]),
      [...BOOK.asks],
    )
    await imported([row(0, 0, 1, BOOK), row(0, 0, 2, BOOK, { bids })], async ({ dir }) => {
      expect((await groupsOf(dir)).at(-1)!.book).toEqual(state)
    })
  })

  test('a level of size zero is no level, and empty sides are legal', async () => {
    const rows = [
      row(0, 0, 1, book([], [[9_900, 1e6]])),
      row(0, 0, 2, book([], []), { bids: [{ price: '0.5', size: '0' }] }),
    ]
    await imported(rows, async ({ dir, report }) => {
      expect(report.refused).toEqual([])
      expect((await groupsOf(dir)).at(-1)!.book).toEqual(book([], []))
    })
  })

  test('a bad bar', async () => {
    const bars: [number, string][] = [
      [0, '70000'],
      [60, 'seventy'],
      [120, '0'],
      [120, '70001'],
      [120, '70002'],
      [90, '70003'],
    ]
    await imported(
      [row(0, 0, 1, BOOK)],
      async ({ report }) => {
        expect(report.refused).toEqual([
          {
            reason: 'kline: a close that is not a decimal of 1e-8 above 0',
            count: 2,
            first: 'bars.csv row 1',
          },
          { reason: 'kline: another close for one minute', count: 1, first: 'bars.csv row 4' },
          {
            reason: 'kline: an open time that is not a whole minute',
            count: 1,
            first: 'bars.csv row 5',
          },
        ])
      },
      { bars, accept_refused: true },
    )
  })
})

describe('an import that cannot go on leaves nothing', () => {
  const good = [row(0, 0, 1, BOOK)]
  test.each([
    ['a missing column', ['recv_s', 'slug', 'text'], 'import.column', 'raw'],
    ['another missing column', ['time', 'slug', 'raw'], 'import.column', 'recv_s'],
  ] as const)('%s', async (_, names, code, field) => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      await writeRecording(file, good, names)
      const attempt = importClobL2([file], { out: join(folder, 'out') })
      await expect(attempt).rejects.toMatchObject({ code, field, file })
      expect(await readdir(folder)).toEqual(['book.parquet'])
    })
  })

  test('a file that is not Parquet, a file that is not there', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      await writeFile(file, 'text')
      for (const path of [file, join(folder, 'none.parquet')]) {
        const attempt = importClobL2([path], { out: join(folder, 'out') })
        await expect(attempt).rejects.toMatchObject({ code: 'import.file', file: path })
      }
      expect(await readdir(folder)).toEqual(['book.parquet'])
    })
  })

  test('bars without a close', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      const klines = join(folder, 'bars.csv')
      await writeRecording(file, good)
      await writeFile(klines, 'open_time_ms,open\n')
      await expect(importClobL2([file], { out: join(folder, 'out'), klines })).rejects.toMatchObject({
        code: 'import.column',
        field: 'close',
        file: klines,
      })
      expect(await readdir(folder)).toEqual(['bars.csv', 'book.parquet'])
    })
  })

  test('no window in the range', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      await writeRecording(file, good)
      const attempt = importClobL2([file], { out: join(folder, 'out'), to_us: START_S * 1e6 })
      await expect(attempt).rejects.toMatchObject({ code: 'tape.empty' })
      expect(await readdir(folder)).toEqual(['book.parquet'])
    })
  })

  test('an abort', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'book.parquet')
      const rows = Array.from({ length: 3_000 }, (_, i) => row(0, 0, i / 100, around(2_000 + i)))
      await writeRecording(file, rows)
      const abort = new AbortController()
      const states: number[] = []
      const attempt = importClobL2([file], {
        out: join(folder, 'out'),
        signal: abort.signal,
        progress({ rows_read, rows_total }) {
          expect(rows_total).toBe(3_000)
          states.push(rows_read)
          if (rows_read >= 2_000) abort.abort()
        },
      })
      await expect(attempt).rejects.toMatchObject({ name: 'AbortError' })
      expect(states).toEqual([1_024, 2_048])
      expect(await readdir(folder)).toEqual(['book.parquet'])
    })
  })
})
