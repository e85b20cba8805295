import { Chain } from '../../core/hash/index.ts'
import type { Machine } from '../../core/machine/machine.ts'
import { ResolutionCode } from '../../core/machine/records.ts'
import type { World } from '../../core/machine/world.ts'
import { Ledger, Windows } from '../../core/portfolio/index.ts'
import { MICRO, type MicroUsdc, SECOND } from '../../core/units/index.ts'
import { blocksOf, type Interval, intervalOf } from '../luck/index.ts'
import { type Taken, takenOf } from './taken.ts'
import { windowNets } from './window-nets.ts'

/** The figures of a run, as `engine backtest --json` prints them and `run.json` keeps them. */
export type Figures = {
  events: number
  state_hash: string
  decisions: number
  intents: number
  orders: number
  fills: number
  maker_fills: number
  taker_fills: number
  volume_usdc: number
  fees_usdc: number
  gross_pnl_usdc: number
  net_pnl_usdc: number
  net_pnl_interval_usdc: Interval
  /** Cash at the start, and net in percent of it; null where it was 0. */
  initial_cash_usdc: number
  return_pct: number | null
  unresolved_cost_usdc: number
  unresolved_value_usdc: number
  max_drawdown_usdc: number
  risk_halts: number
  gap_fills: number
  /** Fills whose size nobody knows to have been displayed: the recording has no sizes. */
  beyond_display: number
  merges: number
  windows: {
    total: number
    traded: number
    /** Traded with a known outcome, and the net above or below 0. */
    won: number
    lost: number
    recorded: number
    settlement: number
    inferred_from_book: number
    unresolved: number
    unassigned: number
    /** Of those by the settlement series: by one that only stands in for their own. */
    stand_in: number
  }
  /** How often the venue's own word was another than the outcome before it, and of which windows, by slug. */
  conflicts: number
  conflict_windows: string[]
  pnl_parts_usdc: { spread: number; pairs: number; inventory: number; settlement: number; fees: number }
  /** What the run took of displayed depth and of printed volume. */
  taken: Taken
  ledger_residual_micro: number
}

/** The figures of a world whose tape is over. */
export function figuresOf(world: World): Figures {
  const { state } = world.machine
  const { counts, ledger } = state
  const totals = Windows.totals(state.windows, ledger)
  const nets = windowNets(world)
  const initial_cash_usdc = world.machine.config.portfolio.initial_cash_usdc
  return {
    events: counts.events,
    state_hash: Chain.hex(state.chain),
    decisions: counts.decisions,
    intents: counts.intents,
    orders: counts.orders,
    fills: counts.fills,
    maker_fills: counts.maker_fills,
    taker_fills: counts.fills - counts.maker_fills,
    volume_usdc: usdc(counts.volume),
    fees_usdc: usdc(totals.parts.fees),
    gross_pnl_usdc: usdc(totals.gross),
    net_pnl_usdc: usdc(totals.parts.net),
    net_pnl_interval_usdc: intervalOf(blocksOf(nets)),
    initial_cash_usdc,
    return_pct: initial_cash_usdc === 0 ? null : (100 * usdc(totals.parts.net)) / initial_cash_usdc,
    unresolved_cost_usdc: usdc(totals.unresolved_cost),
    unresolved_value_usdc: usdc(totals.unresolved_value),
    max_drawdown_usdc: usdc(state.equity.max_drawdown),
    risk_halts: counts.risk_halts,
    gap_fills: counts.gap_fills,
    beyond_display: counts.beyond_display,
    merges: counts.merges,
    windows: {
      total: totals.total,
      traded: totals.traded,
      won: nets.filter(({ net }) => net > 0).length,
      lost: nets.filter(({ net }) => net < 0).length,
      recorded: totals.recorded,
      settlement: totals.settlement,
      inferred_from_book: totals.inferred_from_book,
      unresolved: totals.unresolved,
      unassigned: 0,
      stand_in: standIns(world.machine),
    },
    conflicts: counts.conflicts,
    conflict_windows: conflictsOf(world.machine),
    pnl_parts_usdc: {
      spread: usdc(totals.parts.spread),
      pairs: usdc(totals.parts.pairs),
      inventory: usdc(totals.parts.inventory),
      settlement: usdc(totals.parts.settlement),
      fees: usdc(totals.parts.fees),
    },
    taken: takenOf(world),
    ledger_residual_micro: Ledger.residual(ledger),
  }
}

function standIns({ state, settlings }: Machine): number {
  const { class: classes } = state.windows
  return settlings.filter((one, market) => one.stand_in && classes[market] === ResolutionCode.SETTLEMENT)
    .length
}

function conflictsOf({ state, instruments }: Machine): string[] {
  return instruments.markets.flatMap(({ slug }, market) =>
    state.windows.conflicts[market]! > 0 ? [slug] : [],
  )
}

/** Seconds of a span in µs. */
export function seconds(us: number): number {
  return us / SECOND
}

function usdc(micro: MicroUsdc): number {
  return micro / MICRO
}
