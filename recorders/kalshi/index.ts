export * from './grid.ts'
export * from './market.ts'
export * from './trade.ts'
