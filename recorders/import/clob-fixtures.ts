import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, readColumns } from '../tape/index.ts'
import { type ClobL2Options, importClobL2 } from './clob-l2.ts'
import {
  type Book,
  bookText,
  type Recorded,
  replayBooks,
  START_S,
  slugAt,
  writeRecording,
} from './fixtures.ts'

/** Made-up recordings of books, imported. */

/** A book of one level a side. */
export const BOOK: Book = { bids: new Map([[4_900, 5e6]]), asks: new Map([[5_100, 7e6]]) }
/** A book from levels. */
export const book = (bids: [number, number][], asks: [number, number][]): Book => ({
  bids: new Map(bids),
  asks: new Map(asks),
})
/** A book whose mid is `price`. */
export const around = (price: number) => book([[price - 100, 1e6]], [[price + 100, 1e6]])

/** A good row of window `index`, received `s` seconds after its start. */
export function row(index: number, token: number, s: number, state: Book, extra = {}): Recorded {
  const recv_s = START_S + 300 * index + s
  const raw = bookText(index, token, state, Math.round(recv_s * 1_000) - 40, extra)
  return { recv_s, slug: slugAt(index), raw }
}

/** What an import came to, and where. */
export type Case = { folder: string; dir: string; report: Awaited<ReturnType<typeof importClobL2>> }

/** Import rows as one file and look at what came of it. */
export async function imported(
  rows: readonly Recorded[],
  look: (result: Case) => Promise<void>,
  options: Partial<ClobL2Options> & { bars?: readonly [number, string][] } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const file = join(folder, 'book.parquet')
    await writeRecording(file, rows)
    const { bars, ...rest } = options
    const klines = join(folder, 'bars.csv')
    if (bars !== undefined) await writeFile(klines, kline(bars))
    const dir = join(folder, 'out')
    const report = await importClobL2([file], {
      out: dir,
      ...(bars === undefined ? {} : { klines }),
      ...rest,
    })
    await look({ folder, dir, report })
  })
}

/** A CSV of bars that close at these seconds after the first window's start. */
function kline(bars: readonly [number, string][]): string {
  const lines = bars.map(([close_s, close]) => `${(START_S + close_s - 60) * 1_000},1,2,0.5,${close},9,9`)
  return ['open_time_ms,open,high,low,close,volume,trades', ...lines, ''].join('\n')
}

/** Every message of a dataset's tape with the book after it. */
export async function groupsOf(dir: string) {
  const dataset = await openDataset(dir)
  const groups = []
  for await (const group of replayBooks(readColumns(dataset, { cache: false }), dataset.instruments)) {
    groups.push({ ...group, book: { bids: new Map(group.book.bids), asks: new Map(group.book.asks) } })
  }
  return groups
}
