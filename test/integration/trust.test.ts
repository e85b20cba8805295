import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

/** A run folder may be anybody's: nothing that stands in it is run because it stands there. */

const root = temporary()
const DATA = join(root, 'data')
const HONEST = join(root, 'honest')
const PWNED = join(root, 'PWNED')
const EVIL = `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(PWNED)}, '')\n`
const AT = '2026-06-01T12:01:00Z'

/** A strategy of the user's own that wants nothing. */
const own = (more: string) =>
  `${more}export const strategy = { name: 'mine', settings: {}, needs_model: false, init: () => ({}), on() {} }\n`
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

type RunFile = { strategy: string; strategy_source: { file: string | null; sha256: string } }

/** A copy of an honest run whose run.json says something else of its strategy. */
function forged(change: Partial<RunFile>): string {
  const dir = join(root, 'forged')
  rmSync(dir, { recursive: true, force: true })
  cpSync(HONEST, dir, { recursive: true })
  const path = join(dir, 'run.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
  return dir
}

beforeAll(async () => {
  await smallDataset(DATA, { windows: 1 })
  await json(['backtest', DATA, '--strategy', 'nothing', '--out', HONEST, '--no-report'])
  writeFileSync(join(root, 'evil.ts'), own(EVIL))
})

const COMMANDS: [string, (dir: string) => string[]][] = [
  ['replay', (dir) => ['replay', dir]],
  ['replay --verify', (dir) => ['replay', dir, '--verify']],
  ['replay --until', (dir) => ['replay', dir, '--until', AT]],
  ['replay --speed', (dir) => ['replay', dir, '--speed', 'max', '--for', '1']],
  ['explain', (dir) => ['explain', dir, '--decision', '1']],
  ['audit', (dir) => ['audit', dir]],
  ['audit --look-ahead', (dir) => ['audit', dir, '--look-ahead', '--samples', '1']],
  ['branch', (dir) => ['branch', dir, '--at', AT]],
  ['diff', (dir) => ['diff', dir, HONEST]],
  ['diff, as the second', (dir) => ['diff', HONEST, dir]],
]

describe.each(COMMANDS)('%s runs nothing of a stranger’s', (_, words) => {
  test.each<[string, () => Partial<RunFile>]>([
    [
      'with a wrong hash',
      () => ({ strategy_source: { file: join(root, 'evil.ts'), sha256: '0'.repeat(64) } }),
    ],
    [
      'with its hash',
      () => ({ strategy_source: { file: join(root, 'evil.ts'), sha256: sha256(own(EVIL)) } }),
    ],
    [
      'relative to the present folder',
      () => ({ strategy_source: { file: 'evil.ts', sha256: sha256(own(EVIL)) } }),
    ],
  ])('that run.json names %s: path and hash are said', async (__, change) => {
    const { strategy_source } = change()
    const ran = await cli([...words(forged({ strategy_source: strategy_source! })), '--json'], { cwd: root })
    expect(existsSync(PWNED)).toBe(false)
    expect(ran).toMatchObject({ code: 1, out: '' })
    const error = oneObject(ran.err)
    expect(error).toMatchObject({ code: 'run.untrusted', fix: expect.stringContaining('--trust') })
    expect(error.message).toContain(strategy_source!.file)
    expect(error.message).toContain(strategy_source!.sha256)
  })

  test.each(['./evil.ts', '../evil.ts', 'evil.ts', join(root, 'evil.ts'), `file://${join(root, 'evil.ts')}`])(
    'by a strategy’s name that is the path %s',
    async (strategy) => {
      const ran = await cli([...words(forged({ strategy })), '--json'], { cwd: root })
      expect(existsSync(PWNED)).toBe(false)
      expect(ran.code).not.toBe(0)
      expect(oneObject(ran.err).code).toBe('strategy.unknown')
    },
  )

  test('that is trusted, where its hash is another: also where only an imported file is', async () => {
    const text = own("import './helper.ts'\n")
    writeFileSync(join(root, 'entry.ts'), text)
    writeFileSync(join(root, 'helper.ts'), EVIL)
    for (const source of [
      { file: join(root, 'evil.ts'), sha256: '0'.repeat(64) },
      { file: join(root, 'entry.ts'), sha256: sha256(text) },
    ]) {
      const dir = forged({ strategy_source: source })
      const option = words(dir)[0] === 'audit' ? ['--trust'] : ['--strategy', source.file]
      for (const named of [['--trust'], option]) {
        const ran = await cli([...words(dir), ...named, '--json'], { cwd: root })
        expect(existsSync(PWNED)).toBe(false)
        expect(ran).toMatchObject({ code: 1, out: '' })
        expect(oneObject(ran.err)).toMatchObject({ code: 'run.strategy', field: 'strategy_source.sha256' })
      }
    }
  })
})

test.each([
  ['report', (dir: string) => ['report', dir]],
  ['sql --run', (dir: string) => ['sql', 'SELECT count(*) FROM decisions', '--run', dir]],
])('%s has no need of the strategy, and does not load it', async (_, words) => {
  for (const strategy_source of [{ file: join(root, 'evil.ts'), sha256: sha256(own(EVIL)) }]) {
    expect((await cli(words(forged({ strategy_source })), { cwd: root })).code).toBe(0)
    expect(existsSync(PWNED)).toBe(false)
  }
})

describe('a run of one’s own strategy', () => {
  const file = join(root, 'mine.ts')
  const run = join(root, 'runs', 'mine')

  beforeAll(async () => {
    writeFileSync(file, own("import { x } from './x.ts'\nvoid x\n"))
    writeFileSync(join(root, 'x.ts'), 'export const x = 1\n')
    await json(['backtest', DATA, '--strategy', './mine.ts', '--no-report'], { cwd: root })
  })

  test('is made again where the file is named, or the run folder is trusted', async () => {
    for (const named of [['--strategy', './mine.ts'], ['--trust']]) {
      expect(await json(['replay', run, ...named], { cwd: root })).toMatchObject({ equal: true })
    }
    expect(await json(['diff', run, run, '--trust'])).toMatchObject({ equal: true })
    expect((await json(['branch', run, '--at', AT, '--trust'])).branches).toHaveLength(1)
  })

  test('also where the files were moved together', async () => {
    cpSync(file, join(root, 'moved', 'mine.ts'))
    cpSync(join(root, 'x.ts'), join(root, 'moved', 'x.ts'))
    const words = ['replay', run, '--strategy', join(root, 'moved', 'mine.ts')]
    expect(await json(words)).toMatchObject({ equal: true })
  })

  test('is audited as itself where its own file is named', async () => {
    await json(['audit', run, '--strategy', file])
    expect(existsSync(join(run, 'audit.json'))).toBe(true)
  })
})

test.each([
  '../../outside',
  '/tmp/outside',
  '..',
  '.hidden',
  '',
  'a/b',
  'a\\b',
  'a\u0000b',
  'a\u001b[2J',
  'x'.repeat(101),
])('a strategy that calls itself %j makes no folder anywhere', async (name) => {
  const file = join(root, 'named.ts')
  writeFileSync(file, own('').replace("'mine'", JSON.stringify(name)))
  const ran = await cli(['backtest', DATA, '--strategy', file, '--no-report', '--json'], {
    cwd: join(root, 'data'),
  })
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(oneObject(ran.err).code).toMatch(/^strategy\.(name|file)$/)
  expect(existsSync(join(root, 'data', 'runs'))).toBe(false)
})
