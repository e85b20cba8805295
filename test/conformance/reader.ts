import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../run/commands.ts'

const OWN = join(ROOT, '.cache', 'readers-venv')
const PACKAGES = ['pyarrow==21.0.0', 'duckdb==1.4.0']
/** Seconds that pip waits for an answer. */
const TIMEOUT = '20'

/**
 * A Python that has PyArrow and DuckDB: the one of this machine, or one of the project's own, made once in
 * `.cache/readers-venv`.
 *
 * @throws Error in one line, saying what is missing
 */
export function findReader(): string {
  const own = join(OWN, 'bin', 'python')
  for (const one of ['python3', own]) {
    if (spawnSync(one, ['-c', 'import pyarrow, duckdb'], { stdio: 'ignore' }).status === 0) return one
  }
  const part = `${OWN}.${process.pid}`
  mkdirSync(dirname(part), { recursive: true })
  try {
    step('python3', ['-m', 'venv', part])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--timeout', TIMEOUT]
    step(join(part, 'bin', 'python'), [...pip, ...PACKAGES])
    if (!existsSync(OWN)) renameSync(part, OWN)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return own
}

function step(command: string, argv: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, argv, { encoding: 'utf8' })
  if (status === 0) return
  const why = error?.message ?? stderr.trim().split('\n').at(-1)
  throw new Error(
    `no Python with ${PACKAGES.join(' and ')}: \`${command} ${argv.join(' ')}\` failed (${why})`,
  )
}
