import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ErrorReport } from '../engine/cli/errors.ts'
import type { BenchOptions, Outcome } from './entry.ts'
import { BenchError } from './figure.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))

/**
 * Run one case in a process of its own.
 *
 * @param signal stops the process too
 * @throws what the case threw, as its code, message and fix; `bench.died` when the process ended without an answer
 */
export async function measureApart(
  name: string,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [CHILD, name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  const last = text.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('{'))
    throw new BenchError('bench.died', `case ${name} ended with ${code} and no answer`)
  const answer = JSON.parse(last) as Outcome | { failure: { report: ErrorReport } }
  if (!('failure' in answer)) return answer
  const { code: failed, message, fix } = answer.failure.report
  throw new BenchError(failed, `case ${name}: ${message}`, fix)
}
