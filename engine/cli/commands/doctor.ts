import { join } from 'node:path'
import type { Command } from 'commander'
import type { Schema } from '../../../core/config/index.ts'
import { schemaFor } from '../../../core/machine/settings.ts'
import { Registry } from '../../../core/strategies/index.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { recorderSchema } from '../../../recorders/record/schema.ts'
import { withoutUser } from '../../../recorders/redactor.ts'
import { cacheSettings } from '../../../recorders/tape/index.ts'
import { type Loaded, loadConfig, SECTIONS } from '../../config/index.ts'
import {
  type CacheHealth,
  cache,
  type Database,
  type DatasetHealth,
  database,
  datasets,
  errorsFirst,
  type Package,
  type Problem,
  packages,
  problemsOf,
  ROOT,
  type Runtime,
  runtime,
  type Tool,
  tools,
} from '../../doctor/index.ts'
import { EXIT } from '../errors.ts'
import type { Io } from '../io.ts'
import { emit, list, table } from '../output.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine doctor
  $ engine doctor --changed                  only values that are not the default
  $ engine doctor --config my.toml --param risk.per_trade=20 --json`

const FOLDER = 'datasets'

const BINARY: Readonly<Record<Runtime['binary'], string>> = {
  'as recorded': 'as recorded',
  another: 'not as recorded',
  unknown: 'not known: another version or platform than those recorded',
}

type Setting = { key: string; value: unknown; origin: string; unit: string; doc: string }
type Answer = {
  ok: boolean
  version: string
  runtime: Runtime
  packages: Package[]
  tools: Tool[]
  sql: Omit<Database, 'problem'>
  datasets: DatasetHealth[]
  cache: CacheHealth
  configuration: { file: string | null; values: Setting[] }
  problems: Problem[]
}

/** `engine doctor`: what is installed and whole, and which values are in force. */
export function command(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('runtime, packages, datasets and tools; every setting with its origin')
    .option('--strategy <name>', 'whose settings are the section `strategy`', Registry.NAMES[0])
    .option('--changed', 'list only settings that are not the default')
    .addHelpText('after', EXAMPLES)
    .action(async (options: { strategy: string; changed?: boolean }, self: Command) => {
      const { json, config, param } = globals(self)
      const own = schemaFor(Registry.byName(options.strategy))
      const schema: Schema = { ...own, ...recorderSchema, cache: cacheSettings }
      const sources = { cwd: io.cwd, env: io.env, params: param, others: SECTIONS }
      const loaded = loadConfig(schema, config === undefined ? sources : { ...sources, file: config })
      const answer = await examine(io, loaded, settingsOf(schema, loaded))
      if (!answer.ok) io.exitCode = EXIT.FAILED
      emit(io, json, answer, () => inWords(io, answer, options.changed === true))
    })
}

async function examine(io: Io, loaded: Loaded<Schema>, values: Setting[]): Promise<Answer> {
  const node = runtime()
  const deps = packages()
  const programs = tools(io.env.PATH ?? '')
  const { problem, ...sql } = await database()
  const health = await datasets([join(io.cwd, FOLDER), join(ROOT, FOLDER)])
  const { problem: unused, ...caches } = await cache(loaded.config.cache!.max_gb as number)
  const problems = errorsFirst([
    ...problemsOf(node, deps, programs),
    ...(problem === null ? [] : [problem]),
    ...(unused === null ? [] : [unused]),
    ...health.flatMap((one) => one.problem ?? []),
  ])
  return {
    ok: problems.every((problem) => problem.severity !== 'error'),
    version: manifest.version,
    runtime: node,
    packages: deps,
    tools: programs,
    sql,
    datasets: health,
    cache: caches,
    configuration: { file: loaded.file, values },
    problems,
  }
}

function settingsOf(schema: Schema, loaded: Loaded<Schema>): Setting[] {
  return Object.entries(loaded.origins).map(([key, origin]) => {
    const [section, name] = [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)]
    const { unit, doc } = schema[section]![name]!
    const value = loaded.config[section]![name]
    return { key, value: typeof value === 'string' ? withoutUser(value) : value, origin, unit, doc }
  })
}

function inWords(io: Io, answer: Answer, changed: boolean): string {
  const { runtime: node, configuration } = answer
  const shown = configuration.values.filter(({ origin }) => !changed || origin !== 'default')
  const parts = [
    list(io, [
      ['lockstep', answer.version],
      ['node', `${node.node}${node.node === node.pinned ? ' (pinned)' : ''}, ${node.path}`],
      ['', `its bytes are ${BINARY[node.binary]}`],
      ['machine', `${node.platform} ${node.arch}, ${node.cpus} cores, ${node.memory_gib} GiB`],
      [
        'packages',
        `${answer.packages.filter((p) => p.installed === p.wanted).length} of ${answer.packages.length} as pinned`,
      ],
      [
        'sql',
        `DuckDB ${answer.sql.duckdb ?? 'does not start'}, ${answer.sql.dataset_views} views of datasets, ${answer.sql.run_views} of runs`,
      ],
      ...answer.tools.map(({ name, path }): [string, string | null] => [name, path]),
      [
        'cache',
        `${(answer.cache.bytes / 1e6).toFixed(1)} MB of at most ${answer.cache.max_bytes / 1e6} MB, ${answer.cache.folder}`,
      ],
      ['configuration', configuration.file ?? 'no file'],
    ]),
    answer.datasets.length === 0
      ? 'no datasets\n'
      : table(
          io,
          ['dataset', 'rows', 'windows', 'files', 'hash'],
          answer.datasets.map((d) => [
            d.path,
            d.rows,
            d.windows,
            d.files,
            d.dataset_hash?.slice(0, 12) ?? null,
          ]),
        ),
    shown.length === 0
      ? 'every setting has its default\n'
      : table(
          io,
          ['setting', 'value', 'unit', 'origin'],
          shown.map(({ key, value, unit, origin }) => [key, String(value), unit, origin]),
        ),
    ...answer.problems.map(({ severity, what, fix }) => `${severity}: ${what}. To mend it: ${fix}.\n`),
  ]
  return parts.join('\n')
}
