import { z } from 'zod'
import type { FeeSchedule, Outcome, Settlement } from '../../core/events/index.ts'
import {
  isTickSize,
  type MicroShares,
  type Micros,
  ONE,
  parseDecimal,
  parseIso,
  type Tick,
} from '../../core/units/index.ts'
import { plainDecimal } from '../feeds/lossless.ts'
import { isTime } from '../tape/row-rules.ts'

/** A two-outcome market as the venue's metadata states it; null where it says nothing. */
export type GammaMarket = {
  slug: string | null
  /** Of the venue's protocol: decides which ids its tokens have. */
  version: 'v1' | 'v2'
  condition_id: string
  token_ids: Record<Outcome, string>
  created_us: Micros | null
  /** When this state of the metadata was written. */
  updated_us: Micros | null
  closed_us: Micros | null
  /** Start and end of its window. */
  start_us: Micros | null
  end_us: Micros | null
  accepting_orders: boolean | null
  tick: Tick | null
  min_size: MicroShares | null
  fee: FeeSchedule | null
  settlement: Settlement | null
  /** Payout of one Up share; null while it is not resolved. */
  up_payout: Tick | null
  /** Fields that say something which is not understood, and that nothing depends on: they are taken for absent. */
  unread: readonly string[]
}

/** Lists come as JSON inside a string. */
const texts = z.string().transform((text, context) => {
  const found = z.array(z.string()).safeParse(parse(text))
  if (found.success) return found.data
  context.addIssue({ code: 'custom', message: 'expected a list of texts as JSON' })
  return z.NEVER
})
/** Numbers come as numbers or as texts; of any notation JSON has. */
const decimal = z.union([z.string(), z.number()]).transform((value, context) => {
  const text = plainDecimal(String(value))
  if (text !== undefined) return text
  context.addIssue({ code: 'custom', message: 'expected a number' })
  return z.NEVER
})
const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? null)

/** Fields that are read; a market has about a hundred (protocol.md §8.3), of which most may be missing. */
const schema = z.looseObject({
  slug: optional(z.string()),
  version: optional(z.string()),
  conditionId: z.string().regex(/^0x[0-9a-f]{62}([0-9a-f]{2})?$/),
  outcomes: texts,
  clobTokenIds: optional(texts),
  positionIds: optional(z.array(z.string())),
  outcomePrices: z.unknown().optional(),
  umaResolutionStatus: optional(z.string()),
  createdAt: z.unknown().optional(),
  updatedAt: z.unknown().optional(),
  closedTime: z.unknown().optional(),
  eventStartTime: z.unknown().optional(),
  endDate: z.unknown().optional(),
  acceptingOrders: optional(z.boolean()),
  orderPriceMinTickSize: optional(decimal),
  orderMinSize: optional(decimal),
  feesEnabled: optional(z.boolean()),
  feeSchedule: optional(
    z.looseObject({
      rate: decimal,
      exponent: decimal.transform(Number).pipe(z.number().min(-1_000).max(1_000)),
      takerOnly: z.boolean(),
    }),
  ),
  cryptoMarketConfig: optional(
    z.looseObject({
      duration: optional(z.string()),
      twapEnabled: z.boolean(),
      twapLookbackSeconds: optional(decimal.transform(Number).pipe(z.number().positive())),
    }),
  ),
})

/**
 * Read a market object of the venue's metadata service (protocol.md §8.3). Outcomes, token ids and prices are aligned by
 * index, whichever outcome stands first.
 *
 * @returns the market, or why it is refused, in words without values
 */
