import { resolve } from 'node:path'
import type { Command } from 'commander'
import { readAuditFile } from '../../report/index.ts'
import { SHIPPED } from '../../runners/backtest-config.ts'
import { prepare } from '../../runners/prepare.ts'
import { writeRun } from '../../runners/run-folder.ts'
import { loadStrategy } from '../../runners/strategies.ts'
import { openTape } from '../../runners/tape.ts'
import { Stopped } from '../errors.ts'
import type { Io, Progress } from '../io.ts'
import { emit } from '../output.ts'
import { globals } from '../run.ts'
import { configOf, defaultOut, type RunFlags, seedOf } from '../run-options.ts'
import { resultOf, summaryOf } from '../run-summary.ts'

const EXAMPLES = `
Examples:
  $ engine backtest                                            the market maker on the shipped dataset
  $ engine backtest datasets/btc-5m-2026-04-15 --strategy market-maker --fill queue-neutral
  $ engine backtest --strategy ./my-strategy.ts --param exchange.entry_latency_ms=100 --out runs/mine
  $ engine backtest --json --seed 7 | jq .net_pnl_usdc`

type Options = RunFlags & {
  strategy: string
  check?: boolean
  out?: string
  audit: boolean
  report: boolean
}

/** `engine backtest`: run a strategy over datasets and write the run folder. */
export function command(program: Command, io: Io): void {
  program
    .command('backtest')
    .description('run a strategy over recorded data through the simulated exchange, and write a run folder')
    .argument('[dataset...]', 'dataset folders; several are merged by time (default: the shipped one)')
    .option(
      '--strategy <name|file>',
      'a strategy by name, or the path of a file that exports one',
      'market-maker',
    )
    .option('--check', 'check the types of the strategy’s files first; a type error is said and nothing runs')
    .option('--fill <model>', 'queue-pessimistic (default), queue-neutral, queue-optimistic, depth or bbo')
    .option('--gaps <policy>', 'blackout (default), strict or ignore')
    .option('--profile <name>', 'defaults for small stakes: micro')
    .option('--seed <n>', 'seed of everything random', '1')
    .option('--out <dir>', 'run folder (default: runs/STRATEGY); an earlier run there is replaced')
    .option('--no-audit', 'do not run again under other fills and latencies; the report then says so')
    .option('--no-report', 'do not draw report.html, and make no audit for it')
    .addHelpText('after', EXAMPLES)
    .action(async (datasets: string[], options: Options, self: Command) => {
      const folders = datasets.map((dataset) => resolve(io.cwd, dataset))
      const tape = await openTape(folders.length > 0 ? folders : [SHIPPED])
      const loaded = await loadStrategy(options.strategy, io.cwd, async (sources) => {
        // The compiler is large, and nothing else needs it.
        if (options.check === true) (await import('../../strategies/types.ts')).checkTypes(sources, io.cwd)
      })
      const config = configOf(self, io, options, tape, loaded)
      const input = prepare({ tape, strategy: loaded.strategy, config, seed: seedOf(options.seed) })
      const place = options.out === undefined ? defaultOut(io, loaded) : resolve(io.cwd, options.out)
      const bar = io.progress(tape.rows, loaded.strategy.name)
      let audit: Progress | undefined
      const file = await writeRun(place, input, loaded, {
        signal: io.signal,
        progress: (rows) => bar.update(rows),
        report: options.report,
        audit: options.audit && options.report,
        auditProgress: (rows) => {
          if (audit === undefined) {
            bar.stop()
            audit = io.progress(tape.rows, 'audit')
          }
          audit.update(rows)
        },
      })
      bar.stop()
      audit?.stop()
      const made = readAuditFile(place)
      // The run was whole when the signal came: it is kept, and the exit code says that something was stopped.
      if (io.signal.aborted) io.exitCode = new Stopped('SIGINT').exit
      emit(io, globals(self).json, resultOf(file, place, made), () =>
        summaryOf(io, file, place, options.report, made),
      )
    })
}
