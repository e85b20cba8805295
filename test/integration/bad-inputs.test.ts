import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { allocate, COLUMNS, type Columns } from '../../core/events/index.ts'
import { importers } from '../../recorders/import/index.ts'
import { createArrowFile, type Manifest, sha256Of } from '../../recorders/tape/index.ts'
import { cli, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset, writeSynthetic } from '../fixtures/synthetic-dataset.ts'
import { syntheticTape } from '../fixtures/synthetic-tape.ts'

/**
 * What cannot be trusted or understood is refused by one clear error that names the file and the field and says what to
 * do, and leaves nothing behind: not in the place of the run, not in the system's folder for temporary files.
 */

const root = temporary()
const DATA = join(root, 'data')
const TAPE = 'tape-00000.arrow'
const PARQUET = join(root, 'parquet', 'd')
const tape = syntheticTape({ seed: 7, trades: true, rate: 1, windows: 1 })

beforeAll(async () => {
  await writeSynthetic(DATA, tape, { format: 'arrow' })
  await writeSynthetic(PARQUET, tape)
})

type Refused = { code: string; field?: string; file?: string; row?: number }

/** A window of whose fees nobody knows: its market was made during the change-over of 31 March 2026. */
const UNKNOWN_US = 1_775_044_800_000_000

/** Run what must be refused and hold the refusal, both forms of it, to what it has to say. */
async function refuse(argv: string[], exit: number, expected: Refused, io = {}): Promise<string> {
  const place = join(root, 'place')
  const scratch = join(root, 'scratch')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  vi.stubEnv('TMPDIR', scratch)
  try {
    expect(realpathSync(tmpdir())).toBe(scratch)
    const out = argv.includes('backtest') ? ['--out', join(place, 'run')] : []
    const plain = await cli([...argv, ...out], io)
    const ran = await cli([...argv, ...out, '--json'], io)
    expect(ran).toMatchObject({ code: exit, out: '' })
    expect(plain).toMatchObject({ code: exit, out: '' })
    const error = oneObject(ran.err)
    expect(error).toMatchObject(expected)
    expect(error.fix).toMatch(/\w{3}/)
    expect(plain.err).toMatch(/^engine: .+\. To mend it: .+\.\n$/)
    // In words too the file and the field are named.
    for (const part of [expected.file, expected.field])
      if (part !== undefined) expect(plain.err).toContain(part)
    expect(() => readdirSync(place)).toThrow('ENOENT')
    expect(readdirSync(scratch)).toEqual([])
    return String(error.message)
  } finally {
    vi.unstubAllEnvs()
  }
}

/** A copy of a dataset in a folder of its own, so that no replay cache is found. */
function copy(name: string, from: string = DATA): string {
  const dir = join(root, 'copies', name, 'd')
  rmSync(join(root, 'copies', name), { recursive: true, force: true })
  cpSync(from, dir, { recursive: true })
  return dir
}

const manifestOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest

function edit(dir: string, change: Record<string, unknown>): void {
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifestOf(dir), ...change }))
}

/** Change what the manifest says of the tape file. */
function editFile(dir: string, change: Partial<Manifest['files'][number]>): void {
  const [first, ...rest] = manifestOf(dir).files
  edit(dir, { files: [{ ...first, ...change }, ...rest] })
}

/** Put other rows into the tape file and mend the manifest, all but the content hash. */
async function rewrite(dir: string, change: (columns: Columns) => void): Promise<void> {
  const columns = allocate(tape.columns.length)
  columns.length = tape.columns.length
  for (const [name] of COLUMNS) columns[name].set(tape.columns[name].subarray(0, columns.length))
  change(columns)
  const file = join(dir, TAPE)
  const writer = await createArrowFile(file)
  await writer.append(columns, 0, columns.length)
  await writer.finish()
  editFile(dir, {
    bytes: readFileSync(file).length,
    sha256: await sha256Of(file),
    rows: columns.length,
  })
  const { counts } = manifestOf(dir)
  edit(dir, { counts: { ...counts, rows: columns.length } })
}

