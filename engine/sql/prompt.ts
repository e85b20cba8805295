import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { type Catalog, isBlank, type Statement, splitStatements } from '../../recorders/sql/index.ts'
import { describe, Stopped, sentence } from '../cli/errors.ts'
import type { Io } from '../cli/io.ts'
import { completer } from './complete.ts'
import { timeLimit } from './time-limit.ts'
import { FORMATS, type Format, toSink, writeResult } from './write.ts'

/** Formats that a terminal can show. */
const SHOWN: readonly Format[] = ['table', 'csv', 'json']
/** Lines that the history file keeps. */
const HISTORY_LINES = 1_000

const HELP = `Statements end with ; and may go over several lines. Ctrl-C stops a query, Ctrl-D leaves.
.views            views and what one row of each is
.schema VIEW      columns of a view, with units
.format FORMAT    ${SHOWN.join(', ')}
.help             this text
.quit             leave
`

/** How the prompt shows results. */
export type PromptOptions = {
  format: Format
  limit: number
  /** Seconds that a statement may run; 0 for no limit. */
  timeout_s: number
  /** Where lines are kept from one session to the next; null: nowhere. */
  history: string | null
}

/**
 * Ask, answer, until the end of the input or `.quit`. A failed statement is told and asked again; a stop ends the statement,
 * not the prompt.
 */
export async function prompt(catalog: Catalog, io: Io, options: PromptOptions): Promise<void> {
  io.signal.throwIfAborted()
  let format = SHOWN.includes(options.format) ? options.format : 'table'
  let asked = ''
  let running: AbortController | null = null
  const lines = openLines(catalog, io, options.history)
  const put = toSink(io.stdout)
  let closed = false
  lines.on('close', () => {
    closed = true
  })
  const ready = () => {
    if (closed) return
    lines.setPrompt(asked === '' ? 'sql> ' : '...> ')
    lines.prompt()
  }
  const run = async (statement: Statement) => {
    running = new AbortController()
    const timed = timeLimit(running.signal, options.timeout_s)
    try {
      await answer(catalog, io, statement, put, { format, limit: options.limit, signal: timed.signal })
    } catch (thrown) {
      io.stderr.write(thrown instanceof Stopped ? 'stopped\n' : sentence(describe(thrown).report))
    } finally {
      timed.done()
      running = null
    }
  }
  lines.on('SIGINT', () => {
    if (running !== null) running.abort(new Stopped('SIGINT'))
    else {
      io.stdout.write(asked === '' && lines.line === '' ? '\n.quit or Ctrl-D leaves\n' : '\n')
      asked = ''
      lines.write(null, { ctrl: true, name: 'u' })
      ready()
    }
  })
  const stop = () => {
    running?.abort(io.signal.reason)
    lines.close()
  }
  io.signal.addEventListener('abort', stop, { once: true })
  const names = catalog.datasets.map(({ dir }) => basename(dir)).join(', ')
  io.stdout.write(`${names}; .help for help\n`)
  ready()
  try {
    for await (const line of lines) {
      io.signal.throwIfAborted()
      if (asked === '' && line.trimStart().startsWith('.')) {
        const said = command(catalog, line.trim(), (name) => {
          format = name
        })
        if (said === null) return
        io.stdout.write(said)
      } else {
        const { statements, rest } = splitStatements(`${asked}${line}\n`)
        asked = isBlank(rest.text) ? '' : `${rest.text}\n`
        for (const statement of statements) await run(statement)
      }
      ready()
    }
    io.stdout.write('\n')
    io.signal.throwIfAborted()
  } finally {
    io.signal.removeEventListener('abort', stop)
    lines.close()
  }
}

async function answer(
  catalog: Catalog,
  io: Io,
  statement: Statement,
  put: (part: string | Uint8Array) => Promise<void>,
  options: { format: Format; limit: number; signal: AbortSignal },
): Promise<void> {
  const started = performance.now()
  const width = io.width ?? Number.POSITIVE_INFINITY
  const written = await writeResult(catalog, [statement], put, null, {
    ...options,
    width,
    color: io.color,
  })
  io.stderr.write(footer(written, performance.now() - started))
}

/** How much there was, and how long it took. */
export function footer({ rows, more }: { rows: number; more: boolean }, ms: number): string {
  const time = ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`
  const said = `${rows} ${rows === 1 ? 'row' : 'rows'}`
  return more ? `the first ${said}, ${time}; --limit 0 gives all\n` : `${said}, ${time}\n`
}

/** What a line that begins with a dot says; null: leave. */
function command(catalog: Catalog, line: string, setFormat: (format: Format) => void): string | null {
  const [name, word] = line.split(/\s+/)
  if (name === '.quit' || name === '.exit') return null
  if (name === '.help') return HELP
  if (name === '.views') {
    const width = Math.max(...catalog.views.map((view) => view.name.length))
    return catalog.views.map((view) => `${view.name.padEnd(width)}  ${view.doc}\n`).join('')
  }
  if (name === '.schema') {
    const view = catalog.views.find((one) => one.name === word)
    if (view === undefined) return `there is no view ${word ?? ''}; .views lists them\n`
    const width = Math.max(...view.columns.map((column) => column.name.length))
    return view.columns
      .map((one) => `${one.name.padEnd(width)}  ${one.type.padEnd(9)}  ${one.unit.padEnd(6)}  ${one.doc}\n`)
      .join('')
  }
  if (name === '.format') {
    const format = FORMATS.find((one) => one === word && SHOWN.includes(one))
    if (format === undefined) return `.format takes ${SHOWN.join(', ')}\n`
    setFormat(format)
    return ''
  }
  return `there is no ${name}; .help lists what there is\n`
}

function openLines(catalog: Catalog, io: Io, file: string | null): Interface {
  const output = io.stdout instanceof Writable ? io.stdout : sinkStream(io)
  const lines = createInterface({
    input: io.stdin,
    output,
    terminal: true,
    history: file === null ? [] : readHistory(file),
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: completer(catalog.views),
  })
  if (file !== null) lines.on('history', (history: string[]) => keepHistory(file, history))
  return lines
}

function sinkStream(io: Io): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      io.stdout.write(chunk.toString('utf8'))
      done()
    },
  })
}

/** Newest first, as readline has it. */
function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .reverse()
  } catch {
    return []
  }
}

/** A history that cannot be kept is no reason to stop. */
function keepHistory(file: string, history: readonly string[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${[...history].reverse().join('\n')}\n`, { mode: 0o600 })
  } catch {}
}
