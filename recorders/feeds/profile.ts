import type { Instruments, Market, ReferenceProfile } from '../../core/events/index.ts'
import { Smoothing } from '../../core/probability/index.ts'
import { Settling } from '../../core/reference/index.ts'
import { RuleError, Rules } from '../../core/rules/index.ts'

/** Exchanges whose median is the fast series. */
const EXCHANGES = ['binance-spot', 'coinbase-spot', 'kraken-spot'] as const
/** Spot series of an oracle or a relay, the best first; behind the first one only where no exchange was recorded. */
const SPOTS = ['chainlink-spot', 'pyth-spot', 'rtds-binance'] as const
/** Values come once a second, some a second late. */
const STALE_MS = 3_000

/** Roles of a recording's series, and in words what is missing or taken for something else. */
type Roles = Pick<ReferenceProfile, 'settlement' | 'spot' | 'fast'> & { notes: string[] }

/**
 * Which series of a recording plays which role, so that it can be backtested as it is: every asset that has markets must
 * have a series that is named, because a profile holds for all of them.
 *
 * Each window settles by its own series, whatever the others do (core/reference/settling.ts); the settlement role is that
 * of the oracle which the guards watch. The spot is Chainlink's, else the fair median of the exchanges.
 *
 * @param instruments all that was listed by the end: a profile of an earlier time may name less
 */
export function recordedProfile(instruments: Instruments): ReferenceProfile {
  const { settlement, spot, fast, notes } = rolesOf(instruments)
  return {
    name: 'recorded',
    settlement,
    spot,
    fast,
    bar_s: 0,
    stale_ms: STALE_MS,
    min_venues: fast.length > 1 ? 2 : 1,
    notes: [...new Set(notes)],
    // Chainlink's spot at 1 Hz is smoothed: shorter returns understate its volatility (formulas.md §3).
    overrides: spot === 'chainlink-spot' ? Smoothing.SETTINGS : {},
  }
}

function rolesOf({ markets, instruments }: Instruments): Roles {
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

  notes.push(...unsettled(markets, recorded))
  const settlement = guardOf(markets, has)
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
  return { settlement, spot, fast, notes }
}

/**
 * The oracle that the guards watch: of those that any window settles by the one with the longest look-back, where it was
 * recorded of every asset. Which windows there are more of does not matter.
 */
function guardOf(markets: readonly Market[], has: (name: string) => boolean): string | null {
  const names = new Set(markets.flatMap((market) => settledBy(market).names))
  const oracles = [...names].filter((name) => name.startsWith('chainlink-'))
  oracles.sort((a, b) => Settling.lookbackOf(b) - Settling.lookbackOf(a))
  return oracles.find(has) ?? null
}

/** Windows whose own series was not recorded of their asset, counted by how they settle. */
function unsettled(markets: readonly Market[], recorded: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  if (markets.length === 0) return ['No markets were recorded, so there is no settlement series.']
  const counts = new Map<string, number>()
  for (const market of markets) {
    const { names, words } = settledBy(market)
    if (names.some((name) => recorded.get(name)?.has(market.asset))) continue
    counts.set(words, (counts.get(words) ?? 0) + 1)
  }
  // By name: the order of markets must not decide.
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([words, count]) =>
        `${count} of ${markets.length} windows settle by ${words}, which was not recorded: their strikes and outcomes are the venue's own.`,
    )
}

/** How a window settles: names of the series that can say so, and in words. */
function settledBy(market: Market): { names: readonly string[]; words: string } {
  try {
    const settlement = Rules.settlementOf(market).value
    const names = Settling.ownSeries(settlement)
    const { source } = settlement
    if (source === 'chainlink') return { names, words: names[0]! }
    return { names, words: source === 'binance' ? 'a candle of Binance' : 'an index of CF Benchmarks' }
  } catch (thrown) {
    if (thrown instanceof RuleError) return { names: [], words: 'a rule that is not known' }
    throw thrown
  }
}
