import type { Reporter, TestModule } from 'vitest/node'
import { kindOf } from './kinds.ts'
import { SLOWEST } from './outcome.ts'

/** What the reporter tells the process that waits: a kind of tests is done, a test has failed, something was skipped for a reason. */
export type Message =
  | { type: 'kind'; name: string; passed: number; failed: number; skipped: number; seconds: number }
  | { type: 'skipped'; line: string }
  | { type: 'failed'; line: string }
  | { type: 'errors'; count: number }
  | { type: 'slowest'; files: Timed[] }

/** A test file, and how long its tests took. */
export type Timed = { file: string; seconds: number }

type Tally = { files: number; passed: number; failed: number; skipped: number; ms: number }

/** Counts tests by kind, in the process of the test runner, and sends what is done to the one that started it. */
export default class Progress implements Reporter {
  readonly #kinds = new Map<string, Tally>()
  readonly #reasons = new Set<string>()
  readonly #explained = new Set<string>()
  readonly #files: Timed[] = []

  onTestRunStart(
    specifications: readonly { moduleId: string; project: { config: { root: string } } }[],
  ): void {
    for (const { moduleId, project } of specifications) {
      this.#tally(moduleId.slice(project.config.root.length + 1)).files++
    }
  }

  /** A file that leaves something out says so in a line of its own. */
  onUserConsoleLog({ content, taskId }: { content: string; taskId?: string }): void {
    for (const line of content.split('\n')) {
      if (!line.startsWith('skipped: ')) continue
      this.#reason(line)
      // The number of a task begins with that of its file.
      if (taskId !== undefined) this.#explained.add(taskId.split('_')[0]!)
    }
  }

  onTestModuleEnd(module: TestModule): void {
    const file = module.relativeModuleId
    const tally = this.#tally(file)
    let silent = 0
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') tally.passed++
      else if (result.state === 'failed') {
        tally.failed++
        send({ type: 'failed', line: `${file} > ${test.fullName}` })
      } else {
        tally.skipped++
        if (result.state === 'skipped' && result.note !== undefined) this.#reason(`skipped: ${result.note}`)
        else silent++
      }
    }
    // A file that fails outside of its tests has failed once.
    if (module.errors().length > 0 || (module.state() === 'failed' && !someFailed(module))) tally.failed++
    if (silent > 0 && !this.#explained.has(module.id) && module.state() !== 'failed') {
      this.#reason(`skipped: ${silent} of ${file}`)
    }
    const { duration } = module.diagnostic()
    this.#files.push({ file, seconds: duration / 1_000 })
    tally.ms += duration
    tally.files--
    if (tally.files > 0) return
    const { passed, failed, skipped, ms } = tally
    send({ type: 'kind', name: kindOf(file), passed, failed, skipped, seconds: ms / 1_000 })
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly unknown[]): void {
    if (errors.length > 0) send({ type: 'errors', count: errors.length })
    const files = this.#files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)
    send({ type: 'slowest', files })
  }

  #tally(file: string): Tally {
    const kind = kindOf(file)
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    const tally = { files: 0, passed: 0, failed: 0, skipped: 0, ms: 0 }
    this.#kinds.set(kind, tally)
    return tally
  }

  #reason(line: string): void {
    if (this.#reasons.has(line)) return
    this.#reasons.add(line)
    send({ type: 'skipped', line })
  }
}

function someFailed(module: TestModule): boolean {
  for (const _ of module.children.allTests('failed')) return true
  return false
}

function send(message: Message): void {
  process.send?.(message)
}
