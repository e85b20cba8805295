import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../../core/book/index.ts'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { formatDecimal, HOUR, ONE } from '../../core/units/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { type Btc15mOptions, importBtc15m1Hz } from './btc15m-1hz.ts'
import { JUNE_S, rowsOf, type TapeRow, writeLines } from './text-fixtures.ts'

const HEADER =
  'Timestamp,TargetTime,Expiration,UpBid,UpAsk,UpMid,UpSpread,UpBidLiquidity,UpAskLiquidity,DownBid,DownAsk,DownMid,DownSpread,DownBidLiquidity,DownAskLiquidity'
const FILLS = 'timestamp,trade_side,quantity,price,TargetTime,ExpirationTime'
const us = (s: number) => (JUNE_S + s) * 1_000_000

/** A touch: bid and ask in ticks, what stands there in micro-shares; 0 an empty side. */
type Touch = readonly [bid: number, ask: number, bid_size?: number, ask_size?: number]

/** A clock time as the files have it, `s` seconds after the first window's start in a zone of `zone_h` hours. */
const clock = (s: number, zone_h = 0) =>
  new Date((JUNE_S + s) * 1_000 + zone_h * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

/** A row of polls at second `s`, in the window it lies in unless another is named. */
function poll(s: number, up: Touch, down: Touch, zone_h = 0, window_s = Math.floor(s / 900) * 900): string {
  const side = ([bid, ask, bid_size = bid > 0 ? 1e6 : 0, ask_size = ask > 0 ? 2e6 : 0]: Touch) => [
    formatDecimal(bid, 4),
    formatDecimal(ask, 4),
    '0.5',
    '0.01',
    formatDecimal(bid_size, 6),
    formatDecimal(ask_size, 6),
  ]
  return [clock(s, zone_h), clock(window_s), clock(window_s + 900), ...side(up), ...side(down)].join(',')
}

/** The same touch seen from the other token. */
function mirror([bid, ask, bid_size, ask_size]: Touch): Touch {
  const [own_bid, own_ask] = [ask === 0 ? 0 : ONE - ask, bid === 0 ? 0 : ONE - bid]
  return bid_size === undefined || ask_size === undefined
    ? [own_bid, own_ask]
    : [own_bid, own_ask, ask_size, bid_size]
}
const UP: Touch = [4_700, 4_800, 5e6, 7e6]
const DOWN = mirror(UP)

type Result = Awaited<ReturnType<typeof importBtc15m1Hz>> & {
  rows: TapeRow[]
  dataset: Awaited<ReturnType<typeof openDataset>>
}

/** Import made-up files, each given as its lines, and look at what came of them. */
async function imported(
  files: Readonly<Record<string, readonly string[]>>,
  look: (result: Result) => void | Promise<void>,
  outcomes?: readonly string[],
): Promise<void> {
  await inFolder(async (folder) => {
    const made: string[] = []
    for (const [name, lines] of Object.entries(files))
      made.push(await writeLines(join(folder, name), lines, 'gzip'))
    const dir = join(folder, 'out')
    const options: Btc15mOptions = { out: dir, accept_refused: true }
    if (outcomes !== undefined) options.outcomes = await writeLines(join(folder, 'outcomes.csv'), outcomes)
    const report = await importBtc15m1Hz(made, options)
    await verifyDataset(dir)
    await look({ ...report, rows: await rowsOf(dir), dataset: await openDataset(dir) })
  })
}

const polls = (...lines: string[]) => ({ 'market_data.csv.gz': [HEADER, ...lines] })
const inferredAs = ({ inferred }: Result, what: string) => inferred.find((one) => one.what.startsWith(what))!

/** The canonical book in Up prices after each group, as the core would hold it. */
function replay(
  rows: readonly TapeRow[],
): { instrument: number; bid: number; ask: number; levels: number }[] {
  const book = Book.create()
  const groups = []
  const prices = new Set<string>()
  for (const { kind, instrument, side, price, size, flags } of rows) {
    if (kind === Kind.LEVEL) {
      const down = instrument % 2 === 1
      const own = down ? (side === Side.BID ? Side.ASK : Side.BID) : side
      const at = down ? ONE - price : price
      Book.set(book, own as 1 | 2, at, size)
      if (size > 0) prices.add(`${own} ${at}`)
      else prices.delete(`${own} ${at}`)
    }
    if ((flags & Flag.LAST) !== 0)
      groups.push({ instrument, bid: book.best_bid, ask: book.best_ask, levels: prices.size })
  }
  return groups
}

describe('polls of the touch', () => {
  const touch = fc
    .tuple(fc.integer({ min: 0, max: 98 }), fc.integer({ min: 1, max: 99 }))
    .map(([a, b]) => [Math.min(a, b) * 100, a === b ? 0 : Math.max(a, b) * 100] as const)

  test('make one book: after each answer it is that answer, of whichever token, and nothing beside it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(touch, touch), { minLength: 1, maxLength: 30 }), async (made) => {
        const answers = made.flatMap(([up, down]) => [
          { instrument: 0, bid: up[0] || -1, ask: up[1] || -1 },
          { instrument: 1, bid: down[1] === 0 ? -1 : ONE - down[1], ask: down[0] === 0 ? -1 : ONE - down[0] },
        ])
        const expected = answers
          .filter(({ bid, ask }) => bid >= 0 || ask >= 0)
          .map((one) => ({ ...one, levels: Number(one.bid >= 0) + Number(one.ask >= 0) }))
        fc.pre(expected.length > 0)
        await imported(polls(...made.map(([up, down], s) => poll(s, up, down))), ({ rows, refused }) => {
          expect(refused).toEqual([])
          expect(replay(rows)).toEqual(expected)
        })
      }),
      { numRuns: 30 },
    )
  })

  test('have the recorded liquidity as the size of the touch, marked inferred, in the terms of their own token', async () => {
    await imported(polls(poll(0, UP, DOWN), poll(1, [4_700, 4_900, 5e6, 3e6], DOWN)), ({ rows, dataset }) => {
      const inferred = Flag.INFERRED
      const told = rows.map(({ kind, local_us, exch_us, instrument, side, price, size, flags }) => [
        kind,
        (local_us - us(0)) / 1e6,
        exch_us,
        instrument,
        side,
        price,
        size,
        flags,
      ])
      expect(told).toEqual([
        [Kind.LEVEL, 0, 0, 0, Side.BID, 4_700, 5e6, inferred | Flag.SNAPSHOT],
        [Kind.LEVEL, 0, 0, 0, Side.ASK, 4_800, 7e6, inferred | Flag.SNAPSHOT | Flag.LAST],
        [Kind.ALIVE, 0, 0, 1, 0, 0, 0, Flag.LAST],
        [Kind.LEVEL, 1, 0, 0, Side.ASK, 4_800, 0, inferred],
        [Kind.LEVEL, 1, 0, 0, Side.ASK, 4_900, 3e6, inferred | Flag.LAST],
        [Kind.LEVEL, 1, 0, 1, Side.BID, 5_100, 0, inferred],
        [Kind.LEVEL, 1, 0, 1, Side.BID, 5_200, 7e6, inferred | Flag.LAST],
      ])
      expect(dataset.manifest.carries).toEqual({ book: 'top', trades: false })
      expect(dataset.instruments.instruments).toMatchObject([
        { market: 0, outcome: 'up' },
        { market: 0, outcome: 'down' },
      ])
      expect(dataset.instruments.markets[0]!.slug).toBe(`btc-updown-15m-${JUNE_S}`)
    })
  })

  test('without either side of a token got no answer: the book stays, and it proves no life', async () => {
    const none: Touch = [0, 0]
    const lines = [
      poll(0, UP, DOWN),
      poll(1, none, DOWN),
      ...[2, 8, 9].map((s) => poll(s, none, none)),
      poll(10, UP, DOWN),
    ]
    await imported(polls(...lines), (result) => {
      expect(replay(result.rows).map(({ bid, ask }) => [bid, ask])).toEqual(Array(5).fill([4_700, 4_800]))
      expect(inferredAs(result, 'a token without').agreement).toBe('1 of 7')
      expect(result.gaps.count).toBe(1)
      expect(result.dataset.gaps.find(({ market }) => market === null)).toMatchObject({
        from_us: us(1),
        to_us: us(10),
      })
    })
  })

  test('of one second both stand, in the order of the file; one stamped before another is refused', async () => {
    const later: Touch = [4_600, 4_700]
    const lines = [poll(5, UP, DOWN), poll(5, later, mirror(later)), poll(4, UP, DOWN), poll(6, UP, DOWN)]
    await imported(polls(...lines), (result) => {
      expect(replay(result.rows).map(({ bid }) => bid)).toEqual([4_700, 4_700, 4_600, 4_600, 4_700, 4_700])
      expect(result.refused).toEqual([
        {
          reason: 'stamped before a row ahead of it: a poll that ended late',
          count: 1,
          first: 'market_data.csv.gz row 2',
        },
      ])
      expect(inferredAs(result, 'when a poll').agreement).toBe(
        '1 rows share the second of the row ahead of them',
      )
    })
  })

  test('say which token was asked first: Up mirrors Down of the poll before', async () => {
    const books = Array.from({ length: 10 }, (_, i): Touch => [4_000 + 100 * i, 4_100 + 100 * i])
    const lines = books.slice(1).map((down, i) => poll(i, books[i]!, mirror(down)))
    await imported(polls(...lines), (result) => {
      expect(inferredAs(result, 'Up of a row').agreement).toBe('8 against 0 of 8')
    })
  })

  test('with a price off the cent show a finer tick, from there on', async () => {
    const fine: Touch = [9_940, 9_960]
    await imported(polls(poll(0, UP, DOWN), poll(1, fine, mirror(fine)), poll(2, UP, DOWN)), (result) => {
      const ticks = result.rows.filter(({ kind }) => kind === Kind.TICK_SIZE)
      expect(ticks).toMatchObject([{ local_us: us(1), instrument: 0, price: 10, flags: Flag.INFERRED }])
      expect(inferredAs(result, 'tick size')).toMatchObject({
        agreement: 'finer in 1 of 1 windows',
        exceptions: [`btc-updown-15m-${JUNE_S}`],
      })
    })
  })
})

