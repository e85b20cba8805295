import { type Timestamp, Type, tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Catalog, openCatalog, runStatement } from '../../recorders/sql/index.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { SHIPPED } from '../runners/backtest-config.ts'
import { arrow } from './arrow.ts'
import { type Rows, rowsOf } from './rows.ts'
import { table } from './table.ts'
import { csv, json } from './text.ts'

let catalog: Catalog
beforeAll(async () => {
  catalog = await openCatalog([await openDataset(SHIPPED)])
  await catalog.shut()
})
afterAll(() => catalog.close())

const ask = async (sql: string, limit?: number): Promise<Rows> =>
  rowsOf(await runStatement(catalog, sql), limit)

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(Uint8Array.from(piece))
  return Buffer.concat(all)
}

const WIDE = { width: Number.POSITIVE_INFINITY, color: false }
/** A value of every kind that a view or an aggregate can have. */
const ODD = `SELECT 9007199254740993 AS big, 0.1::DOUBLE AS real, 1.50::DECIMAL(4, 2) AS exact, true AS flag,
  make_timestamp(1776254400000001) AS at, date '2026-04-15' AS day, 'a "b", c' AS said, '' AS empty, NULL AS none,
  'nan'::DOUBLE AS nan, [1, NULL] AS list, {'a': 2, 'b': 'x'} AS pair, map {'k': 1.5} AS m, INTERVAL 90 MINUTE AS span,
  'ab'::BLOB AS bytes, timestamp '1969-12-31 23:59:59.999999' AS early`

describe('CSV', () => {
  test('quotes what has to be, ends lines with CR LF, and keeps NULL and the empty text apart', async () => {
    expect(await textOf(csv(await ask(ODD)))).toBe(
      'big,real,exact,flag,at,day,said,empty,none,nan,list,pair,m,span,bytes,early\r\n' +
        '9007199254740993,0.1,1.50,true,2026-04-15T12:00:00.000001Z,2026-04-15,"a ""b"", c","",,NaN,' +
        '"[1,null]","{""a"":2,""b"":""x""}","[{""key"":""k"",""value"":1.5}]",01:30:00,6162,1969-12-31T23:59:59.999999Z\r\n',
    )
  })

  test('of no rows is the head', async () => {
    expect(await textOf(csv(await ask('SELECT 1 AS a, 2 AS b WHERE false')))).toBe('a,b\r\n')
  })
})

describe('JSON', () => {
  test('is one array of objects that any reader takes, whole numbers with all their digits', async () => {
    const text = await textOf(json(await ask(ODD)))
    expect(text).toContain('"big":9007199254740993,')
    const [row, ...more] = JSON.parse(text) as Record<string, unknown>[]
    expect(more).toEqual([])
    expect(row).toMatchObject({
      real: 0.1,
      exact: 1.5,
      flag: true,
      at: '2026-04-15T12:00:00.000001Z',
      said: 'a "b", c',
      empty: '',
      none: null,
      nan: 'NaN',
      list: [1, null],
      pair: { a: 2, b: 'x' },
      m: [{ key: 'k', value: 1.5 }],
    })
  })

  test('of many rows is whole, of none empty, and columns of one name stay apart', async () => {
    const rows = JSON.parse(await textOf(json(await ask('SELECT range AS n FROM range(5000)')))) as {
      n: number
    }[]
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 5_000 }, (_, i) => i))
    expect(JSON.parse(await textOf(json(await ask('SELECT 1 AS a WHERE false'))))).toEqual([])
    const [same] = JSON.parse(await textOf(json(await ask('SELECT 1 AS a, 2 AS a')))) as object[]
    expect(Object.values(same!)).toEqual([1, 2])
  })
})

/** Dates and instants of every kind that are no moment. */
const KINDS = ['DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'] as const

