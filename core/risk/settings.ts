import type { Section, Values } from '../config/index.ts'

/** Risk limits (formulas.md §11, §13). Money in USDC. */
export const settings = {
  trading: {
    type: 'flag',
    default: true,
    unit: '',
    doc: 'off: no order passes, whatever the strategy wants',
  },
  per_trade: {
    type: 'number',
    default: 50,
    min: 0,
    max: 1e7,
    unit: 'USDC',
    doc: 'most that one order may cost',
  },
  per_market: {
    type: 'number',
    default: 150,
    min: 0,
    max: 1e7,
    unit: 'USDC',
    doc: 'most exposure of one market: cost of unpaired shares and of open buys',
  },
  global: {
    type: 'number',
    default: 500,
    min: 0,
    max: 1e8,
    unit: 'USDC',
    doc: 'most cost of all shares held, pairs included, and of all open buys',
  },
  max_leverage: {
    type: 'number',
    default: 1,
    min: 0,
    max: 100,
    unit: '',
    doc: 'that same cost over equity, at most',
  },
  hard_notional: {
    type: 'number',
    default: 1000,
    min: 0,
    max: 1e9,
    unit: 'USDC',
    doc: 'that same cost beyond which something is broken and trading halts; above global, which reductions may exceed',
  },
  daily_drawdown: {
    type: 'number',
    default: 50,
    min: 0,
    max: 1e7,
    unit: 'USDC',
    doc: 'fall of equity from its peak of the UTC day that stops trading',
  },
  on_drawdown: {
    type: 'choice',
    default: 'halt',
    choices: ['halt', 'record'],
    unit: '',
    doc: 'halt until an operator resets (live, paper, shadow), or record it and go on (backtest)',
  },
  cooldown_losses: {
    type: 'number',
    default: 3,
    min: 1,
    max: 1e6,
    integer: true,
    unit: '',
    doc: 'losses in a row after which trading pauses',
  },
  cooldown_rejections: {
    type: 'number',
    default: 3,
    min: 1,
    max: 1e6,
    integer: true,
    unit: '',
    doc: 'rejections in a row after which trading pauses; a post-only order that would have crossed is none',
  },
  cooldown_s: { type: 'number', default: 60, min: 0, max: 86_400, unit: 's', doc: 'length of that pause' },
  max_model_gap: {
    type: 'number',
    default: 0.1,
    min: 0,
    max: 1,
    unit: '',
    doc: 'distance of the model from the mid beyond which only reductions pass',
  },
  min_quality: {
    type: 'number',
    default: 0.3,
    min: 0,
    max: 1,
    unit: '',
    doc: 'market quality score below which only reductions pass; a market without a score is not judged',
  },
  allow: {
    type: 'list',
    default: [],
    unit: '',
    doc: 'markets that may be traded, by slug, a trailing * matching any rest; empty: all',
  },
  deny: {
    type: 'list',
    default: [],
    unit: '',
    doc: 'markets that may not be traded, in the same form; wins over allow',
  },
} as const satisfies Section

export type RiskConfig = Values<typeof settings>

/** The profile for small stakes: overrides of the whole configuration's defaults (formulas.md §13). */
export const MICRO_PROFILE: Readonly<Record<string, number>> = {
  'portfolio.initial_cash_usdc': 300,
  'risk.per_trade': 20,
  'risk.per_market': 60,
  'risk.global': 300,
  'risk.hard_notional': 600,
  'risk.daily_drawdown': 30,
}
