export { confirm, fail, fill } from './fills.ts'
export {
  deposit,
  gas,
  gasBack,
  merge,
  rebate,
  redeem,
  reward,
  split,
  transferIn,
  transferOut,
  unredeem,
  withdraw,
} from './flows.ts'
export {
  confirmedShares,
  equity,
  exposure,
  mark,
  maxUnpaired,
  pairs,
  record,
  resolve,
  shares,
  unpaired,
  unpairedCost,
  unpairedSince,
} from './holdings.ts'
export { residual, residualMoney, residualShares, short } from './identities.ts'
export { LedgerError } from './ledger-error.ts'
export type { Entry, Flows, LedgerState, Totals } from './state.ts'
export { create, NO_MARKET } from './state.ts'
