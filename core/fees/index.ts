export type { BuyAmount, Fee, Rebate } from './fees.ts'
export * as Fees from './fees.ts'
