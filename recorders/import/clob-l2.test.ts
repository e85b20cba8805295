import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Flag, Kind, Side } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import { gather, inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns, verifyDataset } from '../tape/index.ts'
import { around, BOOK, book, groupsOf, imported, row } from './clob-fixtures.ts'
import { importClobL2 } from './clob-l2.ts'
import { bookText, START_S, slugAt, tokenAt, writeRecording } from './fixtures.ts'

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
