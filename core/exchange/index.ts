export * as Exchange from './exchange.ts'
export { isVenueText, type RejectFacts, RejectTextError, rejectText } from './reject-text.ts'
export * as Resting from './resting.ts'
export { FILL_MODELS, type FillModel, GAP_POLICIES, type GapPolicy, settings } from './settings.ts'
export {
  configure,
  createState,
  type ExchangeConfig,
  ExchangeConfigError,
  type ExchangeState,
} from './state.ts'
export * as Terms from './terms.ts'