describe.each(KINDS)('an infinite %s', (kind) => {
  const sql = `SELECT '-infinity'::${kind} AS low, 'infinity'::${kind} AS high, ['infinity'::${kind}] AS list`

  test('is called so in every form of text', async () => {
    expect(await textOf(csv(await ask(sql)))).toBe('low,high,list\r\n-infinity,infinity,"[""infinity""]"\r\n')
    expect(JSON.parse(await textOf(json(await ask(sql))))).toEqual([
      { low: '-infinity', high: 'infinity', list: ['infinity'] },
    ])
    expect(await textOf(table(await ask(sql), WIDE))).toMatch(/\n-infinity {2}infinity {2}\["infinity"\]\n$/)
  })

  test('is refused by Arrow, which would make a moment of it', async () => {
    await expect(bytesOf(arrow(await ask(sql)))).rejects.toMatchObject({
      code: 'sql.range',
      message: expect.stringContaining('low'),
    })
  })
})

describe('a decimal', () => {
  const EXACT = '123456789012345678.123456789'
  const sql = `SELECT ${EXACT}::DECIMAL(38, 9) AS long, -${EXACT}::DECIMAL(38, 9) AS less, 1.50::DECIMAL(15, 2) AS short, NULL::DECIMAL(38, 0) AS none, -1::DECIMAL(38, 0) AS one`

  test('has all its digits in every form of text', async () => {
    expect(await textOf(csv(await ask(sql)))).toContain(`${EXACT},-${EXACT},1.50,,-1`)
    expect(await textOf(json(await ask(sql)))).toContain(`"long":${EXACT},"less":-${EXACT},"short":1.50`)
    expect(await textOf(table(await ask(sql), WIDE))).toContain(`${EXACT}  -${EXACT}   1.50     –   -1`)
  })

  test('is a decimal in Arrow where a double could not hold it', async () => {
    const read = tableFromIPC(await bytesOf(arrow(await ask(sql))))
    const type = (name: string) => read.schema.fields.find((field) => field.name === name)!.type
    expect(String(type('long'))).toBe('Decimal[38e+9]')
    expect(type('short').typeId).toBe(Type.Float)
    const value = (name: string) => {
      const words = read.getChild(name)!.data[0]!.values as Uint32Array
      return BigInt.asIntN(
        128,
        words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
      )
    }
    expect([value('long'), value('less'), value('one')]).toEqual([
      123456789012345678123456789n,
      -123456789012345678123456789n,
      -1n,
    ])
    expect(read.getChild('none')!.get(0)).toBeNull()
  })
})

describe('a limit', () => {
  test('gives so many rows and says whether there are more', async () => {
    for (const [limit, count, more] of [
      [2_048, 2_048, true],
      [5_000, 5_000, false],
      [0, 0, true],
    ] as const) {
      const rows = await ask('SELECT * FROM range(5000)', limit)
      await textOf(csv(rows))
      expect([rows.count, rows.more]).toEqual([count, more])
    }
  })
})

