import type { Section, Values } from '../config/index.ts'
import { Completion, QuoteSettings, Quotes, Rewards } from '../quotes/index.ts'
import { Regime } from '../reference/index.ts'
import { Gate } from '../risk/codes.ts'
import { SECOND } from '../units/index.ts'
import { type Strategy, standAside, type View } from './strategy.ts'

/** Settings of the market maker: its quotes, its completion and its rewards in one section. */
export const settings = {
  ...QuoteSettings.settings,
  ...Completion.settings,
  ...Rewards.settings,
} as const satisfies Section

type State = { readonly quoter: Quotes.Quoter; readonly completer: Completion.Completer }

/**
 * Bids for both outcomes so that a completed pair costs less than the 1 USDC that it is worth (formulas.md §6). It sells
 * nothing: pairs are merged, and what stays unpaired at the cutoff is held to resolution.
 */
export const marketMaker: Strategy<State> = {
  name: 'market-maker',
  settings,
  needs_model: true,
  init(config) {
    const values = config as Values<typeof settings>
    return { quoter: Quotes.create(values), completer: Completion.create(values) }
  },
  on(state, view, desired) {
    const gate = closed(state.quoter.config.cutoff_s, view)
    if (gate !== Gate.NONE) {
      standAside(desired, gate)
      return
    }
    Completion.decide(state.completer, view, desired)
    Quotes.decide(state.quoter, view, desired, (view.regime & Regime.FAST_MOVE) !== 0)
    if (desired.length === 0) desired.gate = Gate.NO_EDGE
  },
}

/** Why no order may stand now, 0 if one may. */
function closed(cutoff_s: number, view: View): number {
  if (view.time_us < view.start_us) return Gate.NOT_STARTED
  if (view.end_us - view.time_us <= cutoff_s * SECOND) return Gate.CUTOFF
  if ((view.regime & Regime.STALE_ORACLE) !== 0) return Gate.STALE_ORACLE
  if (!view.ready) return Gate.NOT_READY
  // Before the first two-sided book there is nothing to compare the model with.
  if (Number.isNaN(view.mid)) return Gate.NO_BOOK
  return Gate.NONE
}
