import type { Example, Listing } from './feed.ts'

/** The window that the examples are about. */
export const EXAMPLE_LISTING: Omit<Listing, 'index'> = {
  market: {
    slug: 'btc-updown-5m-1776255900',
    asset: 'btc',
    series: '5m',
    start_us: 1_776_255_900_000_000,
    end_us: 1_776_256_200_000_000,
    created_us: null,
    condition_id: '0xbd9f4ecd0a4fb798cfe9f05dc2ade3e4190e3d20fc09a2939f9e3c1595ca0eb2',
    tick: 100,
    min_size: null,
    fee: null,
    settlement: null,
    taker_hold_ms: null,
  },
  tokens: {
    up: '10381745268105839472651029385647102938475610293847561029384756102938475610293',
    down: '47384910105519419354494692031526729097840516736745919078385836281629394528597',
  },
  version: 'v1',
}

const { up, down } = EXAMPLE_LISTING.tokens
const market = EXAMPLE_LISTING.market.condition_id
const timestamp = '1776255905058'
const documented = 'composed from the venue’s documents (protocol.md §5.2)'

const book = {
  event_type: 'book',
  market,
  asset_id: up,
  timestamp,
  hash: '',
  bids: [
    { price: '0.48', size: '30' },
    { price: '0.49', size: '20' },
  ],
  asks: [
    { price: '0.54', size: '60' },
    { price: '0.53', size: '25.5' },
  ],
}
const { tick_size_change, ...others } = {
  price_change: {
    event_type: 'price_change',
    market,
    timestamp,
    price_changes: [
      { asset_id: up, price: '0.5', size: '200', side: 'BUY', hash: 'a1', best_bid: '0.5', best_ask: '0.53' },
      {
        asset_id: down,
        price: '0.5',
        size: '200',
        side: 'SELL',
        hash: 'b2',
        best_bid: '0.47',
        best_ask: '0.5',
      },
    ],
  },
  last_trade_price: {
    event_type: 'last_trade_price',
    market,
    asset_id: down,
    price: '0.456',
    size: '219.217767',
    side: 'BUY',
    fee_rate_bps: '0',
    timestamp,
    transaction_hash: '0xeeef',
  },
  tick_size_change: {
    event_type: 'tick_size_change',
    market,
    asset_id: up,
    old_tick_size: '0.01',
    new_tick_size: '0.001',
    timestamp,
  },
}

const LEVELS = [
  'LEVEL up bid 0.48 30',
  'LEVEL up bid 0.49 20',
  'LEVEL up ask 0.53 25.5',
  'LEVEL up ask 0.54 60',
]
const SNAPSHOT = LEVELS.map((words) => `${words} snapshot`)

/** Frames as they look, with the rows that they become for somebody who has just subscribed. */
export const clobExamples: readonly Example[] = [
  {
    title: 'A whole book, best levels last: the first of a market is a snapshot',
    source: documented,
    text: JSON.stringify(book),
    becomes: SNAPSHOT,
  },
  {
    title: 'Changes of levels after the book; what the other token says of the same change is no row',
    source: documented,
    text: JSON.stringify([book, { ...book, asset_id: down, ...mirrored() }, others.price_change]),
    becomes: [...SNAPSHOT, 'ALIVE down', 'LEVEL up bid 0.5 200'],
  },
  {
    title: 'A change before the first book says nothing',
    source: documented,
    text: JSON.stringify(others.price_change),
    becomes: [],
  },
  {
    title: 'A change in the form used until September 2025',
    source: documented,
    text: JSON.stringify([
      book,
      {
        event_type: 'price_change',
        market,
        asset_id: up,
        timestamp,
        changes: [{ price: '0.49', size: '0', side: 'BUY' }],
      },
    ]),
    becomes: [...SNAPSHOT, 'LEVEL up bid 0.49 0'],
  },
  {
    title: 'A trade, by the taker’s side',
    source: documented,
    text: JSON.stringify(others.last_trade_price),
    becomes: ['TRADE down buy 0.456 219.217767'],
  },
  {
    title: 'A new tick size: the token’s changes wait for its next book, which is asked for',
    source: documented,
    text: JSON.stringify(tick_size_change),
    becomes: ['TICK_SIZE up 0.001', 'HEALTH tick_size_change clob_market/0 0', `WISH reseed ${up}`],
  },
  {
    title: 'The touch',
    source: documented,
    text: JSON.stringify({
      event_type: 'best_bid_ask',
      market,
      asset_id: up,
      best_bid: '0.73',
      best_ask: '0.77',
      spread: '0.04',
      timestamp,
    }),
    becomes: ['ALIVE up'],
  },
  {
    title: 'A market of ours was listed',
    source: documented,
    text: JSON.stringify({
      event_type: 'new_market',
      id: '1',
      market,
      slug: 'btc-updown-5m-1776256200',
      timestamp,
    }),
    becomes: ['WISH look_up btc-updown-5m-1776256200'],
  },
  {
    title: 'A market was resolved',
    source: documented,
    text: JSON.stringify({
      event_type: 'market_resolved',
      id: '1',
      market,
      assets_ids: [up, down],
      winning_asset_id: down,
      winning_outcome: 'Down',
      timestamp,
    }),
    becomes: ['RESOLVED up 0'],
  },
  { title: 'The answer to PING', source: documented, text: 'PONG', becomes: [] },
  {
    title: 'A page of HTML in place of a message',
    source: 'made up',
    text: '<html>503</html>',
    becomes: ['REFUSED not JSON'],
  },
]

/** The same book as the other token has it. */
function mirrored(): Pick<typeof book, 'bids' | 'asks'> {
  return {
    bids: [
      { price: '0.46', size: '60' },
      { price: '0.47', size: '25.5' },
    ],
    asks: [
      { price: '0.52', size: '30' },
      { price: '0.51', size: '20' },
    ],
  }
}
