import type { Values } from '../config/index.ts'
import { type Micros, MS, SECOND } from '../units/index.ts'
import { Assumption } from './debits.ts'
import { type FillModel, type GapPolicy, LATENCY_MAX_MS, type settings, type TakenDepth } from './settings.ts'

/** How our resting orders advance in their queue; `depth` and `bbo` take the pessimistic one. */
export const Advance = { PESSIMISTIC: 0, NEUTRAL: 1, OPTIMISTIC: 2 } as const
export type Advance = (typeof Advance)[keyof typeof Advance]

const ADVANCE: Readonly<Record<FillModel, Advance>> = {
  'queue-pessimistic': Advance.PESSIMISTIC,
  'queue-neutral': Advance.NEUTRAL,
  'queue-optimistic': Advance.OPTIMISTIC,
  depth: Advance.PESSIMISTIC,
  bbo: Advance.PESSIMISTIC,
}

/** What becomes of taken depth, by name. */
const TAKEN: Readonly<Record<Exclude<TakenDepth, 'by-fill'>, Assumption>> = {
  pessimistic: Assumption.PESSIMISTIC,
  neutral: Assumption.NEUTRAL,
  optimistic: Assumption.OPTIMISTIC,
}

/** The assumption of a fill model's name. */
const TAKEN_BY_FILL: Readonly<Record<FillModel, Assumption>> = {
  'queue-pessimistic': Assumption.PESSIMISTIC,
  'queue-neutral': Assumption.NEUTRAL,
  'queue-optimistic': Assumption.OPTIMISTIC,
  depth: Assumption.PESSIMISTIC,
  bbo: Assumption.PESSIMISTIC,
}

/** The exchange's constants, taken from settings once, in the core's units. */
export type ExchangeConfig = {
  readonly fill: FillModel
  readonly advance: Advance
  readonly taken_depth: Assumption
  readonly gaps: GapPolicy
  readonly latency_model: 'constant' | 'exponential' | 'samples'
  readonly entry_us: Micros
  readonly response_us: Micros
  readonly jitter_us: number
  readonly samples_us: Float64Array
  readonly slip_bps: number
  readonly queue_power: number
  readonly match_us: Micros
  readonly gtd_min_life_us: Micros
  readonly mined_us: Micros
  readonly confirmed_us: Micros
  readonly fail_probability: number
  readonly merge_us: Micros
  readonly redeem_us: Micros
  readonly merge_fail_probability: number
}

/**
 * Constants from settings.
 *
 * @throws ExchangeConfigError for latency samples that are missing or no latencies, and for fills that would be confirmed
 * before they are mined
 */
export function configure(values: Values<typeof settings>): ExchangeConfig {
  const samples = values.latency_samples_ms.map(Number)
  if (samples.some((ms) => !(ms >= 0 && ms <= LATENCY_MAX_MS)))
    throw new ExchangeConfigError('latency_samples_ms', `a list of numbers from 0 to ${LATENCY_MAX_MS} ms`)
  if (values.latency_model === 'samples' && samples.length === 0)
    throw new ExchangeConfigError('latency_samples_ms', 'at least one sample, as latency_model is samples')
  if (values.mined_after_s > values.confirmed_after_s)
    throw new ExchangeConfigError('mined_after_s', 'at most confirmed_after_s')
  return {
    fill: values.fill,
    advance: ADVANCE[values.fill],
    taken_depth: values.taken_depth === 'by-fill' ? TAKEN_BY_FILL[values.fill] : TAKEN[values.taken_depth],
    gaps: values.gaps,
    latency_model: values.latency_model,
    entry_us: Math.round(values.entry_latency_ms * MS),
    response_us: Math.round(values.response_latency_ms * MS),
    jitter_us: values.latency_jitter_ms * MS,
    samples_us: Float64Array.from(samples, (ms) => Math.round(ms * MS)),
    slip_bps: values.slip_bps,
    queue_power: values.queue_power,
    match_us: Math.round(values.match_ms * MS),
    gtd_min_life_us: Math.round(values.gtd_min_life_s * SECOND),
    mined_us: Math.round(values.mined_after_s * SECOND),
    confirmed_us: Math.round(values.confirmed_after_s * SECOND),
    fail_probability: values.fail_probability,
    merge_us: Math.round(values.merge_latency_s * SECOND),
    redeem_us: Math.round(values.redeem_latency_s * SECOND),
    merge_fail_probability: values.merge_fail_probability,
  }
}

/** Settings of the exchange that do not fit together. `field` is the setting's key. */
export class ExchangeConfigError extends Error {
  readonly code = 'exchange.config'
  readonly field: string
  readonly fix: string
  constructor(name: string, expected: string) {
    super(`exchange.${name} is refused: expected ${expected}`)
    this.name = 'Exchange.ExchangeConfigError'
    this.field = `exchange.${name}`
    this.fix = `set ${this.field} to ${expected}`
  }
}
