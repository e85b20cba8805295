import {
  ALL_INSTRUMENTS,
  Command,
  Feed,
  Flag,
  type Instruments,
  Kind,
  Side,
} from '../../core/events/index.ts'
import { isTickSize, MICRO, ONE } from '../../core/units/index.ts'

/**
 * What a row of each kind must be to make sense: the one place that says so. Everything that reads or writes a tape holds its
 * rows to it, so that a run never meets a row that its core has no answer to.
 */

/** What a kind's row is about: a token, a reference series, one of them or every instrument of its feed, or all. */
export type Subject = 'token' | 'series' | 'any' | 'all'

export type RowRule = {
  name: string
  subject: Subject
  /** The side is one of two; `either`: or not known. */
  sided: boolean | 'either'
  /** Least and greatest price and size. */
  price: readonly [number, number]
  size: readonly [number, number]
  /** Which prices between those there are; all where it is left out. */
  isPrice?(price: number): boolean
  /** Feeds that may say it; all where it is left out. */
  feeds?: readonly number[]
  /** Why a dataset has no such row. */
  refused?: string
}

/** More shares than any level, trade or account has: a thousand million. */
export const SIZE_MAX = 1e9 * MICRO
/** Any whole number: 90 million USD, in 1e-8 USD. */
const E8_MAX = Number.MAX_SAFE_INTEGER
/** What one 1e-8 USD has of 1e-18 USD. */
const REST_MAX = 1e10 - 1
const NOTHING = [0, 0] as const
const SHARES = [1, SIZE_MAX] as const
const INSIDE = [1, ONE - 1] as const
const REFERENCE = [1, E8_MAX] as const
const ANY = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const

/** Feeds that tell what happened to an account. */
const ACCOUNT_FEEDS = [Feed.CLOB_USER, Feed.KALSHI, Feed.EXECUTION, Feed.OPERATOR] as const
const SESSION = 'it tells what happened to an account: a tape of a market has no such rows'

const about = (subject: Subject, changes: Partial<RowRule> = {}): Omit<RowRule, 'name'> => ({
  subject,
  sided: false,
  price: NOTHING,
  size: NOTHING,
  ...changes,
})
const session = about('any', { sided: 'either', price: ANY, size: ANY, refused: SESSION })

const RULES: Readonly<Record<keyof typeof Kind, Omit<RowRule, 'name'>>> = {
  LEVEL: about('token', { sided: true, price: INSIDE, size: [0, SIZE_MAX] }),
  TRADE: about('token', { sided: true, price: INSIDE, size: SHARES }),
  TICK_SIZE: about('token', { price: [1, ONE], isPrice: isTickSize }),
  BOOK_RESET: about('token'),
  ALIVE: about('token'),
  QUOTE: about('series', { price: REFERENCE, size: REFERENCE }),
  PRINT: about('series', { sided: 'either', price: REFERENCE, size: [1, Number.MAX_SAFE_INTEGER] }),
  ORACLE: about('series', { price: REFERENCE, size: [0, REST_MAX] }),
  MARKET: about('token'),
  STRIKE: about('token', { price: REFERENCE, size: [0, REST_MAX] }),
  RESOLVED: about('token', { price: [0, ONE], isPrice: isPayout }),
  FEED_DOWN: about('any'),
  FEED_UP: about('any'),
  CLOCK_STEP: about('all', { size: ANY }),
  USER_DOWN: about('all', { feeds: ACCOUNT_FEEDS }),
  USER_UP: about('all', { feeds: ACCOUNT_FEEDS }),
  WALLET_TRADE: about('token', { sided: true, price: [0, ONE], size: SHARES }),
  ORDER_ACCEPTED: session,
  ORDER_REJECTED: session,
  ORDER_DELAYED: session,
  ORDER_CANCELLED: session,
  CANCEL_REJECTED: session,
  ORDER_EXPIRED: session,
  FILL_MATCHED: session,
  FILL_MINED: session,
  FILL_CONFIRMED: session,
  FILL_FAILED: session,
  FILL_RETRYING: session,
  MERGED: session,
  REDEEMED: session,
  REDEEM_REVERSED: session,
  COMMAND: { ...session, price: [Command.HALT, Command.RESUME] },
  CONFIG: session,
  ADVICE: session,
}

/** Rules by number of kind; undefined for numbers that are no kind. */
export const RULE_OF: readonly (RowRule | undefined)[] = Array.from({ length: 256 }, (_, kind) => {
  const name = (Object.keys(Kind) as (keyof typeof Kind)[]).find((one) => Kind[one] === kind)
  return name === undefined ? undefined : { name, ...RULES[name] }
})

