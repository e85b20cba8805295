import { Book } from '../book/index.ts'
import { TimeQueue } from '../clock/index.ts'
import { type Config, sortedKeys } from '../config/index.ts'
import type { Instruments, ReferenceProfile, Settlement } from '../events/index.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { GapPolicy } from '../exchange/settings.ts'
import * as Terms from '../exchange/terms.ts'
import { Fees } from '../fees/index.ts'
import { Chain } from '../hash/index.ts'
import { MarketFeed } from '../markets/index.ts'
import { Diff, Key, Limiter, Orders } from '../orders/index.ts'
import { Equity, Ledger, Operations, Windows } from '../portfolio/index.ts'
import { Fair, Naive, Volatility } from '../probability/index.ts'
import { Reference, Regime, Settling } from '../reference/index.ts'
import { Exposure, Gates, Risk } from '../risk/index.ts'
import { Rules } from '../rules/index.ts'
import {
  createDesired,
  type Desired,
  failedStrategy,
  type Strategy,
  type View,
} from '../strategies/strategy.ts'
import { MICRO, type Micros, MS, ONE, SECOND } from '../units/index.ts'
import * as Intents from './intents.ts'
import { InvariantError } from './invariant-error.ts'
import { createRecords, type Records, type Table, type TableName } from './records.ts'
import type { schemaFor } from './settings.ts'
import type { AssetState, MachineState } from './state.ts'
import type { Outcome } from './trace.ts'
import { createView } from './view.ts'

/** The resolved configuration of a run. */
export type MachineConfig = Config<ReturnType<typeof schemaFor>>

/** What a machine is made of. */
export type MachineOptions = {
  instruments: Instruments
  profile: ReferenceProfile
  strategy: Strategy
  config: MachineConfig
  /** Seed of everything random, an integer from 0 to 2^53 − 1; 1 where none is given. */
  seed?: number
  /** A table is full: drain it (set its length to 0) before returning. */
  onFull: (table: Table<TableName>) => void
  /** A market was silent from the message at `from_us` to `to_us`. */
  onGap?: (market: number, from_us: Micros, to_us: Micros) => void
  /** Rows a table holds before it is drained. */
  table_rows?: number
}

/**
 * The deciding machine. `state` is all that decisions depend on; everything else here is constant for the run, or room
 * that every step writes anew.
 */
export type Machine = {
  state: MachineState
  readonly instruments: Instruments
  readonly config: MachineConfig
  readonly strategy: Strategy
  /** The simulated exchange that fills from the same tape; null when a real venue does. */
  venue: Exchange | null
  readonly terms: readonly Terms.Terms[]
  readonly settlements: readonly Settlement[]
  /** By market: which series decides it, and when. */
  readonly settlings: readonly Settling.Settling[]
  /** By market: its own settlement series is the model's spot, and not the asset's; −1 of others. */
  readonly spot_of_market: Int32Array
  /** By instrument: market and outcome of a token, asset of a series; −1 of the other kind. */
  readonly market_of_instrument: Int32Array
  readonly outcome_of_instrument: Uint8Array
  readonly asset_of_instrument: Int32Array
  readonly asset_of_market: Int32Array
  /** By market, 1: its fees cannot be computed, so that it is never decided on. */
  readonly left_out: Uint8Array
  readonly key_prefix: readonly Key.Key[]
  readonly quote_interval_us: Micros
  readonly settle_wait_us: Micros
  /** The bar behind the one at a window's end confirms it: so long is waited at the least; 0 without bars. */
  readonly bars_wait_us: Micros
  readonly settle_band: number
  readonly settle_band_window_us: Micros
  readonly gap_us: Micros
  readonly gaps: GapPolicy
  readonly cutoff_us: Micros
  /** The tape is over: silence is not a gap any more. */
  ended: boolean
  readonly records: Records
  readonly intents: Intents.Intents
  readonly onFull: (table: Table<TableName>) => void
  readonly onGap: (market: number, from_us: Micros, to_us: Micros) => void
  /** Makers' share of fees at a time, 1e-6; null unknown. */
  readonly rebate_ppm: (market: number, at: Micros) => number | null
  /** Both ledger identities, after every move. */
  readonly checkBooks: () => void
  readonly view: View
  readonly desired: Desired
  readonly differ: Diff.Differ
  readonly account: Exposure.Account
  readonly request: Gates.Request
  readonly draft: Orders.Draft
  readonly key: Key.Key
  readonly fair_in: Fair.Input
  readonly fair_out: Fair.Output
  readonly spare_books: Book[]
  /** Shown before a market has a book of its own; never written. */
  readonly empty_book: Book
  /** Told of every decision after its row is written: for `explain` and tests. It must change nothing. */
  probe: ((m: Machine, outcome: Outcome) => void) | null
  readonly deciding: number[]
  /**
   * The message being read: its market, others it touches, whether a book changed, an asset whose regime changed, and one
   * of which a settlement series spoke; whether a row of it is being applied right now, and the decisions (market, trigger) that
   * rows called for: they wait until the message is whole.
   */
  readonly group: {
    market: number
    others: number[]
    changed: boolean
    asset: number
    settling: number
    inside: boolean
    deferred: number[]
  }
}

