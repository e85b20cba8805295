import type { Example } from './feed.ts'

const TOKEN = '52114319501245915516055106046884209969926127482827954674443846427813813222426'
const MARKET = '0xbd31dc8a20211944f6b70f31557f1001557b59905b7738480ca09bd4532f84af'
const ORDER = '0xff354cd7ca7539dfa9c28d90943ab5779a4eac9b9b37a757d7b32bdfb11790b'

/** Frames as they stand in a journal: without credentials. */
export const userExamples: readonly Example[] = [
  {
    title: 'an order was placed',
    source: 'the venue’s documentation of the user channel, with `owner` as it is recorded',
    text: `{"event_type":"order","type":"PLACEMENT","id":"${ORDER}","owner":"own","order_owner":"own","market":"${MARKET}","asset_id":"${TOKEN}","side":"SELL","original_size":"10","size_matched":"0","price":"0.57","outcome":"YES","associate_trades":null,"order_type":"GTC","status":"LIVE","created_at":"1672290687","expiration":"0","maker_address":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266","timestamp":"1672290687000"}`,
    becomes: ['SIDE user_orders', 'USER_UP'],
  },
  {
    title: 'a FOK order was killed: its size is in USDC, and the reason follows the status',
    source: 'made by hand after frames of others',
    text: `{"event_type":"order","type":"CANCELLATION","id":"${ORDER}","owner":"own","order_owner":"own","market":"${MARKET}","asset_id":"${TOKEN}","side":"BUY","original_size":"12","size_matched":"","price":"0.6","outcome":"","associate_trades":[],"order_type":"FOK","status":"CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.","created_at":"","expiration":"0","maker_address":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266","timestamp":"1777824065000"}`,
    becomes: ['SIDE user_orders', 'USER_UP'],
  },
  {
    title: 'an own resting order was matched: the own entry counts, whose token and side are not the taker’s',
    source: 'made by hand after frames of others',
    text: `{"event_type":"trade","type":"TRADE","id":"28c4d2eb-bbea-40e7-a9f0-b2fdb56b2c2e","status":"MATCHED","trader_side":"MAKER","taker_order_id":"0x06bc63e346ed4ceddce9efd6b3af37c8f8f440c92fe7da6b2d0f9e4ccbc50c42","market":"${MARKET}","asset_id":"7132","side":"BUY","size":"15","price":"0.43","fee_rate_bps":"0","outcome":"NO","owner":"removed","trade_owner":"own","maker_address":"0x70997970c51812dc3a010c7d01b50e0d17dc79c8","match_time":"1672290701","last_update":"1672290701","bucket_index":0,"transaction_hash":"","timestamp":"1672290701000","maker_orders":[{"order_id":"0xaa","owner":"removed","maker_address":"0x4a5ef3c64056362ce10fcd2c1b9bbd9bec4cb3ef","matched_amount":"5","price":"0.43","fee_rate_bps":"0","asset_id":"7132","outcome":"NO","side":"SELL"},{"order_id":"${ORDER}","owner":"own","maker_address":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266","matched_amount":"10","price":"0.57","fee_rate_bps":"0","asset_id":"${TOKEN}","outcome":"YES","side":"BUY"}]}`,
    becomes: ['SIDE user_trades', 'USER_UP'],
  },
  {
    title: 'the stream lives: the answer to a PING',
    source: 'the venue’s documentation of the user channel',
    text: 'PONG',
    becomes: ['USER_UP'],
  },
]