/** Kinds of rows that are about the recorder's own account: a run has an account of its own and passes them over. */
export const ACCOUNT_KINDS: readonly number[] = [Kind.USER_DOWN, Kind.USER_UP]

/** What one Up share may pay: all, nothing, or half where the venue splits. */
export function isPayout(payout: number): boolean {
  return payout === 0 || payout === ONE || payout === ONE / 2
}

/** The latest time that a tape may state, in µs: venues send ms of 13 digits, until the year 2286. */
const TIME_MAX_US = 1e16

/** A time that a tape may state; without an epoch times begin at 0. */
export function isTime(us: number): boolean {
  return Number.isSafeInteger(us) && us >= 0 && us <= TIME_MAX_US
}

const FEEDS: readonly boolean[] = Array.from({ length: 256 }, (_, code) =>
  (Object.values(Feed) as number[]).includes(code),
)
/** Bits that belong to fills of ours. */
const FILL_FLAGS = Flag.MAKER | Flag.GAP_FILL | Flag.FEE_IN_SHARES
const ROW_FLAGS = Flag.LAST | Flag.SNAPSHOT | Flag.INFERRED

/** A row, column by column. */
export type RowValues = {
  kind: number
  feed: number
  side: number
  flags: number
  price: number
  size: number
}

/** What is wrong with a row: the column, and what in words. */
export type RowFault = { field: string; what: string }

/** What is wrong with a row by its kind, whatever instrument it names; null for nothing. HOT: allocates only for a fault. */
export function rowFault(
  kind: number,
  feed: number,
  side: number,
  flags: number,
  price: number,
  size: number,
): RowFault | null {
  const rule = RULE_OF[kind]
  if (rule === undefined) return { field: 'kind', what: `${kind} is no kind of row` }
  const { sided } = rule
  const inside =
    price >= rule.price[0] && price <= rule.price[1] && size >= rule.size[0] && size <= rule.size[1]
  const wrong_side = side > Side.SELL || (side === Side.NONE ? sided === true : sided === false)
  if (
    inside &&
    !wrong_side &&
    rule.refused === undefined &&
    (flags & ~ROW_FLAGS) === 0 &&
    FEEDS[feed] === true &&
    rule.feeds?.includes(feed) !== false &&
    rule.isPrice?.(price) !== false
  )
    return null
  return faultOf(rule, feed, wrong_side, side, flags, price, size)
}

function faultOf(
  rule: RowRule,
  feed: number,
  wrong_side: boolean,
  side: number,
  flags: number,
  price: number,
  size: number,
): RowFault {
  const { name } = rule
  const range = ([least, most]: readonly [number, number]) =>
    least === most ? `${least}` : `${least} to ${most}`
  if (rule.refused !== undefined) return { field: 'kind', what: `is ${name}: ${rule.refused}` }
  if (FEEDS[feed] !== true || rule.feeds?.includes(feed) === false)
    return { field: 'feed', what: `${feed} is no feed that says ${name}` }
  if (wrong_side) return { field: 'side', what: `${side} is no side of a ${name}` }
  if ((flags & ~ROW_FLAGS) !== 0)
    return {
      field: 'flags',
      what:
        (flags & FILL_FLAGS) !== 0 ? `${flags} has bits of fills, in a ${name}` : `${flags} has unknown bits`,
    }
  if (!(size >= rule.size[0] && size <= rule.size[1]))
    return { field: 'size', what: `${size} of a ${name} is not in its range, ${range(rule.size)}` }
  const grid = price >= rule.price[0] && price <= rule.price[1] ? ', or not one of its values' : ''
  return { field: 'price', what: `${price} of a ${name} is not in its range, ${range(rule.price)}${grid}` }
}

/** What is wrong with the instrument that a kind's row names; null for nothing. */
export function subjectFault(
  kind: number,
  instrument: number,
  { instruments }: Instruments,
): RowFault | null {
  const rule = RULE_OF[kind]!
  const { subject, name } = rule
  const all = instrument === ALL_INSTRUMENTS
  const fault = (what: string) => ({ field: 'instrument', what: `${instrument} ${what}` })
  if (all)
    return subject === 'token' || subject === 'series'
      ? fault(`is no ${subject}, which a ${name} is about`)
      : null
  const one = instruments[instrument]
  if (one === undefined) return fault('is not in instruments.json')
  if (subject === 'all') return fault(`is one instrument, and a ${name} is about all`)
  if (subject === 'any' || one.kind === subject) return null
  return fault(`is a ${one.kind}, and a ${name} is about a ${subject}`)
}
