import type { View } from '../view.ts'
import { gaps, instruments, markets } from './market.ts'
import { decisions, equity, fills, intents, ledger, orders, riskEvents, windows } from './run.ts'
import { bbo, bookChanges, events, oracle, trades } from './tape.ts'

/** The views of every dataset. */
export const DATASET_VIEWS: readonly View[] = [
  events,
  bookChanges,
  trades,
  bbo,
  oracle,
  markets,
  instruments,
  gaps,
]

/** The views of a run folder. */
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
