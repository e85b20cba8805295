import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate, Flag, Kind, Side } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import {
  createEvent,
  EVENT_BYTES,
  EVENT_DESCR,
  Ev,
  exportHftbacktest,
  npyHeader,
  writeEvent,
  writeNpz,
} from '../hftbacktest/index.ts'
import { HEAD, INSTRUMENTS, inFolder, type TAIL, tailOf } from '../tape/fixtures.ts'
import { createDataset, openDataset, verifyDataset } from '../tape/index.ts'
import { hftbacktest } from './hftbacktest.ts'
import { rowsOf, type TapeRow } from './text-fixtures.ts'

const SLUG = INSTRUMENTS.markets[0]!.slug
const START_US = INSTRUMENTS.markets[0]!.start_us
/** A second market and a series beside the one that is exported. */
const OTHERS = {
  markets: [INSTRUMENTS.markets[0]!, { ...INSTRUMENTS.markets[0]!, slug: 'btc-updown-5m-1776254700' }],
  instruments: [
    ...INSTRUMENTS.instruments,
    { kind: 'token', market: 1, outcome: 'up', token_id: '3' },
    { kind: 'series', name: 'spot', asset: 'btc', venue: 'x', unit: 'usd_e8' },
  ] as (typeof INSTRUMENTS)['instruments'],
}

/** A row of a made-up tape; a message ends where `last` is said. */
type Row = Partial<TapeRow> & { last?: boolean }

async function makeDataset(
  dir: string,
  rows: readonly Row[],
  tail: Partial<typeof TAIL> = {},
): Promise<void> {
  const writer = await createDataset(dir, { ...HEAD, carries: { book: 'full', trades: true } })
  const columns = allocate(rows.length)
  columns.length = rows.length
  rows.forEach((row, i) => {
    for (const name of [
      'local_us',
      'exch_us',
      'price',
      'size',
      'instrument',
      'kind',
      'feed',
      'side',
    ] as const)
      columns[name][i] = row[name] ?? (name === 'feed' ? 1 : 0)
    columns.flags[i] = (row.flags ?? 0) | (row.last === true ? Flag.LAST : 0)
    columns.seq[i] = i
  })
  await writer.append(columns)
  await writer.finish(tailOf(OTHERS, tail))
}

/**
 * What a tape's rows say of the exported market, in the terms of Up.
 *
 * @param numbered with the number of the message that each came in, which takes time
 */
function bookRows(rows: readonly TapeRow[], numbered = true) {
  const said = rows
    .map((row, i) => ({ ...row, i }))
    .filter(
      ({ kind, instrument }) =>
        instrument < 2 && [Kind.LEVEL, Kind.TRADE, Kind.BOOK_RESET].includes(kind as 1),
    )
  // Messages, by where they end: rows that are left out may end one.
  const message = (i: number) =>
    numbered ? rows.slice(0, i).filter(({ flags }) => (flags & Flag.LAST) !== 0).length : 0
  const order = [...new Set(said.map(({ i }) => message(i)))]
  return said.map(({ i, kind, local_us, exch_us, instrument, side, price, size, flags }) => {
    const reset = kind === Kind.BOOK_RESET
    const mirrored = instrument === 1 && !reset
    return {
      kind,
      local_us,
      exch_us,
      side: mirrored ? 3 - side : side,
      price: mirrored ? ONE - price : price,
      size,
      flags: flags & ~Flag.LAST,
      message: order.indexOf(message(i)),
    }
  })
}