describe('a manifest', () => {
  test.each<[string, Record<string, unknown> | string, string, string | undefined]>([
    ['that is not JSON', '{"schema_version": 1', 'tape.manifest_json', undefined],
    ['that is a list', '[]', 'tape.manifest', undefined],
    ['of an unknown schema version', { schema_version: 99 }, 'tape.schema_version', 'schema_version'],
    ['without schema version', { schema_version: undefined }, 'tape.manifest', 'schema_version'],
    ['whose hash is no hash', { dataset_hash: 'abc' }, 'tape.manifest', 'dataset_hash'],
    ['that says of which token it knows nothing', { assignment: 'perhaps' }, 'tape.manifest', 'assignment'],
    ['with a count that is a text', { windows: { total: 'many' } }, 'tape.manifest', 'windows.total'],
    ['with no files', { files: [] }, 'tape.manifest', 'files'],
    ...[
      'dataset_hash',
      'source',
      'licence',
      'attribution',
      'created_by',
      'reference_profile',
      'series',
      'assets',
      'time_range',
      'counts',
      'windows',
      'gaps',
      'inferred',
      'files',
    ].map((key): [string, Record<string, unknown>, string, string] => [
      `without ${key}`,
      { [key]: undefined },
      'tape.manifest',
      key,
    ]),
  ])('%s', async (_, change, code, field) => {
    const dir = copy('manifest')
    if (typeof change === 'string') writeFileSync(join(dir, 'manifest.json'), change)
    else edit(dir, change)
    await refuse(['backtest', dir], 1, {
      code,
      file: join(dir, 'manifest.json'),
      ...(field !== undefined && { field }),
    })
  })

  test('whose dataset hash lies: both hashes are said, and no cache is left', async () => {
    for (const from of [DATA, PARQUET]) {
      const dir = copy('lie', from)
      const { dataset_hash } = manifestOf(dir)
      const lie = dataset_hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
      edit(dir, { dataset_hash: lie })
      const message = await refuse(['backtest', dir], 1, {
        code: 'tape.content_hash',
        file: join(dir, 'manifest.json'),
        field: 'dataset_hash',
      })
      expect(message).toContain(lie)
      expect(message).toContain(dataset_hash)
      expect(readdirSync(join(dir, '..')).filter((name) => name !== 'd' && name !== '.cache')).toEqual([])
    }
  })

  test('that counts other rows than its files', async () => {
    const dir = copy('counts')
    editFile(dir, { rows: 7 })
    await refuse(['backtest', dir], 1, {
      code: 'tape.counts',
      file: join(dir, 'manifest.json'),
      field: 'counts.rows',
    })
  })

  test('that points out of its folder', async () => {
    const dir = copy('out')
    editFile(dir, { path: '../tape.arrow' })
    await refuse(['backtest', dir], 1, {
      code: 'tape.manifest',
      file: join(dir, 'manifest.json'),
      field: 'files.0.path',
    })
  })
})

