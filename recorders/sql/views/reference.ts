import { Kind } from '../../../core/events/index.ts'
import { Median } from '../../../core/reference/index.ts'
import { codes, instant, real, text, type View, type ViewColumn, whole } from '../view.ts'

/** Views over the reference venues: what they quote and trade, and the core's median of them. */

const QUOTED = `CASE WHEN t.kind = ${Kind.QUOTE} THEN`
const PRINTED = `CASE WHEN t.kind = ${Kind.PRINT} THEN`
/** A QUOTE row holds the bid in `price` and the ask in `size`. */
const BOTH = `CASE WHEN t.kind = ${Kind.QUOTE} AND t.price > 0 AND t.size > 0 THEN`

const TICK_COLUMNS: readonly ViewColumn[] = [
  text('dataset', 't.dataset', 'the dataset, by the name of its folder'),
  whole('row', 't."row"', "the row's place in the dataset's tape"),
  instant('time', 't.local_us', 'when it was received'),
  instant('exchange_time', 't.exch_us', "the venue's own stamp; NULL where it sends none", 0),
  text('asset', 'i.asset', 'what it is the price of'),
  text('series', 'i.series', "the series' name"),
  text('venue', 'i.venue', 'whose quote or trade it is'),
  text('kind', codes('t.kind', { QUOTE: Kind.QUOTE, PRINT: Kind.PRINT }), 'quote or print'),
  real('bid', `${QUOTED} nullif(t.price, 0) / 1e8 END`, 'USD', 'best bid of a quote'),
  real('ask', `${QUOTED} nullif(t.size, 0) / 1e8 END`, 'USD', 'best ask of a quote'),
  real('mid', `${BOTH} (t.price + t.size) / 2e8 END`, 'USD', 'half of bid and ask'),
  real('spread', `${BOTH} (t.size - t.price) / 1e8 END`, 'USD', 'ask less bid'),
  text('side', `${PRINTED} ${codes('t.side', { BUY: 1, SELL: 2 })} END`, "the taker's side of a print"),
  real('price', `${PRINTED} t.price / 1e8 END`, 'USD', 'price of a print'),
  real('size', `${PRINTED} t.size / 1e8 END`, 'base units', 'what was traded: BTC, ETH, …'),
  real(
    'latency',
    'CASE WHEN t.exch_us > 0 THEN (t.local_us - t.exch_us) / 1e3 END',
    'ms',
    "reception less the venue's stamp; the two clocks' difference is in it",
  ),
]

const TICKS = `raw.tape t JOIN raw.instruments i ON i.dataset = t.dataset AND i.instrument = t.instrument WHERE t.kind IN (${Kind.QUOTE}, ${Kind.PRINT})`

/** Ticks of every asset. */
export const referenceTicks: View = {
  name: 'reference_ticks',
  doc: 'A quote or a print of a reference venue, of any asset.',
  columns: TICK_COLUMNS,
  from: TICKS,
}

/** Ticks of BTC. */
export const btcTicks: View = {
  name: 'btc_ticks',
  doc: 'A quote or a print of BTC at a reference venue: `reference_ticks` of that asset.',
  columns: TICK_COLUMNS,
  from: `${TICKS} AND i.asset = 'btc'`,
}

const MEDIAN_COLUMNS: readonly ViewColumn[] = [
  text('dataset', 't.dataset', 'the dataset, by the name of its folder'),
  whole('row', 't."row"', 'the row of the tape that moved it; NULL: a venue fell silent, which no row says'),
  instant('time', 't.local_us', 'since when it is so'),
  text('asset', 't.asset', 'what it is the price of'),
  real(
    'median',
    't.median / 1e8',
    'USD',
    'median of the fresh venues, outliers clipped; NULL: none is fresh',
  ),
  real('spread', 't.spread / 1e8', 'USD', 'highest less lowest venue that counts'),
  real('fair', 't.fair / 1e8', 'USD', "the same median over prices freed of each venue's slow basis"),
  whole('venues', 't.venues', 'venues that count'),
  text('quality', codes('t.quality', Median.Quality), 'good, few_venues or wide_spread'),
]

/** The median of every asset. */
export const referenceMedian: View = {
  name: 'reference_median',
  doc: "The core's median over the reference venues after each change, of any asset, under the dataset's reference profile.",
  columns: MEDIAN_COLUMNS,
  from: 'raw.median t',
}

/** The median of BTC. */
export const btcMedian: View = {
  name: 'btc_median',
  doc: "The core's median of BTC over the reference venues: `reference_median` of that asset.",
  columns: MEDIAN_COLUMNS,
  from: "raw.median t WHERE t.asset = 'btc'",
}
