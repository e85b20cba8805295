import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { DATABASE_MB, FILE_BYTES, STATEMENT_S } from '../../../recorders/limits.ts'
import { type Catalog, type Statement, statementsIn } from '../../../recorders/sql/index.ts'
import {
  beginFile,
  beginStream,
  FORMATS,
  type Format,
  footer,
  openSources,
  prompt,
  timeLimit,
  writeResult,
} from '../../sql/index.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { globals } from '../run.ts'

const EXAMPLES = `
Examples:
  $ engine sql "SELECT market, avg(spread) AS spread FROM bbo GROUP BY market ORDER BY market"
  $ engine sql docs/queries/spread-by-minute.sql --format csv --out spread.csv
  $ engine sql "SELECT * FROM trades" --data recording --data older --format parquet --out trades.parquet
  $ engine sql "SELECT gate, count(*) AS n FROM decisions GROUP BY gate" --run runs/market-maker --json
  $ engine sql                               a prompt, on a terminal; else statements come from stdin

"SELECT * FROM views" lists every view with its columns and units; docs/sql.md has worked queries. A query reads the views
alone: it reaches no other file, and nothing on disk changes but what --out names.`

/** Rows of a table on a terminal, unless more are asked for. */
const TABLE_ROWS = 100
const EXTENSIONS: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.json': 'json',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
}

/** Formats that no terminal can show. */
const BINARY: readonly Format[] = ['parquet', 'arrow']

type Options = {
  data: string[]
  run?: string
  format?: Format
  out?: string
  limit?: string
  threads: string
  memory: string
  timeout: string
}

/** `engine sql`: ask datasets, recordings and runs in SQL. */
export function command(program: Command, io: Io): void {
  program
    .command('sql')
    .description('ask datasets, recordings and runs in SQL: a query, a file of statements, or a prompt')
    .argument('[query]', 'a query, a file of statements, or - for stdin')
    .option(
      '--data <dir>',
      'dataset or recording, or a pattern in quotes; may be repeated (default: the shipped dataset)',
      (value: string, earlier: string[]) => [...earlier, value],
      [],
    )
    .option('--run <dir>', "a run's tables too, and its datasets where --data names none")
    .addOption(
      new Option('--format <format>', 'of the result; by default as --out ends, else a table').choices(
        FORMATS,
      ),
    )
    .option('--out <file>', 'file to write; it must not exist')
    .option(
      '--limit <rows>',
      `rows at most; 0 for all (default: all, of a table on a terminal ${TABLE_ROWS})`,
    )
    .option(
      '--threads <n>',
      'threads of the database; with 1 sums of real numbers have the same bits every time',
      '1',
    )
    .option('--memory <mb>', 'memory that the database may use, in MiB', String(DATABASE_MB.query))
    .option(
      '--timeout <seconds>',
      'a statement that runs longer is stopped; 0 for no limit',
      String(STATEMENT_S),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (query: string | undefined, options: Options, self: Command) => {
      const format = formatOf(options, globals(self).json)
      const limit = limitOf(options, format, io)
      const timeout_s = wholeOf('--timeout', options.timeout, 0, 1_000_000)
      if (BINARY.includes(format) && options.out === undefined && io.width !== null)
        throw new CliError('usage.out', `${format} is not for a terminal`, 'name a file with --out')
      const asks = query === undefined && io.stdin.isTTY === true
      const statements = asks ? [] : statementsIn(await textOf(query, io))
      if (!asks && statements.length === 0)
        throw new CliError(
          'usage.query',
          'there is no statement',
          'write a query, or see `engine sql --help`',
        )
      const file = await (options.out === undefined
        ? beginStream(io.stdout)
        : beginFile(resolve(io.cwd, options.out)))
      try {
        const sources = {
          data: options.data,
          run: options.run ?? null,
          cwd: io.cwd,
          threads: wholeOf('--threads', options.threads, 1, 999),
          memory_mb: wholeOf('--memory', options.memory, 64, 1_000_000),
        }
        const catalog = await openSources(sources, [file.part])
        try {
          if (asks) await prompt(catalog, io, { format, limit, timeout_s, history: historyFile(io) })
          else
            await answer(catalog, io, statements, {
              put: file.put,
              part: file.part,
              format,
              limit,
              timeout_s,
            })
        } finally {
          await catalog.close()
        }
        await file.keep()
      } catch (thrown) {
        await file.drop()
        throw thrown
      }
    })
}

