import type { Market } from '../../core/events/index.ts'
import * as Eastern from '../../core/rules/eastern.ts'
import { MINUTE, type Micros } from '../../core/units/index.ts'
import type { Inference } from '../tape/index.ts'
import { USUAL_PRICES } from './grid.ts'

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WINDOW_US: Micros = 15 * MINUTE
const WINDOW_MIN = 15

/** What Kalshi's 15-minute series have in common (protocol.md §11.1); the rules by date are another venue's. */
const TERMS = {
  created_us: null,
  condition_id: null,
  ...USUAL_PRICES,
  // Contracts are traded in hundredths.
  min_size: 10_000,
  fee: { rate_ppm: 70_000, exponent: 1, taker_only: true },
  settlement: { source: 'cf_benchmarks', kind: 'twap', lookback_s: 60, tie: 'up' },
  taker_hold_ms: 0,
} as const

/**
 * The 15-minute market that a Kalshi ticker names, such as `KXBTC15M-26APR271445-45`: its window ends at that New York
 * time. The ticker is its slug.
 *
 * @param near_us a time of the market's life: decides which of the two hours is meant that one autumn night repeats
 * @returns undefined for a ticker of another form
 */
export function kalshiMarket(ticker: string, near_us: Micros): Market | undefined {
  const match = /^KX([A-Z]{2,6})15M-(\d\d)([A-Z]{3})(\d\d)(\d\d)(\d\d)-(\d\d)$/.exec(ticker)
  if (match === null || match[6] !== match[7]) return undefined
  const [year, month, day] = [2_000 + Number(match[2]), MONTHS.indexOf(match[3]!) + 1, Number(match[4])]
  const [hour, minute] = [Number(match[5]), Number(match[6])]
  if (month === 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || minute % WINDOW_MIN !== 0)
    return undefined
  const ends = Eastern.instants(year, month, day, hour).map((us) => us + minute * MINUTE)
  const end_us = ends.find((end) => near_us < end) ?? ends.at(-1)
  if (end_us === undefined) return undefined
  return {
    slug: ticker,
    asset: match[1]!.toLowerCase(),
    series: '15m',
    start_us: end_us - WINDOW_US,
    end_us,
    ...TERMS,
  }
}

/** Names of a market's two instruments: Kalshi numbers no tokens. */
export function kalshiTokens(ticker: string): { up: string; down: string } {
  return { up: `${ticker}:yes`, down: `${ticker}:no` }
}

/**
 * What is taken for granted about the markets of a recording, for its manifest.
 *
 * @param prices how many prices were met, and how many of them on the grid
 */
export function kalshiInferences(
  markets: readonly Market[],
  prices: { total: number; on_grid: number },
): Inference[] {
  return [
    {
      what: 'Yes is Up and No is Down; a contract is a share',
      how: 'the series pay Yes when the price has not fallen; a contract pays one dollar, taken for one USDC',
      agreement: `${markets.length} markets by their tickers, whose time is the close in New York`,
    },
    {
      what: 'rules of the markets',
      how: 'as the venue publishes them: taker fee 0.07·p·(1 − p), settled by the 60 s mean of a CF Benchmarks index, prices in 0.001 below 0.10 and above 0.90 and in cents between, hundredths of a contract. Fees are rounded as for all but direct members: to 0.0001 dollars a fill, and the balance to the cent, with what an order pays too much given back by the cent. Not known: the fee of makers (none is assumed), a hold of takers (none is assumed), what a tie pays (Up is assumed)',
      agreement: `not in the recording, but for the grid: ${prices.on_grid} of ${prices.total} prices lie on it`,
    },
  ]
}
