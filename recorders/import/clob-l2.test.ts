import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Flag, Kind, Side } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import { gather, inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, verifyDataset } from '../tape/index.ts'
import { type ClobL2Options, importClobL2 } from './clob-l2.ts'
import {
  type Book,
  bookText,
  type Recorded,
  replayBooks,
  START_S,
  slugAt,
  tokenAt,
  writeRecording,
} from './fixtures.ts'

const BOOK: Book = { bids: new Map([[4_900, 5e6]]), asks: new Map([[5_100, 7e6]]) }
const book = (bids: [number, number][], asks: [number, number][]): Book => ({
  bids: new Map(bids),
  asks: new Map(asks),
})
/** A book whose mid is `price`. */
const around = (price: number) => book([[price - 100, 1e6]], [[price + 100, 1e6]])

/** A good row of window `index`, received `s` seconds after its start. */
function row(index: number, token: number, s: number, state: Book, extra = {}): Recorded {
  const recv_s = START_S + 300 * index + s
  const raw = bookText(index, token, state, Math.round(recv_s * 1_000) - 40, extra)
  return { recv_s, slug: slugAt(index), raw }
}

type Case = { folder: string; dir: string; report: Awaited<ReturnType<typeof importClobL2>> }

/** Import rows as one file and look at what came of it. */
async function imported(
  rows: readonly Recorded[],
  look: (result: Case) => Promise<void>,
  options: Partial<ClobL2Options> & { bars?: readonly [number, string][] } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const file = join(folder, 'book.parquet')
    await writeRecording(file, rows)
    const { bars, ...rest } = options
    const klines = join(folder, 'bars.csv')
    if (bars !== undefined) await writeFile(klines, kline(bars))
    const dir = join(folder, 'out')
    const report = await importClobL2([file], {
      out: dir,
      ...(bars === undefined ? {} : { klines }),
      ...rest,
    })
    await look({ folder, dir, report })
  })
}

/** A CSV of bars that close at these seconds after the first window's start. */
function kline(bars: readonly [number, string][]): string {
  const lines = bars.map(([close_s, close]) => `${(START_S + close_s - 60) * 1_000},1,2,0.5,${close},9,9`)
  return ['open_time_ms,open,high,low,close,volume,trades', ...lines, ''].join('\n')
}

async function groupsOf(dir: string) {
  const dataset = await openDataset(dir)
  const groups = []
  for await (const group of replayBooks(readColumns(dataset, { cache: false }), dataset.instruments)) {
    groups.push({ ...group, book: { bids: new Map(group.book.bids), asks: new Map(group.book.asks) } })
  }
  return groups
}