const arbitraryRows = fc
  .array(
    fc.record({
      kind: fc.constantFrom(
        Kind.LEVEL,
        Kind.LEVEL,
        Kind.LEVEL,
        Kind.TRADE,
        Kind.BOOK_RESET,
        Kind.ALIVE,
        Kind.TICK_SIZE,
      ),
      wait_us: fc.constantFrom(0, 0, 1, 1_000, 7_000_000),
      lag_us: fc.oneof(fc.constant(null), fc.integer({ min: -200_000, max: 300_000 })),
      instrument: fc.constantFrom(0, 0, 1, 1, 2, 3),
      side: fc.constantFrom(Side.BID, Side.ASK),
      price: fc.integer({ min: 1, max: ONE - 1 }),
      size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e12 })),
      flags: fc.constantFrom(0, Flag.SNAPSHOT, Flag.INFERRED),
      last: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((made) => {
    let local_us = START_US
    return made.map(({ wait_us, lag_us, ...row }, i): Row => {
      // A message has one time.
      if (i === 0 || made[i - 1]!.last) local_us += wait_us
      const empty = row.kind !== Kind.LEVEL && row.kind !== Kind.TRADE
      // A snapshot is of levels; of a trade something is traded.
      const flags = row.kind === Kind.LEVEL ? row.flags : row.flags & ~Flag.SNAPSHOT
      return {
        ...row,
        ...(row.kind === Kind.TRADE && { size: row.size + 1 }),
        ...(empty && { side: 0, price: row.kind === Kind.TICK_SIZE ? 10 : 0, size: 0 }),
        ...(row.instrument === 3 && { kind: Kind.ORACLE, side: 0, price: row.price, size: row.size % 1e10 }),
        flags,
        local_us,
        exch_us: lag_us === null ? 0 : local_us - lag_us,
      }
    })
  })
  .filter((rows) =>
    rows.some(({ kind, instrument }) => instrument! < 2 && (kind === Kind.LEVEL || kind === Kind.TRADE)),
  )

