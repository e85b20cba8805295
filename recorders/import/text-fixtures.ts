import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { openDataset, readColumns } from '../tape/index.ts'

/** Made-up text recordings for the tests of importers, and a tape's rows as plain objects. */

/** Write lines to a file: plain, gzipped, or gzipped and cut off in the middle. */
export async function writeLines(
  file: string,
  lines: readonly string[],
  how: 'plain' | 'gzip' | 'cut' = 'plain',
): Promise<string> {
  const text = `${lines.join('\n')}\n`
  const bytes = gzipSync(text)
  await writeFile(
    file,
    how === 'plain' ? text : how === 'gzip' ? bytes : bytes.subarray(0, bytes.length >> 1),
  )
  return file
}

/** Refusals in an order of their own: rows are read in the order of time, whichever they have in a file. */
export function byReason<T extends { reason: string }>(refused: readonly T[]): T[] {
  return [...refused].sort((a, b) => (a.reason < b.reason ? -1 : 1))
}

/** One row of a tape. */
export type TapeRow = {
  kind: number
  local_us: number
  exch_us: number
  instrument: number
  feed: number
  side: number
  price: number
  size: number
  flags: number
}

/** Every row of a small dataset. */
export async function rowsOf(dir: string): Promise<TapeRow[]> {
  const rows: TapeRow[] = []
  for await (const columns of readColumns(await openDataset(dir), { cache: false })) {
    for (let i = 0; i < columns.length; i++) {
      rows.push({
        kind: columns.kind[i]!,
        local_us: columns.local_us[i]!,
        exch_us: columns.exch_us[i]!,
        instrument: columns.instrument[i]!,
        feed: columns.feed[i]!,
        side: columns.side[i]!,
        price: columns.price[i]!,
        size: columns.size[i]!,
        flags: columns.flags[i]!,
      })
    }
  }
  return rows
}

/** The folder of the recordings that may be read and not shipped. */
export const RECORDINGS = new URL('../../../shared/data/', import.meta.url).pathname

/** Start of the first made-up window, unix seconds: June 2026, a whole quarter of an hour. */
export const JUNE_S = 1_780_876_800

/** A row of the Chainlink series: stamp in seconds after {@link JUNE_S}, price in 1e-18 USD, reception in ms after. */
export function priceLine(at_s: number, e18: bigint, recv_ms: number = at_s * 1_000 + 1_200): string {
  const base = JUNE_S * 1_000
  return [base + at_s * 1_000, Number(e18) / 1e18, e18, base + at_s * 1_000 + 900, base + recv_ms].join(',')
}

/** Header of a file of such rows. */
export const PRICE_HEADER = 'feed_ts_ms,value,full_accuracy_value,server_ts_ms,recv_ms'

/** USD as 1e-18 USD. */
export const usd = (whole: number, rest = 0n): bigint => BigInt(whole) * 10n ** 18n + rest

/** A line of metadata: the window `index`, and what else its line and its object say. */
export function marketLine(
  index: number,
  line: Record<string, unknown> = {},
  raw: Record<string, unknown> = {},
): string {
  const start_sec = JUNE_S + 300 * index
  const ids = [`${100 + index}1`, `${100 + index}2`]
  const end = new Date((start_sec + 300) * 1_000).toISOString()
  return JSON.stringify({
    slug: `btc-updown-5m-${start_sec}`,
    asset: 'btc',
    token_ids: ids,
    start_sec,
    end_sec: start_sec + 300,
    strike_value: null,
    ...line,
    raw: {
      conditionId: `0x${String(10 + index).padStart(64, '0')}`,
      outcomes: '["Up", "Down"]',
      clobTokenIds: JSON.stringify(ids),
      outcomePrices: '["1", "0"]',
      umaResolutionStatus: 'resolved',
      createdAt: '2026-06-07T00:02:05.044029Z',
      updatedAt: new Date((start_sec + 390) * 1_000).toISOString(),
      closedTime: `${end.slice(0, 10)} ${new Date((start_sec + 316) * 1_000).toISOString().slice(11, 19)}+00`,
      orderPriceMinTickSize: 0.01,
      orderMinSize: 5,
      feesEnabled: true,
      feeSchedule: { rate: 0.07, exponent: 1, takerOnly: true, rebateRate: 0.2 },
      ...raw,
    },
  })
}
