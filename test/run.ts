import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { faultOf, isInstalled, pinnedNode, VERSION } from '../engine/bin/pinned-node.mjs'
import { ensureBrowser } from './run/browser.ts'
import { CHECKS, ROOT } from './run/commands.ts'
import { checkCoverage } from './run/coverage.ts'
import { CONFORMANCE, filesOf, kinds, UNMEASURED } from './run/kinds.ts'
import { lineOf, type Outcome, slowestOf, summaryOf } from './run/outcome.ts'
import type { Timed } from './run/progress.ts'
import { runSuites } from './run/suites.ts'

const HELP = `npm test: types, lint, the notebook package, every test that needs no Python, and what the tests cover.

  --only KIND   only the tests of this kind, and no checks around them; may be repeated. Kinds are unit (beside the
                modules) and the folders of test/: golden, integration, browser, notebooks, readme and so on
  --help        this text

Examples:
  $ npm test
  $ npm test -- --only golden
  $ npm test -- --only unit --only structure
  $ npm run conformance            what needs Python: other readers of our files, Jupyter itself
`

const print = (line: string) => process.stdout.write(`${line}\n`)

process.exitCode = process.versions.node === VERSION ? await checked() : handOver()

/** A Node that npm brought must be the one that is recorded: what the tests promise, they promise for that one. */
async function checked(): Promise<number> {
  const fault = isInstalled(process.execPath) ? faultOf(process.execPath) : null
  if (fault === null) return main()
  process.stderr.write(`${fault.message}. To mend it: ${fault.fix}.\n`)
  return 1
}

/** The promise of equal bits is for the pinned Node: whatever started this, that one runs the tests. */
function handOver(): number {
  const node = pinnedNode()
  if (node === null) {
    process.stderr.write(
      `The tests need Node ${VERSION}; this is ${process.versions.node}. To mend it: run \`npm ci\`, or start them with that Node.\n`,
    )
    return 1
  }
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

/** What a run takes from elsewhere, and what is no part of it: said before, not found out afterwards. */
function fetched(only: readonly string[]): string {
  if (only.length === 0) {
    return `Nothing is fetched, but for the system's Chromium where root runs Debian without one. Not part of this: ${CONFORMANCE.join(' and ')}, which needs Python (npm run conformance).`
  }
  if (!only.some((kind) => CONFORMANCE.includes(kind))) return 'Nothing is fetched.'
  return 'Python environments are made once in .cache, by python3 with venv and pip: up to 600 MB from a package index. Without Python or an index these tests fail.'
}

/** Everything in order, a line for each; what failed is printed in full before the last line. */
async function all(only: readonly string[], coverage: string | null): Promise<number> {
  const outcomes: Outcome[] = []
  const keep = (outcome: Outcome) => {
    outcomes.push(outcome)
    print(lineOf(outcome))
  }
  if (only.length === 0) for (const check of CHECKS) keep(await check())
  print(fetched(only))
  let rest = only.length === 0 ? kinds().filter((kind) => !CONFORMANCE.includes(kind)) : [...only]
  if (rest.includes('browser')) {
    const browser = await ensureBrowser()
    keep(browser)
    if (browser.failed > 0) rest = rest.filter((kind) => kind !== 'browser')
  }
  const reasons: string[] = []
  const files: Timed[] = []
  let output = ''
  const suites = async (chosen: readonly string[], measured: string | null) => {
    if (chosen.length === 0) return
    const onFailed = (line: string) => print(`failed: ${line}`)
    const ran = await runSuites({ files: chosen, coverage: measured, onKind: keep, onFailed })
    reasons.push(...ran.reasons)
    files.push(...ran.files)
    output += ran.output
  }
  // A line counts as covered where a test beside its module says what it does, not where some command happened to run it.
  const measured = coverage === null ? [] : filesOf(['unit']).filter((file) => !UNMEASURED.includes(file))
  await suites(measured, coverage)
  await suites(
    filesOf(rest).filter((file) => !measured.includes(file)),
    null,
  )
  if (coverage !== null) keep(checkCoverage(coverage, ROOT))
  for (const { name, failed, output: own } of outcomes) {
    if (failed > 0 && own !== undefined && own !== '') print(`\n${name}:\n${own.trimEnd()}`)
  }
  if (output !== '') print(`\n${output.trim()}`)
  if (reasons.length > 0) print(`\n${reasons.join('\n')}`)
  if (files.length > 1) print(`\nThe slowest files:\n${slowestOf(files).join('\n')}`)
  print(`\n${summaryOf(outcomes)}`)
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0
}
