import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { TestModule } from 'vitest/node'
import { ensureBrowser, type Host } from './browser.ts'
import { check, ROOT, run } from './commands.ts'
import { checkCoverage, shareOf } from './coverage.ts'
import { CONFORMANCE, filesOf, kindOf, kinds, UNMEASURED } from './kinds.ts'
import { lineOf, type Outcome, slowestOf, summaryOf } from './outcome.ts'
import Progress from './progress.ts'

/** The test command itself: what it counts, and what it does not let pass. */

const outcome = (change: Partial<Outcome>): Outcome => ({
  name: 'x',
  passed: 0,
  failed: 0,
  skipped: 0,
  seconds: 1,
  ...change,
})

describe('the last line', () => {
  test('is the sum of all, in the form that machines read', () => {
    expect(summaryOf([outcome({ passed: 3 }), outcome({ failed: 1, passed: 2, skipped: 4 })])).toBe(
      '5 passed, 1 failed, 4 skipped',
    )
    expect(summaryOf([])).toBe('0 passed, 0 failed, 0 skipped')
  })
})

describe('the slowest files', () => {
  test('are ten, the slowest first', () => {
    const files = Array.from({ length: 12 }, (_, i) => ({ file: `${i}.test.ts`, seconds: i }))
    expect(slowestOf(files)).toHaveLength(10)
    expect(slowestOf(files)[0]).toBe('   11.0 s  11.test.ts')
  })
})

describe('the line of a check', () => {
  test('shows failures first, and never says passed where something failed', () => {
    expect(lineOf(outcome({ name: 'lint', passed: 1, said: 'fine' }))).toMatch(/^lint +fine +1\.0 s$/)
    expect(lineOf(outcome({ failed: 2, passed: 1, said: 'fine' }))).toMatch(/2 failed, 1 passed/)
    expect(lineOf(outcome({ skipped: 7 }))).toMatch(/7 skipped/)
  })
})

describe('a command', () => {
  test('passes as it ends, and what it printed is kept', async () => {
    const good = await check('good', process.execPath, ['-e', 'console.log("a"); console.error("b")'])
    expect(good).toMatchObject({ passed: 1, failed: 0 })
    const bad = await check('bad', process.execPath, ['-e', 'console.log("why"); process.exit(3)'])
    expect(bad).toMatchObject({ passed: 0, failed: 1, output: 'why\n' })
  })

  test('that is not there has failed and says so', async () => {
    expect(await check('none', '/no/such/program', [])).toMatchObject({
      failed: 1,
      output: expect.stringContaining('/no/such/program'),
    })
  })

  test('finds the pinned Node first, whatever started us', async () => {
    const { output } = await run('node', ['-p', 'process.versions.node'])
    expect(output.trim()).toBe(process.versions.node)
  })
})

describe('kinds of tests', () => {
  test('are the folders of test/, and unit beside the modules', () => {
    expect(kindOf('core/units/price.test.ts')).toBe('unit')
    expect(kindOf('notebooks/lockstep/lab.test.ts')).toBe('unit')
    expect(kindOf('test/notebooks/notebook.test.ts')).toBe('notebooks')
    expect(kindOf('test/golden/report/report.test.ts')).toBe('golden')
  })

  test('hold every test file once', () => {
    expect(kinds()).toEqual(expect.arrayContaining(['unit', 'golden', 'integration', 'browser', 'structure']))
    const files = kinds().map((kind) => filesOf([kind]))
    expect(new Set(files.flat()).size).toBe(files.flat().length)
    expect(filesOf(['golden', 'unit'])).toEqual([...filesOf(['golden']), ...filesOf(['unit'])].sort())
    expect(filesOf(['run'])).toEqual(['test/run/run.test.ts'])
    expect(kinds()).toEqual(expect.arrayContaining([...CONFORMANCE]))
  })
})

test('files that are not measured are there, and few', () => {
  const units = filesOf(['unit'])
  expect(UNMEASURED.filter((file) => !units.includes(file))).toEqual([])
  expect(UNMEASURED.length).toBeLessThan(units.length / 10)
})

