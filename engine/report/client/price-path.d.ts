/** One fill: ms since the start of the path, price of its own token in ticks of 1e-4, shares. */
export type PathFill = {
  t: number
  price: number
  size: number
  /** 0 Up, 1 Down. */
  outcome: number
  /** 1 buys, 2 sells. */
  side: number
  maker: boolean
  gap: boolean
  failed: boolean
}

/**
 * One window as the page holds it. Times in µs since the epoch, `step` in µs; prices in ticks of 1e-4, −1 none. The
 * columns are of equal length: bucket number, last bid and ask in it, lowest bid and highest ask, last q_up.
 */
export type PathData = {
  slug: string
  from: number
  to: number
  start: number
  end: number
  step: number
  bucket: number[]
  bid: number[]
  ask: number[]
  low: number[]
  high: number[]
  q: number[]
  fills: PathFill[]
  /** Fills that are not drawn, for lack of room. */
  more: number
}

export function drawPricePath(path: PathData, width: number, id: string): string
