import { isTickSize } from './price.ts'
import { ONE, type Tick } from './units.ts'

/** From `from` upwards prices go in steps of `step`, to where the next band begins, or to 1 USDC. */
export type PriceBand = { from: Tick; step: Tick }

/**
 * The prices that a market's orders may have. Most markets have one step; Kalshi's `tapered_deci_cent` has three bands,
 * finer below 0.10 and above 0.90. Prices are numbered: 0 USDC is price 0, 1 USDC the last.
 */
export type PriceGrid = {
  readonly from: readonly Tick[]
  readonly step: readonly Tick[]
  /** Number of each band's first price. */
  readonly first: readonly number[]
  /** Number of the price 1 USDC. */
  readonly count: number
  /** Lowest and highest price of an order. */
  readonly lowest: Tick
  readonly highest: Tick
}

/**
 * Whether bands make a grid: from 0 upwards, each of whole steps, and the same seen from 1 downwards, because a bid for Down
 * at p is an ask of Up at 1 − p.
 */
export function isPriceBands(bands: readonly PriceBand[]): boolean {
  if (bands[0]?.from !== 0) return false
  return bands.every(({ from, step }, i) => {
    const to = bands[i + 1]?.from ?? ONE
    const mirrored = bands[bands.length - 1 - i]!
    return (
      Number.isInteger(step) &&
      isTickSize(step) &&
      to > from &&
      (to - from) % step === 0 &&
      mirrored.step === step &&
      endOf(bands, mirrored) === ONE - from
    )
  })
}

function endOf(bands: readonly PriceBand[], band: PriceBand): Tick {
  return bands[bands.indexOf(band) + 1]?.from ?? ONE
}

/** The grid of bands for which {@link isPriceBands} holds. */
export function gridOf(bands: readonly PriceBand[]): PriceGrid {
  const first: number[] = []
  let count = 0
  bands.forEach(({ from, step }, i) => {
    first.push(count)
    count += ((bands[i + 1]?.from ?? ONE) - from) / step
  })
  return {
    from: bands.map(({ from }) => from),
    step: bands.map(({ step }) => step),
    first,
    count,
    lowest: bands[0]!.step,
    highest: ONE - bands.at(-1)!.step,
  }
}

const UNIFORM: (PriceGrid | undefined)[] = []

/** The grid of one tick size; the same object each time. HOT. */
export function uniformGrid(tick: Tick): PriceGrid {
  const known = UNIFORM[tick]
  if (known !== undefined) return known
  const made = gridOf([{ from: 0, step: tick }])
  UNIFORM[tick] = made
  return made
}

/** May an order stand at this price? HOT. */
export function onGrid(grid: PriceGrid, price: Tick): boolean {
  return price >= grid.lowest && price <= grid.highest && floorToGrid(grid, price) === price
}

/** The highest price of the grid that is at most `price`, which may be a real number. HOT. */
export function floorToGrid(grid: PriceGrid, price: number): Tick {
  const band = bandOf(grid, price)
  return grid.from[band]! + Math.floor((price - grid.from[band]!) / grid.step[band]!) * grid.step[band]!
}

/** The lowest price of the grid that is at least `price`, which may be a real number. HOT. */
export function ceilToGrid(grid: PriceGrid, price: number): Tick {
  const band = bandOf(grid, price)
  return grid.from[band]! + Math.ceil((price - grid.from[band]!) / grid.step[band]!) * grid.step[band]! + 0
}

/** The price `steps` steps above {@link floorToGrid}, below it for negative ones; may lie beyond 0 and 1 USDC. HOT. */
export function stepsFrom(grid: PriceGrid, price: Tick, steps: number): Tick {
  return priceAt(grid, numberOf(grid, price) + steps)
}

/** Number of the highest price of the grid that is at most `price`. HOT. */
export function numberOf(grid: PriceGrid, price: Tick): number {
  const band = bandOf(grid, price)
  return grid.first[band]! + Math.floor((price - grid.from[band]!) / grid.step[band]!)
}

/** The price of a number. HOT. */
export function priceAt(grid: PriceGrid, number: number): Tick {
  let band = grid.first.length - 1
  while (band > 0 && number < grid.first[band]!) band--
  return grid.from[band]! + (number - grid.first[band]!) * grid.step[band]!
}

/** The step from a price upwards. HOT. */
export function stepAt(grid: PriceGrid, price: Tick): Tick {
  return grid.step[bandOf(grid, price)]!
}

function bandOf(grid: PriceGrid, price: number): number {
  let band = grid.from.length - 1
  while (band > 0 && price < grid.from[band]!) band--
  return band
}
