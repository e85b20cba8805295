import { MINUTE, ONE, SECOND } from '../../core/units/index.ts'
import type { Measure } from './measure.ts'
import * as Samples from './samples.ts'
import type { WindowPath } from './window-path.ts'
import { wisdom } from './wisdom.ts'

/** One number of a tape, with a name that means the same on every tape. */
export type Statistic = { group: string; name: string; unit: string; value: number }

/** Books between these mids are open: neither side's end of the price range shapes them. */
const OPEN_LOW = 0.15
const OPEN_HIGH = 0.85
/** Distances from the touch, in cents, from (included) to (excluded). */
const BANDS: readonly (readonly [string, number, number])[] = [
  ['inside the spread', -100, 0],
  ['at the touch', 0, 1],
  ['1 cent behind', 1, 2],
  ['2 to 5 cents', 2, 6],
  ['6 to 10 cents', 6, 11],
  ['11 to 20 cents', 11, 21],
  ['over 20 cents', 21, 100],
]
const LAGS_S = [-30, -15, -5, -2, 0, 2, 5, 15, 30]
const MID_TIMES_S = [60, 120, 180, 240]

/** All statistics, in a fixed order: those of two tapes can be put side by side. */
export function statistics(measure: Measure): Statistic[] {
  const paths = pathsOf(measure)
  return [
    ...spread(paths),
    ...depth(paths),
    ...messages(measure, paths),
    ...changes(measure),
    ...lifetimes(measure),
    ...mid(paths),
    ...sampled(measure, paths),
    ...calibration(measure, paths),
    ...ending(measure, paths),
    ...btc(measure),
  ]
}

/** Those that few windows say little of: they come with a range, by drawing windows anew. */
export function sampled(measure: Measure, paths: readonly WindowPath[]): Statistic[] {
  return [...response(measure, paths), ...wisdom(measure, paths)]
}

/** The windows that a tape has books of. */
export function pathsOf(measure: Measure): WindowPath[] {
  return measure.paths.filter((path): path is WindowPath => path !== undefined)
}

function spread(paths: readonly WindowPath[]): Statistic[] {
  const all = Samples.create()
  for (const path of paths) for (const value of path.spread) Samples.add(all, value / 100)
  const group = 'Spread'
  return [
    { group, name: 'mean', unit: 'cents', value: Samples.mean(all) },
    { group, name: 'at most 1 cent', unit: 'share of time', value: Samples.share(all, 0, 1.01) },
    { group, name: '2 cents', unit: 'share of time', value: Samples.share(all, 1.01, 2.01) },
    { group, name: '3 cents', unit: 'share of time', value: Samples.share(all, 2.01, 3.01) },
    { group, name: 'over 3 cents', unit: 'share of time', value: Samples.share(all, 3.01, 101) },
  ]
}

function depth(paths: readonly WindowPath[]): Statistic[] {
  const group = 'Depth (a side)'
  const unit = 'shares'
  const parts: Statistic[] = []
  for (const [name, field] of [
    ['at the touch', 'touch'],
    ['within 5 cents', 'near'],
  ] as const) {
    const all = Samples.create()
    for (const path of paths)
      for (let s = 0; s < path.length_s; s++) if (open(path, s)) Samples.add(all, path[field][s]!)
    parts.push(
      { group, name: `${name}, 10 %`, unit, value: Samples.quantile(all, 0.1) },
      { group, name: `${name}, median`, unit, value: Samples.quantile(all, 0.5) },
      { group, name: `${name}, 90 %`, unit, value: Samples.quantile(all, 0.9) },
    )
  }
  return parts
}

