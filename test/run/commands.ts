import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './outcome.ts'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a process left: its exit code and all that it printed, in order. */
export type Finished = { code: number; output: string }

/**
 * Run a program of the project: the pinned Node and the project's own tools come first in its PATH, whatever started us.
 *
 * @param onMessage takes what it sends over its channel, if it does
 */
export function run(
  program: string,
  argv: readonly string[],
  onMessage?: (message: unknown) => void,
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, argv, {
      cwd: ROOT,
      env: environment(),
      stdio: onMessage === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let output = ''
    const keep = (piece: Buffer) => {
      output += piece.toString('utf8')
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    if (onMessage !== undefined) child.on('message', onMessage)
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`
      resolve({ code: 1, output })
    })
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** A check that is one command: it passes when the command does. */
export async function check(name: string, program: string, argv: readonly string[]): Promise<Outcome> {
  const begun = performance.now()
  const { code, output } = await run(program, argv)
  return {
    name,
    passed: code === 0 ? 1 : 0,
    failed: code === 0 ? 0 : 1,
    skipped: 0,
    seconds: (performance.now() - begun) / 1_000,
    said: 'passed',
    output,
  }
}

/** Types, lint and format, and the package that notebooks load. */
export const CHECKS: readonly (() => Promise<Outcome>)[] = [
  () => check('types', process.execPath, [tool('typescript/bin/tsc'), '-p', 'tsconfig.json']),
  () =>
    check('lint', process.execPath, [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']),
  () => check('build', process.execPath, [join(ROOT, 'notebooks/lockstep/build.ts')]),
]

/** A file of an installed package. */
export function tool(path: string): string {
  const file = join(ROOT, 'node_modules', path)
  if (existsSync(file)) return file
  throw new Error(`${file} is not there: run npm ci first`)
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    ...(process.stdout.isTTY === true ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }),
  }
}