/**
 * A machine at the start of a run.
 *
 * @throws RuleError where the venue's rules for a market are unknown; RolesError where the profile names no series of the
 * data; ConfigError where settings contradict each other
 */
export function create(options: MachineOptions): Machine {
  const { instruments, config, strategy } = options
  const { markets } = instruments
  const assets = assetsOf(instruments)
  const terms = markets.map(Terms.of)
  const settlements = markets.map((market) => Rules.settlementOf(market).value)
  const series = Settling.seriesIndex(instruments)
  const settlings = markets.map((market, i) =>
    Settling.settlingOf(market, settlements[i]!, series, options.profile, config.reference),
  )
  const state = createState(options, assets, settlings)
  const m: Machine = {
    state,
    instruments,
    config,
    strategy,
    venue: null,
    terms,
    settlements,
    settlings,
    spot_of_market: Int32Array.from(settlings, (one) => ownSpot(one, instruments, options.profile)),
    market_of_instrument: Int32Array.from(instruments.instruments, (one) =>
      one.kind === 'token' ? one.market : -1,
    ),
    outcome_of_instrument: Uint8Array.from(instruments.instruments, (one) =>
      one.kind === 'token' && one.outcome === 'down' ? 1 : 0,
    ),
    asset_of_instrument: Int32Array.from(instruments.instruments, (one) =>
      one.kind === 'series' ? assets.indexOf(one.asset) : -1,
    ),
    asset_of_market: Int32Array.from(markets, ({ asset }) => assets.indexOf(asset)),
    left_out: Uint8Array.from(terms, ({ fee }) => (Fees.isComputable(fee) ? 0 : 1)),
    key_prefix: markets.map(({ slug }) => Key.prefix(strategy.name, slug)),
    quote_interval_us: config.machine.quote_interval_ms * MS,
    settle_wait_us: Math.round(config.machine.settle_wait_s * SECOND),
    bars_wait_us: 2 * options.profile.bar_s * SECOND,
    settle_band: Math.round(config.machine.settle_band * ONE),
    settle_band_window_us: Math.round(config.machine.settle_band_window_s * SECOND),
    gap_us: Math.round(config.exchange.gap_s * SECOND),
    gaps: config.exchange.gaps as GapPolicy,
    cutoff_us: cutoffOf(config),
    ended: false,
    records: createRecords(options.table_rows),
    intents: Intents.create(),
    onFull: options.onFull,
    onGap: options.onGap ?? (() => {}),
    rebate_ppm: (market, at) => Rules.makerRebateOf(markets[market]!, at),
    checkBooks: () => assertBooks(m),
    view: createView(),
    desired: createDesired(),
    differ: Diff.create(config.orders),
    account: Exposure.createAccount(),
    request: Gates.createRequest(),
    draft: Orders.createDraft(),
    key: Key.create(),
    fair_in: Fair.createInput(),
    fair_out: Fair.createOutput(),
    spare_books: [],
    empty_book: Book.create(),
    probe: null,
    deciding: [],
    group: { market: -1, others: [], changed: false, asset: -1, settling: -1, inside: false, deferred: [] },
  }
  return m
}

/**
 * A candle is made of an exchange's own prices, in its own currency: where the model would hold an oracle's spot against
 * such a strike, their basis would be taken for a move. So it follows the candle's own series there.
 */
