import type { Command } from 'commander'
import { audit } from '../../runners/audit.ts'
import { prepare } from '../../runners/prepare.ts'
import { openRun, withStrategy } from '../../runners/rerun.ts'
import { storeAudit } from '../../runners/run-folder.ts'
import { auditInWords } from '../audit-summary.ts'
import type { Io } from '../io.ts'
import { emit } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine audit runs/market-maker                                   the same run under 18 sets of assumptions
  $ engine audit runs/market-maker --strategy ./my-strategy.ts       another strategy on its datasets
  $ engine audit runs/market-maker --json | jq -r .depends_on

The table is kept in the run folder as audit.json; engine report RUN draws it.`

type Options = { strategy?: string; dataset?: string[] }

/** `engine audit`: which assumption of the simulation a result depends on. */
export function command(program: Command, io: Io): void {
  program
    .command('audit')
    .description('run a run again under other fills and latencies, and say what its profit depends on')
    .argument('<run>', 'run folder')
    .option('--strategy <name|file>', 'audit this strategy on the run’s datasets instead of the run’s own')
    .option('--dataset <dir...>', 'where the datasets are now, if they moved')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, options: Options, self: Command) => {
      const { json, param } = globals(self)
      const rerun = await openRun(run, io.cwd, options.dataset ?? [])
      const other = options.strategy
      const input =
        other === undefined ? rerun.input : prepare((await withStrategy(rerun, other, io.cwd, param)).input)
      const bar = io.progress(input.tape.rows, 'audit')
      const made = await audit(input, {
        ...(other === undefined && { run: rerun.file }),
        signal: io.signal,
        progress: (rows) => bar.update(rows),
      })
      bar.stop()
      if (other === undefined) await storeAudit(rerun.dir, made)
      emit(io, json, made, () => auditInWords(io, made))
    })
}
