import { existsSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inFolder, tailOf, writeDataset } from '../tape/fixtures.ts'
import { openDataset } from '../tape/index.ts'
import { type Catalog, openCatalog } from './catalog.ts'
import { copyToParquet } from './copy.ts'
import { INSTRUMENTS, randomTape } from './fixtures.ts'
import { runStatement, runStatements } from './session.ts'
import { blankAfter, commentDepth, isBlank, splitStatements, statementsIn } from './statements.ts'

const ROWS = 900
const COUNTLESS = 'SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = -1'

async function withShut<T>(use: (catalog: Catalog, folder: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    await writeDataset(
      join(folder, 'd'),
      randomTape(ROWS, 5),
      { format: 'arrow' },
      [ROWS],
      tailOf(INSTRUMENTS),
    )
    const catalog = await openCatalog([await openDataset(join(folder, 'd'))])
    await catalog.shut([join(folder, 'allowed.part')])
    try {
      return await use(catalog, folder)
    } finally {
      catalog.close()
    }
  })
}

async function rowsOf(catalog: Catalog, sql: string, signal?: AbortSignal): Promise<unknown[][]> {
  const result = await runStatements(catalog, statementsIn(sql), signal === undefined ? {} : { signal })
  const rows: unknown[][] = []
  for await (const chunk of result.chunks()) rows.push(...chunk.getRows())
  return rows
}

