export type { BuyAmount, ChargedIn, Fee, Rebate } from './fees.ts'
export * as Fees from './fees.ts'
