import { Command, CommanderError } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { cacheRefusal } from '../../recorders/tape/cache-folder.ts'
import { setCacheBound } from '../../recorders/tape/cache-list.ts'
import { type CommandSource, FOLDER } from './commands.ts'
import { CliError, describe, type ErrorReport, EXIT, sentence } from './errors.ts'
import type { Io, Progress } from './io.ts'

/** Options that every command takes, wherever they stand. */
export type Globals = { json: boolean; config?: string; param: string[] }

/** Width of help texts, so that they do not depend on the terminal. */
const HELP_WIDTH = 100

/**
 * Run one command line. Nothing is thrown and the process is not touched: what happens is on `io` and in the result.
 *
 * @param argv words after `engine`
 * @param source the commands; by default those of the folder `commands/`
 * @returns the exit code: 0 done, 1 ran and failed, 2 usage or configuration, 130 or 143 stopped
 */
export async function runCli(
  argv: readonly string[],
  io: Io,
  source: CommandSource = FOLDER,
): Promise<number> {
  const bars = new Set<Progress>()
  const own: Io = {
    ...io,
    exitCode: EXIT.DONE,
    progress(total, label) {
      const progress = io.progress(total, label)
      bars.add(progress)
      return progress
    },
  }
  let failure: { report: ErrorReport; exit: number } | null = null
  try {
    const program = await build(argv, own, source)
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    failure = error instanceof CommanderError ? usage(error, argv, source) : describe(error)
  }
  for (const progress of bars) progress.stop()
  if (failure === null) {
    const refused = cacheRefusal()
    if (refused !== null)
      io.stderr.write(`engine: no replay cache is used, so that every run is slower: ${refused}.\n`)
    return own.exitCode
  }
  if (failure.report.code !== '') {
    io.stderr.write(wantsJson(argv) ? `${JSON.stringify(failure.report)}\n` : sentence(failure.report))
  }
  return failure.exit
}

/** The options that every command takes, as given. */
export function globals(command: Command): Globals {
  const options = command.optsWithGlobals() as { json?: boolean; config?: string; param?: string[] }
  return {
    json: options.json === true,
    ...(options.config !== undefined && { config: options.config }),
    param: options.param ?? [],
  }
}

async function build(argv: readonly string[], io: Io, source: CommandSource): Promise<Command> {
  const program = new Command('engine')
    .description('Record, replay and trade Polymarket and its BTC references with one deterministic core.')
    .version(manifest.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--json', 'one JSON object on stdout; errors as one JSON object on stderr')
    .option('--config <file>', 'configuration file (default: lockstep.toml, where there is one)')
    .option(
      '--param <section.key=value>',
      'set one value, above file and environment; may be repeated',
      append,
    )
    .addHelpText('after', examples)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', (_, action) => {
      setCacheBound(async () => (await import('./cache-bound.ts')).cacheBound(io, globals(action)))
    })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {}, // printed once, at the end, in the form asked for
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => io.color,
      getErrHasColors: () => io.isTTY && io.color,
    })
  const all = source.names()
  const named = all.filter((name) => argv.includes(name))
  for (const name of named.length > 0 ? named : all) {
    const module = await source.load(name)
    module.command(program, io)
    if (!program.commands.some((sub) => sub.name() === name)) {
      throw new Error(`commands/${name}.ts registers no command of its own name`)
    }
  }
  return program
}

const append = (value: string, earlier: string[] = []) => [...earlier, value]

function examples(): string {
  return `
Examples:
  $ engine doctor                                            what is installed, which settings are in force
  $ engine rules --market btc-updown-5m-1776240000           the venue's rules for one market
  $ engine fair --s0 70000 --st 70050 --sigma 6e-5 --tau 120 probability of Up, as a calculator
  $ engine COMMAND --help                                    options and examples of a command`
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json')
}

/** Help and version are not failures; anything else that commander throws is a mistake of usage. */
function usage(
  error: CommanderError,
  argv: readonly string[],
  source: CommandSource,
): { report: ErrorReport; exit: number } {
  const silent = { report: { code: '', message: '', fix: '' } }
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') {
    return { ...silent, exit: EXIT.DONE }
  }
  if (error.code === 'commander.help') return { ...silent, exit: EXIT.USAGE }
  const code = error.code.replace(/^commander\./, '').replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
  const [message, hint] = error.message.replace(/^error: /, '').split('\n')
  const field = /(?:option|argument) '(?:-\w, )?([^' ,]+)/.exec(message ?? '')?.[1]
  const command = argv.find((word) => source.names().includes(word))
  const help = command === undefined ? 'engine --help' : `engine ${command} --help`
  const fix = hint === undefined ? `see \`${help}\`` : hint.replace(/[()?]/g, '')
  return describe(new CliError(`usage.${code}`, message ?? '', fix, field === undefined ? {} : { field }))
}