describe('a shut catalog', () => {
  test('answers from its views still, those that are filled late too', async () => {
    await withShut(async (catalog) => {
      expect(await rowsOf(catalog, 'SELECT count(*) FROM events')).toEqual([[BigInt(ROWS)]])
      const [[touches]] = (await rowsOf(catalog, 'SELECT count(*) FROM bbo')) as [[bigint]]
      expect(touches).toBeGreaterThan(10n)
    })
  })

  test.each([
    ["SELECT * FROM read_csv('FOLDER/secret.csv')", 'sql.query'],
    ["SELECT * FROM 'FOLDER/secret.csv'", 'sql.query'],
    ["SELECT * FROM glob('FOLDER/*')", 'sql.query'],
    ["SELECT * FROM read_text('FOLDER/secret.csv')", 'sql.query'],
    ["COPY (SELECT 1) TO 'FOLDER/made.csv'", 'sql'],
    ["COPY events TO 'FOLDER/allowed.part' (FORMAT csv)", 'sql.refused'],
    ["EXPLAIN ANALYZE COPY (SELECT 1) TO 'FOLDER/allowed.part' (USE_TMP_FILE false)", 'sql.refused'],
    ["EXPLAIN ANALYZE --\rCOPY (SELECT 1) TO 'FOLDER/allowed.part' (USE_TMP_FILE false)", 'sql.refused'],
    ["EXPLAIN(ANALYZE)COPY (SELECT 1) TO 'FOLDER/allowed.part' (USE_TMP_FILE false)", 'sql.refused'],
    ["/**/EXPLAIN/**/ANALYZE/**/COPY (SELECT 1) TO 'FOLDER/allowed.part'", 'sql.refused'],
    ["EXPLAIN ANALYZE PREPARE p AS --\r COPY (SELECT 1) TO 'FOLDER/allowed.part'", 'sql.refused'],
    ['EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1', 'sql.refused'],
    ['PREPARE p AS SELECT 1', 'sql.refused'],
    ["CALL enable_logging(storage='file', storage_path='FOLDER/made')", 'sql.refused'],
    ["SELECT * FROM enable_logging(storage='file', storage_path='FOLDER/made')", 'sql.refused'],
    ["FROM \"ENABLE_LOGGING\"(storage='file', storage_path='FOLDER/made')", 'sql.refused'],
    ["CREATE MACRO m() AS TABLE SELECT * FROM enable_logging(storage='stdout')", 'sql.refused'],
    ["FROM query('FROM ena' || 'ble_logging()')", 'sql.refused'],
    ['FROM "query" /* x */ --\r (\'SELECT 1\')', 'sql.refused'],
    ["PRAGMA enable_profiling='json'", 'sql.refused'],
    ["PRAGMA json_execute_serialized_sql('{}')", 'sql.refused'],
    ['CALL pragma_version()', 'sql.refused'],
    ["ATTACH 'FOLDER/made.db'", 'sql'],
    ["EXPORT DATABASE 'FOLDER/made'", 'sql'],
    ['INSTALL httpfs', 'sql'],
    ['LOAD httpfs', 'sql'],
    ['SET enable_external_access = true', 'sql.query'],
    ['SET lock_configuration = false', 'sql.query'],
    ["SET temp_directory = 'FOLDER'", 'sql.query'],
    ["CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')", 'sql'],
  ])('neither reads nor writes what is not its own: %s', async (statement, code) => {
    await withShut(async (catalog, folder) => {
      writeFileSync(join(folder, 'secret.csv'), 'a\n1\n')
      const failed = await rowsOf(catalog, statement.replace('FOLDER', folder)).catch(
        (thrown: Error) => thrown,
      )
      expect(failed).toMatchObject({ code: expect.stringMatching(new RegExp(`^${code}`)) })
      for (const made of ['made.csv', 'made.db', 'made', 'allowed.part']) {
        expect(existsSync(join(folder, made)), made).toBe(false)
      }
    })
  })

  test('explains a SELECT, however it is written, and nothing else', async () => {
    await withShut(async (catalog) => {
      for (const text of [
        'EXPLAIN SELECT 1',
        'explain\nanalyze -- now\n SELECT count(*) FROM events',
        'EXPLAIN (SELECT 1)',
        'EXPLAIN (FORMAT json) SELECT 1',
        '/* why */ EXPLAIN (ANALYZE, FORMAT json) FROM range(3)',
        'SELECT query, query AS x FROM (SELECT 1 AS query)',
      ])
        expect(await rowsOf(catalog, text), text).toHaveLength(1)
    })
  })

  test('refuses texts that its parser would choke on, at once', async () => {
    await withShut(async (catalog) => {
      const unions = Array.from({ length: 20_000 }, () => 'SELECT 1').join(' UNION ALL ')
      const nested = `${'/*'.repeat(10_000)}${'*/'.repeat(10_000)} SELECT 1`
      const many = 'SELECT 1;'.repeat(10_001)
      for (const text of [unions, nested])
        await expect(runStatement(catalog, text)).rejects.toMatchObject({ code: 'sql.long' })
      expect(() => statementsIn(many)).toThrow(expect.objectContaining({ code: 'sql.long' }))
    })
  })

  test('leaves the dataset to the byte as it was, whatever is made in memory', async () => {
    await withShut(async (catalog, folder) => {
      const tape = join(folder, 'd', 'tape-00000.arrow')
      const before = await readFile(tape)
      expect(
        await rowsOf(
          catalog,
          'CREATE TABLE mine AS SELECT 1 AS a; INSERT INTO mine VALUES (2); SELECT sum(a) FROM mine',
        ),
      ).toEqual([[3n]])
      expect((await readFile(tape)).equals(before)).toBe(true)
    })
  })

  test('writes Parquet where it was told to, with sums 64 bits wide', async () => {
    await withShut(async (catalog, folder) => {
      const file = join(folder, 'allowed.part')
      const sql =
        'CREATE TABLE t AS FROM range(10); SELECT sum(range) AS total, range % 2 AS odd FROM t GROUP BY odd ORDER BY odd;'
      expect(await copyToParquet(catalog, statementsIn(sql), file, { limit: Number.POSITIVE_INFINITY })).toBe(
        2,
      )
      const instance = await DuckDBInstance.create(':memory:')
      const connection = await instance.connect()
      const read = await connection.runAndReadAll(
        `SELECT typeof(total) AS type, total FROM read_parquet('${file}')`,
      )
      expect(read.getRows()).toEqual([
        ['BIGINT', 20n],
        ['BIGINT', 25n],
      ])
      expect(await copyToParquet(catalog, statementsIn('DESCRIBE bbo'), file, { limit: 3 })).toBe(3)
      connection.closeSync()
      instance.closeSync()
      await expect(
        copyToParquet(catalog, statementsIn('CREATE TABLE u AS SELECT 1'), file, { limit: 1 }),
      ).rejects.toMatchObject({ code: 'sql.refused' })
    })
  })
})

