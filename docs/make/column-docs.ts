import type { TABLES, TableName } from '../../core/machine/records.ts'

/** Unit and meaning of a column. */
type ColumnDoc = readonly [unit: string, meaning: string]

/** Every column of a table, and none that it does not have. */
type Docs = {
  readonly [N in TableName]: { readonly [C in (typeof TABLES)[N][number] as C[0]]: ColumnDoc }
}

/** What a row of each table is. */
export const TABLE_DOCS: Readonly<Record<TableName, string>> = {
  decisions: 'One row a decision: what the strategy was shown and what came of it.',
  intents: 'One row an intent: what was to be sent, and what a gate refused.',
  orders: 'One row an order, written when it is done or when the run ends.',
  fills: 'One row a fill, written when its life ends and its markouts are known, or when the run ends.',
  ledger: 'One row a move of cash or shares.',
  risk_events: 'What an operator would be told.',
  equity: 'Equity of the whole account, at each decision where it changed, and at the end.',
  windows: 'One row a window, at the end. The parts of the result sum to `net`.',
  hashes: 'The hash chain: one row a checkpoint, the last one at the end of the run.',
}

const MARKET: ColumnDoc = ['', 'index into `markets` of `run.json`']
const OUTCOME: ColumnDoc = ['', '0 Up, 1 Down']
const SIDE: ColumnDoc = ['', '1 buy, 2 sell']
const LEVEL: ColumnDoc = ['', 'level of the ladder, 0 nearest to the touch; 255: a marketable order']
const PRICE: ColumnDoc = ['1e-4 USDC', 'price of the order’s own token']
const DECISION: ColumnDoc = ['', 'the decision that made it']
const TIF: ColumnDoc = ['', 'time in force, see Tif']
const POST_ONLY: ColumnDoc = ['', '1: refused rather than crossing the book']

const usd = (meaning: string): ColumnDoc => ['1e-8 USD', `${meaning}, real; NaN unknown`]
const micro = (meaning: string): ColumnDoc => ['1e-6 USDC', meaning]
const shares = (meaning: string): ColumnDoc => ['1e-6 shares', meaning]
const us = (meaning: string): ColumnDoc => ['µs', meaning]
const markout = (s: number): ColumnDoc => [
  '1e-4 USDC',
  `mid of the fill’s own token ${s} s later less its price, towards us, real; NaN where there was no mid`,
]

