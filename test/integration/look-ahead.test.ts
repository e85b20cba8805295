import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { NAMES } from '../../core/strategies/registry.ts'
import { backtestConfig, SHIPPED } from '../../engine/runners/backtest-config.ts'
import { type LookAhead, lookAhead } from '../../engine/runners/look-ahead/look-ahead.ts'
import { loadStrategy } from '../../engine/runners/strategies.ts'
import { openTape } from '../../engine/runners/tape.ts'
import { cli, json } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { writeSynthetic } from '../fixtures/synthetic-dataset.ts'
import { syntheticTape } from '../fixtures/synthetic-tape.ts'

/** `engine audit --look-ahead`: strategies that know what comes are caught, those that do not are not. */

const root = temporary()
const RUN = join(root, 'runs', 'plain')
/** Decisions that are checked of a small tape. */
const SAMPLES = ['--samples', '24']

const CHEATS: [string, string, URL][] = [
  [
    'reads the files of the dataset, found by the command line',
    'reads-ahead',
    new URL('../fixtures/strategies/reads-ahead.ts', import.meta.url),
  ],
  [
    'keeps the memory that rows are read into, by a patched prototype',
    'captures-buffers',
    new URL('../fixtures/strategies/captures-buffers.ts', import.meta.url),
  ],
  [
    'remembers the run before',
    'remembers-runs',
    new URL('../fixtures/strategies/remembers-runs.ts', import.meta.url),
  ],
]
const ENGINE = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
const OBEYS = new URL('../fixtures/strategies/asks-but-obeys.ts', import.meta.url)

beforeAll(async () => {
  // Arrow, as a live session seals its tape: a strategy could read it without any library of its own.
  const tape = syntheticTape({ seed: 7, trades: true, rate: 4, windows: 1 })
  await writeSynthetic(join(root, 'data', 'small'), tape, { format: 'arrow' })
  await json(['backtest', join(root, 'data', 'small'), '--out', RUN, '--no-report'], { cwd: root })
})

/** Look ahead with a strategy in the run's place. */
async function look(strategy: string): Promise<{ code: number; found: LookAhead; cells: unknown[] }> {
  const ran = await cli(['audit', RUN, '--look-ahead', ...SAMPLES, '--strategy', strategy, '--json'], {
    cwd: root,
  })
  expect(ran.err).toBe('')
  const made = JSON.parse(ran.out) as { look_ahead: LookAhead; cells: unknown[] }
  return { code: ran.code, found: made.look_ahead, cells: made.cells }
}

describe('a strategy is caught that', () => {
  test.each(CHEATS)('%s', async (_, name, url) => {
    const { code, found, cells } = await look(fileURLToPath(url))
    expect(code).toBe(1)
    expect(cells).toEqual([])
    expect(found.changed).toBeGreaterThan(0)
    expect(found.changed).toBeLessThanOrEqual(found.decisions_checked)
    const change = found.first_change!
    expect(name === 'remembers-runs' ? ['again'] : ['cut', 'perturbed']).toContain(change.trial)
    expect(change.market).toMatch(/^btc-updown-5m-\d+$/)
    expect(Date.parse(change.time)).toBeGreaterThan(0)
    expect(change.decision).toBeLessThan(found.decisions)
    // Both sides: what it saw and wanted when it knew, and what when it could not.
    expect([change.intents.a, []]).not.toEqual([change.intents.b, change.fields])
    if (name === 'remembers-runs') expect(found.impure).toEqual([])
    else expect(found.impure.map(({ what }) => what)).toContain('import apache-arrow')
  })

  test('knows what comes, also of a run of its own: the decision is named, no table is made, the report says so', async () => {
    const out = join(root, 'runs', 'cheat')
    const file = fileURLToPath(CHEATS[0]![2])
    // In a process of its own, as a user runs it: the cheat reads the command line.
    const words = ['backtest', 'data/small', '--strategy', file, '--out', out, '--no-report']
    execFileSync(process.execPath, [ENGINE, ...words], { cwd: root, stdio: 'ignore' })
    const ran = await cli(['audit', out, '--look-ahead', '--trust', ...SAMPLES], { cwd: root })
    expect(ran.code).toBe(1)
    expect(ran.out).toMatch(
      /^Looking ahead: decision \d+ \(btc-updown-5m-\d+, [^)]+\) depends on what comes after it/,
    )
    expect(ran.out).toMatch(/wanted with the whole dataset: (create|cancel|nothing)/)
    expect(ran.out).toContain('import node:fs')
    await json(['report', out], { cwd: root })
    const page = readFileSync(join(out, 'report.html'), 'utf8')
    expect(page.includes('depends on what comes after it')).toBe(true)
  })
})

