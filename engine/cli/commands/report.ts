import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeReport } from '../../report/index.ts'
import type { Io } from '../io.ts'
import { emit } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine report runs/latest                draw report.html in the run folder again
  $ engine report runs/latest --json         {"report": "…/report.html"}`

/** `engine report RUN`: draw a run's HTML report from its tables. */
export function command(program: Command, io: Io): void {
  program
    .command('report')
    .description('draw the HTML report of a run folder again')
    .argument('<run>', 'folder that `engine backtest --out` wrote')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, _options: unknown, self: Command) => {
      io.signal.throwIfAborted()
      const report = await writeReport(resolve(io.cwd, run))
      emit(io, globals(self).json, { report }, () => report)
    })
}
