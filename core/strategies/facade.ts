/** What a strategy of your own is made of and with: in a strategy file, `@lockstep/lab` is this and no more. */

export { ASK, BID } from '../book/book.ts'
export type { Book, BookSide, OutcomeIndex } from '../book/index.ts'
export { best, depth, levels, next } from '../book/levels.ts'
export { canonicalPrice, canonicalSide, tokenBest } from '../book/token.ts'
export type { Section, Setting } from '../config/index.ts'
export { Tif } from '../machine/records.ts'
export { Gate } from '../risk/codes.ts'
export type { PriceGrid } from '../units/index.ts'
export {
  ceilToGrid,
  ceilToTick,
  floorToGrid,
  floorToTick,
  MICRO,
  mulDiv,
  notional,
  ONE,
  onGrid,
  SECOND,
  stepsFrom,
} from '../units/index.ts'
export type { Desired, Headroom, Strategy, View } from './strategy.ts'
export { addResting, addTaker, standAside } from './strategy.ts'
