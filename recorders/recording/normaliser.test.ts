import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COLUMNS, Flag } from '../../core/events/index.ts'
import type { JournalRecord, Note } from '../journal/index.ts'
import { createNormaliser } from '../normalise/index.ts'
import { gather, inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, readSide, verifyDataset } from '../tape/index.ts'
import { type Clock, optionsOf, START_US } from './fixtures.ts'
import { openRecording, openRecordingWriter, type RecordingWriter } from './index.ts'

const options = (clock: Clock) =>
  optionsOf(clock, {}, { normaliser: (state) => createNormaliser(state === undefined ? {} : { state }) })

function note(clock: Clock, what: Note): JournalRecord {
  return { type: 'note', wall_us: clock.now, mono_us: clock.now - START_US, note: what }
}

/** A quote of Binance, as it looks on the wire. */
function quote(clock: Clock, connection: number, i: number): JournalRecord {
  const data = {
    u: 400_900_217 + i,
    s: 'BTCUSDT',
    b: `${91_000 + i}.10000000`,
    B: '1.5',
    a: `${91_000 + i}.20000000`,
    A: '2',
  }
  const text = JSON.stringify({ stream: 'btcusdt@bookTicker', data })
  return {
    type: 'frame',
    wall_us: clock.now,
    mono_us: clock.now - START_US,
    connection,
    seq: i,
    bytes: new TextEncoder().encode(text),
  }
}

function feed(writer: RecordingWriter, clock: Clock, connection: number, from: number, count: number): void {
  for (let i = from; i < from + count; i++) {
    clock.now += 10_000
    writer.take(quote(clock, connection, i))
  }
}

function connect(writer: RecordingWriter, clock: Clock, connection: number): void {
  const line = { feed: 'binance', line: 'binance/0' } as const
  writer.take(note(clock, { note: 'opened', connection, ...line, leads: true, keys: ['btcusdt'] }))
}

test('with the project’s own normaliser: what readers see of an open recording, what a kill leaves and what is sealed are the same rows', async () => {
  await inFolder(async (dir) => {
    const clock = { now: START_US }
    const first = await openRecordingWriter(dir, options(clock))
    connect(first, clock, 1)
    feed(first, clock, 1, 0, 100)
    await first.seal()
    feed(first, clock, 1, 100, 100)
    await first.flush()
    const open = await openRecording(dir)
    expect(open.days).toHaveLength(1)
    const tail = await gather(readColumns(open.tails[0]!, { cache: false }))
    await open.close()
    await first.abandon()

    clock.now += 3_000_000
    const second = await openRecordingWriter(dir, options(clock))
    expect(second.recovered.records).toBe(100)
    connect(second, clock, 2)
    feed(second, clock, 2, 200, 50)
    await second.stop('done')

    const day = join(dir, '2026-11-21')
    await verifyDataset(day)
    const dataset = await openDataset(day)
    const rows = await gather(readColumns(dataset, { cache: false }))
    expect(rows.seq).toEqual(Float64Array.from({ length: rows.length }, (_, i) => i))
    const quotes = (columns: typeof rows) =>
      Array.from(columns.price).filter((price, i) => price > 0 && (columns.flags[i]! & Flag.SNAPSHOT) === 0)
    expect(quotes(rows)).toEqual(Array.from({ length: 250 }, (_, i) => (91_000 + i) * 1e8 + 1e7))
    expect(quotes(tail)).toEqual(Array.from({ length: 100 }, (_, i) => (91_100 + i) * 1e8 + 1e7))
    // Behind the rows that say how things stood the tail is what was sealed.
    const at = Array.from(rows.price).indexOf(quotes(tail)[0]!)
    for (const [name] of COLUMNS) {
      if (name === 'seq' || name === 'ref') continue
      expect(tail[name].slice(-100)).toEqual(rows[name].slice(at, at + 100))
    }
    // The kill is a gap, from the last record to the next start.
    const killed = dataset.gaps.filter(({ reason }) => reason.includes('killed'))
    expect(killed.length).toBeGreaterThan(0)
    for (const gap of killed) expect(gap.from_us).toBeLessThanOrEqual(START_US + 2_000_000)
    const health: unknown[] = []
    for await (const row of readSide(dataset, 'feed_health')) health.push(row.event)
    expect(health.length).toBeGreaterThan(0)
  })
})
