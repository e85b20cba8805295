import { allocate, Flag } from '../../core/events/index.ts'
import type { DatasetWriter } from '../tape/index.ts'

/** Takes rows one by one, numbers them and passes them on in chunks. */
export type RowSink = {
  /** Rows so far. */
  readonly rows: number
  /** Add a row; its `seq` is its number. Values as the kind defines them. */
  push(
    local_us: number,
    exch_us: number,
    kind: number,
    feed: number,
    instrument: number,
    side?: number,
    price?: number,
    size?: number,
    flags?: number,
  ): void
  /** The row added last ends its message's group. */
  endGroup(): void
  /** Pass on what has gathered, when it is much. Await it after each group. */
  drain(): Promise<void>
  /** Pass on the rest. */
  flush(): Promise<void>
}

/** More rows than one message can have: both sides of a book at every price, set and removed. */
const GROUP_ROWS = 40_000
const CHUNK_ROWS = 16_384

/** A sink into a dataset. */
export function createRowSink(writer: DatasetWriter): RowSink {
  const columns = allocate(CHUNK_ROWS + GROUP_ROWS)
  let passed = 0
  async function flush(): Promise<void> {
    await writer.append(columns)
    passed += columns.length
    columns.length = 0
  }
  return {
    get rows() {
      return passed + columns.length
    },
    push(local_us, exch_us, kind, feed, instrument, side = 0, price = 0, size = 0, flags = 0) {
      const i = columns.length
      if (i >= columns.local_us.length) throw new RangeError(`a group has more than ${GROUP_ROWS} rows`)
      columns.local_us[i] = local_us
      columns.exch_us[i] = exch_us
      columns.seq[i] = passed + i
      columns.price[i] = price
      columns.size[i] = size
      columns.instrument[i] = instrument
      columns.ref[i] = 0
      columns.kind[i] = kind
      columns.feed[i] = feed
      columns.side[i] = side
      columns.flags[i] = flags
      columns.length = i + 1
    },
    endGroup() {
      const i = columns.length - 1
      columns.flags[i] = columns.flags[i]! | Flag.LAST
    },
    async drain() {
      if (columns.length >= CHUNK_ROWS) await flush()
    },
    flush,
  }
}
