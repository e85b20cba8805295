export * from './market.ts'
export * from './trade.ts'
