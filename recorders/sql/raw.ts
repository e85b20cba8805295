import { join } from 'node:path'
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import { COLUMNS, type Columns, type Instrument, type Market } from '../../core/events/index.ts'
import { literalPath, quote } from '../database.ts'
import { type Dataset, readColumns, readTapeFile, tapeFiles } from '../tape/index.ts'
import { checkParquet } from '../tape/parquet.ts'
import { appendRows, type Cell, CHUNK_ROWS } from './append.ts'

/**
 * The schema `raw`: the rows and side tables of datasets as they are stored, integers and all, under one name each
 * whatever the datasets' number and form. The views stand on it.
 */

/** A dataset and the name that its rows carry in the column `dataset`. */
export type Named = { readonly name: string; readonly dataset: Dataset }

const TYPES = { f64: DOUBLE, u32: UINTEGER, u8: UTINYINT } as const
const SQL = { f64: 'DOUBLE', u32: 'UINTEGER', u8: 'UTINYINT' } as const

type SideTable = {
  name: string
  columns: readonly (readonly [string, 'VARCHAR' | 'DOUBLE'])[]
  rows: Cell[][]
}

/** Make the schema with everything but the rows of Arrow files, which {@link loadArrow} appends, and the touch. */
export async function createRaw(connection: DuckDBConnection, datasets: readonly Named[]): Promise<void> {
  await connection.run('CREATE SCHEMA raw')
  for (const table of sideTables(datasets)) await createSideTable(connection, table)
  const parts: string[] = []
  for (const [d, { name, dataset }] of datasets.entries()) {
    let first = 0
    for (const [f, { path, rows }] of tapeFiles(dataset).entries()) {
      const source = await sourceOf(connection, join(dataset.dir, path), arrowTable(d, f))
      const columns = ['"row"', ...COLUMNS.map(([column]) => column)]
      parts.push(`SELECT ${quote(name)} AS dataset, ${columns.join(', ')} FROM (${source(first)})`)
      first += rows
    }
  }
  await connection.run(`CREATE VIEW raw.tape AS ${parts.join(' UNION ALL ')}`)
}

/** The tables that {@link loadArrow} fills; none where no dataset has Arrow files. */
export function arrowTables(datasets: readonly Named[]): string[] {
  return datasets.flatMap(({ dataset }, d) =>
    tapeFiles(dataset).flatMap(({ path }, f) => (path.endsWith('.arrow') ? `raw.${arrowTable(d, f)}` : [])),
  )
}

/**
 * The rows of a dataset, for a pass over them. Days of a recording are read as they lie: they grow, and a replay cache of
 * each state would fill the disk.
 */
export function rowsOf(dataset: Dataset): AsyncGenerator<Columns> {
  return readColumns(dataset, { cache: dataset.manifest.recording === undefined })
}

/** Append the rows of every Arrow file: DuckDB cannot read them itself. */
export async function loadArrow(
  connection: DuckDBConnection,
  datasets: readonly Named[],
  signal?: AbortSignal,
): Promise<void> {
  for (const [d, { dataset }] of datasets.entries()) {
    for (const [f, { path }] of tapeFiles(dataset).entries()) {
      if (!path.endsWith('.arrow')) continue
      const file = join(dataset.dir, path)
      const appender = await connection.createAppender(arrowTable(d, f), 'raw')
      let first = 0
      try {
        for await (const columns of readTapeFile(file)) {
          signal?.throwIfAborted()
          for (let row = 0; row < columns.length; row += CHUNK_ROWS) {
            const end = Math.min(row + CHUNK_ROWS, columns.length)
            appender.appendDataChunk(chunkOf(columns, row, end, first + row))
          }
          first += columns.length
        }
      } finally {
        appender.closeSync()
      }
    }
  }
}

/** One tape file as a SELECT of whole numbers. Rows count on from file to file, as the tape does. */
async function sourceOf(
  connection: DuckDBConnection,
  file: string,
  table: string,
): Promise<(first: number) => string> {
  const columns = COLUMNS.map(([name, type]) =>
    type === 'f64' ? `CAST(${name} AS BIGINT) AS ${name}` : name,
  )
  if (file.endsWith('.parquet')) {
    await checkParquet(connection, file)
    const rows = `read_parquet(${literalPath(file)}, file_row_number = true)`
    return (first) => `SELECT file_row_number + ${first} AS "row", ${columns.join(', ')} FROM ${rows}`
  }
  const types = COLUMNS.map(([name, type]) => `${name} ${SQL[type]}`)
  await connection.run(`CREATE TABLE raw.${table} ("row" DOUBLE, ${types.join(', ')})`)
  return (first) =>
    `SELECT CAST("row" AS BIGINT) + ${first} AS "row", ${columns.join(', ')} FROM raw.${table}`
}

function arrowTable(dataset: number, file: number): string {
  return `tape_${dataset}_${file}`
}

function chunkOf(columns: Columns, from: number, to: number, first: number): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create([DOUBLE, ...COLUMNS.map(([, type]) => TYPES[type])], to - from)
  const rows = chunk.getColumnVector(0)
  for (let row = from; row < to; row++) rows.setItem(row - from, first + row - from)
  rows.flush()
  COLUMNS.forEach(([name], i) => {
    const vector = chunk.getColumnVector(i + 1)
    for (let row = from; row < to; row++) vector.setItem(row - from, columns[name][row]!)
    vector.flush()
  })
  return chunk
}

