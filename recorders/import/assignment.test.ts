import { describe, expect, test } from 'vitest'
import { openDataset } from '../tape/index.ts'
import { around, BOOK, type Case, imported, row } from './clob-fixtures.ts'
import { type Recorded, slugAt, tokenAt } from './fixtures.ts'

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

  test('of two tokens the one heard of for longer is the recorded one, however many messages a burst of the other brings', async () => {
    const high = moves.map((move) => move < 0)
    const burst = [100, 101, 102, 103].map((s) => row(5, 1, s, around(5_000 + s)))
    const more = [row(3, 1, 290, around(9_800)), row(5, 0, 20, around(4_000)), ...burst]
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
          [tokenAt(5, 0), 'down'],
          [tokenAt(5, 1), 'up'],
        ])
        expect(report.inferred.some(({ how }) => how.startsWith('2 of 12 windows have two'))).toBe(true)
      },
      more,
    )
  })

  test('a window that disagrees and has two tokens is told apart from a near-tie', async () => {
    const high = moves.map((move, i) => move < 0 !== (i === 4 || i === 7))
    const rows = [row(7, 0, 10, around(5_000)), row(7, 1, 280, around(high[7]! ? 200 : 9_800))]
    const most = [...moves, 5, -5, 7, 9, 5, 5, -5, 6, -6]
    const more = [...high, ...most.slice(moves.length).map((move) => move < 0)]
    await session(
      most,
      more,
      async ({ report }) => {
        expect(report.inferred[0]!.exceptions).toEqual([slugAt(4), slugAt(7)])
        expect(report.inferred.find(({ what }) => what.includes('upside down'))).toMatchObject({
          exceptions: [slugAt(7)],
        })
      },
      rows,
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
