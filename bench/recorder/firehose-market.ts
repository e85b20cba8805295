import { Rng } from '../../core/random/index.ts'

/**
 * A market that never rests: dozens of levels a side that change their sizes, vanish and come back, so that the touch moves. Frames
 * are those of the venue's market channel, best prices and all, of either token.
 */
export type FirehoseMarket = {
  condition_id: string
  /** Up, Down. */
  tokens: readonly [string, string]
  slug: string
  rng: Rng.Rng
  /** Sizes in hundredths of a share by price in cents, in Up's terms. */
  bids: Int32Array
  asks: Int32Array
  best_bid: number
  best_ask: number
}

/** Levels of a side that are there at the beginning. */
const DEPTH = 48
const MIDDLE = 50
const TOKEN_DIGITS = 77

/** @param start_s start of the window that the market's name says, s since the epoch */
export function createFirehoseMarket(index: number, start_s: number): FirehoseMarket {
  const rng = Rng.create(index + 1, 1)
  const market: FirehoseMarket = {
    condition_id: `0x${digits(rng, 64, 16)}`,
    tokens: [digits(rng, TOKEN_DIGITS, 10), digits(rng, TOKEN_DIGITS, 10)],
    slug: `btc-updown-5m-${start_s + 300 * index}`,
    rng,
    bids: new Int32Array(101),
    asks: new Int32Array(101),
    best_bid: MIDDLE - 1,
    best_ask: MIDDLE + 1,
  }
  for (let i = 1; i <= DEPTH; i++) {
    market.bids[MIDDLE - i] = size(rng)
    market.asks[MIDDLE + i] = size(rng)
  }
  return market
}

/** One level changes: a `price_change` of some 350 bytes. */
export function priceChange(market: FirehoseMarket, now_ms: number): string {
  const { rng, bids, asks } = market
  const buys = Rng.below(rng, 2) === 0
  const levels = buys ? bids : asks
  const far = Rng.below(rng, DEPTH)
  const at = buys ? MIDDLE - 1 - far : MIDDLE + 1 + far
  // One in five empties a level; the last of a side stays.
  const left = levels[at]! > 0 && Rng.below(rng, 5) === 0 && far < DEPTH - 1 ? 0 : size(rng)
  levels[at] = left
  if (buys) market.best_bid = best(bids, MIDDLE - 1, -1)
  else market.best_ask = best(asks, MIDDLE + 1, 1)
  const down = Rng.below(rng, 2)
  const price = down === 1 ? 100 - at : at
  const side = buys === (down === 0) ? 'BUY' : 'SELL'
  const [bid, ask] =
    down === 1 ? [100 - market.best_ask, 100 - market.best_bid] : [market.best_bid, market.best_ask]
  return `{"market":"${market.condition_id}","price_changes":[{"asset_id":"${market.tokens[down]}","price":"${cents(price)}","size":"${hundredths(left)}","side":"${side}","hash":"${digits(rng, 8, 16).repeat(5)}","best_bid":"${cents(bid)}","best_ask":"${cents(ask)}"}],"timestamp":"${now_ms}","event_type":"price_change"}`
}

/** The whole book of a token: a `book` of some 3 kB. */
export function wholeBook(market: FirehoseMarket, down: 0 | 1, now_ms: number): string {
  const { bids, asks } = down === 0 ? market : { bids: market.asks, asks: market.bids }
  const terms = (at: number) => (down === 0 ? at : 100 - at)
  const list = (levels: Int32Array, rising: boolean) => {
    const texts: string[] = []
    for (let p = 1; p < 100; p++) {
      const price = rising ? p : 100 - p
      const left = levels[terms(price)]!
      if (left > 0) texts.push(`{"price":"${cents(price)}","size":"${hundredths(left)}"}`)
    }
    return texts.join(',')
  }
  return `{"market":"${market.condition_id}","asset_id":"${market.tokens[down]}","timestamp":"${now_ms}","hash":"${digits(market.rng, 8, 16).repeat(5)}","bids":[${list(bids, true)}],"asks":[${list(asks, false)}],"event_type":"book"}`
}

function best(levels: Int32Array, from: number, step: 1 | -1): number {
  let at = from
  while (levels[at] === 0) at += step
  return at
}

/** Some shares, to the cent. */
function size(rng: Rng.Rng): number {
  return 500 + Rng.below(rng, 100_000)
}

function cents(price: number): string {
  return price < 10 ? `0.0${price}` : `0.${price}`
}

function hundredths(size: number): string {
  const rest = size % 100
  return `${Math.floor(size / 100)}.${rest < 10 ? '0' : ''}${rest}`
}

function digits(rng: Rng.Rng, count: number, base: number): string {
  let text = ''
  for (let i = 0; i < count; i++)
    text += (i === 0 ? 1 + Rng.below(rng, base - 1) : Rng.below(rng, base)).toString(base)
  return text
}