/** A strategy that does something beside deciding nothing: where it is loaded, or at its first decision. */
function written(name: string, head: string, body = '', strategy = ''): string {
  const file = join(root, `${name.replaceAll(' ', '-')}.ts`)
  writeFileSync(
    file,
    `${head}\nexport const strategy = { name: 'written', settings: {}, needs_model: false, init: () => ({}), on(state, view, desired) { ${body} } ${strategy} }\n`,
  )
  return file
}

const FUTURE = join(root, 'future.json')
const swallowed = (code: string) => `try { ${code} } catch {}`

describe('a strategy is caught that asks for what it may not know, whatever it decides then:', () => {
  beforeAll(() => writeFileSync(FUTURE, '{}'))

  test.each<[string, string, string, string]>([
    [
      'a file by its path',
      "import { readFileSync } from 'node:fs'",
      swallowed(`readFileSync(${JSON.stringify(FUTURE)})`),
      `reads ${FUTURE}`,
    ],
    [
      'whether a file is there',
      "import { existsSync } from 'node:fs'",
      swallowed(`existsSync(${JSON.stringify(FUTURE)})`),
      `reads ${FUTURE}`,
    ],
    [
      'a file, in its own time',
      `import { readFile } from 'node:fs/promises'\nvoid readFile(${JSON.stringify(FUTURE)}).catch(() => {})`,
      '',
      `reads ${FUTURE}`,
    ],
    [
      'the dataset that ships',
      "import { readdirSync } from 'node:fs'",
      swallowed(`readdirSync(${JSON.stringify(SHIPPED)})`),
      `reads ${SHIPPED}`,
    ],
    [
      'a note to a later run',
      "import { appendFileSync } from 'node:fs'",
      swallowed(`appendFileSync(${JSON.stringify(join(root, 'note'))}, 'x')`),
      `writes ${join(root, 'note')}`,
    ],
    [
      'another program',
      "import { spawnSync } from 'node:child_process'",
      swallowed("spawnSync('cat', ['/etc/hosts'])"),
      'starts a program cat',
    ],
    [
      'another thread',
      "import { Worker } from 'node:worker_threads'",
      swallowed("new Worker('1', { eval: true })"),
      'starts a thread',
    ],
    [
      'the network',
      '',
      swallowed("fetch('http://127.0.0.1:48123/').catch(() => {})"),
      'connects to 127.0.0.1:48123',
    ],
  ])('%s', async (name, head, body, asked) => {
    const { code, found, cells } = await look(written(name, head, body))
    expect(found.asked.map(({ what }) => what)).toContain(asked)
    expect({ code, cells }).toEqual({ code: 1, cells: [] })
    expect(found.impure.length).toBeGreaterThan(0)
  })

  test('a table of what comes: decisions differ, and the file is named in words', async () => {
    const { markets } = JSON.parse(readFileSync(join(RUN, 'run.json'), 'utf8')) as {
      markets: { slug: string }[]
    }
    writeFileSync(FUTURE, JSON.stringify(Object.fromEntries(markets.map(({ slug }) => [slug, -1]))))
    const source = readFileSync(new URL('../fixtures/strategies/reads-elsewhere.ts', import.meta.url), 'utf8')
    const file = join(root, 'reads-elsewhere.ts')
    const core = new URL('../../core/', import.meta.url).href
    writeFileSync(file, source.replace('PLACE', FUTURE).replaceAll('../../../core/', core))
    const { code, found } = await look(file)
    expect({ code, changed: found.changed }).toEqual({ code: 1, changed: found.decisions_checked })
    const ran = await cli(['audit', RUN, '--look-ahead', ...SAMPLES, '--strategy', file], { cwd: root })
    expect(ran.code).toBe(1)
    expect(ran.out).toContain(`asks for what a strategy may not know: reads ${FUTURE}`)
  })

  test('that it cannot do without: it is named, and nothing is compared', async () => {
    const file = written(
      'cannot do without',
      "import { mkdirSync } from 'node:fs'",
      `mkdirSync(${JSON.stringify(join(root, 'made'))})`,
    )
    const { code, found } = await look(file)
    expect({ code, checked: found.decisions_checked }).toEqual({ code: 1, checked: 0 })
    expect(found.asked).toEqual([{ what: `writes ${join(root, 'made')}`, trial: 'whole' }])
    expect(existsSync(join(root, 'made'))).toBe(false)
  })
})

