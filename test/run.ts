import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import manifest from '../package.json' with { type: 'json' }
import { ensureBrowser } from './run/browser.ts'
import { CHECKS, ROOT, tool } from './run/commands.ts'
import { checkCoverage } from './run/coverage.ts'
import { kinds } from './run/kinds.ts'
import { lineOf, type Outcome, summaryOf } from './run/outcome.ts'
import { runSuites } from './run/suites.ts'

const HELP = `npm test: types, lint, the notebook package, every test, and what the tests cover.

  --only KIND   only the tests of this kind, and no checks around them; may be repeated. Kinds are unit (beside the
                modules) and the folders of test/: golden, integration, browser, notebooks, readme and so on
  --help        this text

Examples:
  $ npm test
  $ npm test -- --only golden
  $ npm test -- --only unit --only structure
`

const print = (line: string) => process.stdout.write(`${line}\n`)

process.exitCode = process.versions.node === manifest.dependencies.node ? await main() : handOver()

/** The promise of equal bits is for the pinned Node: whatever started this, that one runs the tests. */
function handOver(): number {
  const node = tool('node/bin/node')
  return spawnSync(node, [import.meta.filename, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const unknown = values.only.find((kind) => !kinds().includes(kind))
  if (unknown !== undefined) {
    process.stderr.write(`There are no tests of kind ${unknown}. Kinds are ${kinds().join(', ')}.\n`)
    return 2
  }
  const coverage = values.only.length === 0 ? mkdtempSync(join(tmpdir(), 'lockstep-coverage-')) : null
  try {
    return await all(values.only, coverage)
  } finally {
    if (coverage !== null) rmSync(coverage, { recursive: true, force: true })
  }
}

/** Everything in order, a line for each; what failed is printed in full before the last line. */
async function all(only: readonly string[], coverage: string | null): Promise<number> {
  const outcomes: Outcome[] = []
  const keep = (outcome: Outcome) => {
    outcomes.push(outcome)
    print(lineOf(outcome))
  }
  if (only.length === 0) for (const check of CHECKS) keep(await check())
  let without: string[] = []
  if (only.length === 0 || only.includes('browser')) {
    const browser = await ensureBrowser()
    keep(browser)
    if (browser.failed > 0) without = ['browser']
  }
  const { reasons, output } = await runSuites({ only, without, coverage, onKind: keep })
  if (coverage !== null) keep(checkCoverage(coverage, ROOT))
  for (const { name, failed, output: own } of outcomes) {
    if (failed > 0 && own !== undefined && own !== '') print(`\n${name}:\n${own.trimEnd()}`)
  }
  if (output !== '') print(`\n${output.trim()}`)
  if (reasons.length > 0) print(`\n${reasons.join('\n')}`)
  print(`\n${summaryOf(outcomes)}`)
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0
}
