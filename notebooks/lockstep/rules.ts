import { parseIso } from '../../core/units/index.ts'
import { type MarketRulesAnswer, marketRules } from '../../engine/runners/market-rules.ts'

/**
 * The venue's rules for one market, by their dates, as `engine rules`.
 *
 * @param slug the market
 * @param options.at ISO time of the order, such as `2026-04-28T11:02:00Z`; the window's start by default
 * @param options.year of an hourly or daily market whose older slug does not say it
 * @throws RuleError for a market or a time that is not known
 */
export function rules(slug: string, options: { at?: string; year?: number } = {}): MarketRulesAnswer {
  const { at, year } = options
  return marketRules(slug, {
    ...(at !== undefined && { at_us: parseIso(at) }),
    ...(year !== undefined && { year }),
  })
}
