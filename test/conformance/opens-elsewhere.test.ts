import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DuckDBValue } from '@duckdb/node-api'
import { beforeAll, describe, expect, test } from 'vitest'
import { COLUMNS } from '../../core/events/index.ts'
import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import { microsOf } from '../../engine/sql/values.ts'
import { openCatalog, runStatement } from '../../recorders/sql/index.ts'
import {
  createDataset,
  type Dataset,
  openDataset,
  readColumns,
  tapeFiles,
} from '../../recorders/tape/index.ts'
import { cli } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { findReader } from './reader.ts'

/** Files of a dataset and results of `engine sql` in the hands of others: PyArrow and DuckDB's own Python package. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPT = join(ROOT, 'test/fixtures/opens_elsewhere.py')
/** Rows of each file that are compared value by value; all are counted. */
const ROWS = 5_000
const QUERY = 'SELECT * FROM bbo ORDER BY "row", market'
const INTEGERS = `SELECT "row", time, kind, last, outcome, price FROM events WHERE "row" < 100000 ORDER BY "row"`

const folder = temporary()
type Found = { rows: number; digest: string; types?: Record<string, string> }
let found: Record<string, { pyarrow: Found; duckdb: Found }>
const files = {
  parquet: '',
  arrow: join(folder, 'arrow', 'tape-00000.arrow'),
  bbo_parquet: join(folder, 'bbo.parquet'),
  bbo_arrow: join(folder, 'bbo.arrow'),
  events_arrow: join(folder, 'events.arrow'),
}
let shipped: Dataset

describe('files', () => {
  beforeAll(async () => {
    shipped = await openDataset(SHIPPED)
    files.parquet = join(SHIPPED, tapeFiles(shipped)[0]!.path)
    await rewrite(shipped, join(folder, 'arrow'))
    for (const [query, out] of [
      [QUERY, files.bbo_parquet],
      [QUERY, files.bbo_arrow],
      [INTEGERS, files.events_arrow],
    ] as const) {
      expect(await cli(['sql', query, '--out', out])).toMatchObject({ code: 0, err: '' })
    }
    const out = execFileSync(findReader(), [SCRIPT, String(ROWS), ...Object.values(files)], {
      maxBuffer: 2 ** 24,
    })
    found = JSON.parse(out.toString()) as typeof found
  })

  test.each(['parquet', 'arrow'] as const)(
    'of a dataset, %s, have its rows for every reader',
    async (form) => {
      const expected = { rows: shipped.manifest.counts.rows, digest: await digestOfTape(shipped) }
      expect(found[files[form]]).toMatchObject({ pyarrow: expected, duckdb: expected })
    },
  )

  test.each([
    ['bbo_parquet', QUERY],
    ['bbo_arrow', QUERY],
    ['events_arrow', INTEGERS],
  ] as const)(
    'that engine sql wrote, %s, have the rows of the query for every reader',
    async (name, query) => {
      const expected = await resultOf(query)
      expect(expected.rows).toBeGreaterThan(ROWS)
      expect(found[files[name]]).toMatchObject({ pyarrow: expected, duckdb: expected })
    },
  )

  test('keep the types of the query in Arrow: instants are µs with time zone UTC', () => {
    expect(found[files.bbo_arrow]!.pyarrow.types).toMatchObject({
      dataset: 'string',
      row: 'int64',
      time: 'timestamp[us, tz=UTC]',
      bid: 'double',
    })
    expect(found[files.events_arrow]!.pyarrow.types).toMatchObject({ last: 'bool', outcome: 'string' })
  })
})

/** The same rows as a dataset of Arrow files. */
async function rewrite(dataset: Dataset, out: string): Promise<void> {
  const { manifest, instruments, resolutions, gaps } = dataset
  const writer = await createDataset(out, manifest, { format: 'arrow' })
  for await (const columns of readColumns(dataset)) await writer.append(columns)
  const { assignment, windows, inferred, refused } = manifest
  const made = await writer.finish({ assignment, windows, inferred, refused, instruments, resolutions, gaps })
  expect(made.dataset_hash).toBe(manifest.dataset_hash)
}

async function digestOfTape(dataset: Dataset): Promise<string> {
  const hash = createHash('sha256')
  let rows = 0
  for await (const columns of readColumns(dataset)) {
    for (let i = 0; i < columns.length && rows < ROWS; i++, rows++) {
      hash.update(`${COLUMNS.map(([name]) => String(columns[name][i])).join('\u001f')}\n`)
    }
    if (rows === ROWS) break
  }
  return hash.digest('hex')
}

/** Rows of a query and the digest of the first ones, by this project's own DuckDB. */
async function resultOf(query: string): Promise<Found> {
  const catalog = await openCatalog([shipped])
  const hash = createHash('sha256')
  let rows = 0
  for await (const chunk of (await runStatement(catalog, query)).chunks()) {
    for (const row of chunk.getRows()) if (rows++ < ROWS) hash.update(`${row.map(textOf).join('\u001f')}\n`)
  }
  catalog.close()
  return { rows, digest: hash.digest('hex') }
}

/** As in `text_of` of the script. */
function textOf(value: DuckDBValue): string {
  if (value === null) return ''
  if (typeof value === 'number' && !Number.isInteger(value)) {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return bytes.toString('hex')
  }
  return typeof value === 'object' ? String(microsOf(value)) : String(value)
}
