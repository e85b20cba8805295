import type { Example } from './feed.ts'

const TICKER = 'KXBTC15M-26NOV202015-15'
const LISTED = ['SIDE market_metadata', 'MARKET up']
const DOCS = 'after the venue’s documentation (protocol.md §11.1)'

/** Messages and answers; the ticker of each is enough to list its market. */
export const kalshiExamples: readonly Example[] = [
  {
    title: 'a book, as a socket begins with it: bids for No are asks of Up',
    source: DOCS,
    text: `{"type":"orderbook_snapshot","sid":2,"seq":1,"msg":{"market_ticker":"${TICKER}","market_id":"9b0f6b43","yes_dollars_fp":[["0.0800","300.00"],["0.4700","22.50"]],"no_dollars_fp":[["0.5200","20.00"]]}}`,
    becomes: [
      ...LISTED,
      'LEVEL up bid 0.08 300 snapshot',
      'LEVEL up bid 0.47 22.5 snapshot',
      'LEVEL up ask 0.48 20 snapshot',
    ],
  },
  {
    title: 'a change before the book that it changes says nothing',
    source: DOCS,
    text: `{"type":"orderbook_delta","sid":2,"seq":2,"msg":{"market_ticker":"${TICKER}","market_id":"9b0f6b43","price_dollars":"0.960","delta_fp":"-54.00","side":"yes","ts":"2026-11-21T00:00:00.5Z","ts_ms":1795219200500}}`,
    becomes: [],
  },
  {
    title: 'a trade whose taker took No: Down was bought at the price of No',
    source: DOCS,
    text: `{"type":"trade","sid":3,"msg":{"trade_id":"d91bc706-ee49-470d-82d8-11418bda6fed","market_ticker":"${TICKER}","yes_price_dollars":"0.3600","no_price_dollars":"0.6400","count_fp":"136.00","taker_side":"no","ts":1795219200,"ts_ms":1795219200123}}`,
    becomes: [...LISTED, 'TRADE down buy 0.64 136'],
  },
  {
    title: 'a refused command',
    source: DOCS,
    text: '{"id":1,"type":"error","msg":{"code":9,"msg":"Authentication required"}}',
    becomes: ['HEALTH error kalshi/0 9'],
  },
  {
    title: 'a polled book',
    source: DOCS,
    about: { request: 'orderbook', path: `/trade-api/v2/markets/${TICKER}/orderbook` },
    text: '{"orderbook_fp":{"yes_dollars":[["0.0100","3005.78"],["0.4700","120.00"]],"no_dollars":[["0.5100","75.00"]]}}',
    becomes: [
      ...LISTED,
      'LEVEL up bid 0.01 3005.78 snapshot',
      'LEVEL up bid 0.47 120 snapshot',
      'LEVEL up ask 0.49 75 snapshot',
    ],
  },
  {
    title: 'polled trades: the newest stands first, the tape has the oldest first',
    source: DOCS,
    about: { request: 'trades', path: `/trade-api/v2/markets/trades?ticker=${TICKER}&limit=1000` },
    text: `{"trades":[{"trade_id":"b","ticker":"${TICKER}","count_fp":"10.00","yes_price_dollars":"0.4700","no_price_dollars":"0.5300","taker_side":"yes","created_time":"2026-11-21T00:00:00.223456Z"},{"trade_id":"a","ticker":"${TICKER}","count_fp":"2.50","yes_price_dollars":"0.4600","no_price_dollars":"0.5400","taker_side":"no","created_time":"2026-11-21T00:00:00.123456Z"}],"cursor":""}`,
    becomes: [...LISTED, 'TRADE down buy 0.54 2.5', 'TRADE up buy 0.47 10'],
  },
  {
    title: 'a settled market: strike and result',
    source: DOCS,
    about: { request: 'results', path: `/trade-api/v2/markets?tickers=${TICKER}&limit=1000` },
    text: `{"markets":[{"ticker":"${TICKER}","event_ticker":"KXBTC15M-26NOV202015","market_type":"binary","title":"BTC price up in next 15 mins?","open_time":"2026-11-21T01:00:00Z","close_time":"2026-11-21T01:15:00Z","status":"finalized","result":"yes","strike_type":"greater_or_equal","floor_strike":84211.5,"price_level_structure":"tapered_deci_cent"}],"cursor":""}`,
    becomes: [...LISTED, 'STRIKE up 84211.5', 'RESOLVED up 1'],
  },
]
