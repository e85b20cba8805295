import type { Command } from 'commander'
import { type Micros, parseIso } from '../../../core/units/index.ts'
import { type MarketRulesAnswer, marketRules } from '../../runners/market-rules.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine rules --market btc-updown-5m-1776240000
  $ engine rules --market btc-updown-5m-1777373700 --at 2026-04-28T11:02:00Z --json
  $ engine rules --market bitcoin-up-or-down-september-28-2026-1pm-et
  $ engine rules --market bitcoin-up-or-down-november-20-1pm-et --year 2025`

type Options = { market: string; at?: string; year?: string }

/** `engine rules`: the venue's rules for one market, by the dates in rules.json. */
export function command(program: Command, io: Io): void {
  program
    .command('rules')
    .description("the venue's rules for one market: fee, taker hold, settlement, tick, minimum size")
    .requiredOption('--market <slug>', 'the market, by its slug')
    .option('--at <iso>', "time of the order (default: the window's start)")
    .option('--year <year>', 'year of an hourly or daily market whose older slug does not say it')
    .addHelpText('after', EXAMPLES)
    .action((options: Options, self: Command) => {
      const answer = marketRules(options.market, {
        ...(options.at !== undefined && { at_us: instantOf('--at', options.at) }),
        ...(options.year !== undefined && { year: yearOf(options.year) }),
      })
      emit(io, globals(self).json, answer, () => list(io, inWords(answer)))
    })
}

function inWords(answer: MarketRulesAnswer): [string, string][] {
  const { fee, settlement, certainty } = answer
  const formula = `shares · ${fee.rate} · ${fee.exponent === 1 ? 'p(1−p)' : `(p(1−p))^${fee.exponent}`}`
  const paid = {
    usdc: 'USDC',
    shares: "in shares, the formula's number",
    usdc_value_over_price: 'in shares, value / p',
  }[fee.buy_amount]
  return [
    ['market', answer.market],
    ['window', `${answer.window_start} to ${answer.window_end}`],
    ['order at', answer.at],
    [
      'fee',
      fee.rate === 0
        ? 'none'
        : `${formula}, ${fee.taker_only ? 'takers only' : 'makers too'} (${fee.certainty} certainty, by ${fee.key_time})`,
    ],
    ['paid by', `BUY ${paid}; SELL USDC`],
    [
      'makers get',
      answer.maker_rebate_share === null ? 'unknown' : `${answer.maker_rebate_share} of taker fees`,
    ],
    ['taker hold', `${answer.taker_hold_ms} ms (${certainty.taker_hold} certainty)`],
    [
      'settlement',
      `${settlement.source} ${settlement.kind}${settlement.lookback_s > 0 ? ` of ${settlement.lookback_s} s` : ''}, ` +
        `a tie is ${settlement.tie === 'up' ? 'Up' : 'half'} (${certainty.settlement} certainty)`,
    ],
    ['tick', `${answer.tick.value} (${answer.tick.origin})`],
    [
      'minimum size',
      `${answer.min_size.value} shares (${answer.min_size.origin}); marketable BUY ${answer.marketable_buy_min} USDC`,
    ],
  ]
}

function instantOf(field: string, text: string): Micros {
  try {
    return parseIso(text)
  } catch (error) {
    throw new CliError(
      'usage.time',
      `${field}: ${(error as Error).message}`,
      'give an instant such as 2026-04-15T12:00:00Z',
      { field },
    )
  }
}

function yearOf(text: string): number {
  if (/^\d{4}$/.test(text)) return Number(text)
  throw new CliError('usage.year', `--year: "${text}" is no year`, 'give four digits', { field: '--year' })
}