describe('a tape', () => {
  test('that is missing', async () => {
    const dir = copy('missing')
    rmSync(join(dir, TAPE))
    await refuse(['backtest', dir], 1, { code: 'tape.file_missing', file: join(dir, TAPE), field: 'files' })
  })

  test('that is truncated', async () => {
    const dir = copy('truncated')
    truncateSync(join(dir, TAPE), 10_000)
    await refuse(['backtest', dir], 1, {
      code: 'tape.file_size',
      file: join(dir, TAPE),
      field: 'files.bytes',
    })
  })

  test('that is truncated, with a manifest that agrees', async () => {
    for (const [from, name, code] of [
      [DATA, TAPE, 'tape.arrow'],
      [PARQUET, 'tape-00000.parquet', 'tape.parquet'],
    ] as const) {
      const dir = copy('truncated', from)
      truncateSync(join(dir, name), 10_000)
      editFile(dir, { bytes: 10_000 })
      await refuse(['backtest', dir], 1, { code, file: join(dir, name) })
    }
  })

  test('that is of the wrong size', async () => {
    const dir = copy('size')
    editFile(dir, { bytes: 1 })
    await refuse(['backtest', dir], 1, {
      code: 'tape.file_size',
      file: join(dir, TAPE),
      field: 'files.bytes',
    })
  })

  test('with one bit of a size turned over', async () => {
    const dir = copy('corrupted')
    const { dataset_hash } = manifestOf(dir)
    await rewrite(dir, (columns) => {
      columns.size[4_000] = columns.size[4_000]! + 1
    })
    const message = await refuse(['backtest', dir], 1, {
      code: 'tape.content_hash',
      file: join(dir, 'manifest.json'),
      field: 'dataset_hash',
    })
    expect(message).toContain(dataset_hash)
  })

  test('with two rows in each other’s place', async () => {
    const dir = copy('reordered')
    await rewrite(dir, (columns) => {
      for (const [name] of COLUMNS) {
        const [a, b] = [columns[name][3_000]!, columns[name][3_100]!]
        columns[name][3_000] = b
        columns[name][3_100] = a
      }
    })
    await refuse(['backtest', dir], 1, {
      code: 'tape.order',
      file: join(dir, TAPE),
      field: 'local_us',
      row: 3_001,
    })
  })

  test('with equal times in another order', async () => {
    const dir = copy('swapped')
    const at = tape.columns.local_us.findIndex((us, i) => i > 2_000 && us === tape.columns.local_us[i + 1])
    await rewrite(dir, (columns) => {
      for (const [name] of COLUMNS) {
        const [a, b] = [columns[name][at]!, columns[name][at + 1]!]
        columns[name][at] = b
        columns[name][at + 1] = a
      }
    })
    await refuse(['backtest', dir], 1, { code: 'tape.content_hash', field: 'dataset_hash' })
  })

  test('with a row of an instrument that does not exist', async () => {
    const dir = copy('instrument')
    await rewrite(dir, (columns) => {
      columns.instrument[99] = 77
    })
    await refuse(['backtest', dir], 1, {
      code: 'tape.value',
      file: join(dir, TAPE),
      field: 'instrument',
      row: 99,
    })
  })

  test('without a row', async () => {
    const dir = copy('empty')
    await rewrite(dir, (columns) => {
      columns.length = 0
    })
    await refuse(['backtest', dir], 1, { code: 'tape.empty', file: join(dir, 'manifest.json') })
  })

  test('a side table that was changed, also where a cache of the rows is at hand', async () => {
    const dir = copy('side', PARQUET)
    const ran = await cli([
      'backtest',
      dir,
      '--strategy',
      'nothing',
      '--no-report',
      '--out',
      join(root, 'warm'),
    ])
    expect(ran.code).toBe(0)
    const file = join(dir, 'instruments.json')
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('"outcome":"up"', '"outcome":"no"')
        .replace('"no"', '"up"')
        .replace('"01"', '"07"'),
    )
    await refuse(['backtest', dir], 1, { code: 'tape.file_hash', file, field: 'files.sha256' })
  })
})

describe('a dataset', () => {
  test('that is not there', async () => {
    const dir = join(root, 'nowhere')
    await refuse(['backtest', dir], 1, { code: 'tape.missing', file: join(dir, 'manifest.json') })
  })

  test('that is a file', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    await refuse(['backtest', file], 1, { code: 'tape.missing', file: join(file, 'manifest.json') })
  })

  test('whose tokens nobody knows is no ground for a strategy', async () => {
    const dir = join(root, 'unassigned')
    await writeSynthetic(dir, tape, { tail: { assignment: 'unassigned' }, format: 'arrow' })
    await refuse(['backtest', dir], 1, { code: 'dataset.unassigned', file: dir, field: 'assignment' })
    await refuse(['backtest', dir, '--strategy', 'nothing'], 1, { code: 'dataset.unassigned', file: dir })
  })

  test('with gaps where gaps are strict', async () => {
    const dir = join(root, 'gaps')
    const gap = { market: 0, feed: 'clob', from_us: 1e15, to_us: 1e15 + 9e6, reason: 'silence' }
    await writeSynthetic(dir, tape, { gaps: [gap], format: 'arrow' })
    await refuse(['backtest', dir, '--gaps', 'strict'], 1, { code: 'dataset.gaps', file: dir, field: 'gaps' })
  })

  test('without a reference, for a strategy with a model', async () => {
    const dir = join(root, 'no-reference')
    const head = { reference_profile: { ...tape.profile, spot: null, settlement: null } }
    await writeSynthetic(dir, tape, { head, format: 'arrow' })
    await refuse(['backtest', dir], 1, { code: 'dataset.no_reference', field: 'reference_profile.spot' })
  })

  test('of the touch alone, for fills in a queue', async () => {
    const dir = join(root, 'touch')
    await writeSynthetic(dir, tape, { head: { carries: { book: 'top', trades: false } }, format: 'arrow' })
    await refuse(['backtest', dir], 1, { code: 'dataset.no_depth', file: dir, field: 'carries.book' })
  })

  test('beside one of another reference profile', async () => {
    const dir = join(root, 'profile')
    await writeSynthetic(dir, tape, {
      head: { reference_profile: { ...tape.profile, name: 'other' } },
      format: 'arrow',
    })
    await refuse(['backtest', DATA, dir], 1, {
      code: 'dataset.profile',
      file: dir,
      field: 'reference_profile',
    })
  })

  test('of a market whose rules nobody knows', async () => {
    const dir = join(root, 'rules')
    await smallDataset(dir, { windows: 1, rate: 1, start_us: UNKNOWN_US })
    const ran = await cli(['backtest', dir, '--json', '--out', join(root, 'place', 'run')])
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(oneObject(ran.err).code).toMatch(/^rules\./)
  })
})

