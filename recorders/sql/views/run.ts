import {
  IntentKind,
  LedgerKind,
  OrderStatus,
  ResolutionCode,
  RiskEvent,
  Tif,
  Trigger,
} from '../../../core/machine/records.ts'
import { Regime } from '../../../core/reference/index.ts'
import { Gate, RejectCode } from '../../../core/risk/codes.ts'
import {
  codes,
  flag,
  instant,
  price,
  real,
  shares,
  text,
  usdc,
  type View,
  type ViewColumn,
  whole,
} from '../view.ts'

/** Views over the tables that a run leaves behind (core/machine/records), in the units of people and with codes as words. */

const WITH_MARKET = (table: string) => `raw.run_${table} t LEFT JOIN raw.run_markets m ON m.market = t.market`

const market = text('market', 'm.slug', "the market's slug")
const outcome = text('outcome', codes('t.outcome', { UP: 0, DOWN: 1 }), 'up or down; NULL: both, or none')
const side = text('side', codes('t.side', { BUY: 1, SELL: 2 }), 'buy or sell')
const time = instant('time', 't.time_us', 'when it was')
const gate = text('gate', reason('t.gate', Gate), 'what stopped it; NULL: nothing did')

/** Decisions. */
export const decisions: View = {
  name: 'decisions',
  doc: 'One decision: what the strategy saw and what came of it.',
  columns: [
    whole('decision', 't.decision', 'its number, from 0'),
    time,
    market,
    whole('event', 't.event', 'events consumed before it'),
    text('trigger', codes('t."trigger"', Trigger), 'why it was made: tick, fill, regime, …'),
    text('regime', regime('t.regime'), 'toxicity regimes that held, joined by +; normal: none'),
    gate,
    real('seconds_left', 't.seconds_left', 's', 'time to the end of the window'),
    real('s0', 't.s0 / 1e8', 'USD', 'the strike'),
    real('s_t', 't.s_t / 1e8', 'USD', 'the spot price'),
    real('mean', 't.mean / 1e8', 'USD', 'mean of the look-back so far; NULL outside of it'),
    real('sigma', 't.sigma', 'per √s', 'volatility'),
    real('sigma_naive', 't.sigma_naive', 'per √s', 'volatility of the last hour by returns of a minute'),
    real('q_up', 't.q_up', '', "the model's probability of Up, clamped"),
    real('z', 't.z', '', 'its score'),
    real('speed', 't.speed', 'per √s', 'how far it moves'),
    real('cap_up', 't.cap_up', 'USDC', 'most that Up may cost'),
    real('cap_down', 't.cap_down', 'USDC', 'most that Down may cost'),
    real('target_total', 't.target_total', 'USDC', 'most that a pair may cost'),
    real('size_scalar', 't.size_scalar', '', 'part of the usual size'),
    price('bid', 't.best_bid', 'best Up bid without our own orders'),
    price('ask', 't.best_ask', 'best Up ask without our own orders'),
    shares('bid_size', 't.bid_size', 'shares there'),
    shares('ask_size', 't.ask_size', 'shares there'),
    shares('up_shares', 't.up_shares', 'Up held, provisional fills included'),
    shares('down_shares', 't.down_shares', 'Down held'),
    shares('unpaired', 't.unpaired', 'Up less Down, what is under way included'),
    usdc('cash', 't.cash', 'cash'),
    usdc('equity', 't.equity', 'equity of all markets, marked at the mid'),
    ...[
      ['spot_age', 'spot price'],
      ['settlement_age', 'settlement value'],
      ['book_age', "last change of the market's book"],
    ].map(([name, what]) => real(name!, `t.${name}_us / 1e3`, 'ms', `age of the ${what}`)),
    ...[
      ['desired', 'orders wanted'],
      ['live', 'orders live or under way'],
      ['creates', 'orders sent'],
      ['cancels', 'cancels sent'],
      ['refused', 'intents that a gate refused'],
    ].map(([name, what]) => whole(name!, `t.${name}`, what!)),
  ],
  from: WITH_MARKET('decisions'),
}