/** Columns by table. */
export const COLUMN_DOCS: Docs = {
  decisions: {
    decision: ['', 'its number, from 0'],
    time_us: us('when'),
    event: ['', 'events consumed before it'],
    market: MARKET,
    trigger: ['', 'why now, see Trigger'],
    regime: ['', 'bits, see Regime; 0 normal'],
    gate: ['', 'what stopped it, see [reason codes](reason-codes.md); 0 nothing'],
    seconds_left: ['s', 'to the end of the window, real'],
    s0: usd('strike'),
    s_t: usd('spot'),
    mean: ['1e-8 USD', 'mean of the spot price since the look-back began, real; NaN outside of it'],
    sigma: ['1/√s', 'volatility, real'],
    q_up: ['', 'probability of Up, clamped, real; NaN: the model does not stand'],
    z: ['', 'score that `q_up` is the normal distribution of, real'],
    speed: ['1/√s', 'how far `q_up` moves in a second, real'],
    cap_up: ['USDC', 'most that a bid for Up may pay, real'],
    cap_down: ['USDC', 'most that a bid for Down may pay, real'],
    target_total: ['USDC', 'most that both bids may cost together, real'],
    size_scalar: ['', 'factor on sizes by the regime, real'],
    best_bid: ['1e-4 USDC', 'best bid for Up; −1 none'],
    best_ask: ['1e-4 USDC', 'best ask for Up; −1 none'],
    bid_size: shares('shown at the best bid'),
    ask_size: shares('shown at the best ask'),
    up_shares: shares('of Up held, fills that are not confirmed included'),
    down_shares: shares('of Down held, likewise'),
    unpaired: shares('Up less Down, marketable buys in flight counted as bought'),
    cash: micro('cash, what open orders reserve included'),
    equity: micro('of the whole account, shares marked at the mid'),
    spot_age_us: us('since the spot price was heard of'),
    settlement_age_us: us('since the settlement series was heard of'),
    book_age_us: us('since the market’s last message; NaN before any'),
    desired: ['', 'orders wanted'],
    live: ['', 'orders live or in flight, after it'],
    creates: ['', 'orders sent'],
    cancels: ['', 'cancels sent'],
    refused: ['', 'orders that a gate refused'],
    sigma_naive: [
      '1/√s',
      'volatility of the last hour by returns of a minute, which reports hold the model against, real; NaN before ten',
    ],
  },
  intents: {
    intent: ['', 'its number'],
    decision: ['', 'the decision that made it; −1 none'],
    time_us: us('when'),
    kind: ['', 'see IntentKind'],
    gate: ['', '0 passed, else the gate that refused it'],
    order: ['', 'number of the order; 0 none'],
    market: MARKET,
    outcome: OUTCOME,
    side: SIDE,
    level: LEVEL,
    price: PRICE,
    size: shares('of the order; of a merge the pairs'),
    amount: micro('a marketable buy’s money; else 0'),
    tif: TIF,
    post_only: POST_ONLY,
    expire_us: us('when a GTD order leaves the book; 0 none'),
    key_hi: [
      '',
      'client key, upper half: a hash of what the order is, so that one decision never becomes two orders',
    ],
    key_lo: ['', 'client key, lower half'],
  },
  orders: {
    order: ['', 'its number'],
    decision: DECISION,
    market: MARKET,
    outcome: OUTCOME,
    side: SIDE,
    level: LEVEL,
    price: PRICE,
    size: shares('asked for'),
    filled: shares('got'),
    tif: TIF,
    post_only: POST_ONLY,
    intended_us: us('when it was decided on'),
    accepted_us: us('when we heard that it rests; 0 never'),
    done_us: us('when we heard that it is over; 0: open at the end'),
    status: ['', 'see OrderStatus'],
    reason: ['', 'why the venue refused it, see [reason codes](reason-codes.md); 0 it did not'],
  },
  fills: {
    fill: ['', 'its number'],
    order: ['', 'the order that was filled'],
    decision: DECISION,
    market: MARKET,
    outcome: OUTCOME,
    side: SIDE,
    price: PRICE,
    size: shares('gross, a fee in shares included'),
    fee_shares: shares('fee taken in shares'),
    amount: micro('paid by a buy or received by a sell, before a fee in USDC'),
    fee_usdc: micro('fee taken in USDC'),
    fee_value: micro('both fees together, share fees valued at the fill price'),
    maker: ['', '1: our order rested'],
    gap_fill: ['', '1: granted at the first book after a gap'],
    beyond_display: ['', '1: larger than anybody knows to have been displayed: the recording has no sizes'],
    matched_us: us('when we heard of the match'),
    mined_us: us('when we heard that it is in a block; 0 not yet'),
    confirmed_us: us('when we heard that it is final; 0 not'),
    failed_us: us('when we heard that it failed; 0 it did not'),
    q_up: ['', 'the model when we heard of the match, real; NaN unknown'],
    mid: ['1e-4 USDC', 'mid of Up when we heard of the match, real; NaN unknown'],
    markout_1s: markout(1),
    markout_5s: markout(5),
    markout_10s: markout(10),
    markout_30s: markout(30),
  },
  ledger: {
    entry: ['', 'its number'],
    time_us: us('when'),
    kind: ['', 'see LedgerKind'],
    market: MARKET,
    outcome: ['', '0 Up, 1 Down, 2 both or none'],
    shares: shares('signed'),
    cash: micro('signed, a fee in USDC included'),
    fee: micro('fee in it'),
    ref: ['', 'number of the fill; −1 none'],
    balance: micro('cash after it'),
  },
  risk_events: {
    time_us: us('when'),
    kind: ['', 'see RiskEvent'],
    market: ['', 'index into `markets` of `run.json`; 4294967295 none'],
    gate: ['', 'see [reason codes](reason-codes.md); 0 none'],
    value: ['', 'what was measured, real'],
    limit: ['', 'what it was held against, real'],
  },
  equity: {
    time_us: us('when'),
    cash: micro('cash'),
    inventory: micro('shares held, at the mid, resolved ones at their payout'),
    equity: micro('the sum of both'),
    drawdown: micro('fall from the highest so far, ≥ 0'),
    exposure: micro('cost of unpaired shares, all markets'),
  },
  windows: {
    market: MARKET,
    class: ['', 'how it ended, see ResolutionCode'],
    up_payout: ['1e-4 USDC', 'what one Up share paid; −1 unknown'],
    strike: usd('strike'),
    final: usd('settlement series at its end'),
    decisions: ['', 'decisions on it'],
    fills: ['', 'fills'],
    maker_fills: ['', 'of them as maker'],
    volume: micro('money traded'),
    spread: micro('result: earned against the mid at the fill'),
    pairs: micro('result: completed pairs'),
    inventory: micro('result: moves of the mid while shares were unpaired'),
    settlement: micro('result: from the last mid to the payout'),
    fees: micro('fees, ≥ 0'),
    net: micro('the parts less fees; 0 of an unresolved window'),
    unresolved_cost: micro('of an unresolved window: money still in it'),
    unresolved_value: micro('of an unresolved window: its shares at the last mid'),
    rebate_low: micro('least that its maker fills may earn back, never in net'),
    rebate_high: micro('most that they may'),
    reward_high: micro('most that liquidity rewards may have been, never in net'),
    max_unpaired: shares('most unpaired at one time'),
  },
  hashes: {
    index: ['', 'number of the checkpoint, from 0'],
    event: ['', 'events consumed before it'],
    time_us: us('when'),
    h0: ['', 'words of the link, the first of eight'],
    h1: ['', 'the second'],
    h2: ['', 'the third'],
    h3: ['', 'the fourth'],
    h4: ['', 'the fifth'],
    h5: ['', 'the sixth'],
    h6: ['', 'the seventh'],
    h7: ['', 'the eighth'],
  },
}
