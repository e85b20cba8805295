import type { Market, ReferenceProfile } from '../../core/events/index.ts'
import { SECOND } from '../../core/units/index.ts'
import { GAP_US, type Inference } from '../tape/index.ts'

/** Name of the series that the price on each row becomes. */
export const ASSET_SERIES = 'asset-price'

/** What that series is worth as a reference. */
export const ASSET_PROFILE: ReferenceProfile = {
  name: 'asset-price',
  settlement: null,
  spot: ASSET_SERIES,
  fast: [],
  bar_s: 0,
  stale_ms: 15_000,
  min_venues: 1,
  notes: [
    'The price that the recorder put on each row is the spot: it changes every few seconds, and neither its source nor its own time is recorded.',
    'There is no settlement series: the recording begins after the start of its windows, so that no strike is known.',
    'There is no fast series: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off.',
  ],
  overrides: {},
}

/** What was met in files of windows, for the manifest. */
export type WindowFindings = {
  rows: number
  books: number
  trades: number
  /** Rows whose venue time lies inside their window. */
  inside: number
  /** Rows that say word by word what the one ahead of them says. */
  again: number
  /** Changes of the price of the asset. */
  prices: number
  /** Books of both tokens with one venue time, and those of them that are exact mirrors. */
  pairs: number
  pairs_equal: number
  /** Windows with a price off the grid of a cent. */
  fine: Set<string>
}

/** Nothing met yet. */
export function createWindowFindings(): WindowFindings {
  return {
    rows: 0,
    books: 0,
    trades: 0,
    inside: 0,
    again: 0,
    prices: 0,
    pairs: 0,
    pairs_equal: 0,
    fine: new Set(),
  }
}

/**
 * What files of windows do not say and was concluded, with the evidence.
 *
 * @param with_books how many of the markets have books
 */
export function describeWindows(
  findings: WindowFindings,
  markets: readonly Market[],
  with_books: number,
): Inference[] {
  const { rows, books, trades, inside, again, prices, pairs, pairs_equal, fine } = findings
  return [
    {
      what: 'the market and the outcome of a file',
      how: 'its path: series, asset, start of the window in unix seconds, up or down; rows whose venue time lies in that window',
      agreement: `${inside} of ${rows} in ${markets.length} windows`,
    },
    {
      what: 'the price of the asset',
      how: 'asset_price, to the nearest 1e-8, as a value when it is received first; the recorder repeats it until the next, and its source and time are not recorded',
      agreement: `${prices} values on ${rows} rows`,
    },
    {
      what: 'trades of one venue time, side, price and size are one',
      how: 'as live: the venue tells trades again, and no hash is recorded that would tell two fills apart. Told twice, a volume would flatter whoever waits behind it; told once, it may be short. They are counted among what is refused; books that repeat the one ahead of them are proof of life',
      agreement: `${trades} trades taken, ${again} of ${books} books repeated`,
    },
    {
      what: 'gaps',
      how: `more than ${GAP_US / SECOND} s without a book; where a market has none, without a trade, which may only say that nobody traded`,
      agreement: `${with_books} of ${markets.length} windows have books`,
    },
    ...(books === 0 ? [] : booksTold(pairs, pairs_equal, fine, markets)),
  ]
}

function booksTold(
  pairs: number,
  pairs_equal: number,
  fine: ReadonlySet<string>,
  markets: readonly Market[],
): Inference[] {
  return [
    {
      what: 'Down is the complement of Up',
      how: 'the books of both tokens are views of one book, each a difference to the one before; of books of both with one venue time, those that are exact mirrors, sizes included',
      agreement: `${pairs_equal} of ${pairs}`,
    },
    {
      what: 'tick size',
      how: '0.01 until a level lies off that grid: then the coarsest of 0.001 and 0.0001 that fits, from that book on',
      agreement: `finer in ${fine.size} of ${markets.length} windows`,
      ...(fine.size > 0 && { exceptions: [...fine] }),
    },
  ]
}