describe('the zone of a file', () => {
  test('is found on its first row, for each file on its own, and told with how many rows it fits', async () => {
    const zones = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters / 4)
    await fc.assert(
      fc.asyncProperty(zones, zones, fc.integer({ min: 0, max: 899 }), async (a, b, first) => {
        const files = {
          'b.csv': [HEADER, poll(900, UP, DOWN, b), poll(901, UP, DOWN, b)],
          'a.csv': [HEADER, poll(first, UP, DOWN, a)],
        }
        await imported(files, (result) => {
          expect(result.refused).toEqual([])
          expect([...new Set(result.rows.map(({ local_us }) => local_us))]).toEqual([first, 900, 901].map(us))
          const shown = (zone: number) => `UTC${zone === 0 ? '' : `${zone > 0 ? '+' : ''}${zone}`}`
          expect(inferredAs(result, 'times of a.csv')).toMatchObject({
            what: `times of a.csv are ${shown(a)}`,
            agreement: '1 of 1',
          })
          expect(inferredAs(result, 'times of b.csv')).toMatchObject({
            what: `times of b.csv are ${shown(b)}`,
            agreement: '2 of 2',
          })
        })
      }),
      { numRuns: 15 },
    )
  })

  test('does not change with later rows: what does not fit is refused', async () => {
    await imported(polls(poll(0, UP, DOWN, 1), poll(1, UP, DOWN, 0), poll(2, UP, DOWN, 1)), (result) => {
      expect(result.refused).toMatchObject([
        { reason: 'a time outside its window in the zone of its file', count: 1 },
      ])
      expect(inferredAs(result, 'times of').agreement).toBe('2 of 3')
    })
  })

  test('must be one of the world', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), [HEADER, poll(0, UP, DOWN, 15)])
      const running = importBtc15m1Hz([file], { out: join(folder, 'out') })
      await expect(running).rejects.toMatchObject({ code: 'import.zone', file })
      expect(await readdir(folder)).toEqual(['a.csv'])
    })
  })
})

