import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { runCli } from '../run.ts'

/** `engine start`: the main job on the shipped data, what `npm start` runs. */
export function command(program: Command, io: Io): void {
  program
    .command('start')
    .description('backtest the market maker on the shipped dataset and draw its report')
    .addHelpText('after', '\nExamples:\n  $ npm start\n  $ engine start --json')
    .action(async (_options: unknown, self: Command) => {
      const json = self.optsWithGlobals().json === true
      io.exitCode = await runCli(['backtest', '--strategy', 'market-maker', ...(json ? ['--json'] : [])], io)
    })
}