describe('a pipe, which may never end,', () => {
  const pipe = join(root, 'pipe')
  beforeAll(() => void execFileSync('mkfifo', [pipe]))

  test.each(importers.map(({ kind, options }) => ({ kind, options })))(
    'is refused by $kind, as its recording and as every file beside it',
    async ({ kind, options }) => {
      const out = ['--out', join(root, 'place', 'd')]
      const needed = Object.entries(options).flatMap(([name, { required, type }]) =>
        required === true && type === 'text' ? [`--${name}`, 'btc-updown-5m-1776254400'] : [],
      )
      await refuse(['import', kind, pipe, ...needed, ...out], 1, { code: 'import.file', file: pipe })
      for (const [name, { type }] of Object.entries(options))
        if (type === 'file')
          await refuse(['import', kind, DATA, ...needed, `--${name}`, pipe, ...out], 1, {
            code: 'import.file',
            file: pipe,
          })
    },
  )
})

describe('a configuration', () => {
  test.each<[string, string[], Refused, string[]]>([
    [
      'a key that is unknown',
      ['--param', 'risk.luck=7'],
      { code: 'config.unknown', field: 'risk.luck' },
      ['risk.luck'],
    ],
    [
      'a section that is unknown',
      ['--param', 'luck.x=7'],
      { code: 'config.unknown', field: 'luck.x' },
      ['luck.x'],
    ],
    [
      'a value below its range',
      ['--param', 'exchange.fail_probability=-0.5'],
      { code: 'config.range', field: 'exchange.fail_probability' },
      ['exchange.fail_probability', '-0.5', '0', '1'],
    ],
    [
      'a value above its range',
      ['--param', 'machine.quote_interval_ms=3600001'],
      { code: 'config.range', field: 'machine.quote_interval_ms' },
      ['3600001', '1', '3600000', 'ms'],
    ],
    [
      'a value that is no number',
      ['--param', 'machine.quote_interval_ms=soon'],
      { code: 'config.type', field: 'machine.quote_interval_ms' },
      ['soon', 'number'],
    ],
    [
      'a choice that is none',
      ['--param', 'exchange.latency_model=lucky'],
      { code: 'config.choice', field: 'exchange.latency_model' },
      ['lucky', 'constant'],
    ],
    [
      'a setting of no strategy',
      ['--param', 'strategy.luck=1'],
      { code: 'config.unknown', field: 'strategy.luck' },
      ['strategy.luck'],
    ],
    ['no assignment', ['--param', 'risk'], { code: 'config.param', field: '--param' }, ['risk']],
    [
      'a file that is not there',
      ['--config', 'none.toml'],
      { code: 'config.file', file: 'none.toml' },
      ['none.toml'],
    ],
  ])('with %s', async (_, argv, { file, ...expected }, said) => {
    const message = await refuse(
      ['backtest', DATA, ...argv],
      2,
      { ...expected, ...(file !== undefined && { file: join(root, file) }) },
      { cwd: root },
    )
    for (const part of said) expect(message).toContain(part)
  })

  test.each<[string, string, Refused]>([
    ['an unknown key', '[risk]\nluck = 7\n', { code: 'config.unknown', field: 'risk.luck' }],
    [
      'a value out of range',
      '[exchange]\nfail_probability = 2\n',
      { code: 'config.range', field: 'exchange.fail_probability' },
    ],
    ['a key outside of sections', 'luck = 7\n', { code: 'config.unknown', field: 'luck' }],
    ['what is no TOML', '[risk\n', { code: 'config.toml', row: 1 }],
  ])('file with %s, named or found', async (_, text, expected) => {
    const cwd = join(root, 'configured')
    mkdirSync(cwd, { recursive: true })
    const file = join(cwd, 'lockstep.toml')
    writeFileSync(file, text)
    await refuse(['backtest', DATA], 2, { ...expected, file }, { cwd })
    await refuse(['backtest', DATA, '--config', file], 2, { ...expected, file })
  })

  test('in the environment: the variable is named', async () => {
    const unknown = await refuse(
      ['backtest', DATA],
      2,
      { code: 'config.unknown', field: 'risk.luck' },
      { env: { LOCKSTEP_RISK__LUCK: '7' } },
    )
    expect(unknown).toContain('LOCKSTEP_RISK__LUCK')
    const range = await refuse(
      ['backtest', DATA],
      2,
      { code: 'config.range', field: 'exchange.fail_probability' },
      { env: { LOCKSTEP_EXCHANGE__FAIL_PROBABILITY: '1.5' } },
    )
    for (const part of ['LOCKSTEP_EXCHANGE__FAIL_PROBABILITY', '1.5', '0', '1']) expect(range).toContain(part)
  })

  test('is checked whole: a wrong value is refused where a later one hides it, too', async () => {
    await refuse(
      ['backtest', DATA, '--param', 'exchange.fail_probability=0.1'],
      2,
      { code: 'config.range', field: 'exchange.fail_probability' },
      { env: { LOCKSTEP_EXCHANGE__FAIL_PROBABILITY: '9' } },
    )
  })
})

