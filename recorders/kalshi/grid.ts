import type { Market } from '../../core/events/index.ts'
import {
  formatDecimal,
  gridOf,
  isPriceBands,
  ONE,
  onGrid,
  type PriceBand,
  parseDecimal,
  type Tick,
} from '../../core/units/index.ts'
import { plainDecimal } from '../feeds/lossless.ts'
import { COUNT } from '../limits.ts'

/** The prices of a market as it carries them: its finest step, and its bands where there are several. */
export type KalshiPrices = Required<Pick<Market, 'tick'>> & Pick<Market, 'price_bands'>

/** Structures by the venue's names (docs.kalshi.com, fixed-point migration, read 2026-11-30). */
const STRUCTURES: ReadonlyMap<string, readonly PriceBand[]> = new Map([
  ['linear_cent', [{ from: 0, step: 100 }]],
  [
    'tapered_deci_cent',
    [
      { from: 0, step: 10 },
      { from: 1_000, step: 100 },
      { from: 9_000, step: 10 },
    ],
  ],
  ['deci_cent', [{ from: 0, step: 10 }]],
])

/** The structure of the 15-minute series, for what does not state its own. */
export const USUAL_PRICES: KalshiPrices = pricesOf(STRUCTURES.get('tapered_deci_cent')!)
const usual = gridOf(USUAL_PRICES.price_bands!)

/** Whether a price lies on the usual grid. */
export function onKalshiGrid(price: Tick): boolean {
  return onGrid(usual, price)
}

/**
 * The prices of a market by its object: its ranges, which are exact, else the name of its structure.
 *
 * @param ranges `price_ranges`, in dollars
 * @returns undefined where neither is there or understood
 */
export function readKalshiPrices(structure: unknown, ranges: unknown): KalshiPrices | undefined {
  const bands = readRanges(ranges) ?? (typeof structure === 'string' ? STRUCTURES.get(structure) : undefined)
  return bands === undefined ? undefined : pricesOf(bands)
}

/** The same as a market's object states it. */
export function kalshiPriceFields({ tick, price_bands }: Pick<Market, 'tick' | 'price_bands'>) {
  const bands = price_bands ?? [{ from: 0, step: tick ?? 100 }]
  const text = JSON.stringify(bands)
  const dollars = (price: Tick) => Number(formatDecimal(price, 4)).toFixed(4)
  return {
    price_level_structure:
      [...STRUCTURES].find(([, known]) => JSON.stringify(known) === text)?.[0] ?? 'custom',
    price_ranges: bands.map(({ from, step }, i) => ({
      start: dollars(from),
      end: dollars(bands[i + 1]?.from ?? ONE),
      step: dollars(step),
    })),
  }
}

function pricesOf(bands: readonly PriceBand[]): KalshiPrices {
  const tick = Math.min(...bands.map(({ step }) => step))
  return bands.length === 1 ? { tick } : { tick, price_bands: bands }
}

/** Ranges that follow each other from 0 to 1 dollar and make a grid. */
function readRanges(ranges: unknown): PriceBand[] | undefined {
  if (!Array.isArray(ranges) || ranges.length > COUNT.price_bands) return undefined
  const bands: PriceBand[] = []
  let to = 0
  for (const range of ranges as unknown[]) {
    const { start, end, step } = (range ?? {}) as Record<string, unknown>
    if (price(start) !== to) return undefined
    bands.push({ from: to, step: price(step) })
    to = price(end)
  }
  return to === ONE && isPriceBands(bands) ? bands : undefined
}

/** Dollars in 1e-4; NaN for what is no decimal of them. */
function price(text: unknown): Tick {
  try {
    return typeof text === 'string' ? parseDecimal(plainDecimal(text) ?? text, 4) : Number.NaN
  } catch {
    return Number.NaN
  }
}
