/** What lies in the request queue: what is on its way to the venue, and what is due there. */
export const Request = {
  /** An order arrives. */
  CREATE: 1,
  /** A cancel arrives. */
  CANCEL: 2,
  /** A held order is free to match. */
  HOLD_END: 3,
  /** An order's time is over. */
  EXPIRE: 4,
  /** A merge of `x` micro-pairs arrives. */
  MERGE: 5,
  /** It is on chain; `flags` 1 when it failed. */
  MERGE_DONE: 6,
  /** `x` shares of outcome `flags` are redeemed at `y` ticks. */
  REDEEM_DONE: 7,
  /** A market's end. */
  CLOSE: 8,
  /** Fill `z` is mined, or retried: `flags` as {@link Fate}. */
  MINED: 9,
  /** Fill `z`, worth `x` shares and `y` micro-USDC to the account, both signed, is confirmed or failed. */
  SETTLED: 10,
  /** Time is over for what a level shrank by and nothing was printed for. */
  UNMATCHED: 11,
} as const

/** Bits of `flags` of MINED and SETTLED. */
export const Fate = { DOWN: 1, FAILS: 2 } as const