describe('out and in again', () => {
  test('the same level changes, trades and resets, in the same messages, at the same times', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRows, fc.constantFrom('up', 'down' as const), (rows, outcome) =>
        inFolder(async (folder) => {
          const [dir, file, back] = [join(folder, 'a'), join(folder, 'a.npz'), join(folder, 'b')]
          await makeDataset(dir, rows)
          const told = await exportHftbacktest(await openDataset(dir), { market: SLUG, outcome, out: file })
          const report = await hftbacktest.run([file], {}, { out: back })
          await verifyDataset(back)
          const before = bookRows(await rowsOf(dir))
          expect(bookRows(await rowsOf(back))).toEqual(before)
          expect(told.events).toBe(before.length)
          expect(report).toMatchObject({ rows_read: told.records, events: before.length, refused: [] })
          // All rows of the market are taken or told.
          const left = Object.values(told.left_out).reduce((sum, count) => sum + count, 0)
          expect(told.events + left).toBe(rows.filter(({ instrument }) => instrument! < 2).length)
        }),
      ),
      { numRuns: 25 },
    )
  })

  test('the market, its tokens, its outcome, its gaps and its licence come back', async () => {
    await inFolder(async (folder) => {
      const [dir, file, back] = [join(folder, 'a'), join(folder, 'a.npz'), join(folder, 'b')]
      const level = { kind: Kind.LEVEL, side: Side.BID, price: 4_000, size: 1e6, last: true }
      const gap = { feed: 'clob_market', reason: 'silence' }
      const resolution = { up_payout: 10_000, known_us: START_US + 400e6, class: 'recorded' as const }
      await makeDataset(dir, [{ ...level, local_us: START_US + 1, instrument: 0 }], {
        gaps: [
          { ...gap, market: null, from_us: START_US - 9e6, to_us: START_US - 1 },
          { ...gap, market: 0, from_us: START_US + 1, to_us: START_US + 6e6 },
          { ...gap, market: 1, from_us: START_US + 2, to_us: START_US + 7e6 },
          { ...gap, market: null, from_us: START_US + 3, to_us: START_US + 8e6 },
        ],
        resolutions: [
          { market: 1, ...resolution, up_payout: 0 },
          { market: 0, ...resolution },
        ],
      })
      await exportHftbacktest(await openDataset(dir), { market: SLUG, out: file })
      const report = await hftbacktest.run([file], {}, { out: back })
      const { manifest, instruments, gaps, resolutions } = await openDataset(back)
      expect(instruments).toEqual(INSTRUMENTS)
      expect(resolutions).toEqual([{ market: 0, ...resolution }])
      expect(report.windows).toMatchObject({ total: 1, recorded: 1 })
      expect(gaps).toEqual([
        { ...gap, market: 0, from_us: START_US + 1, to_us: START_US + 6e6 },
        { ...gap, market: null, from_us: START_US + 3, to_us: START_US + 8e6 },
      ])
      expect(manifest).toMatchObject({ licence: 'CC0', attribution: 'nobody', assignment: 'assigned' })
      expect(manifest.source).toBe('a.npz, exported from: made up')
    })
  })

  test('a market of any length: columns grow, nothing is lost', async () => {
    await inFolder(async (folder) => {
      const [dir, file, back] = [join(folder, 'a'), join(folder, 'a.npz'), join(folder, 'b')]
      const rows = Array.from({ length: 140_000 }, (_, i): Row => {
        const trade = i % 7 === 0
        return {
          kind: trade ? Kind.TRADE : Kind.LEVEL,
          local_us: START_US + i * 100,
          exch_us: START_US + i * 100 - ((i * 7919) % 5_000),
          instrument: i % 2,
          side: i % 3 === 0 ? Side.BID : Side.ASK,
          price: 1 + ((i * 31) % 9_999),
          size: 1 + i,
          last: i % 5 === 4,
        }
      })
      await makeDataset(dir, rows)
      const told = await exportHftbacktest(await openDataset(dir), { market: SLUG, out: file })
      expect(told.events).toBe(rows.length)
      await hftbacktest.run([file], {}, { out: back })
      const [before, after] = [bookRows(await rowsOf(dir), false), bookRows(await rowsOf(back), false)]
      expect(after.length).toBe(rows.length)
      expect(after.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(before[i]))).toBe(-1)
    })
  })

  test('what a file says about its events is checked, field by field', async () => {
    await inFolder(async (folder) => {
      const [file, out] = [join(folder, 'a.npz'), join(folder, 'out')]
      for (const [text, field] of [
        ['{', ''],
        ['{"market":{"slug":1}}', 'market.slug'],
      ] as const) {
        const bytes = new TextEncoder().encode(text)
        await writeNpz(file, {
          data: [npyHeader(EVENT_DESCR, 0)],
          lockstep: [npyHeader("'|u1'", bytes.length), bytes],
        })
        const run = hftbacktest.run([file], {}, { out })
        await expect(run).rejects.toMatchObject({ code: 'import.about', file, field })
      }
    })
  })

  test('another market than the file’s is refused, and files of two exports', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'a')
      const level = {
        kind: Kind.LEVEL,
        side: Side.BID,
        price: 4_000,
        size: 1e6,
        last: true,
        local_us: START_US,
      }
      await makeDataset(dir, [
        { ...level, instrument: 0 },
        { ...level, instrument: 2 },
      ])
      const files: string[] = []
      for (const market of [SLUG, OTHERS.markets[1]!.slug]) {
        files.push(join(folder, `${market}.npz`))
        await exportHftbacktest(await openDataset(dir), { market, out: files.at(-1)! })
      }
      const out = join(folder, 'b')
      const other = hftbacktest.run([files[0]!], { market: OTHERS.markets[1]!.slug }, { out })
      await expect(other).rejects.toMatchObject({ code: 'import.market', field: 'market' })
      await expect(hftbacktest.run(files, {}, { out })).rejects.toMatchObject({ code: 'import.files' })
    })
  })

  test('an unknown market and a file that is there are refused; an abort leaves nothing', async () => {
    await inFolder(async (folder) => {
      const dir = join(folder, 'a')
      const level = {
        kind: Kind.LEVEL,
        side: Side.BID,
        price: 4_000,
        size: 1e6,
        last: true,
        local_us: START_US,
      }
      await makeDataset(dir, [{ ...level, instrument: 2 }])
      const dataset = await openDataset(dir)
      const out = join(folder, 'a.npz')
      await expect(exportHftbacktest(dataset, { market: 'x', out })).rejects.toMatchObject({
        code: 'export.market',
      })
      await expect(exportHftbacktest(dataset, { market: SLUG, out })).rejects.toMatchObject({
        code: 'export.empty',
      })
      await expect(
        exportHftbacktest(dataset, { market: OTHERS.markets[1]!.slug, out: dir }),
      ).rejects.toMatchObject({
        code: 'export.exists',
      })
      const stop = new AbortController()
      stop.abort()
      await expect(
        exportHftbacktest(dataset, { market: OTHERS.markets[1]!.slug, out, signal: stop.signal }),
      ).rejects.toThrow()
      expect(await readdir(folder)).toEqual(['a'])
    })
  })
})

