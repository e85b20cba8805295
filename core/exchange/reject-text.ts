import { RejectCode } from '../risk/codes.ts'
import { formatDecimal, type MicroShares, ONE, type Tick } from '../units/index.ts'

/**
 * How the venue words a refusal (protocol.md §3.4), by {@link RejectCode}. `…` stands for the order's id, which the venue
 * puts first; {names} for what {@link RejectFacts} may fill in. What the venue has no words for is marked as ours.
 */
const TEXTS: Readonly<Record<RejectCode, { text: string; ours: boolean }>> = {
  [RejectCode.NONE]: { text: '', ours: true },
  [RejectCode.TICK]: {
    text: 'order … is invalid. Price ({price}) breaks minimum tick size rule: {tick}',
    ours: false,
  },
  [RejectCode.MIN_SIZE]: {
    text: 'order … is invalid. Size ({size}) lower than the minimum: {min_size}',
    ours: false,
  },
  [RejectCode.MARKETABLE_MIN]: {
    text: 'invalid amount for a marketable BUY order, min size: $1',
    ours: false,
  },
  [RejectCode.CROSSES]: { text: 'invalid post-only order: order crosses book', ours: false },
  [RejectCode.BALANCE]: { text: 'not enough balance / allowance', ours: false },
  [RejectCode.FOK_UNFILLED]: {
    text: "order couldn't be fully filled. FOK orders are fully filled or killed.",
    ours: false,
  },
  [RejectCode.FAK_NO_MATCH]: {
    text: 'no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.',
    ours: false,
  },
  [RejectCode.MARKET_CLOSED]: { text: 'the market is closed and takes no orders', ours: true },
  [RejectCode.PRICE_RANGE]: {
    text: 'order … is invalid. Price ({price}) is not from {tick} to {max_price}',
    ours: true,
  },
  [RejectCode.DECIMALS]: {
    text: 'invalid amounts, the maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals',
    ours: false,
  },
  [RejectCode.EXPIRATION]: { text: 'invalid expiration', ours: false },
  [RejectCode.DUPLICATE]: { text: 'order … is invalid. Duplicated.', ours: false },
  [RejectCode.CANCEL_MATCHED]: { text: 'already canceled or matched', ours: false },
  [RejectCode.CANCEL_UNKNOWN]: { text: 'Invalid orderID', ours: false },
  [RejectCode.CANCEL_HELD]: { text: 'the order is delayed and cannot be canceled yet', ours: true },
  [RejectCode.NO_BOOK]: { text: 'the market is not yet ready to process new orders', ours: false },
  [RejectCode.SLIPPAGE]: {
    text: 'the expected average price is further from the touch than the slippage limit',
    ours: true,
  },
}

/** What a text may name. */
export type RejectFacts = { price?: Tick; tick?: Tick; size?: MicroShares; min_size?: MicroShares }

/**
 * A refusal in words.
 *
 * @param facts fill the places of the text that name them; a place without its fact keeps its name
 * @throws RejectTextError for a number that is no reject code
 */
export function rejectText(code: number, facts: RejectFacts = {}): string {
  const { price, tick, size, min_size } = facts
  const values: Readonly<Record<string, string | undefined>> = {
    price: price === undefined ? undefined : formatDecimal(price, 4),
    tick: tick === undefined ? undefined : formatDecimal(tick, 4),
    max_price: tick === undefined ? undefined : formatDecimal(ONE - tick, 4),
    size: size === undefined ? undefined : formatDecimal(size, 6),
    min_size: min_size === undefined ? undefined : formatDecimal(min_size, 6),
  }
  return entry(code).text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place)
}

/** Whether the venue itself says these words; otherwise they are ours. */
export function isVenueText(code: number): boolean {
  return !entry(code).ours
}

function entry(code: number): { text: string; ours: boolean } {
  const found = TEXTS[code as RejectCode]
  if (found === undefined) throw new RejectTextError(code)
  return found
}

/** A number that is no reject code. */
export class RejectTextError extends Error {
  readonly code = 'exchange.reject_code'
  readonly field = 'reason'
  constructor(code: number) {
    super(`${code} is no reject code; see core/risk/codes.ts`)
    this.name = 'RejectText.RejectTextError'
  }
}
