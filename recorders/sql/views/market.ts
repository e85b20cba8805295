import { instant, price, real, shares, text, type View, whole } from '../view.ts'

/** Views over the side tables of a dataset. */

/** Markets with what was recorded of their rules and outcomes. */
export const markets: View = {
  name: 'markets',
  doc: 'A market of the dataset. What the recording did not carry is NULL: the rules by date answer then.',
  columns: [
    text('dataset', 'm.dataset', 'the dataset, by the name of its folder'),
    text('market', 'm.slug', "the market's slug"),
    text('asset', 'm.asset', 'what it is about'),
    text('series', 'm.series', "its window's length: 5m, 15m, 1h, 4h, 1d"),
    instant('start_time', 'm.start_us', 'when its window begins'),
    instant('end_time', 'm.end_us', 'when its window ends'),
    instant('created_time', 'm.created_us', 'when it was listed'),
    text('condition_id', 'm.condition_id', "the venue's own name for it"),
    text('up_token', 'm.up_token', 'token id of Up'),
    text('down_token', 'm.down_token', 'token id of Down'),
    price('tick', 'm.tick', 'tick size at the start of the recording'),
    shares('min_size', 'm.min_size', 'smallest resting order'),
    real('fee_rate', 'm.fee_rate_ppm / 1e6', '', "rate of the taker's fee"),
    real('fee_exponent', 'm.fee_exponent', '', 'exponent of p(1−p) in it'),
    text('settlement_source', 'm.settlement_source', 'who settles it: chainlink, binance or cf_benchmarks'),
    text('settlement_kind', 'm.settlement_kind', 'spot, twap, candle_1h, candle_1m_noon_et'),
    real('settlement_lookback', 'm.settlement_lookback_s', 's', 'time averaged by a TWAP'),
    real('taker_hold', 'm.taker_hold_ms', 'ms', 'how long a marketable order is held'),
    price('up_payout', 'r.up_payout', 'what one Up share paid, where the official outcome was recorded'),
    instant('resolved_time', 'r.known_us', 'when that was known'),
    text('resolution', 'r.class', 'recorded, settlement, inferred_from_book or unresolved'),
  ],
  from: 'raw.markets m LEFT JOIN raw.resolutions r ON r.dataset = m.dataset AND r.market = m.market',
}

/** The gap ledger. */
export const gaps: View = {
  name: 'gaps',
  doc: 'An interval without trustworthy data.',
  columns: [
    text('dataset', 'g.dataset', 'the dataset, by the name of its folder'),
    text('market', 'm.slug', 'the market that was silent; NULL: the whole feed'),
    text('feed', 'g.feed', "the feed's name"),
    instant('start_time', 'g.from_us', 'the last good message before it'),
    instant('end_time', 'g.to_us', 'the first good message after it'),
    real('duration', '(g.to_us - g.from_us) / 1e6', 's', 'its length'),
    text('reason', 'g.reason', 'silence, or why messages were refused'),
  ],
  from: 'raw.gaps g LEFT JOIN raw.markets m ON m.dataset = g.dataset AND m.market = g.market',
}

/** Reference series and tokens. */
export const instruments: View = {
  name: 'instruments',
  doc: "What the tape's rows are about: a token of a market, or a reference series.",
  columns: [
    text('dataset', 'i.dataset', 'the dataset, by the name of its folder'),
    whole('instrument', 'i.instrument', 'its number in `raw.tape`'),
    text('kind', 'i.kind', 'token or series'),
    text('market', 'i.market', "a token's market"),
    text('outcome', 'i.outcome', 'up or down'),
    text('token_id', 'i.token_id', "the venue's number of the token"),
    text('series', 'i.series', "a series' name"),
    text('asset', 'i.asset', 'what it is the price of'),
    text('venue', 'i.venue', 'who states it'),
  ],
  from: 'raw.instruments i',
}