async function createSideTable(connection: DuckDBConnection, table: SideTable): Promise<void> {
  const columns = table.columns.map(([name, type]) => `${name} ${type}`)
  await connection.run(`CREATE TABLE raw.${table.name} (${columns.join(', ')})`)
  const types: DuckDBType[] = table.columns.map(([, type]) => (type === 'VARCHAR' ? VARCHAR : DOUBLE))
  await appendRows(connection, table.name, types, (add) => {
    for (const row of table.rows) add(row)
  })
}

function sideTables(datasets: readonly Named[]): SideTable[] {
  const of = (cells: (named: Named) => Cell[][]) =>
    datasets.flatMap((named) => cells(named).map((row) => [named.name, ...row]))
  return [
    {
      name: 'markets',
      columns: [
        ['dataset', 'VARCHAR'],
        ['market', 'DOUBLE'],
        ...MARKET.map(([name, type]) => [name, type] as const),
      ],
      rows: of(({ dataset }) => {
        const tokens = tokensOf(dataset)
        return dataset.instruments.markets.map((market, i) => [
          i,
          ...MARKET.map(([, , cell]) => cell(market, tokens.get(i) ?? {})),
        ])
      }),
    },
    {
      name: 'instruments',
      columns: [
        ['dataset', 'VARCHAR'],
        ['instrument', 'DOUBLE'],
        ['kind', 'VARCHAR'],
        ['market', 'VARCHAR'],
        ['market_index', 'DOUBLE'],
        ['outcome', 'VARCHAR'],
        ['token_id', 'VARCHAR'],
        ['series', 'VARCHAR'],
        ['asset', 'VARCHAR'],
        ['venue', 'VARCHAR'],
      ],
      rows: of(({ dataset }) =>
        dataset.instruments.instruments.map((one, i) => [i, one.kind, ...instrumentCells(dataset, one)]),
      ),
    },
    {
      name: 'resolutions',
      columns: [
        ['dataset', 'VARCHAR'],
        ['market', 'DOUBLE'],
        ['up_payout', 'DOUBLE'],
        ['known_us', 'DOUBLE'],
        ['class', 'VARCHAR'],
      ],
      rows: of(({ dataset }) =>
        dataset.resolutions.map((one) => [one.market, one.up_payout, one.known_us, one.class]),
      ),
    },
    {
      name: 'gaps',
      columns: [
        ['dataset', 'VARCHAR'],
        ['market', 'DOUBLE'],
        ['feed', 'VARCHAR'],
        ['from_us', 'DOUBLE'],
        ['to_us', 'DOUBLE'],
        ['reason', 'VARCHAR'],
      ],
      rows: of(({ dataset }) =>
        dataset.gaps.map((gap) => [gap.market, gap.feed, gap.from_us, gap.to_us, gap.reason]),
      ),
    },
  ]
}

type Tokens = { up?: string; down?: string }
type MarketCell = (market: Market, tokens: Tokens) => Cell

const MARKET: readonly (readonly [string, 'VARCHAR' | 'DOUBLE', MarketCell])[] = [
  ['slug', 'VARCHAR', (market) => market.slug],
  ['asset', 'VARCHAR', (market) => market.asset],
  ['series', 'VARCHAR', (market) => market.series],
  ['start_us', 'DOUBLE', (market) => market.start_us],
  ['end_us', 'DOUBLE', (market) => market.end_us],
  ['created_us', 'DOUBLE', (market) => market.created_us],
  ['condition_id', 'VARCHAR', (market) => market.condition_id],
  ['up_token', 'VARCHAR', (_, { up }) => up ?? null],
  ['down_token', 'VARCHAR', (_, { down }) => down ?? null],
  ['tick', 'DOUBLE', (market) => market.tick],
  ['min_size', 'DOUBLE', (market) => market.min_size],
  ['fee_rate_ppm', 'DOUBLE', (market) => market.fee?.rate_ppm ?? null],
  ['fee_exponent', 'DOUBLE', (market) => market.fee?.exponent ?? null],
  ['settlement_source', 'VARCHAR', (market) => market.settlement?.source ?? null],
  ['settlement_kind', 'VARCHAR', (market) => market.settlement?.kind ?? null],
  ['settlement_lookback_s', 'DOUBLE', (market) => market.settlement?.lookback_s ?? null],
  ['taker_hold_ms', 'DOUBLE', (market) => market.taker_hold_ms],
]

function tokensOf(dataset: Dataset): Map<number, Tokens> {
  const tokens = new Map<number, Tokens>()
  for (const one of dataset.instruments.instruments) {
    if (one.kind !== 'token') continue
    tokens.set(one.market, { ...tokens.get(one.market), [one.outcome]: one.token_id })
  }
  return tokens
}

function instrumentCells(dataset: Dataset, one: Instrument): Cell[] {
  if (one.kind === 'series') return [null, null, null, null, one.name, one.asset, one.venue]
  const slug = dataset.instruments.markets[one.market]?.slug ?? null
  return [slug, one.market, one.outcome, one.token_id, null, null, null]
}