function messages(measure: Measure, paths: readonly WindowPath[]): Statistic[] {
  const group = 'Books received'
  const counts = Samples.create()
  const windows = Samples.create()
  for (const path of paths) {
    let heard = 0
    let total = 0
    for (let s = 5; s < path.length_s; s++) {
      if (Number.isNaN(path.empty[s]!)) continue
      Samples.add(counts, path.books[s]!)
      heard++
      total += path.books[s]!
    }
    if (heard > path.length_s / 2) Samples.add(windows, total / heard)
  }
  const between = measure.between_s
  return [
    { group, name: 'mean', unit: '1/s', value: Samples.mean(counts) },
    { group, name: 'windows, 10 %', unit: '1/s', value: Samples.quantile(windows, 0.1) },
    { group, name: 'windows, 90 %', unit: '1/s', value: Samples.quantile(windows, 0.9) },
    {
      group,
      name: 'seconds, deviation over mean',
      unit: '',
      value: Samples.deviation(counts) / Samples.mean(counts),
    },
    { group, name: 'seconds without one', unit: 'share', value: Samples.share(counts, 0, 1) },
    { group, name: 'time between, 10 %', unit: 'ms', value: 1e3 * Samples.quantile(between, 0.1) },
    { group, name: 'time between, median', unit: 'ms', value: 1e3 * Samples.quantile(between, 0.5) },
    { group, name: 'time between, 90 %', unit: 'ms', value: 1e3 * Samples.quantile(between, 0.9) },
    { group, name: 'time between, 99 %', unit: 'ms', value: 1e3 * Samples.quantile(between, 0.99) },
  ]
}

function changes(measure: Measure): Statistic[] {
  const group = 'Levels changed from book to book'
  const all = measure.changes
  return [
    { group, name: 'mean', unit: '', value: Samples.mean(all) },
    { group, name: '10 %', unit: '', value: Samples.quantile(all, 0.1) },
    { group, name: 'median', unit: '', value: Samples.quantile(all, 0.5) },
    { group, name: '90 %', unit: '', value: Samples.quantile(all, 0.9) },
    { group, name: '99 %', unit: '', value: Samples.quantile(all, 0.99) },
    ...BANDS.map(([name, low, high]) => ({
      group,
      name,
      unit: 'share',
      value: Samples.share(measure.distance, low, high),
    })),
    {
      group,
      name: 'size of a change, 10 %',
      unit: 'shares',
      value: Samples.quantile(measure.change_size, 0.1),
    },
    {
      group,
      name: 'size of a change, median',
      unit: 'shares',
      value: Samples.quantile(measure.change_size, 0.5),
    },
    {
      group,
      name: 'size of a change, 90 %',
      unit: 'shares',
      value: Samples.quantile(measure.change_size, 0.9),
    },
  ]
}

function lifetimes(measure: Measure): Statistic[] {
  const group = 'Time between two changes of a level'
  const { distance, seconds } = measure.lifetime
  const bands = BANDS.slice(1).map(() => Samples.create())
  for (let i = 0; i < distance.length; i++) {
    const at = BANDS.findIndex(([, low, high]) => distance.values[i]! >= low && distance.values[i]! < high)
    if (at >= 1) Samples.add(bands[at - 1]!, seconds.values[i]!)
  }
  return BANDS.slice(1).flatMap(([name], i) => [
    { group, name: `${name}, median`, unit: 'ms', value: 1e3 * Samples.quantile(bands[i]!, 0.5) },
    { group, name: `${name}, 90 %`, unit: 'ms', value: 1e3 * Samples.quantile(bands[i]!, 0.9) },
  ])
}

function mid(paths: readonly WindowPath[]): Statistic[] {
  const group = 'Move of the mid'
  return [1, 5, 15, 60].map((horizon) => {
    const moves = Samples.create()
    for (const path of paths) {
      for (let s = 5; s + horizon < path.length_s - 30; s++)
        if (open(path, s)) Samples.add(moves, (path.mid2[s + horizon]! - path.mid2[s]!) / 200)
    }
    return { group, name: `deviation over ${horizon} s`, unit: 'cents', value: Samples.deviation(moves) }
  })
}