function ownSpot(
  { instrument, candle, stand_in }: Settling.Settling,
  { instruments }: Instruments,
  { spot }: ReferenceProfile,
): number {
  const series = instruments[instrument]
  return candle && !stand_in && series?.kind === 'series' && series.name !== spot ? instrument : -1
}

function createState(
  options: MachineOptions,
  assets: string[],
  settlings: readonly Settling.Settling[],
): MachineState {
  const { instruments, profile, config, strategy } = options
  const { markets } = instruments
  const cash = Math.round(config.portfolio.initial_cash_usdc * MICRO)
  const settling = new Set(settlings.map(({ instrument }) => instrument))
  return {
    now_us: 0,
    counts: {
      events: 0,
      decisions: 0,
      intents: 0,
      orders: 0,
      fills: 0,
      maker_fills: 0,
      volume: 0,
      gap_fills: 0,
      beyond_display: 0,
      risk_halts: 0,
      merges: 0,
      merge_failures: 0,
      gaps: 0,
      gap_us: 0,
      conflicts: 0,
      strike_mismatches: 0,
    },
    feeds: markets.map((market) => MarketFeed.create(market.tick ?? Rules.forMarket(market).tick.value)),
    phase: new Uint8Array(markets.length),
    dirty: new Uint8Array(markets.length),
    open_windows: markets.map(() => null),
    refused_by: new Uint8Array(markets.length),
    q_up: new Float64Array(markets.length).fill(Number.NaN),
    active: [],
    redeemable: [],
    dirty_list: [],
    tick_due_us: Number.POSITIVE_INFINITY,
    timers: TimeQueue.create(),
    assets: assets.map((asset) => createAsset(instruments, asset, profile, config)),
    settlers: instruments.instruments.map((_, i) =>
      settling.has(i) ? { price: -1, rest: 0, stamp_us: -1, local_us: -1, trade: false } : null,
    ),
    ledger: Ledger.create(markets.length, cash, config.portfolio.open_fills_max),
    windows: Windows.create(markets.length),
    operations: Operations.create(markets.length),
    cash_pending: 0,
    merges_paused: 0,
    redeem_answers: new Uint8Array(markets.length),
    operation_gas: new Float64Array(markets.length),
    redeem_gas: new Float64Array(markets.length),
    equity: Equity.create(cash),
    orders: Orders.create(markets.length, config.orders.capacity, markets.some(Rules.isKalshi)),
    limiter: Limiter.create(config.orders),
    risk: Risk.create(
      config.risk,
      markets.map(({ slug }) => slug),
    ),
    strategy: begin(strategy, config, markets.length, options.seed ?? 1),
    open_fills: [],
    chain: Chain.create(),
    next_checkpoint: config.machine.checkpoint_events,
  }
}

function begin(strategy: Strategy, config: MachineConfig, markets: number, seed: number): unknown {
  try {
    return strategy.init(config.strategy, markets, seed)
  } catch (thrown) {
    throw failedStrategy(strategy.name, 'init', thrown)
  }
}

function createAsset(
  instruments: Instruments,
  asset: string,
  profile: ReferenceProfile,
  config: MachineConfig,
): AssetState {
  return {
    reference: Reference.create(instruments, asset, profile, config),
    volatility: Volatility.create(config.volatility),
    naive: Naive.create(),
    regime: Regime.create(config.toxicity),
    bits: 0,
    quality: -1,
    regime_due_us: Number.POSITIVE_INFINITY,
  }
}

/** Assets of markets and series, in code-unit order. */
function assetsOf({ markets, instruments }: Instruments): string[] {
  const seen: Record<string, true> = {}
  for (const { asset } of markets) seen[asset] = true
  for (const one of instruments) if (one.kind === 'series') seen[one.asset] = true
  return sortedKeys(seen)
}

/** The strategy's own cutoff, where it has one: the machine wakes it then. */
function cutoffOf(config: MachineConfig): Micros {
  const cutoff_s = (config.strategy as Record<string, unknown>).cutoff_s
  return typeof cutoff_s === 'number' ? Math.round(cutoff_s * SECOND) : 0
}

function assertBooks(m: Machine): void {
  const { ledger } = m.state
  const residual = Ledger.residual(ledger)
  if (residual !== 0)
    throw new InvariantError('ledger', `the ledger identities differ by ${residual} micro`, m.state.now_us)
  if (Ledger.short(ledger)) throw new InvariantError('shares', 'less than no shares are held', m.state.now_us)
}
