import { TapeError } from '../tape/index.ts'
import { binanceRaw } from './binance-raw.ts'
import { btc15m1Hz } from './btc15m-1hz.ts'
import { chainlink1Hz } from './chainlink-1hz.ts'
import { clobL2 } from './clob-l2.ts'
import { events15m } from './events-15m.ts'
import { hftbacktest } from './hftbacktest.ts'
import { hourlySqlite } from './hourly-sqlite.ts'
import type { Importer } from './importer.ts'
import { kalshiSnapshots } from './kalshi-snapshots.ts'
import { kalshiTrades } from './kalshi-trades.ts'
import { windowBookTrades } from './window-book-trades.ts'

/** Every importer, in the order of help texts. A new one is one file and one entry here. */
export const importers: readonly Importer[] = [
  clobL2,
  btc15m1Hz,
  chainlink1Hz,
  events15m,
  windowBookTrades,
  hourlySqlite,
  kalshiTrades,
  kalshiSnapshots,
  binanceRaw,
  hftbacktest,
]

/**
 * The importer of a kind.
 *
 * @throws TapeError `import.kind`, naming those there are
 */
export function findImporter(kind: string): Importer {
  const found = importers.find((importer) => importer.kind === kind)
  if (found !== undefined) return found
  const kinds = importers.map((importer) => importer.kind).join(', ')
  throw new TapeError(
    'import.kind',
    `"${kind}" is not a kind of recording`,
    { field: 'kind' },
    `give one of ${kinds}`,
  )
}
