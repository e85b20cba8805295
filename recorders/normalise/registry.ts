import { hash } from 'node:crypto'
import type { Instruments, Resolution } from '../../core/events/index.ts'
import type { Micros, Tick } from '../../core/units/index.ts'
import type { Listing } from '../feeds/feed.ts'

/** What is listed: markets, their tokens, reference series, and how windows ended. Indexes are for good. */
export type Registry = {
  readonly instruments: Instruments
  readonly resolutions: Resolution[]
  /** Beside each market: its protocol, and what its source said last. */
  readonly sources: MarketSource[]
  /** Instrument by token id. */
  readonly tokens: Map<string, number>
  /** Instrument by series and asset. */
  readonly series: Map<string, number>
  /** Market by slug. */
  readonly slugs: Map<string, number>
  /** Index into the resolutions by market. */
  readonly resolved: Map<number, number>
}

/** What a source said about a market. `up` is the instrument of its Up token; Down is the next. */
export type MarketSource = {
  up: number
  version: 'v1' | 'v2'
  feed: string
  feed_code: number
  exch_us: Micros
  /** JSON text, which a new tape repeats; of a market that is resolved none does, and it is forgotten. */
  metadata: string
  /** SHA-1 of the text: whether anything is new. */
  digest: string
}

/** What {@link listMarket} did. */
export type Listed = { market: number; news: 'new' | 'changed' | 'same' | 'conflict' }

/** The registry as plain data. */
export type RegistryState = {
  instruments: Instruments
  resolutions: Resolution[]
  sources: MarketSource[]
}

/** A registry, empty or as its state says. */
export function createRegistry(state?: RegistryState): Registry {
  const from = structuredClone(state)
  const registry: Registry = {
    instruments: from?.instruments ?? { markets: [], instruments: [] },
    resolutions: from?.resolutions ?? [],
    sources: from?.sources ?? [],
    tokens: new Map(),
    series: new Map(),
    slugs: new Map(),
    resolved: new Map(),
  }
  registry.instruments.instruments.forEach((one, i) => {
    if (one.kind === 'token') registry.tokens.set(one.token_id, i)
    else registry.series.set(seriesKey(one.name, one.asset), i)
  })
  registry.instruments.markets.forEach(({ slug }, i) => {
    registry.slugs.set(slug, i)
  })
  registry.resolutions.forEach(({ market }, i) => {
    registry.resolved.set(market, i)
  })
  return registry
}

/** The registry as plain data, shared with it. */
export function registryState({ instruments, resolutions, sources, resolved }: Registry): RegistryState {
  const kept = sources.map((source, market) => (resolved.has(market) ? { ...source, metadata: '' } : source))
  return { instruments, resolutions, sources: kept }
}

/** Index of a reference series, added on first use. */
export function seriesOf(registry: Registry, name: string, asset: string, venue: string): number {
  const key = seriesKey(name, asset)
  const known = registry.series.get(key)
  if (known !== undefined) return known
  const index =
    registry.instruments.instruments.push({ kind: 'series', name, asset, venue, unit: 'usd_e8' }) - 1
  registry.series.set(key, index)
  return index
}

/**
 * A source lists a market. What a market was listed with stays; only what was unknown then is filled in, because rows and
 * not this table say what changed.
 *
 * @param source beside the listing: who says it and what, as JSON text
 * @returns its index, and whether anything is new; −1 and `conflict` where the slug is known with other tokens, or a token
 * with another slug: the market that came first stays as it was
 */
export function listMarket(
  registry: Registry,
  { market, tokens, version }: Omit<Listing, 'index'>,
  source: Omit<MarketSource, 'up' | 'version' | 'digest'>,
): Listed {
  const { instruments } = registry
  const digest = hash('sha1', source.metadata)
  const known = registry.slugs.get(market.slug)
  if (known === undefined) {
    if (registry.tokens.has(tokens.up) || registry.tokens.has(tokens.down) || tokens.up === tokens.down)
      return { market: -1, news: 'conflict' }
    const index = instruments.markets.push({ ...market }) - 1
    const up = instruments.instruments.length
    for (const outcome of ['up', 'down'] as const) {
      registry.tokens.set(tokens[outcome], instruments.instruments.length)
      instruments.instruments.push({ kind: 'token', market: index, outcome, token_id: tokens[outcome] })
    }
    registry.slugs.set(market.slug, index)
    registry.sources.push({ up, version, digest, ...source })
    return { market: index, news: 'new' }
  }
  const before = registry.sources[known]!
  if (registry.tokens.get(tokens.up) !== before.up || registry.tokens.get(tokens.down) !== before.up + 1)
    return { market: -1, news: 'conflict' }
  const filled = fill(instruments.markets[known]!, market)
  if (!filled && before.digest === digest) return { market: known, news: 'same' }
  Object.assign(before, source, { digest })
  return { market: known, news: 'changed' }
}

/**
 * The venue's word on a market. Of two that differ the later holds: a dispute can turn the first.
 *
 * @returns whether it is new, the same as before, or against what it said before
 */
export function resolveMarket(
  registry: Registry,
  market: number,
  up_payout: Tick,
  known_us: Micros,
): 'new' | 'same' | 'conflict' {
  const known = registry.resolved.get(market)
  if (known !== undefined) {
    const before = registry.resolutions[known]!
    if (before.up_payout === up_payout) return 'same'
    registry.resolutions[known] = { ...before, up_payout, known_us }
    return 'conflict'
  }
  registry.resolved.set(
    market,
    registry.resolutions.push({ market, up_payout, known_us, class: 'recorded' }) - 1,
  )
  return 'new'
}

/** Fill in what was null; says whether there was any. */
function fill(known: Record<string, unknown>, stated: Record<string, unknown>): boolean {
  let filled = false
  for (const name of FILLED) {
    if (known[name] !== null || stated[name] === null) continue
    known[name] = stated[name]
    filled = true
  }
  return filled
}
const FILLED = ['created_us', 'condition_id', 'tick', 'min_size', 'fee', 'settlement', 'taker_hold_ms']

function seriesKey(name: string, asset: string): string {
  return `${name} ${asset}`
}
