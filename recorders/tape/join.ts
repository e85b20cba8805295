import { allocate, type Columns, Flag, type Instrument, type Instruments } from '../../core/events/index.ts'
import type { Dataset } from './dataset.ts'

/** Several tapes as one: instruments under common numbers, rows message by message in the order of time. */

/** For each of a dataset's markets and instruments its number among the joined ones. */
export type InstrumentMaps = { markets: number[]; instruments: Uint32Array }

/** Markets are joined by slug and outcome, series by name and asset: the same thing recorded twice is one instrument. */
export function joinInstruments(datasets: readonly Dataset[]): {
  instruments: Instruments
  maps: InstrumentMaps[]
} {
  const markets: Instruments['markets'] = []
  const instruments: Instrument[] = []
  const places = new Map<string, number>()
  const placed = <T>(key: string, list: T[], one: T): number => {
    const at = places.get(key) ?? list.push(one) - 1
    places.set(key, at)
    return at
  }
  const maps = datasets.map(({ instruments: own }) => {
    const market_map = own.markets.map((market) => placed(`market ${market.slug}`, markets, market))
    const map = own.instruments.map((one) => {
      const moved = one.kind === 'token' ? { ...one, market: market_map[one.market]! } : one
      return placed(keyOf(moved), instruments, moved)
    })
    return { markets: market_map, instruments: Uint32Array.from(map) }
  })
  return { instruments: { markets, instruments }, maps }
}

function keyOf(one: Instrument): string {
  return one.kind === 'token' ? `token ${one.market} ${one.outcome}` : `series ${one.asset} ${one.name}`
}

/** Rows of a tape, chunk by chunk, and its instruments' numbers; `change` may alter a row that was copied. */
export type JoinSource = {
  rows: AsyncIterable<Columns>
  map: Uint32Array
  change?: (columns: Columns, row: number) => void
}

type Head = { source: JoinSource; iterator: AsyncIterator<Columns>; columns: Columns | null; at: number }

const CHUNK_ROWS = 32_768

/**
 * Interleave message by message: the earliest time first, then the order of the sources. A message stays whole, also
 * where it runs over the end of a chunk. The columns are used again.
 */
export async function* joinRows(sources: readonly JoinSource[]): AsyncGenerator<Columns> {
  const heads: Head[] = sources.map((source) => ({
    source,
    iterator: source.rows[Symbol.asyncIterator](),
    columns: null,
    at: 0,
  }))
  try {
    for (const head of heads) await advance(head)
    const out = allocate(CHUNK_ROWS)
    for (;;) {
      const head = earliest(heads)
      if (head === null) break
      for (let last = 0; last === 0 && head.columns !== null; ) {
        if (out.length === CHUNK_ROWS) {
          yield out
          out.length = 0
        }
        last = head.columns.flags[head.at]! & Flag.LAST
        copyRow(head, out)
        head.at++
        if (head.at >= head.columns.length) await advance(head)
      }
    }
    if (out.length > 0) yield out
  } finally {
    // A reader that stops early leaves no file open.
    for (const { iterator } of heads) await iterator.return?.()
  }
}

async function advance(head: Head): Promise<void> {
  do {
    const next = await head.iterator.next()
    head.columns = next.done === true ? null : next.value
    head.at = 0
  } while (head.columns !== null && head.columns.length === 0)
}

/** HOT: asked for every message. */
function earliest(heads: readonly Head[]): Head | null {
  let best: Head | null = null
  let time = Number.POSITIVE_INFINITY
  for (const head of heads) {
    if (head.columns === null || head.columns.local_us[head.at]! >= time) continue
    time = head.columns.local_us[head.at]!
    best = head
  }
  return best
}

function copyRow({ source, columns, at }: Head, out: Columns): void {
  const from = columns!
  const row = out.length++
  out.local_us[row] = from.local_us[at]!
  out.exch_us[row] = from.exch_us[at]!
  out.seq[row] = from.seq[at]!
  out.price[row] = from.price[at]!
  out.size[row] = from.size[at]!
  const instrument = from.instrument[at]!
  out.instrument[row] = instrument < source.map.length ? source.map[instrument]! : instrument
  out.ref[row] = from.ref[at]!
  out.kind[row] = from.kind[at]!
  out.feed[row] = from.feed[at]!
  out.side[row] = from.side[at]!
  out.flags[row] = from.flags[at]!
  source.change?.(out, row)
}
