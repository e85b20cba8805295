import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book, type BookSide, type OutcomeIndex } from '../../core/book/index.ts'
import { allocate, type Columns, Feed, Flag, type Instruments, Kind } from '../../core/events/index.ts'
import { MINUTE } from '../../core/units/index.ts'
import { INSTRUMENTS, randomTape, START } from '../sql/fixtures.ts'
import { cutDataset } from './cut.ts'
import { type Dataset, openDataset, verifyDataset } from './dataset.ts'
import { gather, HEAD, inFolder, TAIL } from './fixtures.ts'
import type { Gap } from './manifest.ts'
import { mergeDatasets } from './merge.ts'
import { readColumns } from './read.ts'
import { readSide } from './side.ts'
import { countWindows } from './tally.ts'
import { createDataset, type DatasetTail } from './writer.ts'

const CREATED_BY = 'a test'

/** Write rows as a dataset; messages of a made-up tape end with it. */
async function write(
  dir: string,
  columns: Columns,
  instruments: Instruments = INSTRUMENTS,
  tail: Partial<DatasetTail> = {},
): Promise<Dataset> {
  const { length } = columns
  columns.flags[length - 1] = columns.flags[length - 1]! | Flag.LAST
  const writer = await createDataset(dir, HEAD, { format: 'arrow' })
  await writer.append(columns)
  const windows = countWindows(instruments.markets.length, tail.resolutions ?? [])
  await writer.finish({ ...TAIL, windows, instruments, ...tail })
  return openDataset(dir)
}

/** What each book holds after all rows of each time, by slug: the state that a run sees. */
async function booksOf(dataset: Dataset): Promise<Map<number, Record<string, string>>> {
  const { markets, instruments } = dataset.instruments
  const books = markets.map(() => Book.create())
  const states = new Map<number, Record<string, string>>()
  const columns = await gather(readColumns(dataset, { cache: false }))
  for (let row = 0; row < columns.length; row++) {
    const token = instruments[columns.instrument[row]!]
    if (token?.kind === 'token') {
      const book = books[token.market]!
      const outcome = (token.outcome === 'down' ? 1 : 0) as OutcomeIndex
      const side = columns.side[row]! as BookSide
      if (columns.kind[row] === Kind.LEVEL)
        Book.setToken(book, outcome, side, columns.price[row]!, columns.size[row]!)
      if (columns.kind[row] === Kind.BOOK_RESET) Book.clear(book)
    }
    if (columns.local_us[row + 1] === columns.local_us[row]) continue
    const state: Record<string, string> = {}
    markets.forEach(({ slug }, i) => {
      const { hash_lo, hash_hi } = books[i]!
      if (hash_lo !== 0 || hash_hi !== 0) state[slug] = `${hash_lo} ${hash_hi}`
    })
    states.set(columns.local_us[row]!, state)
  }
  return states
}

/** Without the markets that are long over. */
function alive(state: Record<string, string>, at_us: number): Record<string, string> {
  const over = INSTRUMENTS.markets.filter(({ end_us }) => end_us + 10 * MINUTE < at_us)
  return Object.fromEntries(Object.entries(state).filter(([slug]) => !over.some((one) => one.slug === slug)))
}