describe('a row of polls that is refused, counted, and said with its place', () => {
  const good = poll(2, UP, DOWN)
  const swap = (from: string, to: string) => good.replace(from, to)
  test.each([
    ['another number of cells than the header', `${good},`],
    ['a time that is none', swap(clock(2), 'noon')],
    ['a time that is none', swap(clock(2), clock(2).replace('-08 ', '-38 '))],
    ['a window that is not a quarter of an hour', swap(clock(900), clock(1_800))],
    ['a window that is not a quarter of an hour', poll(2, UP, DOWN, 0, 1)],
    ['a time outside its window in the zone of its file', poll(2, UP, DOWN, 0, 900)],
    ['a price that is not a decimal of 1e-4 below 1', swap(',0.47,', ',0.47001,')],
    ['a price that is not a decimal of 1e-4 below 1', swap(',0.47,', ',-0.47,')],
    ['a price that is not a decimal of 1e-4 below 1', swap(',0.48,', ',1,')],
    ['a liquidity that is not a decimal of 1e-6 from 0', swap(',5,', ',many,')],
    ['a price without liquidity, or liquidity without a price', poll(2, [4_700, 4_800, 0, 7e6], DOWN)],
    ['a price without liquidity, or liquidity without a price', poll(2, UP, [0, 5_300, 1, 1])],
    ['a bid at or above the ask', poll(2, [4_800, 4_800], DOWN)],
  ])('%s: %s', async (reason, line) => {
    await imported(polls(poll(0, UP, DOWN), line, poll(3, UP, DOWN)), ({ refused, rows, rows_read }) => {
      expect(refused).toEqual([{ reason, count: 1, first: 'market_data.csv.gz row 1' }])
      expect(rows_read).toBe(3)
      expect([...new Set(rows.map(({ local_us }) => local_us))]).toEqual([us(0), us(3)])
    })
  })
})

