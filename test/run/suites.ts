import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT, run, tool } from './commands.ts'
import type { Outcome } from './outcome.ts'
import type { Message, Timed } from './progress.ts'

const REPORTER = fileURLToPath(new URL('./progress.ts', import.meta.url))

export type SuiteOptions = {
  /** Test files to run. */
  files: readonly string[]
  /** Folder for the figures of coverage; null: they are not taken. */
  coverage: string | null
  /** Told of each kind of tests when it is done. */
  onKind: (outcome: Outcome) => void
  /** Told of each test that failed, at once. */
  onFailed: (line: string) => void
}

/** Tests by the test runner, in one go: what each kind came to, why tests were skipped, and what failed. */
export async function runSuites(
  options: SuiteOptions,
): Promise<{ reasons: string[]; files: Timed[]; output: string }> {
  const outcomes: Outcome[] = []
  const reasons: string[] = []
  const files: Timed[] = []
  let errors = 0
  const begun = performance.now()
  const { code, output } = await run(process.execPath, argumentsOf(options), (raw) => {
    const message = raw as Message
    if (message.type === 'skipped') reasons.push(message.line)
    else if (message.type === 'errors') errors = message.count
    else if (message.type === 'failed') options.onFailed(message.line)
    else if (message.type === 'slowest') files.push(...message.files)
    else if (message.type === 'kind') {
      const { type: _, ...counts } = message
      outcomes.push(counts)
      options.onKind(counts)
    }
  })
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0)
  // What the runner holds against a run beside its tests: an error of no test, no test at all, a crash.
  if (code !== 0 && (failed === 0 || errors > 0)) {
    const seconds = (performance.now() - begun) / 1_000
    const runner = { name: 'test runner', passed: 0, failed: Math.max(1, errors), skipped: 0, seconds }
    outcomes.push(runner)
    options.onKind(runner)
  }
  return { reasons, files, output: code === 0 ? '' : output }
}

function argumentsOf({ files, coverage }: SuiteOptions): string[] {
  return [
    tool('vitest/vitest.mjs'),
    'run',
    ...files,
    '--root',
    ROOT,
    '--reporter=minimal',
    `--reporter=${REPORTER}`,
    '--silent=passed-only',
    `--maxWorkers=${availableParallelism()}`,
    ...(coverage === null
      ? ['--coverage.enabled=false']
      : [
          '--coverage.enabled=true',
          '--coverage.reportOnFailure=true',
          '--coverage.reporter=json-summary',
          `--coverage.reportsDirectory=${join(coverage)}`,
        ]),
  ]
}
