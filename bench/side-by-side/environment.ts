import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** A Python environment of the comparison: its folder, what is installed into it, and how. */
export type Environment = {
  readonly title: string
  readonly folder: string
  readonly requirements: string
  readonly options: readonly string[]
}

export const HFTBACKTEST: Environment = {
  title: 'hftbacktest',
  folder: join(ROOT, '.cache', 'side-by-side-venv'),
  requirements: join(import.meta.dirname, 'hftbacktest.txt'),
  options: ['--no-deps'],
}

export const NAUTILUS: Environment = {
  title: 'nautilus_trader',
  folder: join(ROOT, '.cache', 'side-by-side-nautilus-venv'),
  requirements: join(import.meta.dirname, 'nautilus.txt'),
  options: [],
}

/** The crate of the side in Rust, and where it is built. */
const CRATE = join(import.meta.dirname, 'rust', 'Cargo.toml')
const CRATE_BUILD = join(ROOT, '.cache', 'side-by-side-rust')

/** Python's bytecode stays out of the source folders. */
export const PYTHON_ENV = { PYTHONDONTWRITEBYTECODE: '1' } as const

/**
 * The Python of an environment, which is made where it is not there or of other versions.
 *
 * @throws EnvironmentError `side-by-side.environment`, in one line, when Python or pip cannot make it
 */
export function pythonOf(environment: Environment): string {
  const python = join(environment.folder, 'bin', 'python')
  if (!isReady(environment)) make(environment)
  return python
}

/** Are the very versions installed that are asked for? */
export function isReady({ folder, requirements }: Environment): boolean {
  const python = join(folder, 'bin', 'python')
  if (!existsSync(python)) return false
  const wanted = readFileSync(requirements, 'utf8')
    .split('\n')
    .filter((line) => line.includes('=='))
  const code = `import importlib.metadata as m; [print(f"{n}=={m.version(n)}") for n in ${JSON.stringify(wanted.map((line) => line.split('==')[0]))}]`
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' })
  return status === 0 && stdout.trim() === wanted.join('\n')
}

/**
 * The program of the side in Rust, built with all optimisation and for this very processor.
 *
 * @throws EnvironmentError `side-by-side.environment`, in one line, when there is no Rust or the crates cannot be had
 */
export function rustProgram(): string {
  const build = ['build', '--release', '--locked', '--manifest-path', CRATE, '--target-dir', CRATE_BUILD]
  step('hftbacktest in Rust', 'cargo', build, { RUSTFLAGS: '-C target-cpu=native' })
  return join(CRATE_BUILD, 'release', 'hftbacktest-side')
}

/** Made beside its place and then put there, so that one that was interrupted is never taken for a whole one. */
function make(environment: Environment): void {
  const { title, folder, requirements, options } = environment
  const part = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  try {
    step(title, 'python3', ['-m', 'venv', part])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
    step(title, join(part, 'bin', 'python'), [...pip, ...options, '-r', requirements])
    rmSync(folder, { recursive: true, force: true })
    renameSync(part, folder)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

function step(
  title: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): void {
  const done = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  if (done.status === 0) return
  const why = done.error?.message ?? done.stderr.trim().split('\n').at(-1) ?? ''
  throw new EnvironmentError(title, `${command} ${args.join(' ')}`, why)
}

/** An environment cannot be made: no Python, no wheel for it, or no way to a package index. */
export class EnvironmentError extends Error {
  readonly code = 'side-by-side.environment'
  readonly fix = 'install Python 3.11 with venv (or cargo), and let it reach its package index'
  constructor(title: string, command: string, why: string) {
    super(`no environment with ${title}: \`${command}\` failed (${why})`)
    this.name = 'SideBySide.EnvironmentError'
  }
}
