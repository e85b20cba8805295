export * as Calibration from './calibration.ts'
export * as Fair from './fair.ts'
export * as TwapMean from './twap-mean.ts'
export * as Volatility from './volatility.ts'
