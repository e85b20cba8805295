import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type ImportContext, type Importer, importers, readTime } from '../../../recorders/import/index.ts'
import { CliError } from '../errors.ts'
import { importSummary } from '../import-summary.ts'
import type { Io, Progress } from '../io.ts'
import { emit } from '../output.ts'
import { globals } from '../run.ts'

type Options = Record<string, string | undefined> & { out: string; acceptRefused?: true }

/** `engine import KIND`: turn somebody's recording into a dataset. A kind is a subcommand, with the options it has. */
export function command(program: Command, io: Io): void {
  const parent = program
    .command('import')
    .description('turn a recording made by others into a dataset')
    .usage('<kind> <files...> --out <dir>')
    .argument('[kind]', 'what the files are: one of the commands below')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText(
      'after',
      `\nTraps of a kind, and what is done about them: engine import KIND --help\n${examples()}`,
    )
    // A kind that is known is a command of its own: only others come here.
    .action((kind?: string) => {
      throw new CliError(
        'usage.kind',
        kind === undefined ? 'no kind of recording is given' : `"${kind}" is not a kind of recording`,
        `give one of ${importers.map((importer) => importer.kind).join(', ')}`,
        { field: 'kind' },
      )
    })
  for (const importer of importers) register(parent, importer, io)
}

/** How the value of an option is called in help texts. */
const VALUES = { file: 'file', time: 'iso', text: 'text' } as const

function register(parent: Command, importer: Importer, io: Io): void {
  const sub = parent
    .command(importer.kind)
    .description(importer.describe)
    .argument('<files...>', 'files of the recording, in any order')
    .requiredOption('--out <dir>', 'dataset folder to make; it must not exist, or be empty')
  for (const [name, { type, doc, required }] of Object.entries(importer.options)) {
    const flags = `--${name} <${VALUES[type]}>`
    if (required === true) sub.requiredOption(flags, doc)
    else sub.option(flags, doc)
  }
  sub.option(
    '--accept-refused',
    'make the dataset though most rows are refused, or a file beside the recording is of no use',
  )
  const traps = importer.traps.map((trap) => `  - ${trap}`)
  sub.addHelpText('after', `\nTraps of such recordings:\n${traps.join('\n')}`)
  sub.addHelpText('after', examples([importer]))
  sub.action(async (files: string[], options: Options, self: Command) => {
    const out = resolve(io.cwd, options.out)
    const paths = files.map((file) => resolve(io.cwd, file))
    const own = readOptions(importer, options, io)
    for (const [name, { type }] of Object.entries(importer.options))
      if (type === 'file' && own[name] !== undefined) await assertNoPipe(own[name])
    for (const path of paths) await assertNoPipe(path)
    const { progress, stop } = shownOn(io, importer.kind)
    const report = await importer.run(paths, own, {
      out,
      signal: io.signal,
      progress,
      accept_refused: options.acceptRefused === true,
    })
    stop()
    emit(io, globals(self).json, { out, ...report }, () => importSummary(io, report, out))
  })
}

/** A pipe or a device may never end, and cannot be read twice. What is not there the importer says itself. */
async function assertNoPipe(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found === null || found.isFile() || found.isDirectory()) return
  throw new CliError(
    'import.file',
    `${path}: is a pipe or a device, not a file`,
    'write what comes out of it to a file first, and import that',
    { file: path },
  )
}

/** The importer's own options: paths from where the command was started, times checked before anything is read. */
function readOptions(importer: Importer, options: Options, io: Io): Record<string, string> {
  const read: Record<string, string> = {}
  for (const [name, { type }] of Object.entries(importer.options)) {
    const text = options[name]
    if (text === undefined) continue
    if (type === 'time') assertTime(text, `--${name}`)
    read[name] = type === 'file' ? resolve(io.cwd, text) : text
  }
  return read
}

function assertTime(text: string, field: string): void {
  try {
    readTime(text, field)
  } catch (thrown) {
    throw new CliError('usage.time', (thrown as Error).message, 'write it as 2026-04-15T12:00:00Z', { field })
  }
}

/** A bar is drawn once the importer knows how much there is. */
function shownOn(io: Io, label: string): Required<Pick<ImportContext, 'progress'>> & { stop(): void } {
  let bar: Progress | undefined
  return {
    progress({ rows_read, rows_total }) {
      bar ??= io.progress(rows_total, label)
      bar.update(rows_read)
    },
    stop: () => bar?.stop(),
  }
}

function examples(some: readonly Importer[] = importers): string {
  const lines = some.map(({ kind, example }) => `  $ engine import ${kind} ${example}`)
  return `\nExamples:\n${lines.join('\n')}`
}
