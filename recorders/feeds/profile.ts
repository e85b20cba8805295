import type { Instruments, Market, ReferenceProfile } from '../../core/events/index.ts'
import { RuleError, Rules } from '../../core/rules/index.ts'

/** Exchanges whose median is the fast series. */
const EXCHANGES = ['binance-spot', 'coinbase-spot', 'kraken-spot'] as const
/** Spot series of an oracle or a relay, the best first; behind the first one only where no exchange was recorded. */
const SPOTS = ['chainlink-spot', 'pyth-spot', 'rtds-binance'] as const
/** Values come once a second, some a second late. */
const STALE_MS = 3_000

/**
 * Which series of a recording plays which role, so that it can be backtested as it is: every asset that has markets must
 * have a series that is named, because a profile holds for all of them.
 *
 * The settlement series is that by which most windows settle, where it was recorded: another one would judge them wrongly.
 * The spot is Chainlink's, else the fair median of the exchanges.
 *
 * @param instruments all that was listed by the end: a profile of an earlier time may name less
 */
export function recordedProfile({ markets, instruments }: Instruments): ReferenceProfile {
  const recorded = new Map<string, Set<string>>()
  for (const one of instruments) {
    if (one.kind !== 'series') continue
    const assets = recorded.get(one.name) ?? new Set()
    recorded.set(one.name, assets.add(one.asset))
  }
  const traded = markets.map(({ asset }) => asset)
  const quoted = [...recorded.values()].flatMap((assets) => [...assets])
  const needed = [...new Set(traded.length > 0 ? traded : quoted)].sort()
  const notes: string[] = []
  const has = (name: string): boolean => {
    const assets = recorded.get(name)
    const lacking = needed.filter((asset) => !assets?.has(asset))
    if (assets !== undefined && lacking.length > 0)
      notes.push(`${name} has no part: it was not recorded of ${lacking.join(', ')}.`)
    return needed.length > 0 && lacking.length === 0
  }

  const settlement = settlementOf(markets, has, notes)
  const lookback_s = Number(/^chainlink-twap-(\d+)$/.exec(settlement ?? '')?.[1] ?? 0)
  const fast = EXCHANGES.filter(has)
  const spot = SPOTS.find((name, i) => (i === 0 || fast.length === 0) && has(name)) ?? null
  if (fast.length === 0) {
    notes.push('No exchange was recorded: FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE are off.')
  } else {
    const absent = EXCHANGES.filter((name) => !fast.includes(name))
    if (absent.length > 0) notes.push(`The fast series lacks ${absent.join(' and ')}.`)
    if (fast.includes('binance-spot')) notes.push('Binance quotes in USDT, which is taken for USD.')
  }
  if (spot === null) {
    notes.push(
      fast.length === 0
        ? 'There is no spot series: no model can be run on it.'
        : 'Chainlink spot was not recorded: the fair median of the exchanges is the spot.',
    )
  } else if (spot !== SPOTS[0]) notes.push(`Chainlink spot was not recorded: ${spot} is the spot.`)
  return {
    name: 'recorded',
    settlement,
    spot,
    fast,
    bar_s: 0,
    stale_ms: STALE_MS,
    min_venues: fast.length > 1 ? 2 : 1,
    notes: [...new Set(notes)],
    // Markets need not state it, and some may state another.
    overrides: lookback_s > 0 ? { 'reference.twap_lookback_s': lookback_s } : {},
  }
}

/** The series by which most windows settle, null where it was not recorded; says what becomes of the others. */
function settlementOf(
  markets: readonly Market[],
  has: (name: string) => boolean,
  notes: string[],
): string | null {
  const counts = new Map<string, number>()
  for (const market of markets) {
    const ways = settledBy(market)
    counts.set(ways, (counts.get(ways) ?? 0) + 1)
  }
  // Of two as frequent the one by name: the order of markets must not decide.
  const [most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  if (most === undefined) {
    notes.push('No markets were recorded, so there is no settlement series.')
    return null
  }
  const [name, count] = most
  if (!name.startsWith('chainlink-') || !has(name)) {
    notes.push(
      `${count} of ${markets.length} windows settle by ${name}, which was not recorded: there is no settlement series, strikes and outcomes are the venue's own.`,
    )
    return null
  }
  if (name === 'chainlink-spot' && [...counts.keys()].some((other) => other.startsWith('chainlink-twap-'))) {
    notes.push(
      'Some windows settle by Chainlink spot and some by its mean: there is no settlement series, cut the dataset where the rule changed.',
    )
    return null
  }
  if (count < markets.length)
    notes.push(
      `${markets.length - count} of ${markets.length} windows settle otherwise than by ${name}: judge them apart, in a dataset cut to their series.`,
    )
  return name
}

/** How a window settles: a series' name where one could have been recorded, else in words. */
function settledBy(market: Market): string {
  try {
    const { source, kind, lookback_s } = Rules.settlementOf(market).value
    if (source !== 'chainlink')
      return source === 'binance' ? 'a candle of Binance' : 'an index of CF Benchmarks'
    return kind === 'twap' ? `chainlink-twap-${lookback_s}` : 'chainlink-spot'
  } catch (thrown) {
    if (thrown instanceof RuleError) return 'a rule that is not known'
    throw thrown
  }
}