describe('outcomes', () => {
  const OUTCOMES = 'timestamp,date,outcome,btc_open,btc_close'
  /** Bars from `from_s` on, by the price at each boundary, newest first as published. */
  const bars = (from_s: number, prices: readonly number[]) => [
    OUTCOMES,
    ...prices
      .slice(1)
      .map((close, i) => `${JUNE_S + from_s + 300 * i},x,up,${prices[i]!.toFixed(2)},${close.toFixed(2)}`)
      .reverse(),
  ]
  /** Two windows, the last poll of each with a mid near 1. */
  const high: Touch = [9_700, 9_800]
  const lines = [
    poll(0, UP, DOWN),
    poll(899, high, mirror(high)),
    poll(900, UP, DOWN),
    poll(1_799, high, mirror(high)),
  ]

  test('come from the open of the first bar to the close of the third, in class settlement, never recorded', async () => {
    const prices = [100, 90, 80, 101, 110, 120, 101, 130]
    await imported(
      polls(...lines),
      (result) => {
        expect(result.windows).toEqual({
          total: 2,
          recorded: 0,
          settlement: 2,
          inferred_from_book: 0,
          unresolved: 0,
        })
        // Up, and a tie that is Up.
        expect(inferredAs(result, 'outcomes').agreement).toBe('2 of 2')
        expect(result.rows.filter(({ kind }) => kind === Kind.RESOLVED)).toEqual([])
        expect(result.dataset.resolutions).toEqual([])
        expect(result.dataset.manifest.reference_profile).toMatchObject({
          settlement: 'binance-5m',
          spot: null,
          fast: [],
          bar_s: 300,
        })
      },
      bars(0, prices),
    )
  })

  test('are named where the book said otherwise', async () => {
    await imported(
      polls(...lines),
      (result) => {
        expect(inferredAs(result, 'outcomes')).toMatchObject({
          agreement: '1 of 2',
          exceptions: [`btc-updown-15m-${JUNE_S + 900}`],
        })
      },
      bars(0, [100, 100, 100, 101, 101, 101, 100.5, 100]),
    )
  })

  test('are on the tape as values at the boundaries, each known at its own time, the close before the next open', async () => {
    const published = bars(-600, [1, 2, 3, 4, 5, 6]).map((line) => line.replace(',3.00,4.00', ',3.01,4.00'))
    await imported(
      polls(poll(0, UP, DOWN), poll(301, UP, DOWN)),
      ({ rows, inferred }) => {
        const values = rows.filter(({ kind }) => kind === Kind.ORACLE)
        expect(values.map(({ local_us, exch_us, price, feed }) => [local_us, exch_us, price, feed])).toEqual(
          [0, 300, 600, 900].map((s, i) => [us(s), us(s), (3 + i) * 1e8, Feed.BINANCE]),
        )
        expect(inferred.at(-1)!.how).toContain('3 of 4 bars open exactly where the one before closed')
      },
      published,
    )
  })

  test('without bars the last mids decide, where they are near an end', async () => {
    await imported(polls(...lines.slice(0, 3)), ({ windows, dataset }) => {
      expect(windows).toEqual({ total: 2, recorded: 0, settlement: 0, inferred_from_book: 1, unresolved: 1 })
      expect(dataset.manifest.reference_profile).toMatchObject({ name: 'none', settlement: null, spot: null })
    })
  })

  test.each([
    ['a start that is not on a whole five minutes', `${JUNE_S + 1},x,up,1,2`],
    ['a start that is not on a whole five minutes', 'soon,x,up,1,2'],
    ['an open or close that is not a decimal of 1e-8 above 0', `${JUNE_S + 300},x,up,0,2`],
    ['an open or close that is not a decimal of 1e-8 above 0', `${JUNE_S + 300},x,up,1`],
    ['a window stated twice', `${JUNE_S},x,up,1,3`],
  ])('a bar is refused: %s', async (reason, line) => {
    await imported(
      polls(...lines),
      ({ refused }) => {
        expect(refused).toEqual([{ reason: `outcome: ${reason}`, count: 1, first: 'outcomes.csv row 1' }])
      },
      [OUTCOMES, `${JUNE_S},x,up,1,2`, line],
    )
  })
})

