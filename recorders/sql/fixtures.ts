import { allocate, type Columns, Feed, Flag, type Instruments, Kind } from '../../core/events/index.ts'
import { Rng } from '../../core/random/index.ts'
import { MICRO, ONE, SECOND } from '../../core/units/index.ts'

/** A made-up tape with every kind of row that a view looks at. */

export const START = 1_776_254_400 * SECOND
const MARKETS = 6
const LENGTH = 300 * SECOND

/** Six markets with both tokens, and a reference series as the last instrument. */
export const INSTRUMENTS: Instruments = {
  markets: Array.from({ length: MARKETS }, (_, m) => ({
    slug: `btc-updown-5m-${(START + m * LENGTH) / SECOND}`,
    asset: 'btc',
    series: '5m' as const,
    start_us: START + m * LENGTH,
    end_us: START + (m + 1) * LENGTH,
    created_us: m === 0 ? null : START - 86_400 * SECOND + 1,
    condition_id: `0x${m}`,
    tick: m === 0 ? null : 100,
    min_size: m === 0 ? null : 5 * MICRO,
    fee: m === 0 ? null : { rate_ppm: 72_000, exponent: 1, taker_only: true },
    settlement:
      m === 0
        ? null
        : { source: 'chainlink' as const, kind: 'twap' as const, lookback_s: 60, tie: 'up' as const },
    taker_hold_ms: m === 0 ? null : 250,
  })),
  instruments: [
    ...Array.from({ length: MARKETS }, (_, market) => [
      { kind: 'token' as const, market, outcome: 'up' as const, token_id: `${market}1` },
      { kind: 'token' as const, market, outcome: 'down' as const, token_id: `${market}2` },
    ]).flat(),
    { kind: 'series' as const, name: 'spot', asset: 'btc', venue: 'somewhere', unit: 'usd_e8' as const },
  ],
}

const SERIES = INSTRUMENTS.instruments.length - 1
const TOKEN_KINDS = [
  Kind.LEVEL,
  Kind.LEVEL,
  Kind.LEVEL,
  Kind.TRADE,
  Kind.TICK_SIZE,
  Kind.BOOK_RESET,
  Kind.ALIVE,
]
const SERIES_KINDS = [Kind.ORACLE, Kind.QUOTE, Kind.PRINT]
/** Few prices, so that levels are set again and go away. */
const PRICES = [100, 2_500, 4_700, 4_800, 5_000, 5_300, 9_900]

/** `rows` rows from a seed, in messages of one to four rows; from the first window until well after the last. */
export function randomTape(rows: number, seed: number): Columns {
  const columns = allocate(rows)
  const rng = Rng.create(seed, 5)
  const span = MARKETS * LENGTH + 1_500 * SECOND
  let now = START - 100 * SECOND
  let left = 0
  for (let row = 0; row < rows; row++) {
    if (left === 0) {
      left = 1 + Rng.below(rng, 4)
      now += Math.floor((Rng.uniform(rng) * 4 * span) / rows)
    }
    left--
    const series = Rng.below(rng, 12) === 0
    const kinds = series ? SERIES_KINDS : TOKEN_KINDS
    const kind = kinds[Rng.below(rng, kinds.length)]!
    columns.local_us[row] = now
    columns.exch_us[row] = Rng.below(rng, 5) === 0 ? 0 : now - Rng.below(rng, 90_000)
    columns.seq[row] = row * 3
    columns.kind[row] = kind
    columns.feed[row] = series ? Feed.RTDS : Feed.CLOB_MARKET
    columns.instrument[row] = series ? SERIES : tokenAt(now, rng)
    columns.side[row] =
      kind === Kind.LEVEL || kind === Kind.TRADE || kind === Kind.PRINT ? 1 + Rng.below(rng, 2) : 0
    columns.price[row] = series ? 7e12 + Rng.below(rng, 1e9) : priceOf(kind, rng)
    columns.size[row] = sizeOf(kind, rng)
    columns.flags[row] = (left === 0 ? Flag.LAST : 0) | (Rng.below(rng, 9) === 0 ? Flag.SNAPSHOT : 0)
    columns.length++
  }
  return columns
}

/** A token of a market that is listed by then; markets that are over still have messages. */
function tokenAt(now: number, rng: Rng.Rng): number {
  const listed = INSTRUMENTS.markets.filter(({ start_us }) => start_us - 150 * SECOND <= now).length
  return Rng.below(rng, 2 * listed)
}

function priceOf(kind: number, rng: Rng.Rng): number {
  if (kind === Kind.LEVEL || kind === Kind.TRADE) return PRICES[Rng.below(rng, PRICES.length)]!
  return kind === Kind.TICK_SIZE ? ONE / 1_000 : 0
}

function sizeOf(kind: number, rng: Rng.Rng): number {
  if (kind === Kind.LEVEL) return Rng.below(rng, 3) === 0 ? 0 : 1 + Rng.below(rng, 1e9)
  if (kind === Kind.TRADE || kind === Kind.PRINT) return 1 + Rng.below(rng, 1e9)
  if (kind === Kind.ORACLE) return Rng.below(rng, 1e9)
  return kind === Kind.QUOTE ? 7.1e12 : 0
}
