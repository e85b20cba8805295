import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withDatabase } from '../database.ts'
import {
  createEvent,
  EVENT_BYTES,
  EVENT_DESCR,
  Ev,
  npyHeader,
  writeEvent,
  writeNpz,
} from '../hftbacktest/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { BOOK, row as bookRow } from './clob-fixtures.ts'
import { START_S, slugAt, writeRecording } from './fixtures.ts'
import { findImporter } from './registry.ts'
import { JUNE_S, marketLine, PRICE_HEADER, priceLine, usd } from './text-fixtures.ts'

/**
 * The forms in which one recording can lie: whatever the order of columns and rows, the quotes, the ends of lines, the
 * compression and the unit of times, it is the same dataset.
 */

/** A table: names and cells. `times`: columns of unix times, by the unit that they have. */
type Table = { header: string[]; rows: string[][]; times?: Readonly<Record<string, 's' | 'ms'>> }
/** A file by its path: a table, or lines (`units`: their times in another unit). */
type Made = Table | { lines: string[]; units?: (line: string) => string }
type Case = {
  kind: string
  options?: Record<string, string>
  files: Readonly<Record<string, Made>>
  /** Files that are options, by the option. */
  beside?: Readonly<Record<string, { name: string; made: Made }>>
}

/** How a file is written. */
type Form = {
  columns: number[]
  rows: 'as they are' | 'newest first' | 'shuffled'
  shuffle: number[]
  quoted: 'none' | 'all' | 'header'
  capitals: boolean
  extra: boolean
  bom: boolean
  crlf: boolean
  blanks: boolean
  packed: 'none' | 'gzip' | 'zstd'
  unit: 's' | 'ms' | 'us' | 'ns' | 'iso' | 'as it is'
}

const keys = fc.array(fc.nat(), { minLength: 64, maxLength: 64 })
const form: fc.Arbitrary<Form> = fc.record({
  columns: keys,
  rows: fc.constantFrom('as they are', 'newest first', 'shuffled'),
  shuffle: keys,
  quoted: fc.constantFrom('none', 'all', 'header'),
  capitals: fc.boolean(),
  extra: fc.boolean(),
  bom: fc.boolean(),
  crlf: fc.boolean(),
  blanks: fc.boolean(),
  packed: fc.constantFrom('none', 'gzip', 'zstd'),
  unit: fc.constantFrom('as it is', 'ms', 'us', 'ns', 'iso'),
})

