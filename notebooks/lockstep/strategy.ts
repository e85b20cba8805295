/** What a strategy of your own is made of and with. */

export { ASK, BID } from '../../core/book/book.ts'
export type { Book, BookSide, OutcomeIndex } from '../../core/book/index.ts'
export { best, depth, levels, next } from '../../core/book/levels.ts'
export { canonicalPrice, canonicalSide, tokenBest } from '../../core/book/token.ts'
export type { Section, Setting } from '../../core/config/index.ts'
export { Tif } from '../../core/machine/records.ts'
export { Gate } from '../../core/risk/codes.ts'
export type { Desired, Headroom, Strategy, View } from '../../core/strategies/strategy.ts'
export { addResting, addTaker, standAside } from '../../core/strategies/strategy.ts'
export {
  ceilToTick,
  floorToTick,
  MICRO,
  mulDiv,
  notional,
  ONE,
  SECOND,
} from '../../core/units/index.ts'
