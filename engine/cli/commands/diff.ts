import type { Command } from 'commander'
import { diffRuns, type RunDiff } from '../../runners/diff.ts'
import { openRun } from '../../runners/rerun.ts'
import type { Io } from '../io.ts'
import { emit, table } from '../output.ts'
import { globals } from '../run.ts'
import { consentOf, ownStrategyOption, type TrustFlags, trustOption } from '../run-options.ts'

const EXAMPLES = `
Examples:
  $ engine diff runs/before runs/after
  $ engine diff runs/before runs/after --json`

/** Fields that a person is shown; --json has them all. */
const SHOWN = 20

/** `engine diff`: where two runs part. */
export function command(program: Command, io: Io): void {
  program
    .command('diff')
    .description(
      'bisect the hash chains of two runs to the first differing event, and show what differs there',
    )
    .argument('<run>', 'run folder')
    .argument('<other>', 'run folder')
    .addOption(ownStrategyOption())
    .addOption(trustOption())
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, other: string, options: TrustFlags, self: Command) => {
      const consent = consentOf(options)
      const a = await openRun(run, io.cwd, [], consent)
      const b = await openRun(other, io.cwd, [], consent)
      const result = await diffRuns(a, b, io.signal)
      if (!result.equal) io.exitCode = 1
      emit(io, globals(self).json, result, () => inWords(io, result))
    })
}

function inWords(io: Io, result: RunDiff): string {
  const { compared, equal } = result.checkpoints
  if (result.equal) return `equal: all ${compared} checkpoints agree, and every row of every table\n`
  const place =
    result.first_event === undefined ? 'they differ' : `first differing event ${result.first_event}`
  const time = result.time === undefined ? '' : `, at ${result.time}`
  const how = result.rerun
    ? 'found by running both again'
    : 'found in what they left; they cannot be run again alike'
  const fields = result.fields ?? []
  const rows = fields.slice(0, SHOWN).map(({ path, a, b }) => [path, String(a), String(b)])
  const more = fields.length > SHOWN ? `and ${fields.length - SHOWN} more; see --json\n` : ''
  return `${place}${time}; ${equal} of ${compared} checkpoints agree; ${how}\n${table(io, ['field', 'first run', 'second run'], rows)}${more}`
}
