import { type Columns, type Instruments, Kind } from '../../core/events/index.ts'
import { Smoothing } from '../../core/probability/index.ts'
import { MINUTE, type Micros, ONE, SECOND } from '../../core/units/index.ts'
import * as Recorder from './book-recorder.ts'
import * as Samples from './samples.ts'
import * as Path from './window-path.ts'
import { sigmasOf } from './wisdom.ts'

/** Everything gathered from one tape: what the statistics are made of. */
export type Measure = {
  recorder: Recorder.BookRecorder
  paths: (Path.WindowPath | undefined)[]
  shown: Path.Shown[]
  /** Time of each level's last change by key, by market. */
  changed_us: (Map<number, number> | undefined)[]
  /** Seconds between two recorded books of a window. */
  between_s: Samples.Samples
  /** Levels that differ from the book before. */
  changes: Samples.Samples
  /** Of each changed level: ticks of 0.01 from the touch before (0 at it, below 0 inside), seconds since its last change, shares. */
  distance: Samples.Samples
  lifetime: { distance: Samples.Samples; seconds: Samples.Samples }
  change_size: Samples.Samples
  levels: Samples.Samples
  /** Last BTC price of each minute, by the minute's end. */
  closes: Map<number, number>
  /** Volatility per √s by those up to each, once the tape is over. */
  sigmas: Map<number, number>
  /** Last BTC price of each second, by the second's end, where the tape has trades of an exchange. */
  seconds: Map<number, number>
  /** How the oracle's values follow each other. */
  smoothing: Smoothing.Smoothing
  /** Payout of one Up share by market, where the tape says it. */
  payouts: (number | undefined)[]
  /** Markets whose tick became finer. */
  fine: Set<number>
  prints: { count: number; size: Samples.Samples }
  rows: number
  messages: number
}

const TICK = 100
const MICRO = 1e6
/** Only what is well inside a window counts as its steady state. */
const EDGE_S = 5

/**
 * @param prints the tape has prints
 */
export function create(instruments: Instruments, prints: boolean): Measure {
  return {
    recorder: Recorder.create(instruments, prints),
    paths: [],
    shown: [],
    changed_us: [],
    between_s: Samples.create(),
    changes: Samples.create(),
    distance: Samples.create(),
    lifetime: { distance: Samples.create(), seconds: Samples.create() },
    change_size: Samples.create(),
    levels: Samples.create(),
    closes: new Map(),
    sigmas: new Map(),
    seconds: new Map(),
    smoothing: Smoothing.create(),
    payouts: [],
    fine: new Set(),
    prints: { count: 0, size: Samples.create() },
    rows: 0,
    messages: 0,
  }
}

/** Take rows in tape order. */
export function read(measure: Measure, columns: Columns): void {
  Recorder.read(measure.recorder, columns, (view, now) => take(measure, view, now))
  const { instruments } = measure.recorder.instruments
  const { kind, instrument, price, size, local_us, exch_us } = columns
  for (let i = 0; i < columns.length; i++) {
    const what = kind[i]!
    const one = instruments[instrument[i]!]
    if (one?.kind === 'token') {
      measure.rows++
      measure.messages += columns.flags[i]! & 1
      if (what === Kind.RESOLVED) measure.payouts[one.market] = price[i]!
      else if (what === Kind.TICK_SIZE && price[i]! < TICK) measure.fine.add(one.market)
      else if (what === Kind.TRADE) {
        measure.prints.count++
        Samples.add(measure.prints.size, size[i]! / MICRO)
      }
    } else if (one?.kind === 'series' && one.name === ORACLE) {
      Smoothing.observe(measure.smoothing, price[i]!, exch_us[i]!)
    } else if (one?.kind === 'series' && isExchange(one.venue)) {
      // A bar is stamped with its end; a print belongs to the minute that it falls in.
      if (what === Kind.ORACLE) measure.closes.set(exch_us[i]!, price[i]!)
      else if (what === Kind.PRINT) {
        measure.closes.set(endOf(MINUTE, local_us[i]!), price[i]!)
        measure.seconds.set(endOf(SECOND, local_us[i]!), price[i]!)
      }
    }
  }
}

/** The oracle's spot series. */
const ORACLE = 'chainlink-spot'

/** The one exchange whose minutes are compared. */
function isExchange(venue: string): boolean {
  return venue === 'binance-perp' || venue === 'binance'
}

function endOf(span: Micros, us: Micros): Micros {
  return (Math.floor(us / span) + 1) * span
}

function take(measure: Measure, view: Recorder.View, now: Micros): void {
  const { market } = view
  const length_s = (view.end_us - view.start_us) / SECOND
  measure.paths[market] ??= Path.create(market, length_s)
  measure.shown[market] ??= { touch: Number.NaN, near: Number.NaN }
  const path = measure.paths[market]
  const shown = measure.shown[market]
  Path.fillTo(path, view, now, shown)
  Path.show(view.book, shown)
  const into = Recorder.secondsInto(view, now)
  if (into > EDGE_S && into < length_s) compare(measure, view, now)
  remember(measure, view, now)
}

/** What the new book changed. */
function compare(measure: Measure, view: Recorder.View, now: Micros): void {
  const gap_s = (now - view.seen_us) / SECOND
  if (Number.isNaN(gap_s) || gap_s > EDGE_S) return
  Samples.add(measure.between_s, gap_s)
  const changed_us = measure.changed_us[view.market]
  let changes = 0
  for (const [key, before] of view.before) {
    const side = Recorder.sideOf(key)
    const price = Recorder.priceOf(key)
    const after = (side === 1 ? view.book.bid_sizes : view.book.ask_sizes)[price]!
    if (after === before) continue
    changes++
    if (view.bid < 0 || view.ask < 0) continue
    const distance = (side === 1 ? view.bid - price : price - view.ask) / TICK
    Samples.add(measure.distance, distance)
    Samples.add(measure.change_size, Math.abs(after - before) / MICRO)
    const since = changed_us?.get(key)
    if (since === undefined || before === 0) continue
    Samples.add(measure.lifetime.distance, distance)
    Samples.add(measure.lifetime.seconds, (now - since) / SECOND)
  }
  Samples.add(measure.changes, changes)
}

function remember(measure: Measure, view: Recorder.View, now: Micros): void {
  measure.changed_us[view.market] ??= new Map()
  const changed = measure.changed_us[view.market]!
  for (const [key, before] of view.before) {
    const sizes = Recorder.sideOf(key) === 1 ? view.book.bid_sizes : view.book.ask_sizes
    if (sizes[Recorder.priceOf(key)] !== before) changed.set(key, now)
  }
  if (now > view.end_us) measure.changed_us[view.market] = new Map()
}

/** The tape is over: windows without a stated outcome take that of the BTC closes at their ends. */
export function close(measure: Measure): void {
  measure.sigmas = sigmasOf(measure.closes)
  measure.recorder.instruments.markets.forEach(({ start_us, end_us }, market) => {
    const first = measure.closes.get(start_us)
    const last = measure.closes.get(end_us)
    if (first !== undefined && last !== undefined) measure.payouts[market] ??= last >= first ? ONE : 0
  })
}
