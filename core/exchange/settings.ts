import type { Section } from '../config/index.ts'

/** How orders are filled in simulation, worst for us first among the queue models. See docs/fills.md. */
export const FILL_MODELS = ['queue-pessimistic', 'queue-neutral', 'queue-optimistic', 'depth', 'bbo'] as const
export type FillModel = (typeof FILL_MODELS)[number]

/** What becomes of depth that our fills took when its level changes, worst for us first. See docs/fills.md. */
export const TAKEN_DEPTH = ['by-fill', 'pessimistic', 'neutral', 'optimistic'] as const
export type TakenDepth = (typeof TAKEN_DEPTH)[number]

/** What a replay does where the tape is silent. */
export const GAP_POLICIES = ['blackout', 'strict', 'ignore'] as const
export type GapPolicy = (typeof GAP_POLICIES)[number]

/** The longest latency that can be set. */
export const LATENCY_MAX_MS = 60_000

/** Settings of the simulated exchange (formulas.md §10, §13). */
export const settings = {
  fill: {
    type: 'choice',
    default: 'queue-pessimistic',
    choices: FILL_MODELS,
    unit: '',
    doc: 'How resting and marketable orders fill: see docs/fills.md.',
  },
  taken_depth: {
    type: 'choice',
    default: 'by-fill',
    choices: TAKEN_DEPTH,
    unit: '',
    doc: 'What becomes of displayed depth that our fills took when its level changes: it stays taken, is shared, or comes back. by-fill: as the fill model is named; depth and bbo are pessimistic.',
  },
  gaps: {
    type: 'choice',
    default: 'blackout',
    choices: GAP_POLICIES,
    unit: '',
    doc: 'What happens where the tape is silent.',
  },
  gap_s: {
    type: 'number',
    default: 5,
    min: 0.1,
    max: 3600,
    unit: 's',
    doc: 'Silence of an open market that counts as a gap.',
  },
  latency_model: {
    type: 'choice',
    default: 'constant',
    choices: ['constant', 'exponential', 'samples'],
    unit: '',
    doc: 'Constant latencies; constant plus an exponential part; or drawn from latency_samples_ms.',
  },
  entry_latency_ms: {
    type: 'number',
    default: 50,
    min: 0,
    max: LATENCY_MAX_MS,
    unit: 'ms',
    doc: 'From our decision to the venue.',
  },
  response_latency_ms: {
    type: 'number',
    default: 50,
    min: 0,
    max: LATENCY_MAX_MS,
    unit: 'ms',
    doc: 'From the venue back to us.',
  },
  latency_jitter_ms: {
    type: 'number',
    default: 20,
    min: 0,
    max: LATENCY_MAX_MS,
    unit: 'ms',
    doc: 'Mean of the exponential part of each latency.',
  },
  latency_samples_ms: {
    type: 'list',
    default: [],
    unit: '',
    doc: 'Recorded one-way latencies in ms to draw from.',
  },
  slip_bps: {
    type: 'number',
    default: 10,
    min: 0,
    max: 10_000,
    unit: 'bps',
    doc: 'Slippage from the touch in the bbo model. Above 0 it moves the price by at least one tick.',
  },
  queue_power: {
    type: 'number',
    default: 3,
    min: 0,
    max: 16,
    integer: true,
    unit: '',
    doc: 'Exponent n of the power-probability queue (queue-neutral).',
  },
  match_ms: {
    type: 'number',
    default: 100,
    min: 0,
    max: 10_000,
    unit: 'ms',
    doc: 'A level that shrinks and a print of the same trade find each other within this time, in whichever order they come.',
  },
  gtd_min_life_s: {
    type: 'number',
    default: 120,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'Least time from arrival to expiry of a GTD order. The venue wants an expiration at least three minutes ahead and takes the order off a minute before it.',
  },
  mined_after_s: { type: 'number', default: 2, min: 0, max: 600, unit: 's', doc: 'From matched to mined.' },
  confirmed_after_s: {
    type: 'number',
    default: 4,
    min: 0,
    max: 600,
    unit: 's',
    doc: 'From matched to confirmed or failed.',
  },
  fail_probability: {
    type: 'number',
    default: 0,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Share of fills that fail on chain and are reversed.',
  },
  merge_latency_s: {
    type: 'number',
    default: 5,
    min: 0,
    max: 3600,
    unit: 's',
    doc: 'From asking for a merge to its USDC.',
  },
  redeem_latency_s: {
    type: 'number',
    default: 60,
    min: 0,
    max: 86_400,
    unit: 's',
    doc: 'From resolution to redeemed USDC.',
  },
  merge_fail_probability: {
    type: 'number',
    default: 0,
    min: 0,
    max: 1,
    unit: '',
    doc: 'Share of merge operations that fail.',
  },
} as const satisfies Section