describe('an option', () => {
  test.each<[string[], Refused, string[]]>([
    [['--fill', 'lucky'], { code: 'usage.option', field: '--fill' }, ['lucky', 'queue-pessimistic', 'bbo']],
    [
      ['--gaps', 'never'],
      { code: 'usage.option', field: '--gaps' },
      ['never', 'blackout', 'strict', 'ignore'],
    ],
    [['--seed', 'x'], { code: 'usage.option', field: '--seed' }, ['x']],
    [['--seed', '-1'], { code: 'usage.option', field: '--seed' }, ['-1']],
    [['--seed', '1.5'], { code: 'usage.option', field: '--seed' }, ['1.5']],
    [['--strategy', 'oracle'], { code: 'strategy.unknown', field: 'strategy' }, ['oracle', 'market-maker']],
    [['--luck'], { code: 'usage.unknown_option', field: '--luck' }, []],
  ])('%j', async (argv, expected, said) => {
    const ran = await cli(['backtest', DATA, ...argv, '--json', '--out', join(root, 'place', 'run')])
    expect(ran).toMatchObject({ code: 2, out: '' })
    const error = oneObject(ran.err)
    expect(error).toMatchObject(expected)
    for (const part of said) expect(`${error.message} ${error.fix}`).toContain(part)
    expect(() => readdirSync(join(root, 'place'))).toThrow('ENOENT')
  })
})

describe('a strategy file', () => {
  test.each<[string, string | null, string]>([
    ['is not there', null, 'no such file'],
    ['exports nothing', 'export const other = 1\n', 'exports no strategy'],
    [
      'lacks a function',
      "export const strategy = { name: 'half', settings: {}, needs_model: false }\n",
      'exports no strategy',
    ],
    ['fails when it is loaded', "throw new Error('not today')\n", 'not today'],
    ['cannot be parsed', 'export const strategy = {\n', 'cannot be loaded'],
  ])('that %s', async (name, text, said) => {
    const file = join(root, `${name.replaceAll(' ', '-')}.ts`)
    if (text !== null) writeFileSync(file, text)
    const message = await refuse(['backtest', DATA, '--strategy', file], 1, { code: 'strategy.file', file })
    expect(message).toContain(said)
  })
})

describe('a market', () => {
  test.each([['eth-updown-5m-now'], ['who-wins'], [`btc-updown-5m-${UNKNOWN_US / 1e6}`]])(
    '%s, for its rules',
    async (slug) => {
      const ran = await cli(['rules', '--market', slug, '--json'])
      expect(ran).toMatchObject({ code: 1, out: '' })
      const error = oneObject(ran.err)
      expect(error.code).toMatch(/^rules\./)
      expect(error.message).toContain(slug)
      expect(error.fix).not.toBe('')
    },
  )
})