describe('a strategy passes that', () => {
  test('uses the facade and imports files of its own', async () => {
    const helper = join(root, 'helper.ts')
    writeFileSync(helper, "import p from './params.json' with { type: 'json' }\nexport const size = p.size\n")
    writeFileSync(join(root, 'params.json'), '{"size": 20}')
    const file = written(
      'honest',
      "import { addResting, MICRO } from '@lockstep/lab'\nimport { size } from './helper.ts'",
      'if (view.best_bid > 0) addResting(desired, 0, 1, 0, view.best_bid, size * MICRO, false)',
    )
    const { code, found } = await look(file)
    expect(found).toMatchObject({ changed: 0, asked: [], impure: [] })
    expect(found.decisions).toBeGreaterThan(0)
    expect(code).toBe(0)
  })

  test.each(NAMES)('ships: %s', async (name) => {
    const { code, found, cells } = await look(name)
    expect(found.first_change).toBeUndefined()
    expect(found).toMatchObject({ decisions_checked: 24, changed: 0, asked: [], impure: [] })
    expect({ code, cells: cells.length }).toEqual({ code: 0, cells: 18 })
  })

  test('asks the platform for what it does not use; each place is named', async () => {
    const { code, found } = await look(fileURLToPath(OBEYS))
    expect({ code, changed: found.changed, asked: found.asked }).toEqual({ code: 0, changed: 0, asked: [] })
    expect(found.impure.map(({ file, what }) => [file.endsWith('asks-but-obeys.ts'), what])).toEqual([
      [true, 'import node:os'],
    ])
  })

  test('ships, on the real recording', async () => {
    const tape = await openTape([SHIPPED])
    const loaded = await loadStrategy('market-maker', root)
    const config = backtestConfig(loaded.strategy, tape, { cwd: null, env: {}, params: [] })
    const input = { tape, strategy: loaded.strategy, config, seed: 1 }
    const found = await lookAhead(input, loaded, { cwd: root, env: {}, samples: 24 })
    expect(found).toMatchObject({ decisions_checked: 24, changed: 0, asked: [] })
    expect(found.decisions).toBeGreaterThan(50_000)
  })
})

describe('the detector', () => {
  test('keeps what it found of a run in its audit, and the report says it', async () => {
    const out = join(root, 'runs', 'kept')
    await json(['backtest', 'data/small', '--out', out, '--no-report'], { cwd: root })
    await json(['audit', out, '--look-ahead', '--samples', '3', '--seed', '2'], { cwd: root })
    expect(JSON.parse(readFileSync(join(out, 'audit.json'), 'utf8'))).toMatchObject({
      look_ahead: { decisions_checked: 3, changed: 0 },
    })
    await json(['report', out], { cwd: root })
    const page = readFileSync(join(out, 'report.html'), 'utf8')
    expect(page.includes('of 3 decisions none changed when what came after was taken away')).toBe(true)
  })

  test.each(['0', '-1', 'many', '1.5', '100000'])('refuses --samples %s', async (count) => {
    const ran = await cli(['audit', RUN, '--look-ahead', '--samples', count, '--json'], { cwd: root })
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(JSON.parse(ran.err)).toMatchObject({ code: 'usage.option', field: '--samples' })
  })

  test('leaves nothing behind, also when it is stopped', async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('lockstep-audit-'))
    const before = left()
    const controller = new AbortController()
    const stopped = cli(['audit', RUN, '--look-ahead', '--json'], {
      cwd: root,
      signal: controller.signal,
      progress: () => ({
        update: (done) => {
          if (done > 8) controller.abort(new DOMException('enough', 'AbortError'))
        },
        stop() {},
      }),
    })
    expect((await stopped).code).not.toBe(0)
    expect(left().filter((name) => !before.includes(name))).toEqual([])
    expect(existsSync(join(RUN, 'audit.json'))).toBe(false)
  })
})