describe('a cut', () => {
  test('stands on its own, and two of them merged replay as the whole: the same books at every time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 2, max: 400 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        async (seed, rows, share) => {
          await inFolder(async (folder) => {
            const columns = randomTape(rows, seed)
            const whole = await write(join(folder, 'whole'), columns)
            const { from_us, to_us } = whole.manifest.time_range
            const at_us = from_us + Math.floor(share * (to_us - from_us)) + 1
            if (at_us > to_us) return
            const options = { created_by: CREATED_BY }
            const a = join(folder, 'a')
            const b = join(folder, 'b')
            await cutDataset(whole, { ...options, to_us: at_us, out: a })
            await cutDataset(whole, { ...options, from_us: at_us, out: b })
            await verifyDataset(b)
            const states = await booksOf(whole)
            const second = await booksOf(await openDataset(b))
            for (const [time, state] of second) {
              if (time !== at_us || states.has(time))
                expect(alive(state, at_us)).toEqual(alive(states.get(time)!, at_us))
            }
            const merged = join(folder, 'merged')
            await mergeDatasets([await openDataset(a), await openDataset(b)], { ...options, out: merged })
            const again = await booksOf(await openDataset(merged))
            for (const [time, state] of states) expect(again.get(time)).toEqual(state)
            // Every row of the whole is there once, as it was.
            const found = await gather(readColumns(await openDataset(merged), { cache: false }))
            const seqs = new Set(Array.from(found.seq).map(String))
            expect(seqs.size).toBe(columns.length)
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  test('of everything is the dataset itself, and so is a merge of one', async () => {
    await inFolder(async (folder) => {
      const whole = await write(join(folder, 'whole'), randomTape(3_000, 4))
      const { dataset_hash } = whole.manifest
      const options = { created_by: CREATED_BY }
      expect(await cutDataset(whole, { ...options, out: join(folder, 'cut') })).toMatchObject({
        dataset_hash,
        restated: 0,
      })
      expect(await mergeDatasets([whole], { ...options, out: join(folder, 'merged') })).toMatchObject({
        dataset_hash,
      })
      const { manifest } = await openDataset(join(folder, 'merged'))
      expect(manifest.made_of?.datasets).toEqual([{ dataset_hash, source: 'made up' }])
      const { files, made_of: _how, ...rest } = manifest
      const { files: _files, ...before } = whole.manifest
      expect(rest).toEqual(before)
      expect(files.length).toBeGreaterThan(3)
    })
  })

  test('of a market has its rows and the series of its asset, whole messages, its outcome and its gaps', async () => {
    await inFolder(async (folder) => {
      const columns = randomTape(5_000, 9)
      const slug = INSTRUMENTS.markets[2]!.slug
      const gap = (market: number | null): Gap => ({
        market,
        feed: 'x',
        from_us: START,
        to_us: START + 10,
        reason: 'silence',
      })
      const whole = await write(join(folder, 'whole'), columns, INSTRUMENTS, {
        gaps: [gap(null), gap(1), gap(2)],
        resolutions: [
          { market: 1, up_payout: 0, known_us: 5, class: 'recorded' },
          { market: 2, up_payout: 10_000, known_us: 6, class: 'recorded' },
        ],
        attachments: { LICENSE: 'as you like' },
      })
      const out = join(folder, 'cut')
      await cutDataset(whole, { markets: [slug], out, created_by: CREATED_BY })
      const cut = await openDataset(out)
      await verifyDataset(out)
      expect(cut.instruments.markets.map((one) => one.slug)).toEqual([slug])
      expect(cut.instruments.instruments.map(({ kind }) => kind)).toEqual(['token', 'token', 'series'])
      expect(cut.gaps).toEqual([gap(null), { ...gap(2), market: 0 }])
      expect(cut.resolutions).toEqual([{ market: 0, up_payout: 10_000, known_us: 6, class: 'recorded' }])
      expect(await readFile(join(out, 'LICENSE'), 'utf8')).toBe('as you like')
      const kept = [4, 5, 12]
      const expected = Array.from(columns.seq).filter((_, row) => kept.includes(columns.instrument[row]!))
      const rows = await gather(readColumns(cut, { cache: false }))
      expect(Array.from(rows.seq)).toEqual(expected)
      // Each message ends: of rows of one time and message the last one is flagged.
      let groups = 0
      let before = -1
      let group = 0
      for (let row = 0; row < columns.length; row++) {
        if (kept.includes(columns.instrument[row]!)) {
          if (group !== before) groups++
          before = group
        }
        if ((columns.flags[row]! & Flag.LAST) !== 0) group++
      }
      expect(cut.manifest.counts.messages).toBe(groups)
    })
  })

  test('keeps the side rows of its range, and what refers to them', async () => {
    await inFolder(async (folder) => {
      const columns = allocate(6)
      for (let i = 0; i < 6; i++) {
        columns.length++
        columns.local_us[i] = START + i
        columns.seq[i] = i
        columns.kind[i] = i % 2 === 0 ? Kind.MARKET : Kind.ALIVE
        columns.feed[i] = Feed.GAMMA
        columns.instrument[i] = 2 * Math.floor(i / 2)
        columns.ref[i] = Math.floor(i / 2)
        columns.flags[i] = Flag.LAST
      }
      const side = [0, 1, 2].map(
        (i) => `${JSON.stringify({ local_us: START + 2 * i, market: i, text: `m${i}` })}\n`,
      )
      const whole = await write(join(folder, 'whole'), columns, INSTRUMENTS, {
        attachments: { 'side-market_metadata.jsonl': side.join('') },
      })
      const out = join(folder, 'cut')
      await cutDataset(whole, { from_us: START + 2, out, created_by: CREATED_BY })
      const cut = await openDataset(out)
      const rows: unknown[] = []
      for await (const row of readSide(cut, 'market_metadata')) rows.push(row)
      const slugs = cut.instruments.markets.map(({ slug }) => slug)
      expect(rows).toEqual(
        [1, 2].map((i) => ({
          local_us: START + 2 * i,
          market: slugs.indexOf(INSTRUMENTS.markets[i]!.slug),
          text: `m${i}`,
        })),
      )
      const found = await gather(readColumns(cut, { cache: false }))
      const refs: number[] = []
      for (let row = 0; row < found.length; row++)
        if (found.kind[row] === Kind.MARKET) refs.push(found.ref[row]!)
      expect(refs).toEqual([0, 1])
      // Merged behind another, numbers go on.
      const merged = join(folder, 'merged')
      await mergeDatasets([whole, cut], { out: merged, created_by: CREATED_BY })
      const both = await openDataset(merged)
      const texts: unknown[] = []
      for await (const { text } of readSide(both, 'market_metadata')) texts.push(text)
      expect(texts).toEqual(['m0', 'm1', 'm2', 'm1', 'm2'])
      const all = await gather(readColumns(both, { cache: false }))
      for (let row = 0; row < all.length; row++)
        if (all.kind[row] === Kind.MARKET)
          expect(texts[all.ref[row]!]).toBe(`m${(all.local_us[row]! - START) / 2}`)
    })
  })

  test('says again which feeds are down, ticks and strikes', async () => {
    await inFolder(async (folder) => {
      const columns = allocate(8)
      const add = (kind: number, instrument: number, price: number, feed: number) => {
        const i = columns.length++
        columns.local_us[i] = START + i
        columns.seq[i] = i
        columns.kind[i] = kind
        columns.instrument[i] = instrument
        columns.price[i] = price
        columns.feed[i] = feed
        columns.flags[i] = Flag.LAST
      }
      add(Kind.TICK_SIZE, 0, 100, Feed.CLOB_MARKET)
      add(Kind.TICK_SIZE, 0, 10, Feed.CLOB_MARKET)
      add(Kind.STRIKE, 1, 77, Feed.GAMMA)
      add(Kind.FEED_DOWN, 0xffffffff, 0, Feed.RTDS)
      add(Kind.FEED_DOWN, 0xffffffff, 0, Feed.BINANCE)
      add(Kind.FEED_UP, 0xffffffff, 0, Feed.BINANCE)
      add(Kind.ALIVE, 0, 0, Feed.CLOB_MARKET)
      const whole = await write(join(folder, 'whole'), columns)
      const out = join(folder, 'cut')
      const report = await cutDataset(whole, { from_us: START + 6, out, created_by: CREATED_BY })
      const rows = await gather(readColumns(await openDataset(out), { cache: false }))
      expect(report.restated).toBe(4)
      expect(Array.from(rows.kind)).toEqual([
        Kind.TICK_SIZE,
        Kind.STRIKE,
        Kind.ALIVE,
        Kind.FEED_DOWN,
        Kind.ALIVE,
      ])
      expect(Array.from(rows.price)).toEqual([10, 77, 0, 0, 0])
      expect(rows.feed[3]).toBe(Feed.RTDS)
      expect(Array.from(rows.flags.slice(0, 4))).toEqual(Array(4).fill(Flag.SNAPSHOT | Flag.LAST))
    })
  })

  test('that cannot be is refused, and nothing is left', async () => {
    await inFolder(async (folder) => {
      const whole = await write(join(folder, 'whole'), randomTape(100, 1))
      const out = join(folder, 'cut')
      const fault = (options: object) => cutDataset(whole, { out, created_by: CREATED_BY, ...options })
      await expect(fault({ from_us: 5, to_us: 5 })).rejects.toMatchObject({ code: 'cut.range' })
      await expect(fault({ markets: ['x'] })).rejects.toMatchObject({ code: 'cut.market' })
      await expect(fault({ to_us: 5 })).rejects.toMatchObject({ code: 'tape.empty' })
      await expect(fault({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
      expect(await readdir(folder)).toEqual(['whole'])
    })
  })
})

describe('a merge', () => {
  test('of datasets that contradict each other is refused, and nothing is left', async () => {
    await inFolder(async (folder) => {
      const whole = await write(join(folder, 'whole'), randomTape(100, 1))
      const altered = async (name: string, change: (other: Instruments) => void) => {
        const instruments = structuredClone(INSTRUMENTS)
        change(instruments)
        return write(join(folder, name), randomTape(100, 2), instruments)
      }
      const window = await altered('window', ({ markets }) => {
        markets[0]!.end_us++
      })
      const token = await altered('token', ({ instruments }) => {
        instruments[0] = { ...instruments[0]!, token_id: 'other' } as (typeof instruments)[0]
      })
      const profile = await openDataset(whole.dir)
      profile.manifest.reference_profile = { ...profile.manifest.reference_profile, name: 'other' }
      const names = (await readdir(folder)).sort()
      for (const [other, code] of [
        [window, 'merge.market'],
        [token, 'merge.token'],
        [profile, 'merge.profile'],
      ] as const) {
        const merge = mergeDatasets([whole, other], { out: join(folder, 'm'), created_by: CREATED_BY })
        await expect(merge).rejects.toMatchObject({ code, fix: expect.any(String) })
      }
      await expect(
        mergeDatasets([], { out: join(folder, 'm'), created_by: CREATED_BY }),
      ).rejects.toMatchObject({
        code: 'merge.none',
      })
      expect((await readdir(folder)).sort()).toEqual(names)
    })
  })
})
