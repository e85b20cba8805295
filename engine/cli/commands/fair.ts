import type { Command } from 'commander'
import { Fair } from '../../../core/probability/index.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine fair --s0 70000 --st 70050 --sigma 6e-5 --tau 120
  $ engine fair --settlement twap --s0 70000 --st 70050 --sigma 6e-5 --tau 20 --mean 70020 --json`

/** Seconds averaged by today's TWAP markets. */
const LOOKBACK_S = '60'

type Options = {
  s0: string
  st: string
  sigma: string
  tau: string
  mu: string
  settlement: string
  lookback: string
  mean?: string
}

/** `engine fair`: the probability model as a calculator. */
export function command(program: Command, io: Io): void {
  program
    .command('fair')
    .description('probability of Up from price, strike, volatility and time left, before any clamping')
    .requiredOption('--s0 <price>', "strike: the settlement value at the window's start")
    .requiredOption('--st <price>', 'spot price now, in the same unit')
    .requiredOption('--sigma <x>', 'volatility per √s, such as 6e-5')
    .requiredOption('--tau <s>', "seconds to the window's end; 0: it has ended")
    .option('--mu <x>', 'drift per s', '0')
    .option('--settlement <kind>', 'spot or twap', 'spot')
    .option('--lookback <s>', 'TWAP: seconds averaged before the end', LOOKBACK_S)
    .option('--mean <price>', 'TWAP, inside the look-back: mean of the spot price since it began')
    .addHelpText('after', EXAMPLES)
    .action((options: Options, self: Command) => {
      const input = read(options)
      const { q_up, z, speed } = Fair.up(input, Fair.createOutput())
      const answer = { q_up, z: known(z), speed_per_sqrt_s: known(speed) }
      emit(io, globals(self).json, answer, () =>
        list(io, [
          ['q_up', answer.q_up],
          ['z', answer.z],
          ['speed per √s', answer.speed_per_sqrt_s],
        ]),
      )
    })
}

function read(options: Options): Fair.Input {
  const input = Fair.createInput()
  const kind = options.settlement
  if (kind !== 'spot' && kind !== 'twap') throw refuse('--settlement', kind, 'spot or twap')
  input.settlement = kind
  input.s0 = number('--s0', options.s0, (x) => x > 0, 'a price above 0')
  input.st = number('--st', options.st, (x) => x > 0, 'a price above 0')
  input.sigma = number('--sigma', options.sigma, (x) => x >= 0, 'a volatility, 0 or more')
  input.tau = number('--tau', options.tau, () => true, 'seconds')
  input.mu = number('--mu', options.mu, () => true, 'a drift per second')
  if (kind === 'spot') return input
  input.lookback = number('--lookback', options.lookback, (x) => x > 0, 'seconds above 0')
  if (options.mean !== undefined) input.mean = number('--mean', options.mean, (x) => x > 0, 'a price above 0')
  else if (input.tau < input.lookback) {
    throw refuse('--mean', 'nothing', 'the mean since the look-back began, as less than it is left')
  }
  return input
}

function number(field: string, text: string, allowed: (x: number) => boolean, expected: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || !allowed(value)) throw refuse(field, text, expected)
  return value
}

function refuse(field: string, given: string, expected: string): CliError {
  return new CliError(
    'usage.value',
    `${field} ${given} is refused: expected ${expected}`,
    `set ${field} to ${expected}`,
    { field },
  )
}

/** JSON has no NaN: no uncertainty is left, and there is no score. */
const known = (x: number) => (Number.isNaN(x) ? null : x)