/** Intents. */
export const intents: View = {
  name: 'intents',
  doc: 'One intent, refused ones included.',
  columns: [
    whole('intent', 't.intent', 'its number'),
    number('decision', 'the decision it came from; NULL: none'),
    time,
    text('kind', codes('t.kind', IntentKind), 'create, cancel, merge, redeem, cancel_all'),
    gate,
    whole('order', 't."order"', 'the order it is about'),
    market,
    outcome,
    side,
    whole('level', 'nullif(t.level, 255)', 'ladder level; NULL: a marketable or completing order'),
    price('price', 't.price', 'its limit'),
    shares('size', 't.size', 'shares'),
    usdc('amount', 't.amount', 'what a marketable buy may spend'),
    text('tif', codes('t.tif', Tif), 'time in force: gtc, gtd, fak, fok'),
    flag('post_only', 't.post_only = 1', 'may not take'),
    instant('expire_time', 't.expire_us', 'when it expires', 0),
  ],
  from: WITH_MARKET('intents'),
}

/** Orders. */
export const orders: View = {
  name: 'orders',
  doc: 'One order, as it ended.',
  columns: [
    whole('order', 't."order"', 'its number'),
    number('decision', 'the decision it came from'),
    market,
    outcome,
    side,
    whole('level', 'nullif(t.level, 255)', 'ladder level; NULL: a marketable or completing order'),
    price('price', 't.price', 'its limit'),
    shares('size', 't.size', 'shares'),
    shares('filled', 't.filled', 'shares filled'),
    text('tif', codes('t.tif', Tif), 'time in force: gtc, gtd, fak, fok'),
    flag('post_only', 't.post_only = 1', 'might not take'),
    instant('intended_time', 't.intended_us', 'when it was decided'),
    instant('accepted_time', 't.accepted_us', 'when the venue had it; NULL: never', 0),
    instant('done_time', 't.done_us', 'when it ended; NULL: open at the end', 0),
    text('status', codes('t.status', OrderStatus), 'how it ended: filled, cancelled, rejected, …'),
    text('reason', reason('t.reason', RejectCode), "the venue's reason; NULL: none"),
    whole('attempts', 'coalesce(a.creates, 0)', 'how often it was meant to be sent, refused times included'),
    whole('refused', 'coalesce(a.refused, 0)', 'of these and of its cancels: refused by a gate of ours'),
    whole('cancels', 'coalesce(a.cancels, 0)', 'how often it was meant to be cancelled'),
  ],
  from: `${WITH_MARKET('orders')} LEFT JOIN (
    SELECT "order", count(*) FILTER (kind = ${IntentKind.CREATE}) AS creates,
      count(*) FILTER (kind = ${IntentKind.CANCEL}) AS cancels, count(*) FILTER (gate > 0) AS refused
    FROM raw.run_intents WHERE kind IN (${IntentKind.CREATE}, ${IntentKind.CANCEL}) GROUP BY "order"
  ) a ON a."order" = t."order"`,
}

/** Fills. */
export const fills: View = {
  name: 'fills',
  doc: 'One fill. A failed one was reversed.',
  columns: [
    whole('fill', 't.fill', 'its number'),
    whole('order', 't."order"', 'its order'),
    number('decision', 'the decision that its order came from'),
    instant('time', 't.matched_us', 'when it was matched'),
    market,
    outcome,
    side,
    price('price', 't.price', "the token's price"),
    shares('size', 't.size', 'shares, before a fee in shares'),
    usdc('amount', 't.amount', 'paid (buy) or received (sell), before a fee in USDC'),
    shares('fee_shares', 't.fee_shares', 'fee taken in shares'),
    usdc('fee_usdc', 't.fee_usdc', 'fee taken in USDC'),
    usdc('fee_value', 't.fee_value', 'both fees at the fill price'),
    flag('maker', 't.maker = 1', 'we were resting'),
    flag('gap_fill', 't.gap_fill = 1', 'granted at the first book after a gap'),
    flag('beyond_display', 't.beyond_display = 1', 'larger than anybody knows to have been displayed'),
    instant('mined_time', 't.mined_us', 'when it was mined', 0),
    instant('confirmed_time', 't.confirmed_us', 'when it was confirmed', 0),
    instant('failed_time', 't.failed_us', 'when it failed and was reversed', 0),
    real('q_up', 't.q_up', '', "the model's probability of Up when we heard of it"),
    real('mid', 't.mid / 1e4', 'USDC', 'mid of Up before it'),
    ...[1, 5, 10, 30].map((s) =>
      real(
        `markout_${s}s`,
        `t.markout_${s}s / 1e4`,
        'USDC',
        `move of the token's mid towards us ${s} s later, against the fill price`,
      ),
    ),
  ],
  from: WITH_MARKET('fills'),
}

