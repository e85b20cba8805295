import type { Command } from 'commander'
import type { AuditFile } from '../../report/index.ts'
import { audit } from '../../runners/audit.ts'
import type { RunInput } from '../../runners/execute.ts'
import { codeVersion } from '../../runners/identity.ts'
import {
  isCaught,
  type LookAhead,
  lookAhead,
  SAMPLES,
  SAMPLES_MAX,
} from '../../runners/look-ahead/look-ahead.ts'
import { prepare } from '../../runners/prepare.ts'
import { isOwn, type OpenedRun, openRun, openRunFolder, rerunOf, withStrategy } from '../../runners/rerun.ts'
import { storeAudit } from '../../runners/run-folder.ts'
import { type LoadedStrategy, loadStrategy } from '../../runners/strategies.ts'
import { auditInWords, lookAheadInWords, verdictOn } from '../audit-summary.ts'
import { CliError, EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit } from '../output.ts'
import { globals } from '../run.ts'
import { trustOption } from '../run-options.ts'

const EXAMPLES = `
Examples:
  $ engine audit runs/market-maker                                   the same run under 18 sets of assumptions
  $ engine audit runs/market-maker --look-ahead                      and whether a decision knows what comes after it
  $ engine audit runs/market-maker --look-ahead --strategy ./mine.ts another strategy on its datasets
  $ engine audit runs/market-maker --json | jq -r .depends_on

The audit is kept in the run folder as audit.json; engine report RUN draws it. Exit code 1 when a decision changes with what
comes after it; no figure of such a strategy is worth a table, and none is made.`

type Options = {
  strategy?: string
  trust?: boolean
  dataset?: string[]
  lookAhead?: boolean
  samples: string
  seed: string
}

/** What is audited: a run, or another strategy in its place. */
type Target = { input: RunInput; loaded: LoadedStrategy; run: OpenedRun; own: boolean }

/** `engine audit`: which assumption of the simulation a result depends on. */
export function command(program: Command, io: Io): void {
  program
    .command('audit')
    .description('run a run again under other fills and latencies, and say what its profit depends on')
    .argument('<run>', 'run folder')
    .option('--look-ahead', 'check that no decision depends on what comes after it')
    .option('--samples <n>', 'decisions after which the future is taken away', String(SAMPLES))
    .option('--seed <n>', 'seed of the choice of these decisions and of the other futures', '1')
    .option('--strategy <name|file>', 'audit this strategy on the run’s datasets instead of the run’s own')
    .addOption(trustOption())
    .option('--dataset <dir...>', 'where the datasets are now, if they moved')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, options: Options, self: Command) => {
      const { json, param } = globals(self)
      const target = await targetOf(run, options, io, param)
      const found = options.lookAhead === true ? await detect(target, options, io) : undefined
      if (found !== undefined && isCaught(found)) {
        io.exitCode = EXIT.FAILED
        const depends_on = `No figure can be trusted: ${verdictOn(found)}.`
        if (target.own) await storeAudit(target.run.dir, caught(found))
        const made = { cells: [], depends_on, controls: [], look_ahead: found }
        emit(io, json, made, () => lookAheadInWords(found))
        return
      }
      const bar = io.progress(target.input.tape.rows, 'audit')
      const made = await audit(target.input, {
        ...(target.own && { run: target.run.file }),
        signal: io.signal,
        progress: (rows) => bar.update(rows),
      })
      bar.stop()
      const whole = { ...made, ...(found !== undefined && { look_ahead: found }) }
      if (target.own) await storeAudit(target.run.dir, whole)
      emit(io, json, whole, () =>
        [auditInWords(io, made), ...(found === undefined ? [] : [lookAheadInWords(found)])].join('\n'),
      )
    })
}

/** The run's own strategy, or the one that is named; naming the file that made the run is asking for the run itself. */
async function targetOf(path: string, options: Options, io: Io, param: readonly string[]): Promise<Target> {
  const moved = options.dataset ?? []
  if (options.strategy === undefined) {
    const rerun = await openRun(path, io.cwd, moved, { trust: options.trust === true })
    return { input: rerun.input, loaded: rerun.loaded, run: rerun, own: true }
  }
  const loaded = await loadStrategy(options.strategy, io.cwd)
  const run = await openRunFolder(path, io.cwd, moved)
  if (param.length === 0 && loaded.file !== null && isOwn(run, loaded)) {
    return { input: rerunOf(run, loaded).input, loaded, run, own: true }
  }
  return { input: prepare(withStrategy(run, loaded, param)), loaded, run, own: false }
}

async function detect(target: Target, options: Options, io: Io): Promise<LookAhead> {
  const { input, loaded, run, own } = target
  const samples = wholeNumber('--samples', options.samples, 1, SAMPLES_MAX)
  const seed = wholeNumber('--seed', options.seed, 0, Number.MAX_SAFE_INTEGER)
  const bar = io.progress(2 * samples + 4, 'look-ahead')
  const found = await lookAhead(input, loaded, {
    cwd: io.cwd,
    env: io.env,
    samples,
    seed,
    // Another version of the code may decide otherwise; that is no fault of the strategy's.
    ...(own && run.file.code_version === codeVersion() && { state_hash: run.file.state_hash }),
    signal: io.signal,
    progress: (done) => bar.update(done),
  })
  bar.stop()
  return found
}

function caught(look_ahead: LookAhead): AuditFile {
  return {
    failed: {
      code: 'audit.look_ahead',
      message: verdictOn(look_ahead),
      fix: 'decide by what the view shows and the state remembers, and by nothing else',
    },
    look_ahead,
  }
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= min && value <= max && text.trim() !== '') return value
  throw new CliError(
    'usage.option',
    `${option} ${text} is not a whole number from ${min} to ${max}`,
    `give a whole number such as ${Math.max(min, 48)}`,
    { field: option },
  )
}
