import { flag, instant, price, real, shares, text, type View, whole } from '../view.ts'

/** Views over how markets were found, what names they have, and how they ended. */

const dataset = text('dataset', 'm.dataset', 'the dataset, by the name of its folder')
const slug = text('market', 'm.slug', "the market's slug")

/** Names of a token at every place. */
export const marketMappings: View = {
  name: 'market_mappings',
  doc: 'One token by all its names: slug, condition, token id, outcome, series, number in the tape; and markets of the same window elsewhere.',
  columns: [
    dataset,
    slug,
    text('outcome', 'i.outcome', 'up or down'),
    text('token_id', 'i.token_id', "the venue's number of the token"),
    text('condition_id', 'm.condition_id', "the venue's own name of the market"),
    text('asset', 'm.asset', 'what it is about'),
    text('series', 'm.series', "its window's length: 5m, 15m, 1h, 4h, 1d"),
    whole('market_index', 'm.market', "the market's number in the dataset and in `raw` tables"),
    whole('instrument', 'i.instrument', "the token's number in `raw.tape`"),
    text(
      'same_window',
      "(SELECT string_agg(o.slug, ' ' ORDER BY o.slug) FROM raw.markets o WHERE o.dataset = m.dataset AND o.asset = m.asset AND o.start_us = m.start_us AND o.end_us = m.end_us AND o.market <> m.market)",
      'other markets of the dataset on the same asset and window, such as another venue’s; NULL: none',
    ),
  ],
  from: 'raw.instruments i JOIN raw.markets m ON m.dataset = i.dataset AND m.market = i.market_index',
}

/** Outcomes. */
export const resolutions: View = {
  name: 'resolutions',
  doc: 'An official outcome that was recorded. Windows without one are missing here; a run’s `windows` says how it settled them.',
  columns: [
    dataset,
    slug,
    text('class', 'r.class', 'recorded, settlement, inferred_from_book or unresolved'),
    price('up_payout', 'r.up_payout', 'what one Up share paid: 1, 0, or 0.5 of a split'),
    text(
      'outcome',
      "CASE r.up_payout WHEN 10000 THEN 'up' WHEN 0 THEN 'down' ELSE 'split' END",
      'up, down or split',
    ),
    instant('known_time', 'r.known_us', 'when it was known'),
    real('delay', '(r.known_us - m.end_us) / 1e6', 's', "known less the window's end"),
  ],
  from: 'raw.resolutions r JOIN raw.markets m ON m.dataset = r.dataset AND m.market = r.market',
}

/** A path of the metadata as text: of a market as Gamma sends it, or of the first market of an event. */
const said = (...paths: string[]) =>
  `coalesce(${paths
    .flatMap((path) => [`$.${path}`, `$.markets[0].${path}`])
    .map((path) => `json_extract_string(l.metadata, '${path}')`)
    .join(', ')})`
const saidFlag = (...paths: string[]) => `TRY_CAST(${said(...paths)} AS BOOLEAN)`

/** What chose a market, and what it was when last looked at. */
export const marketFilters: View = {
  name: 'market_filters',
  doc: 'A market with the filter that chose it and what its source said of it last. What the source said is NULL where nothing was recorded of it, as in imported datasets.',
  columns: [
    dataset,
    slug,
    text('asset', 'm.asset', 'the asset that the filter asks for'),
    text('series', 'm.series', 'the length of window that it asks for'),
    text('policy', "m.asset || '/' || m.series", 'the filter: asset and series'),
    text('feed', 'l.feed', 'the source that listed it'),
    text('version', 'l.version', "v1 or v2 of the venue's protocol"),
    text(
      'venue_series',
      `coalesce(json_extract_string(l.metadata, '$.events[0].seriesSlug'), json_extract_string(l.metadata, '$.seriesSlug'))`,
      "the series by the venue's name",
    ),
    instant('listed_time', 'm.created_us', 'when the venue listed it'),
    instant('found_time', 'l.found_us', 'when it was first seen'),
    instant('looked_time', 'l.local_us', 'when its source last said something new'),
    whole('changes', 'l.changes', 'how often its source said something new'),
    flag(
      'accepting',
      saidFlag('acceptingOrders', 'ao'),
      'takes orders, by the source: minutes late at times',
    ),
    flag('active', saidFlag('active'), 'active, by the source'),
    flag('closed', saidFlag('closed'), 'closed, by the source'),
    flag('restricted', saidFlag('restricted'), 'not for everybody, by the source'),
    flag('order_book', saidFlag('enableOrderBook'), 'has an order book, by the source'),
    price('tick', 'm.tick', 'tick size when it was found'),
    shares('min_size', 'm.min_size', 'smallest resting order'),
  ],
  from: `raw.markets m LEFT JOIN (
    SELECT dataset, market, count(*) AS changes, min(local_us) AS found_us, max(local_us) AS local_us,
      arg_max(feed, "row") AS feed, arg_max(version, "row") AS version, arg_max(metadata, "row") AS metadata
    FROM raw.side_market_metadata GROUP BY dataset, market
  ) l ON l.dataset = m.dataset AND l.market = m.market`,
}