describe('a table', () => {
  test('has numbers at the right and texts at the left, real numbers with the digits that matter', async () => {
    const sql = `SELECT * FROM (VALUES ('a', 1, 0.1 + 0.2::DOUBLE, 5.3e-5::DOUBLE), ('long text', 12345, NULL, 70000.0::DOUBLE)) v(name, n, x, sigma)`
    expect(await textOf(table(await ask(sql), WIDE))).toBe(
      [
        'name           n    x     sigma',
        'a              1  0.3  0.000053',
        'long text  12345    –     70000',
        '',
      ].join('\n'),
    )
  })

  test('fits the terminal: texts are cut first, then columns are left out and counted', async () => {
    const sql = "SELECT repeat('x', 60) AS long, 123456 AS number, repeat('y', 30) AS other, 7 AS last"
    for (const width of [100, 60, 40, 30, 20]) {
      const lines = (await textOf(table(await ask(sql), { width, color: false }))).split('\n')
      for (const line of lines)
        expect([...line].length, `${width}: ${line}`).toBeLessThanOrEqual(Math.max(width, 30))
    }
    const narrow = await textOf(table(await ask(sql), { width: 20, color: false }))
    expect(narrow).toBe('long      number\nxxxxxxx…  123456\n2 more columns do not fit\n')
  })

  test('shows instants whole or not at all', async () => {
    const sql = "SELECT repeat('x', 40) AS said, make_timestamp(1776254400000001) AS at, 1 AS n"
    const text = await textOf(table(await ask(sql), { width: 36, color: false }))
    expect(text).toBe('said      at\nxxxxxxx…  2026-04-15 12:00:00.000001\n1 more column does not fit\n')
  })

  test('lets no text of the data steer the terminal', async () => {
    expect(await textOf(table(await ask("SELECT chr(27) || '[31mred' || chr(10) AS a"), WIDE))).not.toContain(
      '\u001b',
    )
    const named = 'SELECT 1 AS "a\u001b[31m\u202eb"'
    expect(await textOf(table(await ask(named), WIDE))).toBe('a [31m b\n       1\n')
  })

  test('of many rows streams with the widths of the first thousand', async () => {
    const lines = (await textOf(table(await ask('SELECT range AS n FROM range(3000)'), WIDE)))
      .trimEnd()
      .split('\n')
    expect(lines).toHaveLength(3_001)
    expect(lines.at(-1)!.trim()).toBe('2999')
  })
})

describe('an Arrow file', () => {
  test('keeps types and values: µs UTC, int64, doubles, booleans, text, NULL', async () => {
    const read = tableFromIPC(await bytesOf(arrow(await ask(ODD))))
    const types = Object.fromEntries(read.schema.fields.map((field) => [field.name, field.type.typeId]))
    expect(types).toMatchObject({
      big: Type.Int,
      real: Type.Float,
      exact: Type.Float,
      flag: Type.Bool,
      at: Type.Timestamp,
      day: Type.Date,
      said: Type.Utf8,
      list: Type.Utf8,
    })
    const at = read.schema.fields.find(({ name }) => name === 'at')!.type as Timestamp
    expect([at.unit, at.timezone]).toEqual([2, 'UTC'])
    const row = read.get(0)!.toJSON() as Record<string, unknown>
    expect(row).toMatchObject({
      big: 9007199254740993n,
      real: 0.1,
      exact: 1.5,
      flag: true,
      said: 'a "b", c',
      empty: '',
      none: null,
    })
    expect((read.getChild('at')!.data[0]!.values as BigInt64Array)[0]).toBe(1776254400000001n)
    expect((read.getChild('early')!.data[0]!.values as BigInt64Array)[0]).toBe(-1n)
  })

  test('of many rows comes in batches and loses none; of none it has its columns', async () => {
    const sql =
      "SELECT range AS n, CASE WHEN range % 3 = 0 THEN NULL ELSE 'n' || range END AS t, range % 2 = 0 AS even FROM range(100000)"
    const read = tableFromIPC(await bytesOf(arrow(await ask(sql))))
    expect([read.numRows, read.batches.length]).toEqual([100_000, 4])
    for (const i of [0, 1, 2_047, 32_767, 32_768, 65_537, 99_999]) {
      expect(read.get(i)!.toJSON()).toEqual({
        n: BigInt(i),
        t: i % 3 === 0 ? null : `n${i}`,
        even: i % 2 === 0,
      })
    }
    const none = tableFromIPC(await bytesOf(arrow(await ask('SELECT 1 AS a WHERE false'))))
    expect([none.numRows, none.schema.fields.map(({ name }) => name)]).toEqual([0, ['a']])
  })

  test('refuses a whole number that 64 bits cannot hold, and names its column', async () => {
    await expect(
      bytesOf(arrow(await ask('SELECT 9223372036854775808::HUGEINT AS huge'))),
    ).rejects.toMatchObject({
      code: 'sql.range',
      message: expect.stringContaining('huge'),
    })
  })
})
