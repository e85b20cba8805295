export * as Registry from './registry.ts'
export type { Desired, Headroom, Strategy, View } from './strategy.ts'
export * as Strategies from './strategy.ts'
export { createDesired, DESIRED_MAX, resetDesired, StrategyError, TAKER_LEVEL } from './strategy.ts'