describe('the tape of a recording of books', () => {
  const side = (step: number) =>
    fc.uniqueArray(
      fc.tuple(
        fc.integer({ min: 1, max: ONE / step - 1 }).map((n) => n * step),
        fc.integer({ min: 1, max: 1e12 }),
      ),
      { maxLength: 5, selector: ([price]) => price },
    )
  const state = fc
    .constantFrom(100, 10, 1)
    .chain((step) => fc.record({ bids: side(step), asks: side(step) }))
    .map(({ bids, asks }) => book(bids, asks))
  const message = fc.record({
    index: fc.integer({ min: 0, max: 2 }),
    token: fc.integer({ min: 0, max: 1 }),
    wait_ms: fc.integer({ min: 0, max: 40 }),
    again: fc.boolean(),
    state,
  })

  test('replays to the books of the raw messages, in receive order, whatever the layout of the files', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 40 }),
        async (messages, cut) => {
          await inFolder(async (folder) => {
            let now_ms = 1_000
            let before = BOOK
            const made = messages.map(({ index, token, wait_ms, again, state: fresh }) => {
              now_ms += wait_ms
              before = again ? before : fresh
              const recv_s = START_S + now_ms / 1_000
              const raw = bookText(index, token, before, now_ms + START_S * 1_000)
              return { recv_s, slug: slugAt(index), raw, state: before, token_id: tokenAt(index, token) }
            })
            // As the public recording lies: by window and token, then time; here in two files.
            const group = ({ slug, token_id }: (typeof made)[number]) => `${slug} ${token_id}`
            const stored = [...made].sort((a, b) => (group(a) < group(b) ? -1 : group(a) > group(b) ? 1 : 0))
            const files = [join(folder, 'a.parquet'), join(folder, 'b.parquet')]
            await writeRecording(files[0]!, stored.slice(0, cut))
            await writeRecording(files[1]!, stored.slice(cut))
            const report = await importClobL2(files, { out: join(folder, 'out') })
            expect(report).toMatchObject({ rows_read: made.length, refused: [] })

            const expected = [...stored].sort((a, b) => a.recv_s - b.recv_s)
            const groups = await groupsOf(join(folder, 'out'))
            expect(groups.map(({ local_us, token_id }) => [local_us, token_id])).toEqual(
              expected.map(({ recv_s, token_id }) => [Math.round(recv_s * 1e6), token_id]),
            )
            groups.forEach((found, i) => {
              expect(found.book).toEqual(expected[i]!.state)
              checkOrder(found.rows)
            })
            await verifyDataset(join(folder, 'out'))
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  /** Ticks, removals, sets; in each bids before asks, prices rising; a lone ALIVE; only the last row is LAST. */
  function checkOrder(rows: Awaited<ReturnType<typeof groupsOf>>[number]['rows']): void {
    const rank = ({ kind, side: s, price, size }: (typeof rows)[number]) =>
      kind === Kind.TICK_SIZE ? -1 : (size === 0 ? 0 : 1e6) + (s === Side.BID ? 0 : 1e5) + price
    const ranks = rows.map(rank)
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    expect(rows.map(({ flags }) => flags & Flag.LAST)).toEqual(
      rows.map((_, i) => (i === rows.length - 1 ? 1 : 0)),
    )
    if (rows.some(({ kind }) => kind === Kind.ALIVE)) expect(rows).toHaveLength(1)
  }

  test('flags the first book of a market as a snapshot, marks a message without news as alive', async () => {
    const rows = [row(0, 0, 1, BOOK), row(0, 0, 2, BOOK), row(0, 1, 3, book([[4_900, 7e6]], [[5_100, 5e6]]))]
    await imported(rows, async ({ dir, report }) => {
      expect((await groupsOf(dir)).map((group) => group.rows)).toEqual([
        [
          { kind: Kind.LEVEL, side: Side.BID, price: 4_900, size: 5e6, flags: Flag.SNAPSHOT },
          { kind: Kind.LEVEL, side: Side.ASK, price: 5_100, size: 7e6, flags: Flag.SNAPSHOT | Flag.LAST },
        ],
        [{ kind: Kind.ALIVE, side: 0, price: 0, size: 0, flags: Flag.LAST }],
        // The mirrored book of the other token says nothing new of the market.
        [{ kind: Kind.ALIVE, side: 0, price: 0, size: 0, flags: Flag.LAST }],
      ])
      expect(report.events).toBe(4)
    })
  })

  test('knows a tick from the message that states it, or from the first level off the grid', async () => {
    const fine = book([[4_910, 1e6]], [[5_100, 1e6]])
    const rows = [
      row(0, 0, 1, BOOK, { tick_size: '0.01' }),
      row(0, 0, 2, BOOK, { tick_size: '0.01' }),
      row(0, 0, 3, fine),
      row(0, 0, 4, BOOK),
      row(0, 0, 5, BOOK, { tick_size: '0.01' }),
      row(1, 0, 6, book([[5, 1e6]], [])),
      row(2, 0, 7, book([[9_990, 1e6]], []), { tick_size: '0.001' }),
    ]
    await imported(rows, async ({ dir, report }) => {
      const ticks = (await groupsOf(dir)).flatMap(({ rows: found, local_us }) =>
        found
          .filter(({ kind }) => kind === Kind.TICK_SIZE)
          .map(({ price, flags }) => [local_us / 1e6 - START_S, price, flags & Flag.INFERRED]),
      )
      expect(ticks).toEqual([
        [1, 100, 0],
        [3, 10, Flag.INFERRED],
        [5, 100, 0],
        [306, 1, Flag.INFERRED],
        [607, 10, 0],
      ])
      const [note] = report.inferred.filter(({ what }) => what === 'tick size')
      expect(note!.agreement).toBe('3 stated, 2 inferred in 2 of 3 windows')
      expect(note!.exceptions).toEqual([slugAt(0), slugAt(1)])
    })
  })

  test('puts the close of a bar before the messages received when it ends, and not earlier', async () => {
    const rows = [row(0, 0, 59.9, BOOK), row(0, 0, 60, around(5_200)), row(0, 0, 61, BOOK)]
    const bars = [0, 60, 120].map((s, i) => [s, `7000${i}.25`] as [number, string])
    await imported(
      rows,
      async ({ dir }) => {
        const dataset = await openDataset(dir)
        const columns = await gather(readColumns(dataset))
        const seen = [...columns.kind].map((kind, i) => [
          kind,
          columns.local_us[i]! / 1e6 - START_S,
          columns.price[i],
        ])
        expect(seen.filter(([kind]) => kind === Kind.ORACLE)).toEqual([
          [Kind.ORACLE, 0, 7_000_025_000_000],
          [Kind.ORACLE, 60, 7_000_125_000_000],
          [Kind.ORACLE, 120, 7_000_225_000_000],
        ])
        expect(seen.findIndex(([kind, s]) => kind === Kind.ORACLE && s === 60)).toBe(
          seen.findIndex(([kind, s]) => kind === Kind.LEVEL && s === 60) - 1,
        )
        expect([...columns.exch_us].filter((_, i) => columns.kind[i] === Kind.ORACLE)).toEqual(
          [0, 60, 120].map((s) => (START_S + s) * 1e6),
        )
        expect([...columns.seq]).toEqual([...columns.seq.keys()])
        expect(dataset.manifest.reference_profile).toMatchObject({
          name: 'perp-1m-bars',
          stale_ms: 75_000,
          overrides: {
            'volatility.half_life_s': 300,
            'volatility.warmup_s': 180,
            'volatility.max_dt_s': 600,
          },
        })
        expect(dataset.manifest).toMatchObject({ series: ['5m'], assets: ['btc'] })
      },
      { bars },
    )
  })

  test('a range keeps the windows that start in it, the bars around them, and all evidence', async () => {
    const rows = [0, 1, 2].flatMap((i) => [
      row(i, 0, 1, BOOK),
      row(i, 0, 299, around(9_800)),
      row(i, 0, 301, around(9_800)),
    ])
    const bars = Array.from({ length: 80 }, (_, i) => [60 * (i - 50), `${70_000 + i}`] as [number, string])
    const range = { from_us: (START_S + 300) * 1e6, to_us: (START_S + 600) * 1e6 }
    await imported(
      rows,
      async ({ dir, report }) => {
        const { instruments, manifest, gaps } = await openDataset(dir)
        expect(instruments.markets.map(({ slug }) => slug)).toEqual([slugAt(1)])
        expect(report).toMatchObject({ rows_read: 9, refused: [], windows: { total: 1 } })
        expect(report.inferred[0]!.agreement).toBe('3 of 3')
        expect(manifest.time_range.from_us).toBe((START_S + 300 - 2_400) * 1e6)
        expect(manifest.time_range.to_us).toBe((START_S + 600 + 120) * 1e6)
        expect(
          gaps.map((gap) => [gap.market, gap.from_us / 1e6 - START_S, gap.to_us / 1e6 - START_S]),
        ).toEqual([
          [null, 301, 599],
          [0, 301, 599],
        ])
      },
      { bars, ...range },
    )
  })
})

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
      [60, '70002'],
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
          { reason: 'kline: not after the bar ahead of it', count: 1, first: 'bars.csv row 4' },
          {
            reason: 'kline: an open time that is not a whole minute in milliseconds',
            count: 1,
            first: 'bars.csv row 5',
          },
        ])
      },
      { bars },
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

