export { blocksOf, type WindowNet } from './blocks.ts'
export { BLOCKS_MIN, type Interval, intervalOf, isEnough, LEVEL } from './interval.ts'
export { studentQuantile } from './quantiles.ts'
export { floorOf, type Outcome, type Sign, signOf } from './sign.ts'