describe("a wallet's fills", () => {
  const fill = (s: number, side: string, quantity: string, price: string, window_s = 0) =>
    [clock(s), side, quantity, price, clock(window_s), clock(window_s + 900)].join(',')
  const files = (...fills: string[]) => ({
    'user_data.csv': [FILLS, ...fills],
    ...polls(poll(0, UP, DOWN, 1), poll(5, UP, DOWN, 1), poll(6, UP, DOWN, 1)),
  })

  test('stand as buys where they are stamped, behind the book of their second; the zone is that of their file', async () => {
    const lines = [fill(5, 'Up', '28.0', '0.48'), fill(901, 'Down', '12.5', '0.97')]
    await imported(files(...lines), (result) => {
      const { rows } = result
      const at = rows.findIndex(({ kind }) => kind === Kind.WALLET_TRADE)
      expect(rows[at]).toEqual({
        kind: Kind.WALLET_TRADE,
        local_us: us(5),
        exch_us: 0,
        instrument: 0,
        feed: Feed.WALLETS,
        side: Side.BUY,
        price: 4_800,
        size: 28e6,
        flags: Flag.LAST,
      })
      expect(rows[at - 1]!.local_us).toBe(us(5))
      expect(rows[at + 1]!.local_us).toBe(us(6))
      expect(rows.at(-1)).toMatchObject({ local_us: us(901), instrument: 1, price: 9_700, size: 12_500_000 })
      expect(inferredAs(result, 'fills of the wallet')).toMatchObject({ agreement: '0 of 2 rounded' })
      expect(inferredAs(result, 'fills of the wallet').how).toContain('4 to 6 s')
      expect(inferredAs(result, 'times of user_data.csv').what).toMatch(/UTC$/)
    })
  })

  test('are rounded where they are averages, and marked; the noise of a float is no average', async () => {
    const lines = [
      fill(5, 'Up', '13.979999999999999', '0.67999999999999999'),
      fill(5, 'Up', '1.0000001', '0.5'),
      fill(6, 'Up', '1', '0.56333'),
    ]
    await imported(files(...lines), (result) => {
      const trades = result.rows.filter(({ kind }) => kind === Kind.WALLET_TRADE)
      expect(trades.map(({ price, size, flags }) => [price, size, flags & Flag.INFERRED])).toEqual([
        [6_800, 13_980_000, 0],
        [5_000, 1e6, Flag.INFERRED],
        [5_633, 1e6, Flag.INFERRED],
      ])
      expect(inferredAs(result, 'fills of the wallet').agreement).toBe('2 of 3 rounded')
    })
  })

  test.each([
    ['another number of cells than the header', 'x'],
    ['a time that is none', fill(5, 'Up', '1', '0.5').replace(clock(5), '')],
    ['a trade_side other than Up or Down', fill(5, 'Sideways', '1', '0.5')],
    ['a price outside (0, 1)', fill(5, 'Up', '1', '1.0')],
    ['a price outside (0, 1)', fill(5, 'Up', '1', '1e-3')],
    ['a quantity that is not above 0', fill(5, 'Up', '0', '0.5')],
    ['a time outside its window in the zone of its file', fill(961, 'Up', '1', '0.5')],
    ['stamped before a row ahead of it: a poll that ended late', fill(1, 'Up', '1', '0.5')],
  ])('are refused: %s', async (reason, line) => {
    await imported(files(fill(2, 'Up', '1', '0.5'), line, fill(3, 'Up', '1', '0.5')), ({ refused }) => {
      expect(refused).toEqual([{ reason: `fill: ${reason}`, count: 1, first: 'user_data.csv row 1' }])
    })
  })

  test('are nothing without books', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'user.csv'), [FILLS, fill(1, 'Up', '1', '0.5')])
      const running = importBtc15m1Hz([file], { out: join(folder, 'out') })
      await expect(running).rejects.toMatchObject({ code: 'import.books', file })
    })
  })
})

