/**
 * The event vocabulary. An event is one atomic row of a tape. What `price`, `size`, `side` and `ref` mean
 * depends on the kind; a column that a kind does not use is 0. Numbers are part of the tape format: never reuse one.
 */

/** Kinds of rows. */
export const Kind = {
  /** A book level was set. side bid|ask, price tick (1e-4), size the level's new total in micro-shares, 0 removes. In the terms of the row's own token. */
  LEVEL: 1,
  /** A trade print. side the taker's (buy|sell), price tick, size micro-shares. In the terms of the row's own token. */
  TRADE: 2,
  /** The market's tick size changed. price the new tick size in 1e-4. */
  TICK_SIZE: 3,
  /** The token's book is void until levels follow (reconnect, reseed). */
  BOOK_RESET: 4,
  /** A message arrived that changed nothing: proof of life for the silence timer. */
  ALIVE: 5,

  /** A reference venue's quote. price bid, size ask, both in 1e-8 USD. */
  QUOTE: 10,
  /** A reference venue's trade. price 1e-8 USD, size 1e-8 base units, side the taker's. */
  PRINT: 11,
  /** A value of a settlement-grade series (Chainlink spot or TWAP, a candle's close). price whole 1e-8 USD, size the rest in 1e-18 USD, so that ties compare at full precision. exch_us is the value's own stamp. */
  ORACLE: 12,

  /** A market was listed or its metadata changed. instrument any token of it; the side table has the text. */
  MARKET: 20,
  /** The venue's own strike (`priceToBeat`). instrument any token of the market; price and size as ORACLE. */
  STRIKE: 21,
  /** The venue resolved a market. instrument any token of it; price the payout of one Up share in 1e-4: 10000, 0, or 5000 for a split. */
  RESOLVED: 22,

  /** A feed was lost. instrument the token or series, or {@link ALL_INSTRUMENTS} for every one of the row's feed. */
  FEED_DOWN: 30,
  /** A feed is back. */
  FEED_UP: 31,

  /** Answers of an execution venue; ref the order number, instrument the token. */
  ORDER_ACCEPTED: 40,
  /** price the {@link RejectCode}. */
  ORDER_REJECTED: 41,
  /** The venue holds a marketable order; neither a fill nor a refusal. */
  ORDER_DELAYED: 42,
  /** size what was cancelled, micro-shares. */
  ORDER_CANCELLED: 43,
  /** A cancel was refused: the order is no longer resting, or held. price the {@link RejectCode}. */
  CANCEL_REJECTED: 44,
  ORDER_EXPIRED: 45,
  /** A fill, matched. price tick in token terms, size gross micro-shares; seq the fill number; side buy|sell; flags MAKER, GAP_FILL. */
  FILL_MATCHED: 46,
  FILL_MINED: 47,
  FILL_CONFIRMED: 48,
  /** The fill failed on chain and is to be reversed exactly. */
  FILL_FAILED: 49,
  /** The fill's transaction failed and is tried again. */
  FILL_RETRYING: 54,
  /** Pairs merged to USDC. size micro-pairs; price 0 done, else a reason. */
  MERGED: 50,
  /** Resolved shares redeemed. size micro-shares; price the payout per share in 1e-4. */
  REDEEMED: 51,
  /** A redemption is taken back: the venue's word on the outcome was another. size micro-shares; price what a share had paid in 1e-4. */
  REDEEM_REVERSED: 55,
  /** The account's own stream was lost or is back: quoting pauses. */
  USER_DOWN: 52,
  USER_UP: 53,

  /** An operator's command. price the {@link Command}. */
  COMMAND: 60,
  /** The wall clock was stepped; size µs moved. */
  CLOCK_STEP: 61,
  /** Configuration took effect; the side table has the text. */
  CONFIG: 62,

  /** A followed wallet traded. side the wallet's own (buy|sell), price tick (an average rounded to the nearest), size micro-shares. In the terms of the row's own token. */
  WALLET_TRADE: 70,
  /** Outside advice for a strategy. */
  ADVICE: 71,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** Values of the `side` column. */
export const Side = { NONE: 0, BID: 1, ASK: 2, BUY: 1, SELL: 2 } as const
export type Side = (typeof Side)[keyof typeof Side]

/** Bits of the `flags` column. */
export const Flag = {
  /** The last row of its message's group: the book may be looked at again. */
  LAST: 1,
  /** The row comes from a snapshot that re-states what may not have changed just now. */
  SNAPSHOT: 2,
  /** The row was inferred, not recorded; the manifest says how. */
  INFERRED: 4,
  /** A fill of ours as maker. */
  MAKER: 8,
  /** A fill granted at the first book after a gap. */
  GAP_FILL: 16,
  /** The fee of a fill was taken in shares. */
  FEE_IN_SHARES: 32,
  /** A fill of ours whose size nobody knows to have been displayed: the recording has no sizes. */
  BEYOND_DISPLAY: 64,
} as const

/** Where a row came from. */
export const Feed = {
  NONE: 0,
  CLOB_MARKET: 1,
  CLOB_USER: 2,
  GAMMA: 3,
  BINANCE: 10,
  COINBASE: 11,
  KRAKEN: 12,
  BINANCE_PERP: 13,
  RTDS: 20,
  POLYBOLT: 21,
  KALSHI: 30,
  WALLETS: 40,
  EXECUTION: 50,
  OPERATOR: 60,
  SIMULATOR: 70,
} as const
export type Feed = (typeof Feed)[keyof typeof Feed]

/** Whether a lost feed takes books with it. Of the others, what they told grows old by itself. A row without a feed is taken for one. */
export function carriesBooks(feed: number): boolean {
  return feed === Feed.CLOB_MARKET || feed === Feed.KALSHI || feed === Feed.SIMULATOR || feed === Feed.NONE
}

/** Operator commands carried by COMMAND rows. */
export const Command = { HALT: 1, RESET: 2, PAUSE: 3, RESUME: 4 } as const

/** `instrument` of a row that concerns every instrument of its feed. */
export const ALL_INSTRUMENTS = 0xffffffff
