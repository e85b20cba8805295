import { SECOND } from '../../core/units/index.ts'
import type { Measure } from './measure.ts'
import * as Samples from './samples.ts'
import type { Statistic } from './statistics.ts'

/** What a tape with prints and every message says, and a recording of books alone cannot. */

const LAGS_S = [-1, 0, 1, 2, 3, 5]

/**
 * @param windows how many the tape has, and how long each is
 */
export function beyond(measure: Measure, windows: number, length_s: number): Statistic[] {
  const seconds = windows * length_s
  const group = 'Everything the channel said'
  const { size, count } = measure.prints
  return [
    { group, name: 'messages', unit: '1/s', value: measure.messages / seconds },
    { group, name: 'rows', unit: '1/s', value: measure.rows / seconds },
    { group, name: 'prints', unit: '1/s', value: count / seconds },
    { group, name: 'shares of a print, median', unit: '', value: Samples.quantile(size, 0.5) },
    { group, name: 'shares of a print, mean', unit: '', value: Samples.mean(size) },
    {
      group,
      name: 'shares traded in a window, thousands',
      unit: '',
      value: (Samples.mean(size) * count) / windows / 1_000,
    },
    ...LAGS_S.map((lag) => ({
      group: 'Move of the mid in one second with that of BTC',
      name:
        lag === 0
          ? 'same second, correlation'
          : `${Math.abs(lag)} s ${lag < 0 ? 'earlier' : 'later'}, correlation`,
      unit: '',
      value: secondsCorrelation(measure, lag),
    })),
  ]
}

function secondsCorrelation(measure: Measure, lag: number): number {
  const moves = Samples.create()
  const answers = Samples.create()
  for (const path of measure.paths) {
    if (path === undefined) continue
    const { start_us } = measure.recorder.instruments.markets[path.market]!
    for (let s = 10; s < path.length_s - 60; s++) {
      const a = measure.seconds.get(start_us + s * SECOND)
      const b = measure.seconds.get(start_us + (s + 1) * SECOND)
      const answer = path.mid2[s + 1 + lag]! - path.mid2[s + lag]!
      if (a === undefined || b === undefined || Number.isNaN(answer)) continue
      Samples.add(moves, Math.log(b / a))
      Samples.add(answers, answer)
    }
  }
  return Samples.regress(moves, answers).correlation
}
