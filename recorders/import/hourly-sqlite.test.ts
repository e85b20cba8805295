import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { hourlySqlite } from './hourly-sqlite.ts'
import { rowsOf } from './text-fixtures.ts'

/** Start of the first made-up window: 21 July 2025, 5 p.m. in New York. */
const START_MS = Date.parse('2025-07-21T21:00:00Z')
const HOUR_S = 3_600

type Poll = {
  at_s: number
  bid?: unknown
  ask?: unknown
  spot?: unknown
  outcome?: string | null
  name?: string
  token?: unknown
  zone_h?: number
  timestamp?: string
}

const clock = (at_s: number, zone_h: number) =>
  new Date(START_MS + (at_s + zone_h * HOUR_S) * 1_000).toISOString().slice(0, 19).replace('T', ' ')

function nameAt(at_s: number): string {
  const hour = 5 + Math.floor(at_s / HOUR_S)
  return `Ethereum Up or Down - July 21, ${hour}PM ET`
}

/** A database as its recorder makes it. */
function write(
  file: string,
  polls: readonly Poll[],
  opens: readonly (readonly [string, unknown])[],
  zone_h = 0,
): string {
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;
    CREATE TABLE polydata (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, market_name TEXT, token_id, best_bid REAL,
    best_ask REAL, eth_usdt_spot REAL, ofi REAL, p_up_prediction REAL, outcome TEXT);
    CREATE TABLE p_start_cache (hour_key TEXT PRIMARY KEY, p_start_price REAL)`)
  const insert = db.prepare(
    'INSERT INTO polydata (timestamp, market_name, token_id, best_bid, best_ask, eth_usdt_spot, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  for (const { at_s, bid = 0.36, ask = 0.39, spot = 3753.27, outcome = 'DOWN', ...poll } of polls) {
    const token = 'token' in poll ? poll.token : `872281${Math.floor(at_s / HOUR_S)}`
    const values = [
      poll.timestamp ?? clock(at_s, zone_h),
      poll.name ?? nameAt(at_s),
      token,
      bid,
      ask,
      spot,
      outcome,
    ]
    insert.run(...(values as (string | number | null)[]))
  }
  const open = db.prepare('INSERT INTO p_start_cache VALUES (?, ?)')
  for (const [hour, price] of opens) open.run(hour, price as number)
  db.close()
  return file
}

const OPENS = [
  ['2025-07-21 21', 3755.85],
  ['2025-07-21 22', 3750.68],
  ['2025-07-21 23', 3761.44],
] as const

async function imported(
  polls: readonly Poll[],
  opens: readonly (readonly [string, unknown])[] = OPENS,
  zone_h = 0,
) {
  return inFolder(async (folder) => {
    const file = write(join(folder, 'polls.db'), polls, opens, zone_h)
    const dir = join(folder, 'out')
    const report = await hourlySqlite.run([file], {}, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
    return { report, told, rows: await rowsOf(dir), dataset: await openDataset(dir) }
  })
}

const us = (at_s: number) => START_MS * 1_000 + at_s * 1e6

test('a poll is the price of the hour once, the spot, and the touch as levels of the smallest order, marked inferred', async () => {
  const { rows, dataset } = await imported([{ at_s: 6 }, { at_s: 64, bid: 0.36, ask: 0.4, spot: 3755.01 }])
  const { INFERRED, SNAPSHOT, LAST } = Flag
  const base = { exch_us: 0, side: 0, price: 0, size: 0 }
  const oracle = { ...base, kind: Kind.ORACLE, feed: Feed.BINANCE, instrument: 0, flags: LAST }
  const level = { ...base, kind: Kind.LEVEL, feed: Feed.CLOB_MARKET, instrument: 1, size: 5e6 }
  expect(rows.slice(0, 7)).toEqual([
    { ...oracle, local_us: us(0), exch_us: us(0), price: 3755_85000000 },
    { ...oracle, local_us: us(6), price: 3753_27000000 },
    { ...level, local_us: us(6), side: Side.BID, price: 3_600, flags: INFERRED | SNAPSHOT },
    { ...level, local_us: us(6), side: Side.ASK, price: 3_900, flags: INFERRED | SNAPSHOT | LAST },
    { ...oracle, local_us: us(64), price: 3755_01000000 },
    { ...level, local_us: us(64), side: Side.ASK, price: 3_900, size: 0, flags: INFERRED },
    { ...level, local_us: us(64), side: Side.ASK, price: 4_000, flags: INFERRED | LAST },
  ])
  expect(dataset.instruments.markets[0]).toMatchObject({
    slug: 'ethereum-up-or-down-july-21-2025-5pm-et',
    start_us: us(0),
    end_us: us(HOUR_S),
  })
  expect(dataset.instruments.instruments[1]).toMatchObject({ kind: 'token', token_id: '8722810' })
})

test('prices at full hours stand at their hours and settle the windows, never as recorded outcomes', async () => {
  const { rows, report, dataset, told } = await imported([
    { at_s: 3_000, outcome: 'DOWN' },
    { at_s: HOUR_S + 5, outcome: 'UP' },
    { at_s: 2 * HOUR_S + 5, outcome: null },
  ])
  const oracles = rows.filter(({ kind, exch_us }) => kind === Kind.ORACLE && exch_us > 0)
  expect(oracles.map(({ local_us, price }) => [local_us, price])).toEqual([
    [us(0), 3755_85000000],
    [us(HOUR_S), 3750_68000000],
    [us(2 * HOUR_S), 3761_44000000],
  ])
  expect(report.windows).toMatchObject({ total: 3, recorded: 0, settlement: 2, unresolved: 1 })
  expect(dataset.resolutions).toEqual([])
  expect(told.outcomes).toBe('2 of 2 as that column says')
})

test('prices of hours that no window needs are not on the tape', async () => {
  const { rows } = await imported([{ at_s: 6 }], [['2025-07-21 20', 1], ...OPENS, ['2025-07-22 01', 2]])
  const stamps = rows
    .filter(({ kind, exch_us }) => kind === Kind.ORACLE && exch_us > 0)
    .map((row) => row.exch_us)
  // The start, the end, and the value behind it that confirms it.
  expect(stamps).toEqual([us(0), us(HOUR_S), us(2 * HOUR_S)])
})

test('the outcome on every row changes nothing on the tape: it would be knowledge of the end', async () => {
  const polls = [{ at_s: 6 }, { at_s: 66 }, { at_s: HOUR_S + 5 }]
  const up = await imported(polls.map((poll) => ({ ...poll, outcome: 'UP' })))
  const down = await imported(polls.map((poll) => ({ ...poll, outcome: 'DOWN' })))
  expect(up.report.dataset_hash).toBe(down.report.dataset_hash)
  expect(up.rows).toEqual(down.rows)
})

test('the recorded token is one answer for the file, by how windows ended', async () => {
  const names = (i: number) => `Ethereum Up or Down - July ${1 + i}, 5PM ET`
  const many = (falls: (i: number) => boolean) => {
    const polls = Array.from({ length: 12 }, (_, i) => {
      const at_s = (i - 20) * 24 * HOUR_S + 3_500
      return {
        at_s,
        name: names(i),
        token: String(500 + i),
        bid: falls(i) ? 0.02 : 0.95,
        ask: falls(i) ? 0.03 : 0.97,
      }
    })
    const opens = Array.from({ length: 12 }, (_, i) => {
      const day = `2025-07-${String(1 + i).padStart(2, '0')}`
      return [
        [`${day} 21`, 3000],
        [`${day} 22`, i % 2 === 0 ? 2999 : 3000],
      ] as const
    })
    return imported(polls, opens.flat())
  }
  // Binance falls in even windows; a tie is Up.
  const asUp = await many((i) => i % 2 === 0)
  expect(asUp.told['the recorded token is up']).toBe('12 of 12')
  const asDown = await many((i) => i % 2 === 1 || i === 0)
  expect(asDown.report.inferred.find(({ what }) => what === 'the recorded token is down')).toMatchObject({
    agreement: '11 of 12',
    exceptions: ['ethereum-up-or-down-july-1-2025-5pm-et'],
  })
  expect(asDown.dataset.instruments.instruments[1]).toMatchObject({ outcome: 'down' })
  const unclear = await many((i) => i % 3 === 0)
  expect(unclear.dataset.manifest.assignment).toBe('unassigned')
})

test('a decided book has no touch: its levels are taken away, and it still tells the end', async () => {
  const { rows, told } = await imported([
    { at_s: 6 },
    { at_s: 66, bid: 1, ask: 1 },
    { at_s: 126, bid: 0, ask: 0 },
  ])
  const levels = rows.filter(({ kind, local_us }) => kind === Kind.LEVEL && local_us === us(66))
  expect(levels.map(({ price, size }) => [price, size])).toEqual([
    [3_600, 0],
    [3_900, 0],
  ])
  expect(rows.filter(({ local_us }) => local_us === us(126)).map(({ kind }) => kind)).toEqual([
    Kind.ORACLE,
    Kind.ALIVE,
  ])
  expect(told['a decided book has no touch']).toBe('2 of 3 polls')
})

test('times in another zone are found out on the first row and put into UTC, prices of hours too', async () => {
  const opens = OPENS.map(
    ([hour, price]) => [hour.replace(/\d\d$/, (h) => String(Number(h) - 4)), price] as const,
  )
  const polls = [{ at_s: 3_006 }, { at_s: 3_066 }]
  const utc = await imported(polls)
  const eastern = await imported(polls, opens, -4)
  expect(eastern.told['times of polls.db are UTC-4']).toBe('2 of 2')
  expect(eastern.report.dataset_hash).toBe(utc.report.dataset_hash)
})

test('a name without a year is the window nearest to its rows, over New Year too', async () => {
  const at_s = (Date.parse('2026-01-01T04:30:00Z') - START_MS) / 1_000
  const { dataset } = await imported(
    [{ at_s, name: 'Ethereum Up or Down - December 31, 11PM ET', token: '1' }],
    [],
  )
  expect(dataset.instruments.markets[0]!.slug).toBe('ethereum-up-or-down-december-31-2025-11pm-et')
})

test('each bad row is refused with its reason', async () => {
  const bad: [Poll, string][] = [
    [{ at_s: 70, timestamp: 'soon' }, 'a timestamp that is none'],
    [{ at_s: 70, name: 'Bitcoin Up or Down - July 21, 5PM ET' }, 'a market on another asset than the spot'],
    [{ at_s: 70, token: 872281 }, 'no token id'],
    [{ at_s: 70, name: nameAt(HOUR_S) }, 'a time outside its window in the zone of its file'],
    [{ at_s: 70, bid: 0.36001 }, 'a price that is not a decimal of 1e-4'],
    [{ at_s: 70, bid: -0.1 }, 'a price that is not a decimal of 1e-4'],
    [{ at_s: 70, ask: null }, 'a price that is not a decimal of 1e-4'],
    [{ at_s: 70, bid: 0.39 }, 'a bid at or above the ask'],
    [{ at_s: 70, spot: 0 }, 'a spot that is no number above 0'],
    [{ at_s: 70, outcome: 'SIDEWAYS' }, 'an outcome other than UP and DOWN'],
    [{ at_s: 70, token: '1' }, 'another token than the first of its window'],
    [{ at_s: 5 }, 'polled before the row ahead of it'],
  ]
  const { report } = await imported(
    [{ at_s: 6 }, ...bad.map(([poll]) => poll), { at_s: 80 }],
    [...OPENS, ['late', 1], ['2025-07-22 00', -1]],
  )
  const reasons = bad.map(([, reason]) => reason)
  expect(report.refused.filter(({ first }) => first.startsWith('polls'))).toEqual(
    [...new Set(reasons)].map((reason) => ({
      reason,
      count: reasons.filter((other) => other === reason).length,
      first: `polls.db row ${reasons.indexOf(reason) + 1}`,
    })),
  )
  expect(report.refused.find(({ first }) => first.startsWith('p_start'))).toMatchObject({ count: 2 })
})

test('a minute between polls is no gap, two are', async () => {
  const { report } = await imported([{ at_s: 5 }, { at_s: 65 }, { at_s: 3_500 }, { at_s: 3_595 }])
  expect(report.gaps).toMatchObject({ count: 2, seconds: 3_435 + 95, markets: { count: 2 } })
})

test('what is no such database is refused by file, table and column, and nothing is left', async () => {
  await inFolder(async (folder) => {
    const out = join(folder, 'out')
    const run = (file: string) => hourlySqlite.run([file], {}, { out })
    const file = join(folder, 'a.db')
    await expect(run(file)).rejects.toMatchObject({ code: 'import.file', file })
    await writeFile(file, 'no database at all, but long enough to be looked at'.repeat(20))
    await expect(run(file)).rejects.toMatchObject({ code: 'import.file', file })
    const other = join(folder, 'b.db')
    const db = new DatabaseSync(other)
    db.exec('CREATE TABLE polydata (id INTEGER)')
    db.close()
    await expect(run(other)).rejects.toMatchObject({ code: 'import.column', field: 'polydata.timestamp' })
    await expect(hourlySqlite.run([other, other], {}, { out })).rejects.toMatchObject({
      code: 'import.files',
    })
    await expect(openDataset(out)).rejects.toMatchObject({ code: 'tape.missing' })
  })
})

describe('a database of a stranger', () => {
  const ENDLESS = `SELECT n AS id, '2025-07-21 21:00:06' AS timestamp, '${nameAt(0)}' AS market_name, '1' AS token_id, 0.3 AS best_bid,
    0.4 AS best_ask, 3750.0 AS eth_usdt_spot, NULL AS outcome FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c)`
  /** Each takes the place of a table that was there. */
  const STAND_INS: [string, string, string, string][] = [
    ['an endless view', 'polydata', `CREATE VIEW polydata AS ${ENDLESS}`, 'is a view'],
    [
      'a view of hours',
      'p_start_cache',
      'CREATE VIEW p_start_cache AS SELECT 1 AS hour_key, 2 AS p_start_price',
      'is a view',
    ],
    [
      'a virtual table',
      'polydata',
      'CREATE VIRTUAL TABLE polydata USING fts5(id, timestamp, market_name, token_id, best_bid, best_ask, eth_usdt_spot, outcome)',
      'is a virtual',
    ],
    [
      'a column that is calculated',
      'p_start_cache',
      'CREATE TABLE p_start_cache (hour_key TEXT, p_start_price AS (length(zeroblob(500000000))))',
      'p_start_price',
    ],
  ]

  test.each(STAND_INS)('with %s is refused before a row of it is read', async (_, table, sql, said) => {
    await inFolder(async (folder) => {
      const file = write(join(folder, 'polls.db'), [{ at_s: 6 }], OPENS)
      const db = new DatabaseSync(file)
      db.exec(
        `DROP TABLE ${table}; ${sql}; CREATE TABLE IF NOT EXISTS pragma_table_list (type); INSERT INTO pragma_table_list VALUES ('table')`,
      )
      db.close()
      await expect(hourlySqlite.run([file], {}, { out: join(folder, 'out') })).rejects.toMatchObject({
        code: 'import.column',
        file,
        message: expect.stringContaining(said),
      })
    })
  })

  test('that calls its view a table in its own list is refused as well', async () => {
    await inFolder(async (folder) => {
      const file = write(join(folder, 'polls.db'), [{ at_s: 6 }], OPENS)
      const db = new DatabaseSync(file)
      const view = `CREATE VIEW polydata AS ${ENDLESS}`
      const table = `CREATE TABLE polydata (id /*${'-'.repeat(view.length)}*/)`
      db.exec(`DROP TABLE polydata; ${table}`)
      db.close()
      const bytes = await readFile(file)
      bytes.set(Buffer.from(view.padEnd(table.length)), bytes.indexOf(table))
      await writeFile(file, bytes)
      await expect(hourlySqlite.run([file], {}, { out: join(folder, 'out') })).rejects.toMatchObject({
        code: 'import.file',
      })
    })
  })

  test('gives texts as long as texts of its kind are: longer ones stay in the file', async () => {
    await inFolder(async (folder) => {
      const file = write(join(folder, 'polls.db'), [{ at_s: 6 }, { at_s: 66 }, { at_s: 126 }], OPENS)
      const db = new DatabaseSync(file)
      // Longer than SQLite itself may take here: it is not even read.
      db.exec(`UPDATE polydata SET outcome = zeroblob(300000000) WHERE id = 2;
        UPDATE p_start_cache SET hour_key = zeroblob(300000000) WHERE hour_key LIKE '% 22'`)
      db.close()
      const report = await hourlySqlite.run([file], {}, { out: join(folder, 'out'), accept_refused: true })
      expect(report.refused).toEqual([
        {
          reason: 'price at a full hour: no hour, or no price above 0',
          count: 1,
          first: 'p_start_cache row 2',
        },
        { reason: 'a text longer than 256 bytes', count: 1, first: 'polls.db row 1' },
      ])
    })
  })

  test('is left when a signal comes, before its order is known and while rows are taken', async () => {
    await inFolder(async (folder) => {
      const polls = Array.from({ length: 5_000 }, (_, i) => ({ at_s: 6 + (i % 3_000) }))
      const file = write(join(folder, 'polls.db'), polls, OPENS)
      const abort = new AbortController()
      setImmediate(() => abort.abort())
      const out = join(folder, 'out')
      await expect(hourlySqlite.run([file], {}, { out, signal: abort.signal })).rejects.toThrow(/abort/)
      const later = new AbortController()
      const progress = () => void setImmediate(() => later.abort())
      const context = { out, signal: later.signal, progress, accept_refused: true }
      await expect(hourlySqlite.run([file], {}, context)).rejects.toThrow(/abort/)
      expect(await readdir(folder)).toEqual(['polls.db'])
    })
  })
})