describe('a stop', () => {
  test('interrupts the database, and the next query is answered', async () => {
    await withShut(async (catalog) => {
      // Whenever it comes, the answer is the same: mostly it comes in the midst of the query.
      const signal = AbortSignal.timeout(30)
      await expect(rowsOf(catalog, COUNTLESS, signal)).rejects.toMatchObject({ name: 'TimeoutError' })
      expect(await rowsOf(catalog, 'SELECT 7')).toEqual([[7]])
    })
  })

  test('while a table is filled leaves it to be filled anew', async () => {
    await withShut(async (catalog) => {
      const stop = new Error('enough')
      await expect(catalog.prepare('SELECT * FROM bbo', AbortSignal.abort(stop))).rejects.toBe(stop)
      await expect(catalog.prepare('SELECT * FROM events', AbortSignal.abort(stop))).rejects.toBe(stop)
      expect(await rowsOf(catalog, 'SELECT count(*) FROM events')).toEqual([[BigInt(ROWS)]])
      const [[touches]] = (await rowsOf(catalog, 'SELECT count(*) FROM bbo')) as [[bigint]]
      expect(touches).toBeGreaterThan(10n)
    })
  })
})

describe('a mistake', () => {
  test('is told with its statement, its line and its column', async () => {
    await withShut(async (catalog) => {
      const text = 'SELECT 1;\n\nSELECT "row",\n  nothing\nFROM events'
      await expect(rowsOf(catalog, text)).rejects.toMatchObject({
        code: 'sql.query',
        message: expect.stringMatching(
          /^statement 2 of 2, which begins in line 3: Binder Error: .*"nothing".* At line 2, column 3: nothing$/,
        ),
      })
      await expect(runStatement(catalog, 'SELEC 1')).rejects.toMatchObject({
        message: expect.stringMatching(/At line 1, column 1: SELEC 1$/),
      })
      await expect(rowsOf(catalog, ' -- nothing\n')).rejects.toMatchObject({ code: 'sql.empty' })
    })
  })
})

describe('statements of a text', () => {
  const pieces = fc.constantFrom(
    'SELECT 1',
    "SELECT 'a;b'",
    "SELECT 'it''s; so'",
    'SELECT 1 AS "x;y"',
    "SELECT E'\\';'",
    'SELECT $$;$$',
    'SELECT $tag$ $$;$$ $tag$',
    '-- a; comment\nSELECT 2',
    '/* a; /* b; */ c; */ SELECT 3',
    "SELECT 4 -- it's\n",
    "SELECT 7 -- it's\r",
    'SELECT 5 - -5',
    "SELECT 6 AS e, 'e'';'",
  )
  let instance: DuckDBInstance
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:')
  })
  afterAll(() => instance.closeSync())

  test('are those that the database sees', async () => {
    const connection = await instance.connect()
    const gaps = fc.constantFrom(';', '; ', ';;', ';\n;\n')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(pieces, gaps), { minLength: 1, maxLength: 8 }), async (parts) => {
        const text = parts.flat().join('')
        const found = statementsIn(text)
        expect(found.map((one) => one.text)).toEqual(parts.map(([piece]) => piece.trim()))
        expect((await connection.extractStatements(text)).count).toBe(found.length)
      }),
      { numRuns: 150 },
    )
    connection.closeSync()
  })

  test('are whole at their semicolon only: what follows waits for more', () => {
    expect(splitStatements("SELECT 1;\nSELECT ';\n")).toEqual({
      statements: [{ text: 'SELECT 1', line: 1 }],
      rest: { text: "SELECT ';", line: 2 },
    })
  })

  test('a comment ends at a carriage return, as the database has it', () => {
    expect(blankAfter('-- a\rSELECT', 0)).toBe(5)
    expect(isBlank(' -- a\r\n/* b /* c */ */ -- d')).toBe(true)
    expect(isBlank('-- a\rSELECT')).toBe(false)
  })

  test('comments are as deep as they stand in one another', () => {
    expect(commentDepth("SELECT '/* /*' -- /* /*\n/* a /* b */ /* c */ */ /**/")).toBe(2)
  })
})