const by = <T>(all: readonly T[], order: readonly number[]): T[] =>
  all
    .map((one, i) => ({ one, key: order[i % order.length]! }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one)
const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`
const written = (cell: string) => (/[",\n]/.test(cell) ? quote(cell) : cell)

function inUnit(text: string, from: 's' | 'ms', unit: Form['unit']): string {
  if (unit === 'as it is' || unit === 's') return text
  const ms = from === 's' ? `${text}000` : text
  if (unit === 'ms') return ms
  if (unit === 'iso') return new Date(Number(ms)).toISOString()
  return ms + (unit === 'us' ? '000' : '000000')
}

function rowsIn<T>(rows: readonly T[], { rows: order, shuffle }: Form): T[] {
  if (order === 'as they are') return [...rows]
  return order === 'newest first' ? [...rows].reverse() : by(rows, shuffle)
}

function tableText({ header, rows, times = {} }: Table, how: Form): string[] {
  const timed = rows.map((cells) =>
    cells.map((cell, i) => {
      const unit = times[header[i]!]
      return unit === undefined ? cell : inUnit(cell, unit, how.unit)
    }),
  )
  const names = header.map((name) => (how.capitals ? name.toUpperCase() : name))
  const wide = [names, ...timed].map((cells, i) =>
    how.extra ? [...cells, i === 0 ? 'note' : 'a, "b"'] : cells,
  )
  const [first, ...others] = wide.map((cells) => by(cells, how.columns))
  const line = (cells: readonly string[], all: boolean) => cells.map(all ? quote : written).join(',')
  return [
    line(first!, how.quoted !== 'none'),
    ...rowsIn(others, how).map((cells) => line(cells, how.quoted === 'all')),
  ]
}

function bytesOf(made: Made, how: Form): Uint8Array {
  const lines =
    'lines' in made
      ? rowsIn(made.lines, how).map((line) => (how.unit === 'us' ? (made.units?.(line) ?? line) : line))
      : tableText(made, how)
  const end = how.crlf ? '\r\n' : '\n'
  const text = lines.map((line) => line + end + (how.blanks ? end : '')).join('')
  const bytes = Buffer.from((how.bom ? '\uFEFF' : '') + text)
  return how.packed === 'gzip' ? gzipSync(bytes) : how.packed === 'zstd' ? zstdCompressSync(bytes) : bytes
}

const PLAIN: Form = {
  columns: [0],
  rows: 'as they are',
  shuffle: [0],
  quoted: 'none',
  capitals: false,
  extra: false,
  bom: false,
  crlf: false,
  blanks: false,
  packed: 'none',
  unit: 'as it is',
}

async function hashOf({ kind, options = {}, files, beside = {} }: Case, how: Form): Promise<string> {
  return inFolder(async (folder) => {
    const names: string[] = []
    const write = async (name: string, made: Made) => {
      const file = join(folder, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, bytesOf(made, how))
      return file
    }
    for (const [name, made] of Object.entries(files)) names.push(await write(name, made))
    const given: Record<string, string> = { ...options }
    for (const [option, { name, made }] of Object.entries(beside)) given[option] = await write(name, made)
    const report = await findImporter(kind).run(names, given, { out: join(folder, 'out') })
    expect(
      report.refused.filter(({ reason }) => reason !== 'wallet: a token that the log has not named before'),
    ).toEqual([])
    return report.dataset_hash
  })
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const cells = (line: string) => line.split(',')

const clock = (s: number) => new Date((JUNE_S + s) * 1_000).toISOString().slice(0, 19).replace('T', ' ')
const KALSHI = 'KXSOL15M-26APR271445-45'
const KALSHI_MS = Date.parse('2026-04-27T18:30:00Z')
const FEBRUARY_MS = Date.parse('2026-02-20T14:15:00Z')
const [UP, DOWN] = ['7'.repeat(77), '8'.repeat(77)]
const WINDOW_S = 1_765_450_800

function kalshiRow(i: number): string[] {
  const at_ms = KALSHI_MS + 700 * i
  const raw = {
    count_fp: `${i + 1}.00`,
    created_time: new Date(at_ms).toISOString(),
    no_price_dollars: '0.4900',
    taker_side: i % 2 === 0 ? 'yes' : 'no',
    ticker: KALSHI,
    trade_id: `t${i}`,
    yes_price_dollars: '0.5100',
  }
  return [
    KALSHI,
    raw.trade_id,
    String(Math.floor(at_ms / 1_000)),
    '0.51',
    `${i + 1}.0`,
    raw.taker_side,
    JSON.stringify(raw, null, 1),
  ]
}

function logRow(
  at_ms: number,
  type: string,
  token: string,
  more: Partial<Record<string, string>> = {},
): string[] {
  const ms = FEBRUARY_MS + at_ms
  const said: Record<string, string> = {
    event_slug: 'btc-15min-up-or-down-09:15',
    timestamp_ms: String(ms),
    timestamp_iso: new Date(ms).toISOString().slice(0, 19).replace('T', ' '),
    event_type: type,
    token_id: token,
    outcome: token === UP ? 'Up' : 'Down',
    ...more,
  }
  return LOG.map((name) => said[name] ?? '')
}
const LOG =
  'event_slug,timestamp_ms,timestamp_iso,event_type,price,size,side,token_id,is_winning_token,outcome,time_since_ticker_change_ms,old_tick_size,new_tick_size'.split(
    ',',
  )

const frame = (i: number) => {
  const at = `${1_723_161_254_000 + 100 * i}000123`
  const data = { u: i + 1, s: 'DOGEUSDT', b: '0.17001', B: '1', a: `0.1701${i}`, A: '2' }
  return `${at} ${JSON.stringify({ stream: 'dogeusdt@bookTicker', data })}`
}

const CASES: Case[] = [
  {
    kind: 'chainlink-1hz',
    files: {
      'XRPUSD-prices.csv': {
        header: cells(PRICE_HEADER),
        rows: range(12).map((i) => cells(priceLine(i, usd(2, 123_456_789_012_345_678n + BigInt(i))))),
        times: { feed_ts_ms: 'ms', recv_ms: 'ms' },
      },
    },
  },
  {
    kind: 'chainlink-1hz',
    files: {
      'BTCUSD-prices.csv': {
        header: cells(PRICE_HEADER),
        rows: range(12).map((i) => cells(priceLine(i, usd(63_000 + i)))),
        times: { feed_ts_ms: 'ms', recv_ms: 'ms' },
      },
    },
    beside: { markets: { name: 'm.jsonl', made: { lines: [0, 1, 2].map((i) => marketLine(i)) } } },
  },
  {
    kind: 'kalshi-trades',
    files: {
      'k.csv': {
        header: ['ticker', 'trade_id', 'ts', 'yes_price', 'count', 'taker_side', 'raw_json'],
        rows: range(12).map(kalshiRow),
        times: { ts: 's' },
      },
    },
  },
  {
    kind: 'kalshi-snapshots',
    files: {
      's.jsonl': {
        lines: range(10).map((i) =>
          JSON.stringify({
            ticker: KALSHI,
            ts: KALSHI_MS / 1_000 + i + 0.25,
            yb: 0.4,
            ya: 0.42,
            spot: 150.25 + i,
            spot_ok: 1,
          }),
        ),
        units: (line) => line.replace(/"ts":([\d.]+)/, (_, ts) => `"ts":${Number(ts) * 1e6}`),
      },
    },
  },
  {
    kind: 'binance-raw',
    files: { frames: { lines: range(10).map(frame), units: (line) => line.replace(/^(\d{16})\d{3}/, '$1') } },
  },
  {
    kind: 'events-15m',
    files: {
      'log.csv': {
        header: LOG,
        rows: [
          logRow(600_000, 'market_open', UP),
          logRow(600_250, 'market_open', DOWN),
          ...range(8).map((i) =>
            logRow(601_000 + 500 * i, 'last_trade_price', i % 2 === 0 ? UP : DOWN, {
              price: '0.99',
              size: `${i + 1}`,
              side: 'BUY',
            }),
          ),
          logRow(910_000, 'market_resolved', UP, { is_winning_token: 'true' }),
        ],
        times: { timestamp_ms: 'ms' },
      },
      'wallet.csv': {
        header: ['timestamp', 'wallet', 'side', 'price', 'size', 'asset', 'outcome'],
        rows: range(5).map((i) => [
          String(FEBRUARY_MS / 1_000 + 700 - i),
          '0xb7',
          'BUY',
          '0.999',
          `${i + 1}`,
          UP,
          'Up',
        ]),
        times: { timestamp: 's' },
      },
    },
  },
  {
    kind: 'btc15m-1hz',
    files: {
      'polls.csv': {
        header: cells(
          'Timestamp,TargetTime,Expiration,UpBid,UpAsk,UpBidLiquidity,UpAskLiquidity,DownBid,DownAsk,DownBidLiquidity,DownAskLiquidity',
        ),
        rows: range(10).map((i) => [
          clock(i),
          clock(0),
          clock(900),
          `0.4${i}`,
          '0.51',
          '5',
          '7',
          '0.48',
          `0.${60 - i}`,
          '7',
          '5',
        ]),
      },
      'fills.csv': {
        header: ['timestamp', 'trade_side', 'quantity', 'price', 'TargetTime', 'ExpirationTime'],
        rows: range(6).map((i) => [clock(2 + i), 'Down', `${i + 1}.0`, '0.5', clock(0), clock(900)]),
      },
    },
    beside: {
      outcomes: {
        name: 'o.csv',
        made: {
          header: ['timestamp', 'eth_open', 'eth_close'],
          rows: range(4).map((i) => [String(JUNE_S + 300 * i), `${1_900 + i}.25`, `${1_901 + i}.25`]),
          times: { timestamp: 's' },
        },
      },
    },
  },
]

describe('one recording in whichever form is one dataset', () => {
  test.each(CASES.map((one, i) => [`${one.kind} ${i}`, one] as const))('%s', async (_, one) => {
    const plain = await hashOf(one, PLAIN)
    await fc.assert(
      fc.asyncProperty(form, async (how) => {
        expect(await hashOf(one, how)).toBe(plain)
      }),
      { numRuns: 12 },
    )
  })

  test('window-book-trades: elements in any order, plain or packed, times in ms or ns, as texts or numbers', async () => {
    const rows = range(10).map((i) => ({
      price: '0.57',
      size: `${i + 1}`,
      side: i % 2 === 0 ? 'buy' : 'sell',
      local_timestamp: String(WINDOW_S * 1_000 + 500 * i),
      timestamp: String(WINDOW_S * 1_000 + 500 * i - 120),
      asset_price: 0.1712345678912 + i / 1_000,
    }))
    const hash = (how: Form, ns: boolean) =>
      inFolder(async (folder) => {
        const file = join(folder, `15m/doge/trades/${WINDOW_S}up.json`)
        await mkdir(dirname(file), { recursive: true })
        const timed = rowsIn(rows, how).map((one) =>
          ns
            ? { ...one, local_timestamp: `${one.local_timestamp}000000`, timestamp: `${one.timestamp}000000` }
            : how.capitals
              ? { ...one, local_timestamp: Number(one.local_timestamp) }
              : one,
        )
        await writeFile(
          file,
          bytesOf({ lines: [JSON.stringify(timed)] }, { ...how, rows: 'as they are', unit: 'as it is' }),
        )
        return (await findImporter('window-book-trades').run([file], {}, { out: join(folder, 'out') }))
          .dataset_hash
      })
    const plain = await hash(PLAIN, false)
    await fc.assert(
      fc.asyncProperty(form, fc.boolean(), async (how, ns) => {
        expect(await hash(how, ns)).toBe(plain)
      }),
      { numRuns: 12 },
    )
  })

  test('clob-l2: any type of Parquet that holds the times and the texts; bars in any form', async () => {
    const books = range(6).map((i) => bookRow(0, 0, 10 + i + 0.25, BOOK))
    const bars = range(20).map((i) => [String((START_S - 300 + 60 * i) * 1_000), String(70_000 + i)])
    const klines: Table = { header: ['open_time_ms', 'close'], rows: bars, times: { open_time_ms: 'ms' } }
    const hash = (types: Record<string, string>, how: Form) =>
      inFolder(async (folder) => {
        const [plain, file] = [join(folder, 'plain.parquet'), join(folder, 'book.parquet')]
        await writeRecording(plain, books)
        await withDatabase({}, (connection) =>
          connection.run(
            `COPY (SELECT ${types.raw ?? 'raw'} AS raw, 1 AS more, ${types.recv_s ?? 'recv_s'} AS ${how.capitals ? 'RECV_S' : 'recv_s'}, ${types.slug ?? 'slug'} AS slug FROM '${plain}') TO '${file}' (FORMAT parquet)`,
          ),
        )
        const csv = join(folder, 'bars.csv')
        await writeFile(csv, bytesOf(klines, how))
        const report = await findImporter('clob-l2').run(
          [file],
          { klines: csv },
          { out: join(folder, 'out') },
        )
        expect(report.refused).toEqual([])
        return report.dataset_hash
      })
    const us = '(recv_s * 1e6)::BIGINT'
    const times = [
      'recv_s',
      us,
      '(recv_s * 1e3)::BIGINT',
      '(recv_s * 1e9)::HUGEINT::BIGINT',
      'recv_s::DECIMAL(18, 6)',
      'recv_s::VARCHAR',
      `make_timestamp(${us})`,
      `make_timestamp(${us})::TIMESTAMP_NS`,
      `make_timestamp(${us})::TIMESTAMP_MS`,
      `make_timestamp(${us}) AT TIME ZONE 'UTC'`,
      `strftime(make_timestamp(${us}), '%Y-%m-%dT%H:%M:%S.%fZ')`,
      `strftime(make_timestamp(${us} + 7200000000), '%Y-%m-%d %H:%M:%S.%f+02:00')`,
    ]
    const plain = await hash({}, PLAIN)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...times),
        fc.constantFrom('raw', 'encode(raw)', 'raw::JSON'),
        fc.constantFrom('slug', 'encode(slug)'),
        form,
        async (recv_s, raw, slug, how) => {
          expect(await hash({ recv_s, raw, slug }, how)).toBe(plain)
        },
      ),
      { numRuns: 24, examples: times.map((time) => [time, 'raw', 'slug', PLAIN]) },
    )
  })

  test('hourly-sqlite: rows in any order, times as text or numbers, of any asset', async () => {
    const at = Date.parse('2025-07-21T21:00:05Z') / 1_000
    const text = (s: number) => new Date(s * 1_000).toISOString().slice(0, 19).replace('T', ' ')
    const hash = (order: readonly number[], time: (s: number) => string | number) =>
      inFolder(async (folder) => {
        const file = join(folder, 'polls.db')
        const db = new DatabaseSync(file)
        db.exec(`PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;
          CREATE TABLE polydata (outcome TEXT, id INTEGER PRIMARY KEY, btc_usdt_spot REAL, timestamp, market_name TEXT,
          token_id TEXT, best_ask REAL, best_bid REAL, note TEXT);
          CREATE TABLE p_start_cache (p_start_price REAL, hour_key TEXT);
          INSERT INTO p_start_cache VALUES (117000.5, '2025-07-21 21'), (117001.5, '2025-07-21 22')`)
        const insert = db.prepare(
          `INSERT INTO polydata (market_name, timestamp, token_id, best_bid, best_ask, btc_usdt_spot, outcome)
           VALUES ('Bitcoin Up or Down - July 21, 5PM ET', ?, '87', ?, 0.6, ?, NULL)`,
        )
        for (const i of order) insert.run(time(at + 60 * i), 0.4 + i / 100, 117_000.123456789 + i)
        db.close()
        const report = await findImporter('hourly-sqlite').run([file], {}, { out: join(folder, 'out') })
        expect(report.refused).toEqual([])
        return report.dataset_hash
      })
    const plain = await hash(range(12), text)
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.constant([...range(12)].reverse()),
          keys.map((order) => by(range(12), order)),
        ),
        fc.constantFrom<(s: number) => string | number>(
          text,
          (s) => s,
          (s) => s * 1_000,
          (s) => `${text(s)}+00:00`,
        ),
        async (order, time) => {
          expect(await hash(order, time)).toBe(plain)
        },
      ),
      { numRuns: 12 },
    )
  })

  test('hftbacktest: fields in any order, padded, either end first, times in ns or µs; another order of events is one error', async () => {
    const events = range(40).map((i) => ({
      ...createEvent(),
      ev: Ev.EXCH + Ev.LOCAL + (i % 2 === 0 ? Ev.BUY : Ev.SELL) + Ev.DEPTH,
      exch_ns: BigInt(START_S * 1e6 + 100_000 * i) * 1_000n,
      local_ns: BigInt(START_S * 1e6 + 100_000 * i + 40) * 1_000n,
      px: i % 2 === 0 ? 0.4 : 0.6,
      qty: i + 1,
    }))
    const write = async (file: string, all: typeof events, fields: readonly [string, string, number][]) => {
      const size = fields.reduce((sum, [, , bytes]) => sum + bytes, 0)
      const bytes = new Uint8Array(all.length * size)
      const own = new DataView(new ArrayBuffer(EVENT_BYTES))
      const places: Record<string, number> = {
        ev: 0,
        exch_ts: 8,
        local_ts: 16,
        px: 24,
        qty: 32,
        order_id: 40,
        ival: 48,
        fval: 56,
      }
      all.forEach((event, i) => {
        writeEvent(own, 0, event)
        let at = i * size
        for (const [name, type, width] of fields) {
          if (places[name] !== undefined) {
            const eight = new Uint8Array(own.buffer, places[name], 8)
            bytes.set(type.startsWith('>') ? Uint8Array.from(eight).reverse() : eight, at)
          }
          at += width
        }
      })
      const descr = `[${fields.map(([name, type]) => `('${name}', '${type}')`).join(', ')}]`
      await writeNpz(file, { data: [npyHeader(descr, all.length), bytes] })
    }
    const usual = [...EVENT_DESCR.matchAll(/\('(\w+)', '(<\w\d)'\)/g)].map(
      ([, name, type]) => [name!, type!, 8] as [string, string, number],
    )
    const hash = (all: typeof events, fields: readonly [string, string, number][]) =>
      inFolder(async (folder) => {
        const file = join(folder, 'events.npz')
        await write(file, all, fields)
        const out = join(folder, 'out')
        return (await findImporter('hftbacktest').run([file], { market: slugAt(0) }, { out })).dataset_hash
      })
    const plain = await hash(events, usual)
    const micros = events.map((one) => ({
      ...one,
      exch_ns: one.exch_ns / 1_000n,
      local_ns: one.local_ns / 1_000n,
    }))
    await fc.assert(
      fc.asyncProperty(keys, fc.boolean(), fc.boolean(), fc.boolean(), async (order, big, padded, coarse) => {
        const ended = by(usual, order).map(([name, type, width]): [string, string, number] => [
          name,
          big ? type.replace('<', '>') : type,
          width,
        ])
        const fields: [string, string, number][] = padded ? [...ended, ['', '|V24', 24]] : ended
        expect(await hash(coarse ? micros : events, fields)).toBe(plain)
      }),
      { numRuns: 10 },
    )
    for (const other of [[...events].reverse(), [...events.slice(30), ...events.slice(0, 30)]])
      await expect(hash(other, usual)).rejects.toMatchObject({ code: 'import.order' })
    const old: [string, string, number][] = [
      ['event', '<i8', 8],
      ['exch_timestamp', '<i8', 8],
      ['price', '<f4', 4],
    ]
    await expect(hash(events, old)).rejects.toMatchObject({
      code: 'import.npy',
      fix: expect.stringContaining('1.x'),
    })
    const single = usual.map(([name, type, width]): [string, string, number] =>
      name === 'px' ? [name, '<f4', 4] : [name, type, width],
    )
    await expect(hash(events, single)).rejects.toMatchObject({
      code: 'import.npy',
      message: expect.stringContaining('px is f4'),
      fix: expect.not.stringContaining('1.x'),
    })
  })
})