/** How a minute's move of BTC shows in the mid, over the same minute shifted by each lag. */
function response(measure: Measure, paths: readonly WindowPath[]): Statistic[] {
  const group = 'Response of the mid to a minute’s move of BTC'
  const parts: Statistic[] = []
  for (const lag of LAGS_S) {
    const moves = Samples.create()
    const answers = Samples.create()
    for (const path of paths) {
      const { start_us } = measure.recorder.instruments.markets[path.market]!
      for (let from = 0; from + 60 < path.length_s; from += 60) {
        const a = measure.closes.get(start_us + from * SECOND)
        const b = measure.closes.get(start_us + from * SECOND + MINUTE)
        const left = from + lag
        if (a === undefined || b === undefined || left < 0 || left + 60 > path.length_s) continue
        const answer = (path.mid2[left + 60]! - path.mid2[left]!) / 200
        if (!open(path, left) || Number.isNaN(answer)) continue
        Samples.add(moves, 1e4 * Math.log(b / a))
        Samples.add(answers, answer)
      }
    }
    const { slope, correlation } = Samples.regress(moves, answers)
    const when = lag === 0 ? 'same minute' : `${Math.abs(lag)} s ${lag < 0 ? 'earlier' : 'later'}`
    parts.push({ group, name: `${when}, correlation`, unit: '', value: correlation })
    if (lag === 0) parts.push({ group, name: 'same minute, slope', unit: 'cents per bp', value: slope })
  }
  return parts
}

function calibration(measure: Measure, paths: readonly WindowPath[]): Statistic[] {
  const group = 'Calibration of the mid'
  const errors = Samples.create()
  const bins = [0, 0.2, 0.4, 0.6, 0.8, 1.01]
  const outcomes = bins.slice(1).map(() => Samples.create())
  for (const path of paths) {
    const payout = measure.payouts[path.market]
    if (payout === undefined) continue
    for (const at of MID_TIMES_S) {
      const p = path.mid2[(at / 300) * path.length_s]! / 2 / ONE
      if (Number.isNaN(p)) continue
      const up = payout / ONE
      Samples.add(errors, (up - p) ** 2)
      const bin = bins.findIndex((low, i) => p >= low && p < bins[i + 1]!)
      Samples.add(outcomes[bin]!, up - p)
    }
  }
  return [
    { group, name: 'Brier score', unit: '', value: Samples.mean(errors) },
    ...outcomes.map((bin, i) => ({
      group,
      name: `mid ${bins[i]!.toFixed(1)} to ${Math.min(1, bins[i + 1]!).toFixed(1)}: outcome less mid`,
      unit: '',
      value: Samples.mean(bin),
    })),
  ]
}

function ending(measure: Measure, paths: readonly WindowPath[]): Statistic[] {
  const group = 'Towards the end'
  const empty = (left: number) => {
    const known = Samples.create()
    for (const path of paths) Samples.add(known, path.empty[path.length_s - left]!)
    return Samples.mean(known)
  }
  return [
    ...[120, 60, 30, 10, 2].map((left) => ({
      group,
      name: `a side empty ${left} s before the end`,
      unit: 'share of windows',
      value: empty(left),
    })),
    {
      group,
      name: 'finer tick at some time',
      unit: 'share of windows',
      value: measure.fine.size / paths.length,
    },
  ]
}

function btc(measure: Measure): Statistic[] {
  const group = 'BTC, minute by minute'
  const returns = Samples.create()
  for (const [end, close] of measure.closes) {
    const before = measure.closes.get(end - MINUTE)
    if (before !== undefined) Samples.add(returns, 1e4 * Math.log(close / before))
  }
  const deviation = Samples.deviation(returns)
  let fourth = 0
  for (let i = 0; i < returns.length; i++) fourth += (returns.values[i]! / deviation) ** 4
  const sizes = Samples.create()
  for (let i = 0; i < returns.length; i++) Samples.add(sizes, Math.abs(returns.values[i]!))
  return [
    { group, name: 'deviation', unit: 'bp', value: deviation },
    { group, name: 'kurtosis', unit: '', value: fourth / returns.length },
    { group, name: 'median of the size', unit: 'bp', value: Samples.quantile(sizes, 0.5) },
  ]
}

function open(path: WindowPath, second: number): boolean {
  const p = path.mid2[second]! / 2 / ONE
  return p >= OPEN_LOW && p <= OPEN_HIGH
}
