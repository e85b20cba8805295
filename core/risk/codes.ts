/**
 * Reason codes. Numbers go into tables and hashes: never reuse one. Names go to people.
 */

/** Gates an intent or a decision can be stopped by, in the order of passing (formulas.md §11); 0 is "passed". */
export const Gate = {
  NONE: 0,
  MODE: 1,
  KILL_SWITCH: 2,
  FEED_QUALITY: 3,
  MARKET_DENIED: 4,
  MARKET_QUALITY: 5,
  MARKET_EXPOSURE: 6,
  GLOBAL_NOTIONAL: 7,
  TRADE_CAP: 8,
  DAILY_DRAWDOWN: 9,
  COOLDOWN: 10,
  SANITY: 11,
  BALANCE: 12,
  /** Standing aside before any gate. */
  NOT_READY: 20,
  NOT_STARTED: 21,
  CUTOFF: 22,
  STALE_ORACLE: 23,
  GAP: 24,
  MARKET_FROZEN: 25,
  NO_BOOK: 26,
  NO_EDGE: 27,
  RATE_LIMIT: 28,
  USER_STREAM: 29,
  SELF_CROSS: 30,
  INVARIANT: 31,
  BAD_REFERENCE: 32,
} as const
export type Gate = (typeof Gate)[keyof typeof Gate]

/** How a venue refuses an order or a cancel; texts as the venue writes them are in core/exchange. */
export const RejectCode = {
  NONE: 0,
  TICK: 1,
  MIN_SIZE: 2,
  MARKETABLE_MIN: 3,
  CROSSES: 4,
  BALANCE: 5,
  FOK_UNFILLED: 6,
  FAK_NO_MATCH: 7,
  MARKET_CLOSED: 8,
  PRICE_RANGE: 9,
  DECIMALS: 10,
  EXPIRATION: 11,
  DUPLICATE: 12,
  CANCEL_MATCHED: 13,
  CANCEL_UNKNOWN: 14,
  CANCEL_HELD: 15,
  NO_BOOK: 16,
  SLIPPAGE: 17,
} as const
export type RejectCode = (typeof RejectCode)[keyof typeof RejectCode]
