import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXAMPLE_LISTING } from '../../../recorders/feeds/clob-market-examples.ts'
import { become, bookOf, createPen, listed, opened } from '../../../recorders/normalise/fixtures.ts'
import { matchGolden } from '../golden.ts'

const lines = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')

/** Captured frames of the example market, as one connection gets them. */
function played(frames: readonly string[]) {
  const pen = createPen()
  return become([listed(pen), opened(pen, 1), ...frames.map((frame) => pen.frame(1, frame))])
}

test('captured books become these rows, and no field of theirs is unknown', () => {
  const { groups, normaliser } = played(lines(join(import.meta.dirname, 'clob-book.frames.jsonl')))
  matchGolden('normalise/clob-book.txt', groups.join('\n'))
  expect(normaliser.totals).toMatchObject({ refused: [], unknown_fields: {} })
})

const CAPTURE = join(
  import.meta.dirname,
  '../../../../shared/data/wire-captures/clob_ws_book_btc-updown-5m-1776255900_every_nth.jsonl',
)
const absent = existsSync(CAPTURE) ? '' : `; skipped: ${CAPTURE} is not here`

test.skipIf(absent !== '')(
  `after every captured book the rows make that very book, also across a new connection${absent}`,
  () => {
    const frames = lines(CAPTURE)
    expect(frames.length).toBe(21)
    for (let n = 1; n <= frames.length; n++) {
      const pen = createPen()
      const half = Math.floor(n / 2)
      const { rows, normaliser } = become([
        listed(pen),
        opened(pen, 1),
        ...frames.slice(0, half).map((frame) => pen.frame(1, frame)),
        opened(pen, 2),
        ...frames.slice(half, n).map((frame) => pen.frame(2, frame)),
      ])
      expect(normaliser.totals.refused).toEqual([])
      expect(bookOf(rows)).toEqual(asSent(frames[n - 1]!))
    }
  },
)

/** The levels of a message of the Down token, read without any of the code under test. */
function asSent(frame: string): Record<string, number> {
  type Level = { price: string; size: string }
  const { bids, asks, asset_id } = JSON.parse(frame) as { bids: Level[]; asks: Level[]; asset_id: string }
  expect(asset_id).toBe(EXAMPLE_LISTING.tokens.down)
  const levels = (side: 1 | 2, of: readonly Level[]) =>
    of.map(({ price, size }): [string, number] => [
      `${side} ${10_000 - Math.round(Number(price) * 10_000)}`,
      Math.round(Number(size) * 1e6),
    ])
  // A bid for Down is an ask for Up.
  return Object.fromEntries([...levels(2, bids), ...levels(1, asks)])
}
