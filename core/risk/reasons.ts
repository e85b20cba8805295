import { sortedKeys } from '../config/index.ts'
import { Gate, RejectCode } from './codes.ts'

/** A code as people read it. */
export type Reason = { readonly code: number; readonly name: string; readonly sentence: string }

const GATE_SENTENCES: Readonly<Record<keyof typeof Gate, string>> = {
  NONE: 'Every gate was passed.',
  MODE: 'Trading is switched off or paused.',
  KILL_SWITCH: 'An operator halted trading; it waits for a reset.',
  FEED_QUALITY: 'The reference price is not good enough: too few venues, too far apart or too old.',
  MARKET_DENIED: 'The allow and deny lists keep this market out.',
  MARKET_QUALITY: "The market's quality score is too low.",
  MARKET_EXPOSURE: 'Unpaired shares and open buys of this market would cost more than its limit.',
  GLOBAL_NOTIONAL:
    'All shares held and open buys would cost more than the global limit or the leverage allows.',
  TRADE_CAP: 'The order costs more than one order may.',
  DAILY_DRAWDOWN: 'Equity fell from its peak of the day by more than is allowed; trading waits for a reset.',
  COOLDOWN: 'Too many losses or rejections in a row: a pause.',
  SANITY: 'The model and the market disagree too much to quote.',
  BALANCE: 'Neither cash nor shares cover the order.',
  NOT_READY: 'The model does not stand yet: strike, volatility or spot is missing.',
  NOT_STARTED: 'The window has not begun.',
  CUTOFF: 'The end of the window is too near.',
  STALE_ORACLE: 'The settlement and spot series are too old.',
  GAP: 'The market or its feed is silent.',
  MARKET_FROZEN: 'What became of an order is not known; the market waits until it is reconciled.',
  NO_BOOK: 'There is no order book yet.',
  NO_EDGE: 'No price within the caps is worth an order.',
  RATE_LIMIT: "The venue's limits on orders, or room for them, are used up for the moment.",
  USER_STREAM: "The account's own stream is down.",
  SELF_CROSS: 'The order could trade with one of our own.',
  INVARIANT: 'A critical invariant is broken; trading halted.',
  BAD_REFERENCE: 'The reference price contradicts itself.',
}

const REJECT_SENTENCES: Readonly<Record<keyof typeof RejectCode, string>> = {
  NONE: 'Not refused.',
  TICK: 'The price is not a multiple of the tick size.',
  MIN_SIZE: 'The size is below the minimum.',
  MARKETABLE_MIN: 'A marketable buy is below its minimum amount.',
  CROSSES: 'A post-only order would have crossed the book.',
  BALANCE: 'The balance or allowance does not cover it.',
  FOK_UNFILLED: 'It could not be filled whole, so it was killed.',
  FAK_NO_MATCH: 'There was nothing to match it with.',
  MARKET_CLOSED: 'The market takes no orders.',
  PRICE_RANGE: 'The price is outside the tradable range.',
  DECIMALS: 'Price, size or amount has too many decimals.',
  EXPIRATION: 'The expiration is not allowed.',
  DUPLICATE: 'The same order was sent before.',
  CANCEL_MATCHED: 'It was matched or cancelled already.',
  CANCEL_UNKNOWN: 'The order to cancel is not known.',
  CANCEL_HELD: 'The order is held and cannot be cancelled.',
  NO_BOOK: 'There is no order book for it.',
  SLIPPAGE: 'The expected average price is too far from the touch.',
}

/** Why a decision or an order was stopped. */
export function ofGate(code: number): Reason {
  return look(Gate, GATE_SENTENCES, code)
}

/** Why the venue refused an order or a cancel. */
export function ofRejection(code: number): Reason {
  return look(RejectCode, REJECT_SENTENCES, code)
}

function look<N extends string>(
  codes: Readonly<Record<N, number>>,
  sentences: Readonly<Record<N, string>>,
  code: number,
): Reason {
  for (const name of sortedKeys(codes) as N[])
    if (codes[name] === code) return { code, name, sentence: sentences[name] }
  return { code, name: `CODE_${code}`, sentence: 'A reason that this version does not know.' }
}