export function readGammaMarket(raw: unknown): GammaMarket | string {
  const found = schema.safeParse(raw)
  if (!found.success)
    return `${found.error.issues[0]!.path.join('.') || 'the object'} is missing or malformed`
  const { outcomes, clobTokenIds, positionIds, ...stated } = found.data
  const version = stated.version ?? 'v1'
  if (version !== 'v1' && version !== 'v2') return 'a version other than v1 and v2: update the program'
  // Both lists may be there: the version says which ids its book has (protocol.md §1.1).
  const ids = version === 'v2' ? positionIds : clobTokenIds
  if (ids === null) return version === 'v2' ? 'a v2 market without positionIds' : 'clobTokenIds is missing'
  const up = outcomes.findIndex((name) => name.toLowerCase() === 'up')
  const down = outcomes.findIndex((name) => name.toLowerCase() === 'down')
  if (outcomes.length !== 2 || up < 0 || down < 0) return 'outcomes other than Up and Down'
  if (ids.length !== 2 || ids[0] === ids[1] || !ids.every((id) => /^\d{1,78}$/.test(id)))
    return `${version === 'v2' ? 'positionIds' : 'clobTokenIds'} that are not two token ids`
  const unread: string[] = []
  const time = (field: TimeField) => instant(stated[field], field, unread)
  try {
    return {
      slug: stated.slug,
      version,
      // On chain a v2 id has 31 bytes; the other services want it with a zero byte behind.
      condition_id: stated.conditionId.padEnd(CONDITION_CHARACTERS, '0'),
      token_ids: { up: ids[up]!, down: ids[down]! },
      created_us: time('createdAt'),
      updated_us: time('updatedAt'),
      closed_us: time('closedTime'),
      start_us: time('eventStartTime'),
      end_us: time('endDate'),
      accepting_orders: stated.acceptingOrders,
      tick: tickOf(stated.orderPriceMinTickSize),
      min_size: stated.orderMinSize === null ? null : parseDecimal(stated.orderMinSize, 6),
      fee: feeOf(stated.feesEnabled, stated.feeSchedule),
      settlement: settlementOf(stated.cryptoMarketConfig),
      up_payout:
        stated.umaResolutionStatus === 'resolved' ? payoutOf(stated.outcomePrices, up, unread) : null,
      unread,
    }
  } catch {
    return 'a number that is none'
  }
}

const CONDITION_CHARACTERS = 66

type TimeField = 'createdAt' | 'updatedAt' | 'closedTime' | 'eventStartTime' | 'endDate'

/**
 * A time as the service writes it: ISO, or `2026-06-08 00:00:16+00`; parts of a µs are dropped. Null where it says none, and
 * where what it says is none: the window of a market is in its slug, and rules by date do without its creation.
 */
function instant(value: unknown, field: TimeField, unread: string[]): Micros | null {
  if (value === undefined || value === null || value === '') return null
  try {
    if (typeof value === 'string') {
      const us = parseIso(value.replace(/(\.\d{6})\d+/, '$1').replace(/([+-]\d\d)$/, '$1:00'))
      if (isTime(us)) return us
    }
  } catch {
    // Said below.
  }
  unread.push(field)
  return null
}

function tickOf(text: string | null): Tick | null {
  if (text === null) return null
  const tick = parseDecimal(text, 4)
  if (!isTickSize(tick)) throw new RangeError('not a tick')
  return tick
}

/** Rates above this are no rates of anything; those above 1 cannot be computed with, and are kept. */
const RATE_PPM_MAX = 1e9

function feeOf(enabled: boolean | null, schedule: z.infer<typeof schema>['feeSchedule']): FeeSchedule | null {
  if (enabled === false) return { rate_ppm: 0, exponent: 1, taker_only: true }
  if (schedule === null) return null
  const { rate, exponent, takerOnly } = schedule
  const rate_ppm = parseDecimal(rate, 6)
  if (!(rate_ppm >= 0 && rate_ppm <= RATE_PPM_MAX)) throw new RangeError('not a rate')
  return { rate_ppm, exponent, taker_only: takerOnly }
}

function settlementOf(config: z.infer<typeof schema>['cryptoMarketConfig']): Settlement | null {
  if (config === null) return null
  const { duration, twapEnabled, twapLookbackSeconds: lookback_s } = config
  if (twapEnabled) {
    if (lookback_s === null) throw new RangeError('a TWAP without a look-back')
    return { source: 'chainlink', kind: 'twap', lookback_s, tie: 'up' }
  }
  // Hourly and daily markets settle by a candle, of which the object says nothing: rules by date answer.
  const spot = duration !== null && ['5m', '15m', '4h'].includes(duration)
  return spot ? { source: 'chainlink', kind: 'spot', lookback_s: 0, tie: 'up' } : null
}

/**
 * Both prices of a resolved market make one: 1 and 0, or a half each. Until they do they are still those of its trading,
 * and the outcome is waited for.
 */
function payoutOf(stated: unknown, up: number, unread: string[]): Tick | null {
  if (stated === undefined || stated === null || stated === '') return null
  const prices = texts.safeParse(stated).data
  if (prices?.length !== 2) {
    unread.push('outcomePrices')
    return null
  }
  const payouts = prices.map((text) => PAYOUTS.get(text.replace(/\.0*$|(\.\d*[1-9])0+$/, '$1')) ?? null)
  const [own, other] = [payouts[up]!, payouts[1 - up]!]
  return own !== null && other !== null && own + other === ONE ? own : null
}

/** What one share can pay, by the price in words. */
const PAYOUTS: ReadonlyMap<string, Tick> = new Map([
  ['0', 0],
  ['0.5', ONE / 2],
  ['1', ONE],
])

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
