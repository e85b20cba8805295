import type { View } from '../view.ts'
import { marketFilters, marketMappings, resolutions } from './discovery.ts'
import { clockOffsets, feedHealth, quarantine } from './health.ts'
import { gaps, instruments, markets } from './market.ts'
import { btcMedian, btcTicks, referenceMedian, referenceTicks } from './reference.ts'
import { decisions, equity, fills, intents, ledger, orders, riskEvents, windows } from './run.ts'
import { positions, signals } from './standing.ts'
import { bbo, bookChanges, events, oracle, trades } from './tape.ts'
import { walletMetrics, walletTrades } from './wallet.ts'

/** The views of every dataset. */
export const DATASET_VIEWS: readonly View[] = [
  events,
  bookChanges,
  trades,
  bbo,
  oracle,
  btcTicks,
  btcMedian,
  referenceTicks,
  referenceMedian,
  markets,
  marketFilters,
  marketMappings,
  resolutions,
  instruments,
  gaps,
  feedHealth,
  clockOffsets,
  quarantine,
  walletTrades,
  walletMetrics,
]

/** The views of a run folder that stand for one of its tables each. */
export const RUN_VIEWS: readonly View[] = [
  decisions,
  intents,
  orders,
  fills,
  ledger,
  equity,
  windows,
  riskEvents,
]

/** Further views of a run folder, over the same tables. */
export const DERIVED_RUN_VIEWS: readonly View[] = [signals, positions]
