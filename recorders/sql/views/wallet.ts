import { Kind } from '../../../core/events/index.ts'
import { codes, instant, price, real, shares, text, usdc, type View, whole } from '../view.ts'

/** Views over what followed wallets did. Datasets without a wallet feed have none of it: the views are empty. */

/** What tells one trade from another, through lists of the source and days of a recording. */
const TRADE = 'wallet, transaction_hash, token_id, side, price_text, size, exch_us, "copy"'

/**
 * Every trade once. The list `trades` has all of them, and says each again once its role is known. Imported recordings have
 * rows of the tape alone, of the one wallet that they follow.
 */
const TRADES = `(
    SELECT w.*, i.market_index, i.outcome AS token_outcome
    FROM (
      SELECT ${TRADE}, min(local_us) AS local_us, arg_min(dataset, local_us) AS dataset, max(role) AS role,
        any_value(price) AS price, any_value(usdc) AS usdc, any_value(slug) AS slug, any_value(outcome) AS outcome
      FROM raw.side_wallet_activity WHERE source = 'trades' AND type = 'TRADE' GROUP BY ${TRADE}
    ) w LEFT JOIN raw.instruments i ON i.dataset = w.dataset AND i.token_id = w.token_id
    UNION ALL BY NAME
    SELECT t.dataset, t.local_us, nullif(t.exch_us, 0) AS exch_us, ${codes('t.side', { BUY: 1, SELL: 2 })} AS side,
      t.price, t.size, i.token_id, i.market_index, i.outcome AS token_outcome
    FROM raw.tape t JOIN raw.instruments i ON i.dataset = t.dataset AND i.instrument = t.instrument
    WHERE t.kind = ${Kind.WALLET_TRADE} AND t.dataset NOT IN (SELECT dataset FROM raw.side_wallet_activity)
  )`

/** Trades of wallets. */
export const walletTrades: View = {
  name: 'wallet_trades',
  doc: 'A trade of a followed wallet, once, however often its source told of it.',
  columns: [
    text('dataset', 't.dataset', 'the dataset, by the name of its folder'),
    instant('time', 't.local_us', 'when the recorder heard of it'),
    instant('exchange_time', 't.exch_us', "the source's own stamp, of whole seconds"),
    text('wallet', 't.wallet', 'its address in lower case; NULL: the one that an imported recording follows'),
    text('market', "coalesce(m.slug, nullif(t.slug, ''))", "the market's slug"),
    text('outcome', "coalesce(t.token_outcome, nullif(lower(t.outcome), ''))", "the token's outcome"),
    text('token_id', "nullif(t.token_id, '')", "the venue's number of the token"),
    text('side', 't.side', "buy or sell, the wallet's own"),
    text('role', "nullif(t.role, '')", 'maker or taker; NULL: not known'),
    price('price', 't.price', 'a mean over its fills, to the nearest 0.0001'),
    shares('size', 't.size', 'shares'),
    usdc('value', 'coalesce(t.usdc, t.price * CAST(t.size AS DOUBLE) / 1e4)', 'what it was worth'),
    text('transaction', "nullif(t.transaction_hash, '')", 'its transaction'),
    real('delay', '(t.local_us - t.exch_us) / 1e6', 's', 'how late we heard of it'),
  ],
  from: `${TRADES} t LEFT JOIN raw.markets m ON m.dataset = t.dataset AND m.market = t.market_index`,
}

/** Cash in less cash out, and what is held: by wallet and token. */
const HOLDINGS = `(
    SELECT t.dataset, t.wallet, t.market, t.outcome,
      sum(CASE t.side WHEN 'buy' THEN t.size ELSE -t.size END) AS held,
      sum(CASE t.side WHEN 'buy' THEN -t."value" ELSE t."value" END) AS cash,
      count(*) AS trades, count(*) FILTER (t.side = 'buy') AS buys,
      count(*) FILTER (t.role = 'maker') AS maker, count(*) FILTER (t.role = 'taker') AS taker,
      sum(t.size) AS size, sum(t."value") AS "value", min(t."time") AS first, max(t."time") AS last
    FROM wallet_trades t GROUP BY t.dataset, t.wallet, t.market, t.outcome, t.token_id
  )`
const PAID = "CASE h.outcome WHEN 'up' THEN r.up_payout WHEN 'down' THEN 1 - r.up_payout END"

/** What a wallet's trades come to. */
export const walletMetrics: View = {
  name: 'wallet_metrics',
  doc: 'What the recorded trades of a followed wallet come to. Splits, merges, fees and what it held before are not in it.',
  columns: [
    text('dataset', 'h.dataset', 'the dataset, by the name of its folder'),
    text('wallet', 'h.wallet', 'its address in lower case; NULL: the one that an imported recording follows'),
    whole('trades', 'sum(h.trades)', 'trades'),
    whole('buys', 'sum(h.buys)', 'of them buys'),
    whole('markets', 'count(DISTINCT h.market)', 'markets traded'),
    real('shares', 'sum(h.size)', 'shares', 'shares traded'),
    real('volume', 'sum(h."value")', 'USDC', 'what was traded'),
    real('average_price', 'sum(h."value") / nullif(sum(h.size), 0)', 'USDC', 'volume by shares'),
    real(
      'maker_share',
      'sum(h.maker) / nullif(sum(h.maker + h.taker), 0)',
      '',
      'maker trades among those whose role is known; NULL: none is',
    ),
    whole(
      'resolved_markets',
      'count(DISTINCT CASE WHEN r.up_payout IS NOT NULL THEN h.market END)',
      'markets traded whose outcome was recorded',
    ),
    real(
      'realised',
      `sum(CASE WHEN r.up_payout IS NOT NULL THEN h.cash + h.held * (${PAID}) END)`,
      'USDC',
      'result on those markets: sales less purchases, and the payout of what was left; NULL: none is resolved',
    ),
    { name: 'first_time', sql: 'min(h.first)', type: 'TIMESTAMP', unit: 'UTC', doc: 'first trade heard of' },
    { name: 'last_time', sql: 'max(h.last)', type: 'TIMESTAMP', unit: 'UTC', doc: 'last trade heard of' },
  ],
  from: `${HOLDINGS} h LEFT JOIN resolutions r ON r.dataset = h.dataset AND r.market = h.market AND r.class <> 'unresolved' GROUP BY h.dataset, h.wallet`,
}