describe('what cannot be imported leaves nothing behind', () => {
  const many = [HEADER, ...Array.from({ length: 5_000 }, (_, s) => poll(s, UP, DOWN))]

  test('a column is missing', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), [
        HEADER.replace('DownAsk,', ''),
        poll(0, UP, DOWN),
      ])
      const running = importBtc15m1Hz([file], { out: join(folder, 'out') })
      await expect(running).rejects.toMatchObject({ code: 'import.column', file, field: 'DownAsk' })
      expect(await readdir(folder)).toEqual(['a.csv'])
    })
  })

  test('a file is cut off', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv.gz'), many, 'cut')
      await expect(importBtc15m1Hz([file], { out: join(folder, 'out') })).rejects.toMatchObject({
        code: 'import.file',
        file,
      })
      expect(await readdir(folder)).toEqual(['a.csv.gz'])
    })
  })

  test('a stop in the middle', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'a.csv'), many)
      const controller = new AbortController()
      const seen: number[] = []
      const running = importBtc15m1Hz([file], {
        out: join(folder, 'out'),
        signal: controller.signal,
        progress: ({ rows_read, rows_total }) => {
          seen.push(rows_total)
          if (rows_read >= 2_000) controller.abort(new Error('stopped'))
        },
      })
      await expect(running).rejects.toThrow('stopped')
      expect(seen).toEqual([5_000])
      expect(await readdir(folder)).toEqual(['a.csv'])
    })
  })
})

test('a day between two sessions is a gap like any other', async () => {
  const day = 24 * 3_600
  await imported(polls(poll(0, UP, DOWN), poll(day, UP, DOWN)), ({ gaps }) => {
    expect(gaps).toMatchObject({ count: 1, seconds: (24 * HOUR) / 1e6 })
  })
})
