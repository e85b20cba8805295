import { Smoothing } from '../../core/probability/index.ts'
import type { Inference } from '../tape/index.ts'

/** What a series of an oracle says of its own volatility, for the manifest: whether its short returns understate it. */
export function smoothingTold(measured: Smoothing.Measure): Inference {
  const { pairs, lag_1, sigma } = measured
  const white = Smoothing.isWhite(measured)
  const volatilities = sigma.map((one, i) => `${figure(one)} by ${Smoothing.HORIZONS_S[i]} s`).join(', ')
  return {
    what: white ? 'the series is not smoothed' : 'the series is smoothed',
    how: `correlation of one-second returns with the next, from ${Smoothing.SMOOTHED_FROM} on smoothed, and with fewer than ${Smoothing.PAIRS_MIN} of them taken to be; volatility per root second by returns of several lengths. ${white ? 'The defaults of the volatility fit' : 'The profile asks for returns of 10 s and a half-life of 900 s'}`,
    agreement: `correlation ${Number.isNaN(lag_1) ? '–' : lag_1.toFixed(2)} of ${pairs} pairs; volatility ${volatilities}`,
  }
}

const figure = (sigma: number) => (Number.isNaN(sigma) ? '–' : sigma.toExponential(2))
