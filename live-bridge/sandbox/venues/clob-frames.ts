import { type Columns, type Outcome, Side } from '../../../core/events/index.ts'
import { formatDecimal, type Micros, ONE, type Tick } from '../../../core/units/index.ts'
import type { MarketState } from '../market-state.ts'
import { outcomeOf, touchOf, type World } from '../world.ts'
import { bookSummary, changeHash, PRICE_TEXT, sizeText, stampText } from './clob-book.ts'

/** The market channel's messages as texts (protocol.md §5.2). */

/** `book`: the whole of a token's. */
export function bookFrame(market: MarketState, outcome: Outcome, at_us: Micros): string {
  return `{"event_type":"book",${bookSummary(market, outcome, at_us, 'token').slice(1)}`
}

/**
 * `price_change`: the rows' levels; each once more in the other token's terms where the rows tell of one token only, as the
 * venue tells both.
 *
 * @param shift added to the best bids that are stated: 0 but for the fault `wrong-best-bid`
 */
export function priceChangeFrame(
  world: World,
  market: MarketState,
  columns: Columns,
  rows: readonly number[],
  both: boolean,
  at_us: Micros,
  shift: Tick,
): string {
  let entries = ''
  for (const i of rows) {
    const outcome = outcomeOf(world, columns.instrument[i]!)
    const price = columns.price[i]!
    const bids = columns.side[i] === Side.BID
    const size = sizeText(columns.size[i]!)
    entries += `${entries === '' ? '' : ','}${entry(market, outcome, price, bids, size, at_us, shift)}`
    if (!both) entries += `,${entry(market, other(outcome), ONE - price, !bids, size, at_us, shift)}`
  }
  return (
    `{"event_type":"price_change","market":"${market.condition_id}","timestamp":"${stampText(at_us)}"` +
    `,"price_changes":[${entries}]}`
  )
}

function entry(
  market: MarketState,
  outcome: Outcome,
  price: Tick,
  bids: boolean,
  size: string,
  at_us: Micros,
  shift: Tick,
): string {
  const book = market.book!
  const { id } = market.tokens[outcome]
  const touch = touchOf(book, outcome)
  const bid = Math.min(ONE, Math.max(0, touch.bid + shift))
  return (
    `{"asset_id":"${id}","price":"${PRICE_TEXT[price]}","size":"${size}","side":"${bids ? 'BUY' : 'SELL'}"` +
    `,"hash":"${changeHash(book, id, price, at_us)}","best_bid":"${PRICE_TEXT[bid]}","best_ask":"${PRICE_TEXT[touch.ask]}"}`
  )
}

/** `last_trade_price`: a print in the terms of its token. */
export function tradeFrame(
  market: MarketState,
  outcome: Outcome,
  side: number,
  price: Tick,
  size: number,
  at_us: Micros,
  transaction: string,
): string {
  return (
    `{"event_type":"last_trade_price","market":"${market.condition_id}","asset_id":"${market.tokens[outcome].id}"` +
    `,"price":"${PRICE_TEXT[price]}","size":"${sizeText(size)}","side":"${side === Side.SELL ? 'SELL' : 'BUY'}"` +
    `,"fee_rate_bps":"0","timestamp":"${stampText(at_us)}","transaction_hash":"${transaction}"}`
  )
}

/** `tick_size_change`. */
export function tickFrame(market: MarketState, outcome: Outcome, at_us: Micros): string {
  return (
    `{"event_type":"tick_size_change","market":"${market.condition_id}","asset_id":"${market.tokens[outcome].id}"` +
    `,"old_tick_size":"${PRICE_TEXT[market.tick_before]}","new_tick_size":"${PRICE_TEXT[market.tick]}"` +
    `,"timestamp":"${stampText(at_us)}"}`
  )
}

/** `best_bid_ask`: for those who asked for the newer events. */
export function touchFrame(market: MarketState, outcome: Outcome, at_us: Micros, shift: Tick): string {
  const touch = touchOf(market.book!, outcome)
  const bid = Math.min(ONE, Math.max(0, touch.bid + shift))
  const spread = Math.max(0, touch.ask - bid)
  return (
    `{"event_type":"best_bid_ask","market":"${market.condition_id}","asset_id":"${market.tokens[outcome].id}"` +
    `,"best_bid":"${PRICE_TEXT[bid]}","best_ask":"${PRICE_TEXT[touch.ask]}","spread":"${PRICE_TEXT[spread]}"` +
    `,"timestamp":"${stampText(at_us)}"}`
  )
}

/** `market_resolved`; undefined where nobody won alone, for which the channel has no word. */
export function resolvedFrame(market: MarketState, at_us: Micros): string | undefined {
  if (market.payout !== 0 && market.payout !== ONE) return undefined
  const winner: Outcome = market.payout === ONE ? 'up' : 'down'
  return JSON.stringify({
    event_type: 'market_resolved',
    id: market.number,
    market: market.condition_id,
    assets_ids: [market.tokens.up.id, market.tokens.down.id],
    winning_asset_id: market.tokens[winner].id,
    winning_outcome: winner === 'up' ? 'Up' : 'Down',
    tags: ['crypto'],
    timestamp: stampText(at_us),
  })
}

/** `new_market`. */
export function newMarketFrame(market: MarketState, question: string, at_us: Micros): string {
  const ids = [market.tokens.up.id, market.tokens.down.id]
  const { slug } = market.market
  return JSON.stringify({
    event_type: 'new_market',
    id: market.number,
    market: market.condition_id,
    condition_id: market.condition_id,
    question,
    slug,
    description: question,
    assets_ids: ids,
    clob_token_ids: ids,
    outcomes: ['Up', 'Down'],
    event_message: { id: market.number, ticker: slug, slug, title: question, description: question },
    active: true,
    tags: ['crypto'],
    order_price_min_tick_size: PRICE_TEXT[market.tick],
    group_item_title: '',
    sports_market_type: '',
    line: '',
    game_start_time: '',
    taker_base_fee: '1000',
    fees_enabled: market.fee !== null && market.fee.rate_ppm > 0,
    ...(market.fee !== null && {
      fee_schedule: {
        exponent: market.fee.exponent,
        rate: Number(formatDecimal(market.fee.rate_ppm, 6)),
        takerOnly: market.fee.taker_only,
        rebateRate: 0.2,
      },
    }),
    timestamp: stampText(at_us),
  })
}

function other(outcome: Outcome): Outcome {
  return outcome === 'up' ? 'down' : 'up'
}