test('nothing outside of the kinds that need Python starts it', () => {
  const others = kinds().filter((kind) => !CONFORMANCE.includes(kind))
  const starts = filesOf(others).filter((file) =>
    /(spawn|exec)\w*\(\s*'(python|pip|jupyter)|pythonOf\(/.test(readFileSync(join(ROOT, file), 'utf8')),
  )
  expect(starts).toEqual([])
})

describe('coverage', () => {
  const lines = (total: number, covered: number) => ({ lines: { total, covered } })

  test('is the share of lines, not of files, below a folder', () => {
    const summary = { total: lines(9, 9), '/r/core/a.ts': lines(90, 90), '/r/core/b.ts': lines(10, 0) }
    expect(shareOf(summary, '/r', 'core')).toBe(90)
    expect(shareOf({ ...summary, '/r/corelike/c.ts': lines(100, 0) }, '/r', 'core')).toBe(90)
    expect(shareOf({ ...summary, '/r/engine/c.ts': lines(100, 0) }, '/r', '.')).toBe(45)
  })

  test('of nothing is none', () => {
    expect(shareOf({}, '/r', 'core')).toBe(0)
  })

  test.each([
    [100, 100, 0, []],
    [89, 100, 1, ['core: 89.00 %', 'core/a.ts: 11 of 100 lines']],
    [95, 30, 1, ['all: 62.50 %', 'engine/b.ts: 70 of 100 lines']],
    [10, 10, 2, ['core: 10.00 %', 'all: 10.00 %']],
  ])('core %d %%, engine %d %%: %d too low, with the figures', (core, engine, failed, said) => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-coverage-'))
    try {
      const summary = { '/r/core/a.ts': lines(100, core), '/r/engine/b.ts': lines(100, engine) }
      writeFileSync(join(folder, 'coverage-summary.json'), JSON.stringify(summary))
      const result = checkCoverage(folder, '/r')
      expect(result).toMatchObject({ failed, passed: 2 - failed })
      for (const part of said) expect(result.output).toContain(part)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('that was not written has failed', () => {
    expect(checkCoverage('/nowhere', '/r')).toMatchObject({
      failed: 1,
      output: expect.stringContaining('/nowhere'),
    })
  })
})

describe('the browser', () => {
  const host = (change: Partial<Host>): Host & { ran: string[] } => {
    const ran: string[] = []
    return {
      ran,
      find: () => {
        throw new Error('no Chromium found: install it')
      },
      may_install: false,
      run: async (program, argv) => {
        ran.push([program, ...argv].join(' '))
        return { code: 0, output: 'log\n' }
      },
      ...change,
    }
  }

  test('that is there is taken, and nothing is installed', async () => {
    const one = host({ find: () => '/usr/bin/chromium', may_install: true })
    expect(await ensureBrowser(one)).toMatchObject({ passed: 1, failed: 0, said: '/usr/bin/chromium' })
    expect(one.ran).toEqual([])
  })

  test('is installed where that may be done', async () => {
    const one = host({ may_install: true })
    one.find = () => {
      if (one.ran.some((line) => line.includes('install'))) return '/usr/bin/chromium'
      throw new Error('none')
    }
    expect(await ensureBrowser(one)).toMatchObject({ passed: 1, failed: 0 })
    expect(one.ran).toEqual(['apt-get update', 'apt-get install -y --no-install-recommends chromium'])
  })

  test('that is missing is one clear line elsewhere, and what was tried where it was tried', async () => {
    const elsewhere = await ensureBrowser(host({}))
    expect(elsewhere).toMatchObject({ failed: 1, output: 'no Chromium found: install it\n' })
    const tried = await ensureBrowser(host({ may_install: true }))
    expect(tried).toMatchObject({ failed: 1, output: 'log\nlog\nno Chromium found: install it\n' })
  })
})

describe('the counts by kind', () => {
  const sent: unknown[] = []
  const original = process.send
  afterEach(() => {
    sent.length = 0
    process.send = original!
  })

  type State = 'passed' | 'failed' | 'skipped'
  function module(file: string, states: (State | { note: string })[], errors: unknown[] = []): TestModule {
    const tests = states.map((state, i) => ({
      fullName: `test ${i}`,
      result: () => (typeof state === 'string' ? { state } : { state: 'skipped', note: state.note }),
    }))
    return {
      id: file,
      relativeModuleId: file,
      children: {
        allTests: (wanted?: string) =>
          tests.filter((one) => wanted === undefined || one.result().state === wanted),
      },
      errors: () => errors,
      state: () => (errors.length > 0 || states.includes('failed') ? 'failed' : 'passed'),
      diagnostic: () => ({ duration: 500 }),
    } as unknown as TestModule
  }
  function reporter(files: string[]): Progress {
    process.send = vi.fn((message: unknown) => sent.push(message) > 0) as unknown as NonNullable<
      typeof process.send
    >
    const progress = new Progress()
    progress.onTestRunStart(
      files.map((file) => ({ moduleId: `/r/${file}`, project: { config: { root: '/r' } } })),
    )
    return progress
  }

  test('are sent when the last file of a kind is done', () => {
    const progress = reporter(['core/a.test.ts', 'core/b.test.ts', 'test/golden/c.test.ts'])
    progress.onTestModuleEnd(module('core/a.test.ts', ['passed', 'failed']))
    expect(sent).toEqual([{ type: 'failed', line: 'core/a.test.ts > test 1' }])
    progress.onTestModuleEnd(module('core/b.test.ts', ['passed']))
    expect(sent.slice(1)).toEqual([
      { type: 'kind', name: 'unit', passed: 2, failed: 1, skipped: 0, seconds: 1 },
    ])
  })

  test('count a file that fails outside of its tests', () => {
    const progress = reporter(['core/a.test.ts'])
    progress.onTestModuleEnd(module('core/a.test.ts', ['skipped', 'skipped'], [new Error('in beforeAll')]))
    expect(sent).toEqual([{ type: 'kind', name: 'unit', passed: 0, failed: 1, skipped: 2, seconds: 0.5 }])
  })

  test('never skip in silence: the reason that was given, else the file', () => {
    const progress = reporter(['core/a.test.ts', 'core/b.test.ts', 'core/c.test.ts'])
    const content = 'noise\nskipped: the day, which is not at /data\n'
    progress.onUserConsoleLog({ content, taskId: 'core/c.test.ts_0_1' })
    progress.onTestModuleEnd(module('core/a.test.ts', ['passed', { note: 'no disk' }]))
    progress.onTestModuleEnd(module('core/b.test.ts', ['skipped', 'skipped']))
    progress.onTestModuleEnd(module('core/c.test.ts', ['passed', 'skipped']))
    expect(sent.slice(0, -1)).toEqual([
      { type: 'skipped', line: 'skipped: the day, which is not at /data' },
      { type: 'skipped', line: 'skipped: no disk' },
      { type: 'skipped', line: 'skipped: 2 of core/b.test.ts' },
    ])
  })

  test('tell of errors that belong to no test', () => {
    reporter([]).onTestRunEnd([], [new Error('unhandled')])
    expect(sent[0]).toEqual({ type: 'errors', count: 1 })
  })

  test('end with the slowest files', () => {
    const names = Array.from({ length: 12 }, (_, i) => `core/${i}.test.ts`)
    const progress = reporter(names)
    names.forEach((name, i) => {
      const one = module(name, ['passed'])
      progress.onTestModuleEnd({ ...one, diagnostic: () => ({ duration: 1_000 * i }) } as TestModule)
    })
    progress.onTestRunEnd([], [])
    const files = names.map((file, i) => ({ file, seconds: i })).reverse()
    expect(sent.at(-1)).toEqual({ type: 'slowest', files: files.slice(0, 10) })
  })
})
