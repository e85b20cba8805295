import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildLab } from '../../notebooks/lockstep/build.ts'
import { fencesOf } from '../docs/markdown.ts'
import { type Cell, cellsOf, codeCells, textOf } from './cells.ts'
import { type Executed, executeCells } from './kernel.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const NOTEBOOKS = join(ROOT, 'notebooks')
const FIRST_LOOK = '01-first-look.ipynb'

const scratch = mkdtempSync(join(tmpdir(), 'lockstep-notebook-'))
let executed: Executed
let code: Cell[]

/** Sources that are edited while it runs make the built package refuse to load: then it is built again. */
const ATTEMPTS = 3
let executions = 0

/** Execute cells in the notebooks’ folder. */
async function execute(cells: readonly Cell[]): Promise<Executed> {
  for (let attempt = 1; ; attempt++) {
    if (attempt > 1) await buildLab()
    const done = await executeCells(cells, NOTEBOOKS, join(scratch, `execution-${executions++}`))
    if (attempt === ATTEMPTS || !done.stderr.includes('lab.stale')) return done
  }
}

function expectGood({ code, stderr, cells }: Executed): void {
  expect(code, stderr).toBe(0)
  for (const cell of cells.filter((one) => one.cell_type === 'code')) {
    const faults = cell.outputs!.filter((one) => one.output_type === 'error' || one.name === 'stderr')
    expect(faults, textOf(cell.source)).toEqual([])
    expect(cell.execution_count, textOf(cell.source)).toBeGreaterThan(0)
  }
}

beforeAll(async () => {
  await buildLab()
  executed = await execute(cellsOf(join(NOTEBOOKS, FIRST_LOOK)))
  code = executed.cells.filter((cell) => cell.cell_type === 'code')
}, 600_000)

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the first look', () => {
  test('runs to its end without an error in any cell', () => {
    expectGood(executed)
    expect(code.length).toBeGreaterThan(4)
  })

  test('draws: an SVG by itself, and one inside a page', () => {
    const shown = (type: string) =>
      code
        .flatMap((cell) => cell.outputs!.map((one) => textOf(one.data?.[type])))
        .filter((text) => text !== '')
    const [spread] = shown('image/svg+xml')
    expect(spread).toMatch(/^<svg [\s\S]*<path [\s\S]*<\/svg>$/)
    const equity = shown('text/html').find((text) => text.includes('Equity and drawdown'))
    expect(equity).toMatch(/<svg [\s\S]*<path [\s\S]*<\/svg>/)
  })

  test('shows the rows it asks for', () => {
    const tables = code.flatMap((cell) => cell.outputs!.map((one) => textOf(one.data?.['text/html'])))
    expect(tables.filter((text) => /<td class="n">[\d.]+<\/td>/.test(text)).length).toBeGreaterThan(1)
  })

  test('ends with the state hash of the command line', () => {
    const out = join(scratch, 'run')
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('LOCKSTEP_')),
    )
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(ROOT, 'engine/cli/main.ts'), 'backtest', '--no-report', '--json', '--out', out],
      { cwd: scratch, env, encoding: 'utf8' },
    )
    expect(status, stderr).toBe(0)
    const { state_hash } = JSON.parse(stdout) as { state_hash: string }
    expect(state_hash).toMatch(/^[0-9a-f]{64}$/)
    const printed = textOf(code.at(-1)!.outputs![0]!.text)
    expect(printed.trim()).toBe(`state hash ${state_hash}`)
  })

  test('leaves no run behind when its kernel ends', () => {
    expect(readdirSync(executed.temporary)).toEqual([])
  })
})

test('the page on notebooks runs from its first example to its last', async () => {
  const page = readFileSync(join(ROOT, 'docs/notebooks.md'), 'utf8')
  const examples = fencesOf(page).filter(({ language }) => language === 'ts')
  expect(examples.length).toBeGreaterThan(5)
  expectGood(await execute(codeCells(examples.map(({ text }) => text))))
}, 600_000)

test('notebooks are stored without outputs', () => {
  const names = readdirSync(NOTEBOOKS).filter((name) => name.endsWith('.ipynb'))
  expect(names).toContain(FIRST_LOOK)
  for (const name of names) {
    for (const cell of cellsOf(join(NOTEBOOKS, name)).filter((one) => one.cell_type === 'code')) {
      expect(cell.outputs, name).toEqual([])
      expect(cell.execution_count, name).toBeNull()
    }
  }
})