describe('which token is Up', () => {
  /** Twelve windows; the reference moves by `moves`, the recorded token ends high where `high` says so. */
  async function session(
    moves: readonly number[],
    high: readonly boolean[],
    look: (result: Case) => Promise<void>,
    more: readonly Recorded[] = [],
  ): Promise<void> {
    const rows = high.map((up, i) => row(i, 0, 296, around(up ? 9_800 : 200)))
    let price = 70_000
    const bars: [number, string][] = [[0, String(price)]]
    moves.forEach((move, i) => {
      for (let minute = 1; minute <= 4; minute++) bars.push([300 * i + 60 * minute, String(price)])
      price += move
      bars.push([300 * (i + 1), String(price)])
    })
    await imported([...more, ...rows], look, { bars })
  }
  const outcomes = async (dir: string) => {
    const { instruments } = (await openDataset(dir)).instruments
    return instruments.flatMap((one) => (one.kind === 'token' ? [one.outcome] : []))
  }
  const moves = [5, -5, 7, 9, -1, 3, -3, -3, 4, 5, 6, -7]

  test.each([
    ['up', moves.map((move) => move > 0)],
    ['down', moves.map((move) => move < 0)],
  ] as const)('is %s in every window of the session when all agree', async (outcome, high) => {
    await session(moves, high, async ({ dir, report }) => {
      expect(await outcomes(dir)).toEqual(moves.map(() => outcome))
      expect(report.inferred[0]).toMatchObject({
        what: `the recorded token is ${outcome}`,
        agreement: '12 of 12',
      })
      expect((await openDataset(dir)).manifest.assignment).toBe('assigned')
      expect(report.windows).toMatchObject({ total: 12, settlement: 12 })
    })
  })

  test('a window that disagrees keeps the answer of the session and is listed', async () => {
    const high = moves.map((move, i) => move < 0 !== (i === 4))
    await session(moves, high, async ({ dir, report }) => {
      expect(await outcomes(dir)).toEqual(moves.map(() => 'down'))
      expect(report.inferred[0]).toMatchObject({ agreement: '11 of 12', exceptions: [slugAt(4)] })
    })
  })

  test('a tie of the reference is Up', async () => {
    const tied = moves.map((move) => (move === 5 ? 0 : move))
    const high = tied.map((move) => move >= 0)
    await session(tied, high, async ({ report }) => {
      expect(report.inferred[0]).toMatchObject({ what: 'the recorded token is up', agreement: '12 of 12' })
    })
  })

  test('of two tokens the one with more messages is the recorded one, the other its complement', async () => {
    const high = moves.map((move) => move < 0)
    const second = [row(3, 1, 290, around(9_800)), row(5, 1, 100, around(5_000))]
    const more = [...second, row(5, 0, 200, around(4_000))]
    await session(
      moves,
      high,
      async ({ dir, report }) => {
        const { instruments } = await openDataset(dir)
        const pair = (market: number) =>
          instruments.instruments.flatMap((one) =>
            one.kind === 'token' && one.market === market ? [[one.token_id, one.outcome]] : [],
          )
        const index = instruments.markets.findIndex(({ slug }) => slug === slugAt(5))
        expect(pair(index)).toEqual([
          [tokenAt(5, 1), 'up'],
          [tokenAt(5, 0), 'down'],
        ])
        expect(report.inferred.some(({ how }) => how.startsWith('2 of 12 windows have two'))).toBe(true)
      },
      more,
    )
  })

  test('without a reference, or with agreement of less than nine in ten, it is unassigned', async () => {
    const coin = moves.map((_, i) => i % 2 === 0)
    await session(moves, coin, async ({ dir, report }) => {
      expect((await openDataset(dir)).manifest.assignment).toBe('unassigned')
      expect(report.inferred[0]!.what).toContain('unassigned')
      expect(await outcomes(dir)).toEqual(moves.map(() => 'up'))
    })
    await imported([row(0, 0, 296, around(9_800)), row(1, 0, 5, BOOK)], async ({ dir, report }) => {
      expect((await openDataset(dir)).manifest.assignment).toBe('unassigned')
      expect(report.inferred[0]!.agreement).toBe('0 of 0')
      expect(report.windows).toEqual({
        total: 2,
        recorded: 0,
        settlement: 0,
        inferred_from_book: 1,
        unresolved: 1,
      })
    })
  })

  test('another capture session needs evidence of its own', async () => {
    const later = row(200, 0, 10, BOOK)
    await session(
      moves,
      moves.map((move) => move > 0),
      async ({ dir, report }) => {
        expect(report.inferred.slice(0, 2).map(({ agreement }) => agreement)).toEqual(['12 of 12', '0 of 0'])
        expect((await openDataset(dir)).manifest.assignment).toBe('unassigned')
      },
      [later],
    )
  })
})
