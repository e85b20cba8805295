import { EXAMPLE_LISTING } from './clob-market-examples.ts'
import type { Example } from './feed.ts'

const WALLET = '0xc2ad3f9ad8b4a4ee0f9ae8f9e8f4f1e8b00f40ed'
const HASH = '0x0780cf7ad5c9d0a1b5cf4aa04f7c12eeb12a5bfb3ff4c38ba1b6fd2fd5e94298'
const { market, tokens } = EXAMPLE_LISTING
const ROW = `"proxy_wallet":"${WALLET}","timestamp":1790619864,"condition_id":"${market.condition_id}"`
const TRADED = `"size":84.115385,"price":0.7400000012,"transaction_hash":"${HASH}","token_id":"${tokens.up}","side":"BUY","outcome_index":0,"outcome":"Up","slug":"${market.slug}","event_slug":"${market.slug}","title":"…","name":"…","pseudonym":"…"`
const END = '"pagination":{"limit":500,"offset":0,"has_more":false}'
const DOCS = 'after the venue’s documentation (protocol.md §10)'

/** Pages of a wallet’s lists. */
export const walletExamples: readonly Example[] = [
  {
    title:
      'activity: everything goes to the side table, trades too, whose rows on the tape come of the other list',
    source: DOCS,
    about: { request: 'activity', path: `/v2/activity?user=${WALLET}&limit=500` },
    text: `{"data":[{${ROW},"type":"TRADE","usdc_size":62.245385,${TRADED}},{${ROW},"type":"SPLIT","size":50,"usdc_size":50,"price":0,"transaction_hash":"${HASH}","token_id":"","side":"","outcome_index":999,"outcome":"","slug":"${market.slug}"}],${END}}`,
    becomes: ['SIDE wallet_activity', 'SIDE wallet_activity'],
  },
  {
    title: 'trades: two equal rows are two fills; the price is a mean and off the tick',
    source: DOCS,
    about: { request: 'trades', path: `/v2/trades?user=${WALLET}&taker_only=false&limit=500` },
    text: `{"data":[{${ROW},${TRADED}},{${ROW},${TRADED}}],${END}}`,
    becomes: [
      'SIDE wallet_activity',
      'WALLET_TRADE up buy 0.74 84.115385 snapshot',
      'SIDE wallet_activity',
      'WALLET_TRADE up buy 0.74 84.115385 snapshot',
    ],
  },
  {
    title: 'a trade long ago in a market that is not listed is in the side table alone',
    source: DOCS,
    about: { request: 'trades', path: `/v2/trades?user=${WALLET}&taker_only=false&limit=500` },
    text: `{"data":[{${ROW},${TRADED.replace(tokens.up, '1017')}}],${END}}`,
    becomes: ['SIDE wallet_activity'],
  },
  {
    title: 'the taker’s trades make no rows: they tell the role of those in the other list',
    source: DOCS,
    about: { request: 'taker_trades', path: `/v2/trades?user=${WALLET}&taker_only=true&limit=500` },
    text: `{"data":[{${ROW},${TRADED}}],${END}}`,
    becomes: [],
  },
]
