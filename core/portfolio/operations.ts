import type { Values } from '../config/index.ts'
import type { MicroShares, Micros, MicroUsdc } from '../units/index.ts'
import { MICRO, MINUTE, SECOND } from '../units/index.ts'
import type { settings } from './settings.ts'

/** Values of section `portfolio`. */
export type PortfolioConfig = Values<typeof settings>

/** Why no operation on chain is planned. Numbers go into tables: never reuse one. */
export const Stop = {
  NONE: 0,
  /** Too few confirmed pairs, or nothing to redeem. */
  NOTHING: 1,
  /** One is under way in this market. */
  PENDING: 2,
  /** The wallet mode's operations for this minute are used up. */
  RATE: 3,
  /** Merging is paused: gas above its cap. */
  GAS: 4,
  /** Merging is paused: operations fail. */
  FAILING: 5,
  /** The market is resolved: redeem instead of merging. */
  RESOLVED: 6,
  /** Fills of the market are not confirmed yet. */
  UNCONFIRMED: 7,
} as const
export type Stop = (typeof Stop)[keyof typeof Stop]

/** The reasons in words, by number. */
export const STOP_TEXT = [
  '',
  'nothing to merge or redeem',
  'an operation is under way',
  'operations of this minute are used up',
  'gas is above its cap',
  'operations fail',
  'the market is resolved',
  'fills are not confirmed yet',
] as const

/** Whether a reason is a pause of merging as a whole (`PauseMerges`) and not a wait of one market. */
export function pauses(stop: Stop): boolean {
  return stop === Stop.GAS || stop === Stop.FAILING
}

/** Times of operations that are remembered: at least the highest max_ops_per_min. */
const RECENT = 64

/** Merges and redemptions that are under way, and how the last ones went. */
export type OperationsState = {
  /** Micro-pairs being merged by market. */
  merging: Float64Array
  /** 1: a redemption is under way, by market. */
  redeeming: Uint8Array
  /** When the last operations began, a ring; 0 never. */
  recent_us: Float64Array
  next: number
  /** Merges that failed in a row, and when the last did. */
  failures: number
  failed_us: Micros
  /** Observed gas of one operation in micro-USDC, −1 not yet. */
  gas: MicroUsdc
  /** Reused answers of the planners. */
  merge_plan: MergePlan
  redeem_plan: RedeemPlan
}

/** What to merge: nothing where `stop` says why. */
export type MergePlan = { pairs: MicroShares; gas: MicroUsdc; stop: Stop }
/** What to redeem of each outcome: nothing where `stop` says why. Without `on_chain` it is worthless and only written off. */
export type RedeemPlan = {
  up: MicroShares
  down: MicroShares
  on_chain: boolean
  gas: MicroUsdc
  stop: Stop
}

/** No operation yet. */
export function create(markets: number): OperationsState {
  return {
    merging: new Float64Array(markets),
    redeeming: new Uint8Array(markets),
    recent_us: new Float64Array(RECENT).fill(-1),
    next: 0,
    failures: 0,
    failed_us: 0,
    gas: -1,
    merge_plan: { pairs: 0, gas: 0, stop: Stop.NONE },
    redeem_plan: { up: 0, down: 0, on_chain: false, gas: 0, stop: Stop.NONE },
  }
}

/** Note what one operation costs in gas now, micro-USDC. */
export function observeGas(state: OperationsState, gas: MicroUsdc): void {
  state.gas = gas
}

/** Gas of the next operation in micro-USDC: none through a relayer. */
export function gasOf(state: OperationsState, config: PortfolioConfig): MicroUsdc {
  if (config.wallet_mode === 'gasless') return 0
  return state.gas >= 0 ? state.gas : Math.round(config.gas_usdc * MICRO)
}

/** Note that an operation began, for the limit per minute. */
export function begin(state: OperationsState, now_us: Micros): void {
  state.recent_us[state.next] = now_us
  state.next = (state.next + 1) % RECENT
}

/** Whether the wallet mode allows no further operation in the minute up to now. */
export function rateLimited(state: OperationsState, config: PortfolioConfig, now_us: Micros): boolean {
  if (config.wallet_mode === 'gasless') return false
  let recent = 0
  for (let i = 0; i < RECENT; i++) {
    const at = state.recent_us[i]!
    if (at >= 0 && now_us - at < MINUTE) recent++
  }
  return recent >= config.max_ops_per_min
}

/** Whether merges failed too often in a row and the pause after the last is not over. */
export function failing(state: OperationsState, config: PortfolioConfig, now_us: Micros): boolean {
  return (
    state.failures >= config.merge_failures_max && now_us - state.failed_us < config.merge_pause_s * SECOND
  )
}