/** An event as another program writes it, at ms after the start; by default at both. */
type Foreign = { ev: number; at_ms: number; lag_ms?: number; px?: number; qty?: number; ns?: bigint }
const BOTH = Ev.EXCH + Ev.LOCAL

async function imported(events: readonly Foreign[], options: Record<string, string> = { market: SLUG }) {
  return inFolder(async (folder) => {
    const [file, dir] = [join(folder, 'f.npz'), join(folder, 'out')]
    await writeForeign(file, events)
    const report = await hftbacktest.run([file], options, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    return { report, rows: await rowsOf(dir), dataset: await openDataset(dir) }
  })
}

async function writeForeign(file: string, events: readonly Foreign[]): Promise<void> {
  const bytes = new Uint8Array(events.length * EVENT_BYTES)
  const view = new DataView(bytes.buffer)
  events.forEach(({ ev, at_ms, lag_ms = 5, px = 0, qty = 0, ns = 0n }, i) => {
    const local_ns = BigInt(START_US) * 1_000n + BigInt(at_ms) * 1_000_000n + ns
    const exch_ns = local_ns - BigInt(lag_ms) * 1_000_000n
    writeEvent(view, i * EVENT_BYTES, { ...createEvent(), ev, exch_ns, local_ns, px, qty })
  })
  await writeNpz(file, { data: [npyHeader(EVENT_DESCR, events.length), bytes] })
}

const bid = (at_ms: number, px: number, qty: number): Foreign => ({
  ev: BOTH + Ev.BUY + Ev.DEPTH,
  at_ms,
  px,
  qty,
})
const ask = (at_ms: number, px: number, qty: number): Foreign => ({
  ev: BOTH + Ev.SELL + Ev.DEPTH,
  at_ms,
  px,
  qty,
})

describe('files of others', () => {
  test('levels, snapshots and trades become rows; events of one moment are one message', async () => {
    const { rows, dataset } = await imported([
      { ev: BOTH + Ev.BUY + Ev.DEPTH_SNAPSHOT, at_ms: 10, px: 0.07, qty: 100 },
      ask(10, 0.57, 0.000001),
      { ev: BOTH + Ev.SELL + Ev.TRADE, at_ms: 20, px: 0.07, qty: 3 },
      bid(20, 0.07, 0),
    ])
    const { SNAPSHOT, LAST } = Flag
    expect(rows.map(({ kind, side, price, size, flags }) => [kind, side, price, size, flags])).toEqual([
      [Kind.LEVEL, Side.BID, 700, 100e6, SNAPSHOT],
      [Kind.LEVEL, Side.ASK, 5_700, 1, LAST],
      [Kind.TRADE, Side.SELL, 700, 3e6, 0],
      [Kind.LEVEL, Side.BID, 700, 0, LAST],
    ])
    expect(rows[0]).toMatchObject({ local_us: START_US + 10_000, exch_us: START_US + 5_000, instrument: 0 })
    expect(dataset.manifest).toMatchObject({ licence: 'unknown', carries: { book: 'full', trades: true } })
  })

  test('an event that stands twice is one: the strategy’s', async () => {
    const { rows, report } = await imported([
      { ...bid(10, 0.4, 1), ev: Ev.EXCH + Ev.BUY + Ev.DEPTH, lag_ms: 20 },
      bid(5, 0.5, 1),
      { ...bid(10, 0.4, 1), ev: Ev.LOCAL + Ev.BUY + Ev.DEPTH, lag_ms: 20 },
    ])
    expect(rows.map(({ price }) => price)).toEqual([5_000, 4_000])
    expect(report).toMatchObject({ rows_read: 3, refused: [] })
    expect(report.inferred[0]!.agreement).toBe('1 of 3')
  })

  test('a void book is a reset; a part of a side that is cleared becomes the levels that it takes away', async () => {
    const clear = (side: number, px: number): Foreign => ({ ev: BOTH + side + Ev.DEPTH_CLEAR, at_ms: 20, px })
    const levels = [bid(10, 0.4, 1), bid(10, 0.45, 1), bid(10, 0.5, 1), ask(10, 0.6, 1), ask(10, 0.65, 1)]
    const left = async (event: Foreign) =>
      (await imported([...levels, event, bid(30, 0.3, 1)])).rows
        .filter(({ local_us }) => local_us === START_US + 20_000)
        .map(({ kind, side, price, size }) => [kind, side, price, size])
    expect(await left(clear(Ev.BUY, 0.45))).toEqual([
      [Kind.LEVEL, Side.BID, 5_000, 0],
      [Kind.LEVEL, Side.BID, 4_500, 0],
    ])
    expect(await left(clear(Ev.SELL, 0.62))).toEqual([[Kind.LEVEL, Side.ASK, 6_000, 0]])
    expect(await left(clear(Ev.SELL, 7))).toHaveLength(2)
    expect(await left(clear(Ev.BUY, 0))).toHaveLength(3)
    expect(await left(clear(0, 0))).toEqual([[Kind.BOOK_RESET, 0, 0, 0]])
  })

  test('nanoseconds are cut off and told', async () => {
    const { rows, report } = await imported([{ ...bid(10, 0.4, 1), ns: 999n }, bid(11, 0.4, 2)])
    expect(rows[0]!.local_us).toBe(START_US + 10_000)
    expect(report.inferred.find(({ what }) => what === 'times in µs')!.agreement).toBe('1 of 2')
  })

  test('each event that cannot be a row is refused with its reason', async () => {
    const bad: [Foreign, string][] = [
      [
        { ...bid(10, 0.4, 1), ev: Ev.BUY + Ev.DEPTH },
        'an event that neither the exchange nor the strategy takes',
      ],
      [{ ...bid(10, 0.4, 1), ev: BOTH + Ev.BUY + 10 }, 'an event of a single order: the tape holds levels'],
      [{ ...bid(10, 0.4, 1), ev: BOTH + Ev.BUY + 5 }, 'a best price without its level'],
      [{ ...bid(10, 0.4, 1), ev: BOTH + Ev.BUY + 77 }, 'an event of another kind'],
      [{ ...bid(10, 0.4, 1), ev: BOTH + Ev.DEPTH }, 'an event of both sides, or of none'],
      [{ ...bid(10, 0.4, 1), ev: BOTH + Ev.BUY + Ev.SELL + Ev.TRADE }, 'an event of both sides, or of none'],
      [bid(10, 61_837.6, 1), 'a price outside (0, 1): not that of a share'],
      [bid(10, Number.NaN, 1), 'a price outside (0, 1): not that of a share'],
      [bid(10, 0.40005, 1), 'a price finer than 1e-4'],
      [bid(10, 0.4, 1e-7), 'a size that is not a number of 1e-6 from 0'],
      [bid(10, 0.4, -1), 'a size that is not a number of 1e-6 from 0'],
      [{ ...bid(10, 0.4, 0), ev: BOTH + Ev.BUY + Ev.TRADE }, 'a trade of nothing'],
      [{ ...bid(10, Number.NaN, 1), ev: BOTH + Ev.BUY + Ev.DEPTH_CLEAR }, 'a price that is none'],
      [{ ...bid(10, 0.4, 1), lag_ms: 2e12 }, 'a time before 1970'],
      [bid(4, 0.4, 1), 'a local time before that of an event ahead of it'],
    ]
    const { report, rows } = await imported([bid(5, 0.4, 1), ...bad.map(([event]) => event), bid(20, 0.4, 2)])
    const reasons = bad.map(([, reason]) => reason)
    expect(report.refused).toEqual(
      [...new Set(reasons)].map((reason) => ({
        reason,
        count: reasons.filter((other) => other === reason).length,
        first: `f.npz row ${reasons.indexOf(reason) + 1}`,
      })),
    )
    expect(rows).toHaveLength(2)
  })

  test('the market must be named, and may be named by its other outcome', async () => {
    const events = [bid(10, 0.4, 1)]
    await expect(imported(events, {})).rejects.toMatchObject({ code: 'import.market', field: 'market' })
    await expect(imported(events, { market: 'btcusdt' })).rejects.toMatchObject({ code: 'import.market' })
    await expect(imported(events, { market: SLUG, outcome: 'yes' })).rejects.toMatchObject({
      code: 'import.outcome',
    })
    const { rows, dataset } = await imported(events, { market: SLUG, outcome: 'down' })
    expect(dataset.instruments.instruments[rows[0]!.instrument]).toMatchObject({ outcome: 'down' })
  })

  test('silences are gaps, and the last mids class the window', async () => {
    const end = 300_000
    const { report } = await imported([bid(1_000, 0.96, 1), ask(1_000, 0.98, 1), bid(end - 1_000, 0.97, 1)])
    expect(report.gaps).toMatchObject({ count: 1, markets: { count: 1 } })
    expect(report.windows).toMatchObject({ total: 1, inferred_from_book: 1 })
  })

  test('files come in any order', async () => {
    await inFolder(async (folder) => {
      const [a, b, dir] = [join(folder, 'a.npz'), join(folder, 'b.npz'), join(folder, 'out')]
      await writeForeign(a, [bid(20, 0.5, 1)])
      await writeForeign(b, [bid(10, 0.4, 1), bid(11, 0.4, 2)])
      const report = await hftbacktest.run([a, b], { market: SLUG }, { out: dir })
      expect((await rowsOf(dir)).map(({ price }) => price)).toEqual([4_000, 4_000, 5_000])
      expect(report.rows_read).toBe(3)
    })
  })

  test('an archive without events, and with those of hftbacktest 1.x, is refused', async () => {
    await inFolder(async (folder) => {
      const [file, out] = [join(folder, 'a.npz'), join(folder, 'out')]
      const run = () => hftbacktest.run([file], { market: SLUG }, { out })
      await writeNpz(file, { other: [npyHeader(EVENT_DESCR, 0)] })
      await expect(run()).rejects.toMatchObject({ code: 'import.npy', field: 'data' })
      await writeNpz(file, { data: [npyHeader("'<f8'", 6), new Uint8Array(48)] })
      await expect(run()).rejects.toMatchObject({ code: 'import.npy', field: 'data' })
      await writeNpz(file, { data: [npyHeader(EVENT_DESCR, 2), new Uint8Array(EVENT_BYTES)] })
      await expect(run()).rejects.toMatchObject({ code: 'import.npy', row: 1 })
    })
  })
})

describe('files of an exchange', () => {
  const series = { series: 'btc' }

  test('are of any length, and may be given up at any time', async () => {
    const events = Array.from({ length: 9_000 }, (_, i) =>
      i % 2 === 0 ? bid(i, 90 - (i % 8), 1) : ask(i, 100 + (i % 8), 1),
    )
    const { report } = await imported(events, series)
    expect(report).toMatchObject({ rows_read: 9_000, refused: [] })
    await inFolder(async (folder) => {
      const [file, out] = [join(folder, 'f.npz'), join(folder, 'out')]
      await writeForeign(file, events)
      const stop = new AbortController()
      const progress = () => stop.abort()
      const run = hftbacktest.run([file], series, { out, signal: stop.signal, progress })
      await expect(run).rejects.toThrow()
      expect(await readdir(folder)).toEqual(['f.npz'])
    })
  })

  test('best prices become quotes where they change, once a moment; trades become prints', async () => {
    const { rows, dataset, report } = await imported(
      [
        bid(10, 61_837.63, 3.5),
        ask(10, 61_837.64, 1.25),
        ask(10, 61_838, 1),
        bid(20, 61_830, 1),
        { ev: BOTH + Ev.SELL + Ev.TRADE, at_ms: 30, px: 61_837.63, qty: 0.00000001 },
        bid(40, 61_837.63, 0),
      ],
      series,
    )
    const at = (ms: number) => ({
      local_us: START_US + ms * 1_000,
      exch_us: START_US + (ms - 5) * 1_000,
      instrument: 0,
    })
    expect(rows).toEqual(
      [
        { ...at(10), kind: Kind.QUOTE, side: 0, price: 61837_63000000, size: 61837_64000000 },
        { ...at(30), kind: Kind.PRINT, side: Side.SELL, price: 61837_63000000, size: 1 },
        { ...at(40), kind: Kind.QUOTE, side: 0, price: 61830_00000000, size: 61837_64000000 },
      ].map((row) => ({ ...row, feed: 0, flags: Flag.LAST })),
    )
    expect(dataset.instruments).toEqual({
      markets: [],
      instruments: [{ kind: 'series', name: 'exchange', asset: 'btc', venue: 'unknown', unit: 'usd_e8' }],
    })
    expect(dataset.manifest.reference_profile).toMatchObject({ settlement: null, fast: ['exchange'] })
    expect(report.inferred[0]!.agreement).toBe('2 of 5 level changes')
  })

  test('a cleared book has no quote until both sides stand again; a crossed level is dropped and told', async () => {
    const { rows, report } = await imported(
      [
        bid(10, 100, 1),
        ask(10, 101, 1),
        { ev: BOTH + Ev.DEPTH_CLEAR, at_ms: 20 },
        bid(30, 99, 1),
        ask(40, 103, 1),
        bid(50, 104, 1),
        ask(60, 105, 1),
        { ev: BOTH + Ev.BUY + Ev.DEPTH_CLEAR, at_ms: 70, px: 104 },
      ],
      series,
    )
    expect(
      rows.map(({ local_us, price, size }) => [(local_us - START_US) / 1_000, price / 1e8, size / 1e8]),
    ).toEqual([
      [10, 100, 101],
      [40, 99, 103],
      [60, 104, 105],
      [70, 99, 105],
    ])
    expect(report.inferred[1]!.agreement).toBe('1 of 8 level changes')
  })

  test('each event that cannot be taken is refused with its reason', async () => {
    const bad: [Foreign, string][] = [
      [
        { ...bid(10, 1, 1), ev: Ev.BUY + Ev.DEPTH },
        'an event that neither the exchange nor the strategy takes',
      ],
      [{ ...bid(10, 1, 1), ev: BOTH + Ev.BUY + 10 }, 'an event of another kind than levels and trades'],
      [{ ...bid(10, 1, 1), ev: BOTH + Ev.DEPTH }, 'an event of both sides, or of none'],
      [bid(10, 0, 1), 'a price that is not a number of 1e-8 above 0'],
      [bid(10, 1.000000001, 1), 'a price that is not a number of 1e-8 above 0'],
      [bid(10, 1, -1), 'a size that is not a number of 1e-8'],
      [{ ...bid(10, 1, 0), ev: BOTH + Ev.BUY + Ev.TRADE }, 'a size that is not a number of 1e-8'],
      [{ ...bid(10, 1, 1), lag_ms: 2e12 }, 'a time before 1970'],
      [bid(4, 1, 1), 'a local time before that of an event ahead of it'],
    ]
    const { report } = await imported([bid(5, 1, 1), ask(5, 2, 1), ...bad.map(([event]) => event)], series)
    const reasons = bad.map(([, reason]) => reason)
    expect(report.refused).toEqual(
      [...new Set(reasons)].map((reason) => ({
        reason,
        count: reasons.filter((other) => other === reason).length,
        first: `f.npz row ${reasons.indexOf(reason) + 2}`,
      })),
    )
  })

  test('an asset that is none is refused', async () => {
    await expect(imported([bid(5, 1, 1)], { series: 'BTC/USDT' })).rejects.toMatchObject({
      code: 'import.series',
    })
  })
})
