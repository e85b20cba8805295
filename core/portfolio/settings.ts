import type { Section } from '../config/index.ts'

/** How the wallet pays for operations on chain: through a relayer, or from its own key with gas. */
export const WALLET_MODES = ['gasless', 'eoa'] as const
export type WalletMode = (typeof WALLET_MODES)[number]

/** Settings of the ledger and of merging (formulas.md §6, §12, §13). Latencies are the venue's and stand in its section. */
export const settings = {
  initial_cash_usdc: {
    type: 'number',
    default: 5000,
    min: 0,
    max: 100_000_000,
    unit: 'USDC',
    doc: 'Cash at the start of a run.',
  },
  wallet_mode: {
    type: 'choice',
    default: 'gasless',
    choices: WALLET_MODES,
    unit: '',
    doc: 'gasless: a relayer pays for merges and redemptions; eoa: the wallet pays gas itself.',
  },
  merge_threshold_gasless: {
    type: 'number',
    default: 20,
    min: 0.000001,
    max: 1_000_000,
    unit: 'shares',
    doc: 'Confirmed pairs worth merging in gasless mode.',
  },
  merge_threshold_eoa: {
    type: 'number',
    default: 100,
    min: 0.000001,
    max: 1_000_000,
    unit: 'shares',
    doc: 'Confirmed pairs worth merging in eoa mode.',
  },
  max_ops_per_min: {
    type: 'number',
    default: 2,
    min: 0,
    max: 64,
    integer: true,
    unit: 'ops/min',
    doc: 'Operations on chain per minute that eoa mode allows, over all markets.',
  },
  gas_usdc: {
    type: 'number',
    default: 0.01,
    min: 0,
    max: 100,
    unit: 'USDC',
    doc: 'Gas of one operation in eoa mode until a price was observed.',
  },
  gas_cap_usdc: {
    type: 'number',
    default: 0.05,
    min: 0,
    max: 100,
    unit: 'USDC',
    doc: 'Gas of one operation above which merges pause.',
  },
  merge_failures_max: {
    type: 'number',
    default: 2,
    min: 1,
    max: 100,
    integer: true,
    unit: '',
    doc: 'Merges that may fail in a row before merging pauses.',
  },
  merge_pause_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'Pause after the last failed merge; then one is tried again.',
  },
  redeem_wait_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'Longest wait after a resolution for fills to be confirmed before the rest is redeemed.',
  },
  open_fills_max: {
    type: 'number',
    default: 4096,
    min: 1,
    max: 65_536,
    integer: true,
    unit: 'fills',
    doc: 'Fills that may be neither confirmed nor failed at one time.',
  },
} as const satisfies Section
