import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { discard, makeScratch, stage } from '../../recorders/files/index.ts'
import { type Catalog, copyToParquet, runStatements, type Statement } from '../../recorders/sql/index.ts'
import { CliError } from '../cli/errors.ts'
import type { Sink } from '../cli/io.ts'
import { arrow } from './arrow.ts'
import { type Rows, rowsOf } from './rows.ts'
import { table } from './table.ts'
import { csv, json } from './text.ts'

/** Forms that a result can be written in. */
export const FORMATS = ['table', 'csv', 'json', 'parquet', 'arrow'] as const
export type Format = (typeof FORMATS)[number]

/** What is written, and how. */
export type WriteOptions = {
  format: Format
  /** Rows at most; Infinity for all. */
  limit: number
  width: number
  color: boolean
  signal?: AbortSignal
}

/** What was written. */
export type Written = { rows: number; more: boolean }

/**
 * Run statements and write the last one's result as it is made.
 *
 * @param part where a Parquet file is made first: a path that the catalog was left; null where none can be
 * @returns rows written, and whether the limit left some out (of Parquet that is not known)
 * @throws SqlError; and the signal's reason
 */
export async function writeResult(
  catalog: Catalog,
  statements: readonly Statement[],
  put: (part: string | Uint8Array) => Promise<void>,
  part: string | null,
  options: WriteOptions,
): Promise<Written> {
  if (options.format === 'parquet') {
    if (part === null) throw new CliError('usage.out', 'parquet is written to a file', 'name it with --out')
    try {
      const written = await copyToParquet(catalog, statements, part, options)
      for await (const bytes of createReadStream(part)) await put(bytes as Uint8Array)
      return { rows: written, more: false }
    } finally {
      await discard(part)
    }
  }
  const rows = rowsOf(await runStatements(catalog, statements, options), options.limit)
  for await (const piece of piecesOf(rows, options)) await put(piece)
  return { rows: rows.count, more: rows.more }
}

function piecesOf(rows: Rows, { format, width, color }: WriteOptions): AsyncGenerator<string | Uint8Array> {
  if (format === 'csv') return csv(rows)
  if (format === 'json') return json(rows)
  return format === 'arrow' ? arrow(rows) : table(rows, { width, color })
}

/** Writing to a stream at the pace that it takes. */
export function toSink(sink: Sink): (part: string | Uint8Array) => Promise<void> {
  return async (part) => {
    if (sink.write(part) !== false || sink.once === undefined) return
    await new Promise<void>((resolve) => {
      sink.once?.('drain', resolve)
      sink.once?.('close', resolve)
    })
  }
}

/** A file that is there only once it is whole. */
export type OutFile = {
  put(part: string | Uint8Array): Promise<void>
  /** Beside it, for what is made first. */
  readonly part: string
  keep(): Promise<void>
  drop(): Promise<void>
}

/** What goes to a stream: only what is made first needs a place. */
export async function beginStream(sink: Sink): Promise<OutFile> {
  const { path, remove } = await makeScratch('sql')
  return { part: join(path, 'part'), put: toSink(sink), keep: remove, drop: remove }
}

/**
 * Begin a file beside its place.
 *
 * @throws CliError `sql.out_exists` where something is at the place
 */
export async function beginFile(path: string): Promise<OutFile> {
  const there = await stat(path).catch(() => null)
  if (there !== null) {
    throw new CliError('sql.out_exists', `${path} exists`, 'name a file that does not', { field: '--out' })
  }
  const staging = await stage(path)
  const file = await open(staging.path, 'wx').catch(async (thrown: unknown) => {
    await staging.drop()
    throw thrown
  })
  return {
    part: staging.beside('part'),
    put: async (part) => void (await file.writeFile(part)),
    async keep() {
      await file.close()
      await staging.keep()
    },
    async drop() {
      await file.close().catch(() => undefined)
      await staging.drop()
    },
  }
}