type Answering = {
  put(part: string | Uint8Array): Promise<void>
  part: string
  format: Format
  limit: number
  timeout_s: number
}

async function answer(
  catalog: Catalog,
  io: Io,
  statements: readonly Statement[],
  { put, part, format, limit, timeout_s }: Answering,
): Promise<void> {
  const started = performance.now()
  const timed = timeLimit(io.signal, timeout_s)
  const written = await writeResult(catalog, statements, put, part, {
    format,
    limit,
    width: io.width ?? Number.POSITIVE_INFINITY,
    color: io.color,
    signal: timed.signal,
  }).finally(timed.done)
  if (format === 'table') io.stderr.write(footer(written, performance.now() - started))
}

function formatOf({ format, out }: Options, json: boolean): Format {
  if (json && format !== undefined && format !== 'json') {
    throw new CliError(
      'usage.format',
      `--json and --format ${format} contradict each other`,
      'give one of them',
      {
        field: '--format',
      },
    )
  }
  if (json) return 'json'
  return format ?? EXTENSIONS[out === undefined ? '' : extname(out).toLowerCase()] ?? 'table'
}

function limitOf({ limit, out }: Options, format: Format, io: Io): number {
  if (limit === undefined) {
    const shown = format === 'table' && out === undefined && io.width !== null
    return shown ? TABLE_ROWS : Number.POSITIVE_INFINITY
  }
  const rows = Number(limit)
  if (!/^\d+$/.test(limit) || !Number.isSafeInteger(rows))
    throw new CliError('usage.option', `--limit ${limit} is not a number of rows`, 'give a whole number', {
      field: '--limit',
    })
  return rows === 0 ? Number.POSITIVE_INFINITY : rows
}

function wholeOf(field: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d{1,9}$/.test(text) && value >= min && value <= max) return value
  throw new CliError(
    'usage.option',
    `${field} ${text} is no whole number in range`,
    `give ${min} to ${max}`,
    {
      field,
    },
  )
}

/** The text of the query: what was typed, a file of that name, or stdin. */
async function textOf(query: string | undefined, io: Io): Promise<string> {
  if (query === undefined || query === '-') {
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of io.stdin) {
      parts.push(Buffer.from(part as string | Uint8Array))
      bytes += parts.at(-1)!.length
      if (bytes > FILE_BYTES.statements) throw tooLong('stdin')
    }
    return Buffer.concat(parts).toString('utf8')
  }
  const path = resolve(io.cwd, query)
  const there = statSync(path, { throwIfNoEntry: false })
  if (there?.isFile() === true) {
    if (there.size > FILE_BYTES.statements) throw tooLong(path)
    return readFileSync(path, 'utf8')
  }
  if (!/^\S+\.sql$/i.test(query)) return query
  throw new CliError('sql.no_file', `${query} is not there`, 'check the path, or write the query itself', {
    file: path,
  })
}

function tooLong(file: string): CliError {
  const mb = FILE_BYTES.statements / 2 ** 20
  return new CliError('sql.long', `${file} has more than ${mb} MiB of statements`, 'split it', { file })
}

/** Where the prompt keeps its lines: the user's cache folder. */
function historyFile(io: Io): string {
  const cache = io.env.XDG_CACHE_HOME ?? ''
  return join(cache === '' ? join(homedir(), '.cache') : cache, 'lockstep', 'sql-history')
}
