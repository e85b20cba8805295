import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { kalshiSnapshots } from './kalshi-snapshots.ts'
import { byReason, rowsOf, writeLines } from './text-fixtures.ts'

const FIRST = 'KXETH15M-26AUG170145-45'
/** Start of the first market. */
const START_S = Date.parse('2026-08-17T05:30:00Z') / 1_000

function line(at_s: number, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    yb: 0.093,
    ya: 0.094,
    mid: 0.0935,
    spot: 1897.375,
    spot_ok: 1,
    btc_mid: null,
    ticker: FIRST,
    series: 'KXETH15M',
    ts: START_S + at_s,
    ...more,
  })
}

async function imported(lines: readonly string[]) {
  return inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'snapshots.jsonl.gz'), lines, 'gzip')
    const dir = join(folder, 'out')
    const report = await kalshiSnapshots.run([file], {}, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    return { report, rows: await rowsOf(dir), dataset: await openDataset(dir) }
  })
}

test('a snapshot is the price, then the touch of Yes as levels of one contract, marked inferred', async () => {
  const { rows, dataset } = await imported([line(1.25), line(2), line(3, { yb: 0.1, ya: 0.12, spot: 1900 })])
  const us = (s: number) => (START_S + s) * 1e6
  const base = { local_us: us(1.25), exch_us: 0, side: 0, price: 0, size: 0 }
  const level = { ...base, kind: Kind.LEVEL, feed: Feed.KALSHI, instrument: 1, size: 1e6 }
  const oracle = { ...base, kind: Kind.ORACLE, feed: Feed.NONE, instrument: 0, flags: Flag.LAST }
  const { INFERRED, SNAPSHOT, LAST } = Flag
  expect(rows).toEqual([
    { ...oracle, price: 1897_37500000 },
    { ...level, side: Side.BID, price: 930, flags: INFERRED | SNAPSHOT },
    { ...level, side: Side.ASK, price: 940, flags: INFERRED | SNAPSHOT | LAST },
    { ...oracle, local_us: us(2), price: 1897_37500000 },
    { ...level, kind: Kind.ALIVE, local_us: us(2), size: 0, flags: LAST },
    { ...oracle, local_us: us(3), price: 1900_00000000 },
    { ...level, local_us: us(3), side: Side.BID, price: 930, size: 0, flags: INFERRED },
    { ...level, local_us: us(3), side: Side.ASK, price: 940, size: 0, flags: INFERRED },
    { ...level, local_us: us(3), side: Side.BID, price: 1_000, flags: INFERRED },
    { ...level, local_us: us(3), side: Side.ASK, price: 1_200, flags: INFERRED | LAST },
  ])
  expect(dataset.instruments.instruments).toEqual([
    { kind: 'series', name: 'spot', asset: 'eth', venue: 'unknown', unit: 'usd_e8' },
    { kind: 'token', market: 0, outcome: 'up', token_id: `${FIRST}:yes` },
    { kind: 'token', market: 0, outcome: 'down', token_id: `${FIRST}:no` },
  ])
  expect(dataset.manifest).toMatchObject({
    carries: { book: 'top', trades: false },
    reference_profile: { settlement: null, spot: 'spot', fast: [] },
  })
})

test('a price that the recorder does not hold for good is left out; a side without bids is empty', async () => {
  const { rows, report } = await imported([line(1, { spot_ok: 0, spot: null, yb: null })])
  expect(rows.map(({ kind, side }) => [kind, side])).toEqual([[Kind.LEVEL, Side.ASK]])
  expect(report.inferred.find(({ what }) => what === 'the spot')!.agreement).toBe('0 of 1')
})

test('each bad snapshot is refused with its reason', async () => {
  const bad: [string, string][] = [
    ['{', 'no JSON object'],
    ['3', 'no JSON object'],
    [line(0, { ts: (START_S + 1) * 1_000 }), 'a time in another unit than the others: milliseconds'],
    [
      line(0, { ts: 'noon' }),
      'a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100',
    ],
    [line(6, { ticker: 'KXETH' }), 'no ticker of a 15-minute market'],
    [line(-1), 'outside the window of its market'],
    [line(960), 'outside the window of its market'],
    [line(6, { yb: 0.09301 }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
    [line(6, { ya: 1 }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
    [line(6, { yb: '0.093' }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
    [line(6, { yb: 0.094 }), 'a bid at or above the ask'],
    [line(6, { spot: 0 }), 'a spot that is no number above 0'],
  ]
  const { report } = await imported([line(5), ...bad.map(([text]) => text), line(7)])
  const reasons = bad.map(([, reason]) => reason)
  expect(byReason(report.refused)).toEqual(
    byReason(
      [...new Set(reasons)].map((reason) => ({
        reason,
        count: reasons.filter((other) => other === reason).length,
        first: `snapshots.jsonl.gz row ${reasons.indexOf(reason) + 1}`,
      })),
    ),
  )
  expect(report.rows_read).toBe(bad.length + 2)
})

test('minutes without snapshots are gaps, of the feed and of its market', async () => {
  const { report, dataset } = await imported([line(1), line(100), line(899)])
  expect(report.gaps).toMatchObject({ count: 2, seconds: 898, markets: { count: 2, seconds: 898 } })
  expect(dataset.gaps.every(({ feed, reason }) => feed === 'kalshi' && reason === 'silence')).toBe(true)
})

test('the last mids class a window, where there are any within its last 10 s; never as recorded', async () => {
  const end = { yb: 0.96, ya: 0.97 }
  expect((await imported([line(1, end), line(895, end)])).report.windows).toMatchObject({
    inferred_from_book: 1,
  })
  expect((await imported([line(1, end), line(880, end)])).report.windows).toMatchObject({ unresolved: 1 })
  // A market that has closed is polled on: what stood there last tells its end.
  expect((await imported([line(1), line(903, { yb: 0.001, ya: 0.002 })])).report.windows).toMatchObject({
    inferred_from_book: 1,
  })
})

test('the licence beside the recording is named and travels with it', async () => {
  await inFolder(async (folder) => {
    const file = await writeLines(join(folder, 'a.jsonl'), [line(1)])
    const text = 'Attribution 4.0 International\n\nCopyright and Similar Rights\n'
    await writeFile(join(folder, 'LICENSE'), text)
    const dir = join(folder, 'out')
    await kalshiSnapshots.run([file], {}, { out: dir, accept_refused: true })
    const { manifest } = await openDataset(dir)
    expect(manifest.licence).toBe('CC BY 4.0')
    expect(manifest.attribution).toContain('unknown recorder')
    expect(manifest.files.map(({ path }) => path)).toContain('LICENSE')
  })
})