/** Ledger entries. */
export const ledger: View = {
  name: 'ledger',
  doc: 'One move of cash or shares.',
  columns: [
    whole('entry', 't.entry', 'its number'),
    time,
    text('kind', codes('t.kind', LedgerKind), 'deposit, buy, sell, fee, split, merge, redeem, reversal, …'),
    market,
    outcome,
    shares('shares', 't.shares', 'shares that came (+) or went (−)'),
    usdc('cash', 't.cash', 'cash that came (+) or went (−), fee included'),
    usdc('fee', 't.fee', 'the fee in it'),
    whole('fill', 'CASE WHEN t.ref >= 0 THEN t.ref END', 'the fill it is of'),
    usdc('balance', 't.balance', 'cash afterwards'),
  ],
  from: WITH_MARKET('ledger'),
}

/** Equity. */
export const equity: View = {
  name: 'equity',
  doc: 'Equity of all markets together, at each decision where it changed and at the end.',
  columns: [
    time,
    usdc('cash', 't.cash', 'cash'),
    usdc('inventory', 't.inventory', 'shares at the mid, the last one where a side is empty'),
    usdc('equity', 't.equity', 'both'),
    usdc('drawdown', 't.drawdown', 'how far below its highest it stands'),
    usdc('exposure', 't.exposure', 'what can be lost at most'),
  ],
  from: 'raw.run_equity t',
}

/** Windows. */
export const windows: View = {
  name: 'windows',
  doc: 'One window as the run left it. Parts of the PnL sum to net; unresolved windows are in neither.',
  columns: [
    market,
    instant('start_time', 'm.start_us', 'when it began'),
    instant('end_time', 'm.end_us', 'when it ended'),
    text('class', codes('t.class', ResolutionCode), 'how its outcome became known'),
    price('up_payout', 't.up_payout', 'what one Up share paid; NULL: not known'),
    real('strike', 't.strike / 1e8', 'USD', 'settlement value at the start'),
    real('final', 't.final / 1e8', 'USD', 'settlement value at the end'),
    ...[
      ['decisions', 'decisions made'],
      ['fills', 'fills'],
      ['maker_fills', 'fills as maker'],
    ].map(([name, what]) => whole(name!, `t.${name}`, what!)),
    ...[
      ['volume', 'traded'],
      ['spread', 'PnL at the fill, against the mid'],
      ['pairs', 'PnL of completed pairs'],
      ['inventory', 'PnL of the mid while unpaired'],
      ['settlement', 'PnL from the last mid to the payout'],
      ['fees', 'taker fees, ≥ 0'],
      ['net', 'PnL after fees'],
      ['unresolved_cost', 'cost of what is unresolved'],
      ['unresolved_value', 'value of what is unresolved'],
      ['rebate_low', 'rebates at least; never in net'],
      ['rebate_high', 'rebates at most; never in net'],
      ['reward_high', 'rewards at most; never in net'],
    ].map(([name, what]) => usdc(name!, `t.${name}`, what!)),
    shares('max_unpaired', 't.max_unpaired', 'largest position without its pair'),
  ],
  from: WITH_MARKET('windows'),
}

/** What an operator would have been told of. */
export const riskEvents: View = {
  name: 'risk_events',
  doc: 'What an operator would have been told: halts, pauses, strikes and outcomes that disagree.',
  columns: [
    time,
    text('kind', codes('t.kind', RiskEvent), 'halt, strike_mismatch, resolution_conflict, …'),
    market,
    gate,
    real('value', 't."value"', 'as the kind says', 'what was measured'),
    real('limit', 't."limit"', 'as the kind says', 'what it was held against'),
  ],
  from: WITH_MARKET('risk_events'),
}

/** A code's word, NULL for 0. */
function reason(sql: string, names: Readonly<Record<string, number>>): string {
  return codes(`nullif(${sql}, 0)`, names)
}

/** A number that is −1 where there is none. */
function number(name: string, doc: string): ViewColumn {
  return whole(name, `CASE WHEN t.${name} >= 0 THEN t.${name} END`, doc)
}

function regime(sql: string): string {
  const words = Regime.NAMES.map(
    ([bit, name]) => `CASE WHEN (${sql} & ${bit}) <> 0 THEN '${name.toLowerCase()}' END`,
  )
  return `CASE WHEN ${sql} = 0 THEN 'normal' ELSE concat_ws('+', ${words.join(', ')}) END`
}
